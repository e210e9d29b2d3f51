import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(path.join(tmpdir(), 'sekisho-library-'));

/** The package as npm would publish it, installed beside the modules that are here already. */
beforeAll(() => {
  const modules = path.join(folder, 'node_modules');
  const installed = path.join(modules, 'sekisho');
  mkdirSync(installed, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }]: [{ filename: string }] = JSON.parse(packed);
  execFileSync('tar', ['-xzf', path.join(folder, filename), '-C', installed, '--strip-components=1']);
  for (const name of readdirSync(path.join(root, 'node_modules')))
    symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
  cpSync(path.join(root, 'test/library'), folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the installed package', () => {
  it.each(['vitest', 'jest', 'node'])("serves a project's tests in %s", async (runner) => {
    const { stdout, stderr } = await run('npm', ['test'], {
      cwd: path.join(folder, runner),
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    });
    expect(stdout + stderr).toMatch(/Tests +1 passed|Tests: +1 passed|# pass 1/);
  });

  it('offers nothing but its entry points', async () => {
    await expect(import(path.join(folder, 'node_modules/sekisho/dist/checkpoint.js'))).resolves.toBeDefined();
    const wrong = run('node', ['--input-type=module', '-e', "import 'sekisho/dist/checkpoint.js'"], {
      cwd: folder,
    });
    await expect(wrong).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

describe('the page about the library', () => {
  const page = readFileSync(path.join(root, 'docs/library.md'), 'utf8');
  const examples = [...page.matchAll(/```ts\n(.*?)```\n(?:\n```text\n(.*?)```)?/gs)].map(
    ([, code = '', output], index) => ({ name: `example-${index + 1}`, code, output }),
  );

  it('has examples of correct types', () => {
    for (const { name, code } of examples) writeFileSync(path.join(folder, `${name}.mts`), code);
    const program = ts.createProgram(
      examples.map(({ name }) => path.join(folder, `${name}.mts`)),
      {
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2022,
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ['node'],
        typeRoots: [path.join(root, 'node_modules/@types')],
      },
    );
    const wrong = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(wrong).toEqual([]);
    expect(examples).toHaveLength(3);
  });

  it('has examples that print what it says', async () => {
    const told = await Promise.all(
      examples.map(async ({ name, code }) => {
        const options = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 };
        const file = path.join(folder, `${name}.mjs`);
        writeFileSync(file, ts.transpileModule(code, { compilerOptions: options }).outputText);
        return (await run('node', [file], { cwd: folder })).stdout;
      }),
    );
    expect(told).toEqual(examples.map(({ output = '' }) => output));
  });

  it('has a pipeline that keeps every form of a check', async () => {
    const script = `
      import { estateSource } from 'sekisho/checkpoint';
      import { forThePipeline } from './example-2.mjs';
      const text = 'projects: [{ id: myproject-a, services: [run.googleapis.com] }]';
      const source = await estateSource({ name: 'estate.yaml', text });
      const resource = JSON.stringify({
        apiVersion: 'serving.knative.dev/v1', kind: 'Service',
        metadata: { name: 'web', namespace: 'myproject-a', labels: { 'cloud.googleapis.com/location': 'us-central1' } },
        spec: { template: { spec: { containers: [{ image: 'nginx' }] } } },
      });
      console.log(JSON.stringify(await forThePipeline(resource, source)));
      await source.close();`;
    writeFileSync(path.join(folder, 'pipeline.mjs'), script);
    const { stdout } = await run('node', ['pipeline.mjs'], { cwd: folder });
    const { sarif, annotations, comment, picture } = JSON.parse(stdout);
    expect(JSON.parse(sarif).version).toBe('2.1.0');
    expect(annotations).toMatch(/^::error file=service\.yaml,line=1/);
    expect(comment).toContain('チェックポイント');
    expect(picture).toMatch(/^<svg /);
  });
});
