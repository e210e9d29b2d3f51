/** The bytes of an export, as of any file; what is wrong with them is said with the file's name. */
import { type OnBytes, piecesOf as piecesOfFile, UnreadableFile } from '../files/index.js';
import { AssetsProblem } from './problem.js';

export type { OnBytes } from '../files/index.js';

/** Lines are parsed a piece at a time, and together. */
const PIECE = 4 * 1024 * 1024;

/**
 * The file's contents in UTF-8, a piece at a time.
 * @throws AssetsProblem for a file that is not there, is cut off within gzip, or is text in another encoding
 */
export async function* piecesOf(file: string, onBytes?: OnBytes): AsyncGenerator<Buffer> {
  try {
    yield* piecesOfFile(file, { onBytes, size: PIECE });
  } catch (error) {
    if (error instanceof UnreadableFile) throw new AssetsProblem(file, '', error.message);
    throw error;
  }
}
