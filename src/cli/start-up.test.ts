/** What commands pay for before they do anything: the modules that are loaded statically. */
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** What is imported by `import()` is loaded where it is needed, and not counted here. */
const statically: Plugin = {
  name: 'statically',
  setup: ({ onResolve }) => {
    onResolve({ filter: /./ }, ({ kind }) => (kind === 'dynamic-import' ? { external: true } : undefined));
  },
};

/** The files of the repository and the packages that a module loads with it; sizes are those in the bundle. */
async function loadedBy(entry: string): Promise<{ readonly files: string[]; readonly bytes: number }> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    write: false,
    metafile: true,
    // Those that dist/ leaves to Node.js, too.
    external: ['libsql', 'koffi', '@peculiar/x509', 'reflect-metadata', 'undici', 'google-auth-library'],
    plugins: [statically],
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  return { files: Object.keys(metafile.inputs), bytes: output?.bytes ?? Number.NaN };
}

const ROOMS = /^src\/(?:cli|names|plane\/(?:clients|isolation)|plane\/(?:data-dir|options|ca-bundle)\.ts)\b/;

describe('what every command loads', () => {
  it('is the command line and the door to planes that run, and no room behind it', async () => {
    const { files } = await loadedBy('src/cli/main.ts');
    expect(files).toContain('src/plane/clients/index.ts');
    expect(files.filter((file) => file.startsWith('src/') && !ROOMS.test(file))).toEqual([]);
    const packages = files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
    expect([...new Set(packages)]).toEqual(['commander']);
  });

  it('is small', async () => {
    const { bytes } = await loadedBy('src/cli/main.ts');
    expect(bytes).toBeLessThan(450_000);
  });
});

describe('what else is loaded only where it is needed', () => {
  it.each(['src/sources/assets/index.ts', 'src/sources/logs/index.ts'])(
    '%s loads no other source of facts',
    async (door) => {
      const { files } = await loadedBy(door);
      expect(files).toContain(door);
      expect(files.filter((file) => /^src\/sources\/(?:terraform|estate|live|plane)\//.test(file))).toEqual(
        [],
      );
    },
  );

  it('a plane starts without what runs containers, what applies estates and what prints tables', async () => {
    const { files } = await loadedBy('src/plane/start.ts');
    expect(files).toContain('src/services/index.ts');
    const late =
      /^src\/runtime\/(?:oci|docker|rootless|layers)\/|^src\/plane\/estate\/(?:apply|export|reset)\.ts|cli-table3/;
    expect(files.filter((file) => late.test(file))).toEqual([]);
  });
});
