/** `-f`: reads files, the standard input, and directories of files into deploys. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileDefaults, WrittenDeploy } from '../../checkpoint/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { checkMessages } from './messages.js';

interface Found {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** It was not named itself, and may be something else. */
  readonly lenient: boolean;
}

export interface FoundDeploys {
  readonly deploys: readonly WrittenDeploy[];
  /** How many documents below directories were passed over, and in which files. */
  readonly passedOver: { readonly count: number; readonly files: readonly string[] };
}

/**
 * @param names paths as the user wrote them; `-` is stdin
 * @throws UsageError for a file that cannot be opened; BadInput for what it holds
 */
export async function deploysIn(
  names: readonly string[],
  defaults: FileDefaults,
  context: CliContext,
): Promise<FoundDeploys> {
  const { readResourceFile } = await import('../../checkpoint/index.js');
  const messages = checkMessages[context.language];
  const deploys: WrittenDeploy[] = [];
  const files: string[] = [];
  let count = 0;
  for (const name of names) {
    const before = deploys.length;
    for await (const found of contentsOf(name, context)) {
      const read = await readResourceFile(found, { ...defaults, lenient: found.lenient });
      deploys.push(...read.deploys);
      if (read.others > 0) files.push(found.file);
      count += read.others;
    }
    if (deploys.length === before) throw new UsageError(messages.noResourceIn(name));
  }
  return { deploys, passedOver: { count, files } };
}

async function* contentsOf(name: string, context: CliContext): AsyncGenerator<Found> {
  if (name === '-') {
    const chunks: Buffer[] = [];
    for await (const chunk of context.stdin) chunks.push(Buffer.from(chunk));
    yield { file: '<stdin>', bytes: Buffer.concat(chunks), lenient: false };
    return;
  }
  const found = await readable(name, stat(name), context);
  const files = found.isDirectory() ? await filesBelow(name, context) : [name];
  for (const file of files)
    yield { file, bytes: await readable(file, readFile(file), context), lenient: found.isDirectory() };
}

async function filesBelow(dir: string, context: CliContext): Promise<readonly string[]> {
  const entries = await readable(dir, readdir(dir, { recursive: true, withFileTypes: true }), context);
  return entries
    .filter((entry) => entry.isFile() && /\.(?:ya?ml|json)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !path.relative(dir, file).split(path.sep).some(isHidden))
    .sort();
}

const isHidden = (part: string) => part.startsWith('.') || part === 'node_modules';

async function readable<T>(name: string, reading: Promise<T>, { language }: CliContext): Promise<T> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(checkMessages[language].cannotRead(name, error.code ?? error.message));
  });
}
