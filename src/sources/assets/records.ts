/** The JSON values of a file: one a line, as exports have them; the elements of an array, as gcloud prints it; or one. */
import { closeSync, openSync, readSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import streamArray from 'stream-json/streamers/stream-array.js';
import { type OnBytes, piecesOf } from './bytes.js';
import { AssetsProblem } from './problem.js';
import { type Elsewhere, readLines, readRanges } from './read-lines.js';
import { type OnRecord, parsed } from './values.js';

export interface RecordsOptions {
  readonly onBytes?: OnBytes | undefined;
  /** Reads lines in place of this module; whatever has no lines is read here. */
  readonly elsewhere?: Elsewhere | undefined;
  /** Bytes of the file as it lies there; it is read from its beginning to its end where left out. */
  readonly size?: number;
}

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
  { onBytes, elsewhere, size }: RecordsOptions = {},
): Promise<void> {
  const counted = new Counted(onBytes);
  const pieces = piecesOf(file, counted.first);
  const { value: head, done } = await nextPiece(pieces);
  const start = done ? -1 : head.findIndex((byte) => byte > 0x20);
  if (done || start < 0) throw new AssetsProblem(file, '', 'is empty');
  if (head[start] === BRACKET) return readArray(file, chained(head, pieces), onRecord);
  if (head[start] !== BRACE) throw new AssetsProblem(file, '', 'is not JSON');
  if (isLine(head.subarray(start))) {
    if (elsewhere === undefined || size === undefined || !isPlain(file, head))
      return readLines(file, chained(head, pieces), onRecord, elsewhere);
    await pieces.return(undefined);
    return readRanges(file, size, onRecord, elsewhere, counted.again());
  }
  return readWhole(file, chained(head, pieces), onRecord);
}

/** Counts the bytes of a file once, though its beginning may be read twice. */
class Counted {
  readonly #onBytes: OnBytes;
  #before = 0;

  constructor(onBytes: OnBytes = () => {}) {
    this.#onBytes = onBytes;
  }

  readonly first: OnBytes = (bytes) => {
    this.#before += bytes;
    this.#onBytes(bytes);
  };

  again(): OnBytes {
    return (bytes) => {
      const known = Math.min(bytes, this.#before);
      this.#before -= known;
      this.#onBytes(bytes - known);
    };
  }
}

/** Whether the file lies there as it is read: not packed, in UTF-8, without a mark. */
function isPlain(file: string, head: Buffer): boolean {
  const fd = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(MARK);
    const read = readSync(fd, bytes, 0, MARK, 0);
    return bytes.subarray(0, read).equals(head.subarray(0, MARK));
  } finally {
    closeSync(fd);
  }
}

/** Bytes that tell what a file is written in. */
const MARK = 4;

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
