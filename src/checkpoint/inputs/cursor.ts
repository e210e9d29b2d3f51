/** A value in a file together with where it stands: what reads it names the place of what is wrong. */
import type { Place } from '../places.js';
import type { FileDocument, Path } from './documents.js';
import { BadInput } from './text.js';

/** How keys are compared: v2's JSON may spell fields as the protos do (https://protobuf.dev/programming-guides/json/). */
export type Spelling = (key: string) => string;

export const asWritten: Spelling = (key) => key;
export const camelCase: Spelling = (key) => key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

export class Cursor {
  constructor(
    private readonly document: FileDocument,
    readonly value: unknown,
    readonly path: Path,
    private readonly spelling: Spelling,
  ) {}

  /** e.g. `spec.template.spec.containers[0].image`; empty for the document itself. */
  get field(): string {
    return fieldOf(this.path);
  }

  get place(): Place {
    return this.document.placeOf(this.path);
  }

  /** @returns never: for use where a value is needed */
  fail(description: string): never {
    throw new BadInput(this.place, description);
  }

  /** The fields that are given, by the name that they have in our tables. @throws BadInput for what is no object */
  entries(): readonly (readonly [string, Cursor])[] {
    if (!isObject(this.value)) this.fail(`${this.field || 'The document'} must be an object.`);
    return Object.entries(this.value).map(([key, value]) => [this.spelling(key), this.#down(key, value)]);
  }

  /** A field; undefined where it is missing or null. @throws BadInput when this is no object */
  child(name: string): Cursor | undefined {
    const found = this.entries().find(([key]) => key === name)?.[1];
    return found === undefined || found.value === null || found.value === undefined ? undefined : found;
  }

  /** A field that must be there. */
  required(name: string): Cursor {
    const found = this.child(name);
    if (found) return found;
    throw new BadInput(this.place, `${fieldOf([...this.path, name])} is missing.`);
  }

  /** The elements of a list; none where it is missing. @throws BadInput for what is no list */
  items(name: string): readonly Cursor[] {
    return this.child(name)?.elements() ?? [];
  }

  elements(): readonly Cursor[] {
    if (!Array.isArray(this.value)) this.fail(`${this.field} must be a list.`);
    return this.value.map((value: unknown, index) => this.#down(index, value));
  }

  /** A text; undefined where it is missing or empty. @throws BadInput for what is no text */
  text(name: string): string | undefined {
    return this.child(name)?.ownText() || undefined;
  }

  ownText(): string {
    if (typeof this.value === 'string') return this.value;
    const scalar = ['number', 'boolean', 'bigint'].includes(typeof this.value) || this.value instanceof Date;
    this.fail(`${this.field} must be a string${scalar ? ': put it in quotes' : ''}.`);
  }

  boolean(name: string): boolean | undefined {
    const found = this.child(name);
    if (found === undefined || typeof found.value === 'boolean') return found?.value as boolean | undefined;
    return found.fail(`${found.field} must be true or false.`);
  }

  /** Where the key of this value is written. */
  get key(): Place {
    return this.document.keyOf(this.path);
  }

  /** The same value, with its keys compared otherwise. */
  spelled(spelling: Spelling): Cursor {
    return new Cursor(this.document, this.value, this.path, spelling);
  }

  #down(step: string | number, value: unknown): Cursor {
    return new Cursor(this.document, value, [...this.path, step], this.spelling);
  }
}

/** Names that hold dots or slashes, as annotations do, go into brackets. */
export function fieldOf(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number' || /[./]/.test(step)) return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
