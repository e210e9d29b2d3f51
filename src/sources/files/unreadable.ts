/** Why a file's bytes could not be had. */

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'may not be read',
  EISDIR: 'is a directory',
  Z_BUF_ERROR: 'its gzip is cut off',
  Z_DATA_ERROR: 'its gzip is broken',
};

/** The message is what follows the file's name in a sentence. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';

  /** @param error of the system or of zlib, by its code */
  static from(error: unknown): UnreadableFile {
    if (error instanceof UnreadableFile) return error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const own = error instanceof Error ? error.message : String(error);
    return new UnreadableFile(SENTENCES[code] ?? own, { cause: error });
  }
}
