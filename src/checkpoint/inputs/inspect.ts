/** Holds a resource against the fields that there are: strangers are refused by name, and what no rule covers is told. */
import { OPEN_TOPICS, type OpenTopic } from '../open-topics.js';
import type { OpenPoint } from '../types.js';
import { annotationsOfResource, annotationsOfTemplate, GOOGLES } from './annotations-v1.js';
import type { Cursor } from './cursor.js';
import type { Fields, Shape } from './shape.js';
import { BadInput } from './text.js';
import type { Written } from './written.js';

/**
 * What of the resource cannot be judged.
 * @throws BadInput naming a field that the API does not have, or one that holds something of another kind
 */
export function inspect(at: Cursor, shape: Shape): readonly Written<OpenPoint>[] {
  if (at.value === null || at.value === undefined) return [];
  switch (shape.kind) {
    case 'plain':
      return [];
    case 'open':
      return isEmpty(at.value) ? [] : [openPoint(at, shape.topic)];
    case 'fields':
      return inspectFields(at, shape.fields);
    case 'each':
      return at.elements().flatMap((element) => inspectFields(element, shape.of));
    case 'annotations':
      return at.entries().flatMap(([name, value]) => inspectAnnotation(shape.of, name, value));
  }
}

const openPoint = (at: Cursor, topic: OpenTopic): Written<OpenPoint> => ({
  value: { field: at.field, why: OPEN_TOPICS[topic], topic },
  place: at.key,
});

function inspectFields(at: Cursor, fields: Fields): readonly Written<OpenPoint>[] {
  return at.entries().flatMap(([name, value]) => {
    const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (shape) return inspect(value, shape);
    throw new BadInput(value.key, `${value.field} is no field that the API has.${didYouMean(name, fields)}`);
  });
}

/**
 * What an annotation of a v1 resource leaves open, if anything. One that stands on the template where it belongs on the
 * resource, or the other way round, may mean what it says.
 */
export function annotationTopic(
  on: 'resource' | 'template',
  name: string,
  value: string,
): OpenTopic | undefined {
  const [first, second] =
    on === 'resource'
      ? [annotationsOfResource, annotationsOfTemplate]
      : [annotationsOfTemplate, annotationsOfResource];
  const known = Object.hasOwn(first, name) ? first : second;
  const shape = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!shape) return GOOGLES.test(name) ? 'annotation' : undefined;
  const says = value !== '' && value.toLowerCase() !== 'false';
  return shape.kind === 'open' && says ? shape.topic : undefined;
}

/** Only Google's own annotations mean anything to Cloud Run. */
function inspectAnnotation(on: 'resource' | 'template', name: string, at: Cursor): Written<OpenPoint>[] {
  const topic = annotationTopic(on, name, at.ownText());
  return topic === undefined ? [] : [openPoint(at, topic)];
}

function isEmpty(value: unknown): boolean {
  if (value === false || value === '' || value === 0) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** A field that differs in its case, its separators, or at most two letters. */
function didYouMean(name: string, fields: Fields): string {
  const plainly = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const [nearest] = Object.keys(fields)
    .map((known) => ({ known, far: distance(plainly(name), plainly(known)) }))
    .filter(({ known, far }) => far <= Math.min(2, Math.floor(known.length / 3)))
    .sort((one, other) => one.far - other.far);
  return nearest === undefined ? '' : ` Did you mean ${nearest.known}?`;
}

/** Levenshtein's: how many letters are to be put in, left out or exchanged. Long names are far from everything. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (let column = 0; column < other.length; column++) {
      const exchanged = (row[column] ?? 0) + (letter === other[column] ? 0 : 1);
      next.push(Math.min((row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1, exchanged));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
