/** Reads annotations one by one: what is left over in the end is the client's own, or refused by name. */
import { badField } from '../../google/index.js';
import { checkAnnotations, inOrder } from '../run/labels.js';

export type Annotations = Readonly<Record<string, string>>;

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };
const GOOGLES = /^(?:run\.googleapis\.com|(?:autoscaling|serving|networking)\.knative\.dev)\//;

export class AnnotationReader {
  readonly #left: Map<string, string>;

  /**
   * @param where said in refusals, e.g. `service`
   * @param path of the annotations, e.g. `metadata.annotations`
   * @param serverOwned what the server writes: what a client sends back in them is dropped
   */
  constructor(
    annotations: Annotations,
    private readonly where: string,
    private readonly path: string,
    serverOwned: readonly string[],
  ) {
    this.#left = new Map(Object.entries(annotations).filter(([name]) => !serverOwned.includes(name)));
  }

  text(name: string): string | undefined {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  /** One of few values. @throws INVALID_ARGUMENT for any other */
  choice<T>(name: string, values: Readonly<Record<string, T>>): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Object.hasOwn(values, text) ? values[text] : undefined;
    if (value !== undefined) return value;
    const allowed = Object.keys(values).join(', ');
    throw badField(this.at(name), `Invalid value '${text}': must be one of ${allowed}.`);
  }

  /** Booleans come from gcloud as `True` and `False`. */
  flag(name: string): boolean | undefined {
    const text = this.#left.get(name);
    if (text !== undefined) this.#left.set(name, text.toLowerCase());
    return this.choice(name, BOOLEANS);
  }

  /** @throws INVALID_ARGUMENT when the annotation is no count of instances */
  scale(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > 1000) {
      throw badField(this.at(name), `Invalid value '${text}': must be between ${least} and 1000.`);
    }
    return value;
  }

  /** A JSON array of strings. */
  list(name: string): readonly string[] {
    const text = this.text(name);
    if (text === undefined) return [];
    const value = parsed(text);
    if (!isStrings(value)) throw badField(this.at(name), 'Expected a JSON array of strings.');
    return value;
  }

  /** A JSON object whose values are arrays of strings. */
  lists(name: string): Readonly<Record<string, readonly string[]>> {
    const text = this.text(name);
    if (text === undefined || text === '') return {};
    const value = parsed(text);
    const bad = badField(this.at(name), 'Expected a JSON object of arrays of strings.');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]): [string, readonly string[]] => {
        if (!isStrings(entry)) throw bad;
        return [key, entry];
      }),
    );
  }

  at(name: string): string {
    return `${this.path}[${name}]`;
  }

  /** @throws INVALID_ARGUMENT naming an annotation of Google's that we do not serve */
  rest(): Annotations {
    for (const name of this.#left.keys()) {
      if (GOOGLES.test(name))
        throw badField(this.at(name), `The annotation '${name}' is not supported on this ${this.where}.`);
    }
    const own = inOrder([...this.#left]);
    checkAnnotations(own, this.path);
    return own;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

/** Annotations to show, without those that would say what goes without saying. */
export const present = (entries: readonly (readonly [string, string | false])[]): Annotations =>
  Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== false));
