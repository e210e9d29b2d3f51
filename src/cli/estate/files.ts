/** Reads estate files for the commands that take them. */
import { readFile } from 'node:fs/promises';
import type { EstateFile } from '../../plane/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';

/** @param names paths; `-` is stdin @throws UsageError for one that cannot be read */
export async function estateFiles(
  names: readonly string[],
  { stdin, messages }: Pick<CliContext, 'stdin' | 'messages'>,
): Promise<EstateFile[]> {
  const files: EstateFile[] = [];
  // One after the other: stdin can be read once.
  for (const name of names) {
    if (name === '-') files.push({ name: '<stdin>', text: await textOf(stdin) });
    else {
      const text = await readFile(name, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(messages.estate.cannotRead(name, error.code ?? error.message));
      });
      files.push({ name, text });
    }
  }
  return files;
}

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
