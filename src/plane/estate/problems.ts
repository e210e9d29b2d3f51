/** What is wrong with estate files: each problem in a sentence, with the place where it lies. */
import { GoogleError } from '../../google/index.js';

export type Path = readonly (string | number)[];

/** A file as it was read: it knows where in its text a path lies. */
export interface Locator {
  /** What the user called the file. */
  readonly name: string;
  /** Line and column, from 1, of the value at the path; of its nearest ancestor when there is none. */
  position(path: Path): { readonly line: number; readonly column: number } | undefined;
}

/** A value of a file. */
export interface Place {
  readonly file: Locator;
  readonly path: Path;
}

/** The place of a part of what lies at a place. */
export const within = (place: Place, ...path: Path): Place => ({
  file: place.file,
  path: [...place.path, ...path],
});

/** `estate.yaml:12:9: projects[0].iam[1].role` */
export function placeText(place: Place): string {
  const position = place.file.position(place.path);
  const at = position ? `${place.file.name}:${position.line}:${position.column}` : place.file.name;
  return place.path.length === 0 ? at : `${at}: ${pathText(place.path)}`;
}

/** `projects[0].groups["a b"]` */
function pathText(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_]\w*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** So many are shown; the rest is counted. */
const SHOWN = 20;

/** Estate files that cannot be applied. The message has one line for each problem. */
export class EstateError extends Error {
  override readonly name = 'EstateError';

  constructor(readonly problems: readonly string[]) {
    const more = problems.length - SHOWN;
    super([...problems.slice(0, SHOWN), ...(more > 0 ? [`… and ${more} more`] : [])].join('\n'));
  }
}

/** Gathers problems, so that a user hears of all at once. */
export class Problems {
  readonly #found: string[] = [];

  add(place: Place, sentence: string): void {
    this.#found.push(`${placeText(place)}: ${sentence}`);
  }

  get none(): boolean {
    return this.#found.length === 0;
  }

  /** Does something that an API may refuse; its refusal is a problem of this place. @returns undefined then */
  async attempt<T>(place: Place, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GoogleError)) throw error;
      this.add(place, error.message);
      return undefined;
    }
  }

  /** @throws EstateError when there is any */
  throwIfAny(): void {
    if (!this.none) throw new EstateError(this.#found);
  }
}
