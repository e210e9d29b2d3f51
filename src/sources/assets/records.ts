/** The JSON values of a file: one a line, as exports have them; the elements of an array, as gcloud prints it; or one. */
import { isUtf8 } from 'node:buffer';
import { pipeline, Readable } from 'node:stream';
import streamArray from 'stream-json/streamers/stream-array.js';
import { type OnBytes, piecesOf } from './bytes.js';
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

export interface RecordsOptions {
  readonly onBytes?: OnBytes | undefined;
  /** Reads lines in place of this module; whatever has no lines is read here. */
  readonly elsewhere?: Elsewhere | undefined;
}

/** Whoever reads lines elsewhere, batch by batch. Batches count as read in the order in which they were given. */
export interface Elsewhere {
  /** How many batches it takes at once. */
  readonly depth: number;
  /**
   * @param batch in memory of its own, which is given away
   * @returns takes in what was read, and says how many lines that were; or the bytes, where they are to be read here
   */
  read(batch: Buffer): Promise<Buffer | (() => number)>;
}

/** "The maximum size of an asset" is nowhere said; what is longer than this is no asset. */
const MAX_LINE = 64 * 1024 * 1024;
/** What is read as one value, which cannot be taken apart. */
const MAX_VALUE = 256 * 1024 * 1024;
const NEWLINE = 0x0a;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/**
 * Reads all values of a file.
 * @throws AssetsProblem naming file and place for what is cut off, no JSON, or longer than it may be
 */
export async function readRecords(
  file: string,
  onRecord: OnRecord,
  { onBytes, elsewhere }: RecordsOptions = {},
): Promise<void> {
  const pieces = piecesOf(file, onBytes);
  const { value: head, done } = await nextPiece(pieces);
  const start = done ? -1 : head.findIndex((byte) => byte > 0x20);
  if (done || start < 0) throw new AssetsProblem(file, '', 'is empty');
  if (head[start] === BRACKET) return readArray(file, chained(head, pieces), onRecord);
  if (head[start] !== BRACE) throw new AssetsProblem(file, '', 'is not JSON');
  if (isLine(head)) return readLines(file, chained(head, pieces), onRecord, elsewhere);
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

async function readLines(
  file: string,
  pieces: AsyncIterable<Buffer>,
  onRecord: OnRecord,
  elsewhere: Elsewhere | undefined,
): Promise<void> {
  const waiting: Promise<Buffer | (() => number)>[] = [];
  let line = 1;
  const settle = async (batch: Promise<Buffer | (() => number)> | Buffer | undefined): Promise<void> => {
    const read = await batch;
    if (typeof read === 'function') line += read();
    else if (read !== undefined) line += readBatch(file, read, line, onRecord);
  };
  for await (const batch of lineBatches(pieces)) {
    if (batch === 'too long') {
      // What is wrong with earlier lines is said first.
      for (const earlier of waiting) await settle(earlier);
      throw new AssetsProblem(file, `:${line}`, `is longer than ${MAX_LINE / 1024 / 1024} MB`);
    }
    if (elsewhere === undefined) await settle(batch);
    else waiting.push(handled(elsewhere.read(batch)));
    if (waiting.length > (elsewhere?.depth ?? 0)) await settle(waiting.shift());
  }
  for (const batch of waiting) await settle(batch);
}

/** What goes wrong is told once it is waited for, and to nobody when something else went wrong before. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Whole lines, many at a time and without the end of the last one, in memory of their own. */
async function* lineBatches(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer | 'too long'> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest.push(piece);
      length += piece.length;
      if (length <= MAX_LINE) continue;
      yield 'too long';
      return;
    }
    yield joined([...rest, piece.subarray(0, end)]);
    rest = end + 1 < piece.length ? [piece.subarray(end + 1)] : [];
    length = piece.length - end - 1;
  }
  if (rest.length > 0) yield joined(rest);
}

function joined(parts: readonly Buffer[]): Buffer {
  const all = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(all, at);
  return all;
}

/** @returns how many lines */
function readBatch(file: string, batch: Buffer, first: number, onRecord: OnRecord): number {
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
