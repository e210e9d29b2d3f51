/** Exported logs: files of JSON, packed or not, and directories of them as sinks write them to Cloud Storage. */
import type { LogScan } from '../../checkpoint/index.js';
import { SCAN_LITERALS } from '../../checkpoint/reports/index.js';
import { filesAt, type OnBytes, piecesOf } from '../files/index.js';
import { type EntrySink, LineReader, type Problem } from './lines.js';
import { ObjectReader } from './objects.js';
import type { Reading } from './reading.js';

/** One log to read. */
export interface LogFile {
  readonly name: string;
  /** Bytes, as they lie there. */
  readonly size: number;
}

/** With this many lines that are no JSON, and none that is, a file is no log. */
const ENOUGH = 1000;

/** What JSON writes for a text inside a string. */
const LITERALS = SCAN_LITERALS.map((literal) => JSON.stringify(literal).slice(1, -1));

/**
 * The files behind the paths: those of a directory, and of the directories in it, in the order of their names.
 * @throws Error of the system for a path that is not there, or may not be read
 */
export async function logFilesAt(paths: readonly string[]): Promise<readonly LogFile[]> {
  return (await Promise.all(paths.map(filesAt))).flat();
}

/** Reads files one after another. What cannot be read is noted, and the rest goes on. */
export async function scanFiles(
  files: readonly LogFile[],
  scan: LogScan,
  reading: Reading,
  onBytes?: OnBytes,
): Promise<void> {
  for (const { name } of files) await scanPieces(name, piecesOf(name, { onBytes }), scan, reading);
}

/** @param name for problems, e.g. `<stdin>` */
export async function scanPieces(
  name: string,
  pieces: AsyncIterable<Buffer>,
  scan: LogScan,
  reading: Reading,
): Promise<void> {
  reading.sources.push(name);
  const sink = new Sink(name, scan, reading);
  let reader: LineReader | ObjectReader | undefined;
  try {
    for await (const piece of pieces) {
      reader ??= readerFor(piece, sink);
      reader.push(piece);
      if (reader.entries === 0 && sink.notJson >= ENOUGH) break;
    }
    reader?.end();
  } catch (error) {
    reading.problem({ where: name, kind: 'unreadable', detail: (error as Error).message });
  }
  reading.entries += reader?.entries ?? 0;
  sink.close(reader?.entries ?? 0);
}

/** An array, or an object whose first line is only its bracket, is spread over lines. */
function readerFor(first: Buffer, sink: EntrySink): LineReader | ObjectReader {
  const end = first.indexOf(0x0a);
  const line = first
    .subarray(0, end < 0 ? 4096 : end)
    .toString('latin1')
    .trim();
  const begins = line === '' ? first.subarray(0, 4096).toString('latin1').trimStart() : line;
  const spread = begins.startsWith('[') || begins === '{' || /^\{\r?\n/.test(begins);
  return spread ? new ObjectReader(LITERALS, sink) : new LineReader(LITERALS, sink);
}

class Sink implements EntrySink {
  /** Lines that are no JSON; told of at the end, for if all of them are, one sentence does. */
  notJson = 0;
  readonly #held: number[] = [];

  constructor(
    readonly name: string,
    readonly scan: LogScan,
    readonly reading: Reading,
  ) {}

  found(json: Buffer, line: number): void {
    let value: unknown;
    try {
      value = JSON.parse(json.toString());
    } catch {
      this.broken(line, 'not-json');
      return;
    }
    for (const entry of entriesIn(value)) {
      if (this.scan.add(entry) === 'no-entry')
        this.reading.problem({ where: this.name, line, kind: 'no-entry' });
    }
  }

  broken(line: number, kind: Problem): void {
    if (kind === 'not-json') {
      this.notJson += 1;
      if (this.#held.length < ENOUGH) this.#held.push(line);
    } else this.reading.problem({ where: this.name, line, kind });
  }

  close(entries: number): void {
    if (entries === 0 && this.notJson > 0) {
      this.reading.problem({ where: this.name, kind: 'no-log' });
      return;
    }
    for (const line of this.#held) this.reading.problem({ where: this.name, line, kind: 'not-json' });
    this.reading.problemCount += this.notJson - this.#held.length;
  }
}

/** An answer of the Logging API holds a page of entries. */
function entriesIn(value: unknown): readonly unknown[] {
  const isPage = typeof value === 'object' && value !== null && 'entries' in value && !('logName' in value);
  return isPage && Array.isArray(value.entries) ? value.entries : [value];
}
