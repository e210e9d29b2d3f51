/** Values out of lines: many at once, or one by one where something is wrong and must have a place. */
import { isUtf8 } from 'node:buffer';
import { parseLines } from './lines.js';
import { AssetsProblem } from './problem.js';

/** Where a value stands, for messages. */
export interface RecordPlace {
  readonly file: string;
  /** `:3` for the third line, `[2]` for the third element, empty for the file's only value. */
  readonly place: string;
}

/** Told each value, in the order of the file. The place is made when it is asked for. */
export type OnRecord = (value: unknown, place: () => RecordPlace) => void;

const NEWLINE = 0x0a;

/**
 * @param batch whole lines, without the end of the last one
 * @param first the number of its first line
 * @returns how many lines
 * @throws AssetsProblem naming the line that is no JSON
 */
export function readBatch(file: string, batch: Buffer, first: number, onRecord: OnRecord): number {
  const values = parseLines(batch);
  if (values === undefined) return readEach(file, batch, first, onRecord);
  for (let index = 0; index < values.length; index++) {
    onRecord(values[index], () => ({ file, place: `:${first + index}` }));
  }
  return values.length;
}

/** The same lines one by one: blank ones are passed over, and what is wrong has a place. */
function readEach(file: string, batch: Buffer, first: number, onRecord: OnRecord): number {
  let line = first;
  let start = 0;
  while (start <= batch.length) {
    const found = batch.indexOf(NEWLINE, start);
    const end = found < 0 ? batch.length : found;
    const bytes = batch.subarray(start, end);
    const place = `:${line}`;
    const value = parsed(file, place, bytes);
    if (value !== undefined) onRecord(value, () => ({ file, place }));
    start = end + 1;
    line += 1;
  }
  return line - first;
}

/** The value of a line; undefined for a blank. @throws AssetsProblem */
export function parsed(file: string, place: string, bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new AssetsProblem(file, place, 'is not UTF-8');
  const text = bytes.toString('utf8').trim();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AssetsProblem(file, place, brokenJson(text, error));
  }
}

function brokenJson(text: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  const at = /at position (\d+)/.exec(why)?.[1];
  if (/end of JSON|Unterminated/.test(why) || Number(at) >= text.length)
    return 'is cut off: the JSON ends in the middle';
  return text.startsWith('{') ? `is not JSON: ${why}` : 'is not JSON';
}
