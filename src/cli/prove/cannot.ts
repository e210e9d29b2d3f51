/** What keeps a fix from being proved. */

export type Obstacle =
  | 'unknown'
  | 'to-come'
  | 'several-organizations'
  | 'organization'
  | 'other-role'
  | 'repository-mode'
  | 'deployer'
  | 'world';

/** The facts cannot be rebuilt on a throw-away plane. The command says it in the user's language. */
export class CannotProve extends Error {
  override readonly name = 'CannotProve';

  constructor(
    readonly obstacle: Obstacle,
    /** What it concerns. */
    readonly detail: string,
  ) {
    super(`${obstacle}: ${detail}`);
  }
}

/** @throws CannotProve */
export function cannot(obstacle: Obstacle, detail = ''): never {
  throw new CannotProve(obstacle, detail);
}
