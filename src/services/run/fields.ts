/** Reads JSON objects field by field; what was not read by the end is a field we do not know, and is refused by name. */
import { badField, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';

/** How refusals spell the fields' names: v1 as in JSON, v2 as in its protos. */
export type Spelling = (name: string) => string;

const asInJson: Spelling = (name) => name;

/** `startupProbe` → `startup_probe`. */
export const asInProtos: Spelling = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * The path as it stands in the resource: v2 says of a field that cannot be read where it stands in the request, and of
 * fields that do not fit together where they stand in the resource (`template.containers`).
 */
export const inResource = (path: string): string => path.replace(/^Violation in \w+\.\w+\./, '');

export class Fields {
  readonly #left: Set<string>;

  constructor(
    private readonly object: JsonObject,
    /** Where the object stands, e.g. `spec.template.spec`; empty at the top. */
    readonly path: string,
    private readonly spell: Spelling = asInJson,
  ) {
    this.#left = new Set(
      Object.keys(object).filter((name) => object[name] !== undefined && object[name] !== null),
    );
  }

  /** @throws INVALID_ARGUMENT when the value is no object */
  static of(value: JsonValue | undefined, path: string, spell: Spelling = asInJson): Fields {
    if (!isJsonObject(value)) throw badField(path === '' ? 'service' : path, 'Expected an object.');
    return new Fields(value, path, spell);
  }

  at(name: string): string {
    return this.path === '' ? this.spell(name) : `${this.path}.${this.spell(name)}`;
  }

  raw(name: string): JsonValue | undefined {
    this.#left.delete(name);
    const value = this.object[name];
    return value === null ? undefined : value;
  }

  string(name: string): string | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : text(value, this.at(name));
  }

  /** An integer, as a number or as its decimal text. */
  integer(name: string, least: number, most: number): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number))
      throw badField(this.at(name), 'Expected an integer.');
    if (number < least || number > most) {
      throw badField(this.at(name), `Invalid value ${number}: must be between ${least} and ${most}.`);
    }
    return number;
  }

  boolean(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw badField(this.at(name), 'Expected true or false.');
  }

  strings(name: string): readonly string[] {
    return this.list(name).map((value, index) => text(value, `${this.at(name)}[${index}]`));
  }

  /** A map of strings, such as labels. */
  map(name: string): Readonly<Record<string, string>> {
    const value = this.raw(name);
    if (value === undefined) return {};
    if (!isJsonObject(value)) throw badField(this.at(name), 'Expected a map.');
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, text(entry, `${this.at(name)}.${key}`)]),
    );
  }

  list(name: string): readonly JsonValue[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw badField(this.at(name), 'Expected a list.');
    return value as readonly JsonValue[];
  }

  child(name: string): Fields | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : Fields.of(value, this.at(name), this.spell);
  }

  objects(name: string): readonly Fields[] {
    return this.list(name).map((value, index) => Fields.of(value, `${this.at(name)}[${index}]`, this.spell));
  }

  /** @throws INVALID_ARGUMENT when it is missing */
  required(name: string): Fields {
    const child = this.child(name);
    if (!child) throw badField(this.at(name), 'This field is required.');
    return child;
  }

  /** Fields that say nothing here: set by the server, or without a meaning on Cloud Run. */
  skip(...names: readonly string[]): this {
    for (const name of names) this.#left.delete(name);
    return this;
  }

  /** Fields of features that are not served: fine while empty, refused by name otherwise. */
  unsupported(...names: readonly string[]): this {
    for (const name of names) {
      const value = this.raw(name);
      const empty =
        value === undefined ||
        value === false ||
        value === '' ||
        (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0);
      if (!empty) throw badField(this.at(name), 'This field is not supported.');
    }
    return this;
  }

  /** @throws INVALID_ARGUMENT naming a field that nobody read */
  done(): void {
    for (const name of this.#left) {
      throw badField(
        this.at(name),
        `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`,
      );
    }
  }
}

/** A string without NUL: where a process gets it (environment, arguments, paths), NUL would cut it short. */
function text(value: JsonValue | undefined, path: string): string {
  if (typeof value !== 'string') throw badField(path, 'Expected a string.');
  if (value.includes('\0')) throw badField(path, 'A string must not contain the character NUL (U+0000).');
  return value;
}
