/** What is wrong with an export or a folder of policies, and where. */

/** A file that cannot be read as what it should be. The message names the file and, where there is one, the place. */
export class AssetsProblem extends Error {
  override readonly name = 'AssetsProblem';

  /** @param place what follows the file's name: `:3` for a line, empty for the file as a whole */
  constructor(
    readonly file: string,
    readonly place: string,
    description: string,
  ) {
    super(`${file}${place}: ${description}`);
  }
}
