/** An image in which programs with Google's libraries for Node.js run: what is posted to it runs in the container. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type BuiltImage, buildImage, type ImageFile } from '../../src/registry/index.js';
import { nodeImage } from './images.js';
import { ROOT } from './plane.js';

const SCRIPT = `
import http from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const require = createRequire('/app/');
const Program = async function () {}.constructor;
process.on('SIGTERM', () => process.exit(0));
http.createServer(async (request, response) => {
  const program = await text(request);
  try {
    const result = program === '' ? 'nothing to do' : await new Program('require', program)(require);
    response.end(JSON.stringify({ result }));
  } catch (error) {
    response.statusCode = 500;
    response.end(JSON.stringify({ error: String(error?.stack ?? error) }));
  }
}).listen(process.env.PORT);
`;

/** The image with these packages and all that they depend on, from this machine's node_modules, as they are. */
export async function libraryImage(packages: readonly string[]): Promise<BuiltImage> {
  const { layers } = await nodeImage(SCRIPT);
  const directories = new Set<string>();
  for (const name of packages) addPackage(name, ROOT, directories);
  const files = [...directories].flatMap((directory) => [...programFiles(directory)]);
  const config = { Entrypoint: ['/usr/local/bin/node'], Cmd: ['/app/server.mjs'], User: '1000' };
  return buildImage({ base: layers, files, config });
}

function addPackage(name: string, from: string, known: Set<string>): void {
  const directory = packageDirectory(name, from);
  // Optional ones may be missing.
  if (directory === undefined || known.has(directory)) return;
  known.add(directory);
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const each of Object.keys(dependencies)) addPackage(each, directory, known);
}

/** Where Node.js finds a package that is required from a directory. */
function packageDirectory(name: string, from: string): string | undefined {
  const candidate = path.join(from, 'node_modules', name);
  if (existsSync(path.join(candidate, 'package.json'))) return candidate;
  return from === ROOT ? undefined : packageDirectory(name, path.dirname(from));
}

/** What runs; not what only compilers and debuggers read. */
function* programFiles(directory: string): Generator<ImageFile> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') yield* programFiles(file);
    } else if (entry.isFile() && !/\.(?:map|md|[cm]?ts)$/.test(entry.name)) {
      yield { path: `/app/${path.relative(ROOT, file)}`, fromFile: file };
    }
  }
}
