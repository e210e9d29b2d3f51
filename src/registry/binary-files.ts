/** A program of this machine as files of an image: the binary, and the shared libraries that it is linked with. */
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ImageFile } from './image-builder.js';

/**
 * A binary and what the dynamic linker loads for it, each at the place where it lies here.
 * @param place the binary's path in the image; where it lies here when left out
 * @throws Error when a library was not found, or there is no `ldd`
 */
export async function binaryFiles(binary: string, place = binary): Promise<ImageFile[]> {
  const libraries = await sharedLibraries(binary);
  return Promise.all(
    [{ path: place, source: binary }, ...libraries.map((path) => ({ path, source: path }))].map(
      async ({ path, source }) => ({ path, fromFile: await realpath(source), mode: 0o755 }),
    ),
  );
}

/** What programs expect of any system: a place for temporary files, and names for users 0 and 1000. */
export function baseFiles(user: string): ImageFile[] {
  return [
    { path: '/tmp', directory: true, mode: 0o1777 },
    {
      path: '/etc/passwd',
      content: `root:x:0:0:root:/:/bin/false\n${user}:x:1000:1000:${user}:/:/bin/false\n`,
    },
    { path: '/etc/group', content: `root:x:0:\n${user}:x:1000:\n` },
  ];
}

/** Where the dynamic linker finds a binary's libraries, and the linker itself. */
async function sharedLibraries(binary: string): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)('ldd', [binary], { env: { ...process.env, LC_ALL: 'C' } });
    return parseLdd(stdout);
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (/not a dynamic executable|Not a valid dynamic program/i.test(text)) return [];
    throw new Error(`ldd could not list the libraries of ${binary}`, { cause: error });
  }
}

/**
 * Reads ldd's output.
 * @throws Error naming a library that was not found
 */
export function parseLdd(output: string): string[] {
  const paths = new Set<string>();
  for (const line of output.split('\n')) {
    const missing = /^\s*(\S+) => not found/.exec(line)?.[1];
    if (missing !== undefined) throw new Error(`the library ${missing} was not found`);
    const path = /^\s*(?:\S+ => )?(\/\S+)(?: \(0x[0-9a-f]+\))?\s*$/.exec(line)?.[1];
    if (path !== undefined) paths.add(path);
  }
  return [...paths];
}
