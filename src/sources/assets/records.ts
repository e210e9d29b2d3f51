/** The JSON values of a file: one a line, as exports have them; the elements of an array, as gcloud prints it; or one. */
import { isUtf8 } from 'node:buffer';
import { pipeline, Readable } from 'node:stream';
import streamArray from 'stream-json/streamers/stream-array.js';
import { type OnBytes, piecesOf } from './bytes.js';
import { AssetsProblem } from './problem.js';

/** Where a value stands, for messages. */
export interface RecordPlace {
  readonly file: string;
  /** `:3` for the third line, `[2]` for the third element, empty for the file's only value. */
  readonly place: string;
}

/** Told each value, in the order of the file. The place is made when it is asked for. */
export type OnRecord = (value: unknown, place: () => RecordPlace) => void;

/** "The maximum size of an asset" is nowhere said; what is longer than this is no asset. */
const MAX_LINE = 64 * 1024 * 1024;
/** What is read as one value, which cannot be taken apart. */
const MAX_VALUE = 256 * 1024 * 1024;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/**
 * Reads all values of a file.
 * @throws AssetsProblem naming file and place for what is cut off, no JSON, or longer than it may be
 */
export async function readRecords(file: string, onRecord: OnRecord, onBytes?: OnBytes): Promise<void> {
  const pieces = piecesOf(file, onBytes);
  const { value: head, done } = await nextPiece(pieces);
  const start = done ? -1 : head.findIndex((byte) => byte > 0x20);
  if (done || start < 0) throw new AssetsProblem(file, '', 'is empty');
  if (head[start] === BRACKET) return readArray(file, chained(head, pieces), onRecord);
  if (head[start] !== BRACE) throw new AssetsProblem(file, '', 'is not JSON');
  if (isLine(head)) return readLines(file, chained(head, pieces), onRecord);
  return readWhole(file, chained(head, pieces), onRecord);
}

async function nextPiece(pieces: AsyncGenerator<Buffer>): Promise<{ value: Buffer; done: boolean }> {
  const next = await pieces.next();
  return next.done === true ? { value: Buffer.alloc(0), done: true } : { value: next.value, done: false };
}

async function* chained(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

/** Whether each value has a line of its own. One that is written over several lines leaves its first line open. */
function isLine(head: Buffer): boolean {
  const end = head.indexOf(NEWLINE);
  if (end < 0) return true;
  return head.subarray(0, end).toString('utf8').trimEnd().endsWith('}');
}

async function readLines(file: string, pieces: AsyncIterable<Buffer>, onRecord: OnRecord): Promise<void> {
  let rest: Buffer[] = [];
  let line = 1;
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest.push(piece);
      const length = rest.reduce((sum, { length: bytes }) => sum + bytes, 0);
      if (length > MAX_LINE) throw tooLong(file, line);
      continue;
    }
    const head = piece.subarray(0, end);
    line += readBatch(file, rest.length > 0 ? Buffer.concat([...rest, head]) : head, line, onRecord);
    rest = end + 1 < piece.length ? [piece.subarray(end + 1)] : [];
  }
  if (rest.length > 0) readBatch(file, Buffer.concat(rest), line, onRecord);
}

const tooLong = (file: string, line: number) =>
  new AssetsProblem(file, `:${line}`, `is longer than ${MAX_LINE / 1024 / 1024} MB`);

/** Whole lines, parsed together: as an array, which they are once their ends are commas. @returns how many lines */
function readBatch(file: string, batch: Buffer, first: number, onRecord: OnRecord): number {
  const ends: number[] = [];
  for (let end = batch.indexOf(NEWLINE); end >= 0; end = batch.indexOf(NEWLINE, end + 1)) ends.push(end);
  for (const end of ends) batch[end] = COMMA;
  const values = isUtf8(batch) ? asArray(batch) : undefined;
  if (values?.length === ends.length + 1) {
    for (let index = 0; index < values.length; index++) {
      onRecord(values[index], () => ({ file, place: `:${first + index}` }));
    }
  } else {
    for (const end of ends) batch[end] = NEWLINE;
    readEach(file, batch, first, onRecord);
  }
  return ends.length + 1;
}

function asArray(batch: Buffer): readonly unknown[] | undefined {
  try {
    const values: unknown = JSON.parse(`[${batch.toString('utf8')}]`);
    return Array.isArray(values) ? values : undefined;
  } catch {
    return undefined;
  }
}

/** The same lines one by one: blank ones are passed over, and what is wrong has a place. */
function readEach(file: string, batch: Buffer, first: number, onRecord: OnRecord): void {
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
}

/** Undefined for a blank. */
function parsed(file: string, place: string, bytes: Buffer): unknown {
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

async function readWhole(file: string, pieces: AsyncIterable<Buffer>, onRecord: OnRecord): Promise<void> {
  const all: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    all.push(piece);
    length += piece.length;
    if (length > MAX_VALUE)
      throw new AssetsProblem(file, '', `is one value of more than ${MAX_VALUE / 1024 / 1024} MB`);
  }
  onRecord(parsed(file, '', Buffer.concat(all)), () => ({ file, place: '' }));
}

/** An element at a time, however long the array is. */
async function readArray(file: string, pieces: AsyncIterable<Buffer>, onRecord: OnRecord): Promise<void> {
  const parser = streamArray.withParserAsStream();
  const elements = pipeline(Readable.from(checked(file, pieces)), parser, () => undefined);
  let last = -1;
  try {
    for await (const { key, value } of elements as AsyncIterable<streamArray.StreamArrayItem>) {
      last = key;
      onRecord(value, () => ({ file, place: `[${key}]` }));
    }
  } catch (error) {
    if (error instanceof AssetsProblem) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const cut = /expected|ended|incomplete/i.test(why) ? 'is cut off or no JSON' : 'is not JSON';
    throw new AssetsProblem(file, `[${last + 1}]`, `${cut}: ${why}`);
  }
}

/** @throws AssetsProblem for bytes that are not UTF-8, wherever pieces are cut */
async function* checked(file: string, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const piece of pieces) {
    try {
      decoder.decode(piece, { stream: true });
    } catch {
      throw new AssetsProblem(file, '', 'is not UTF-8');
    }
    yield piece;
  }
}
