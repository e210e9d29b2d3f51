import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RangeReader, type TooLong } from './range.js';
import { lineBatches } from './read-lines.js';

let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ranges-'));
  file = path.join(folder, 'lines');
});
afterAll(() => rm(folder, { recursive: true }));

const MANY = 1000;
const line = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom('a', '{', '\r', '\u00e9', '\u{1f600}') }) },
  { weight: 1, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.nat({ max: 300 }).map((length) => 'x'.repeat(length)) },
);
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, ended]) => lines.join('\n') + (ended ? '\n' : ''));

/** The file's lines; what is behind the last line's end is none. */
function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

type Read = readonly string[] | 'too long';

/** All lines up to one that is too long. */
function collected(all: Iterable<Buffer | 'none' | TooLong>): Read[] {
  const lines: Read[] = [];
  for (const read of all) {
    const known = Buffer.isBuffer(read) || read === 'none' ? read : read.before;
    if (known !== 'none') lines.push(known.toString().split('\n'));
    if (known !== read) return [...lines, 'too long'];
  }
  return lines;
}

function inRanges(bytes: Buffer, size: number, longest: number): Read[] {
  const reader = new RangeReader(longest);
  const read = function* () {
    for (let start = 0; start < bytes.length; start += size)
      yield reader.lines({ file, start, end: Math.min(bytes.length, start + size) });
  };
  return collected(read());
}

async function inPieces(bytes: Buffer, size: number, longest: number): Promise<Read[]> {
  const pieces = async function* () {
    for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
  };
  const all: (Buffer | TooLong)[] = [];
  for await (const batch of lineBatches(pieces(), longest)) all.push(batch);
  return collected(all);
}

describe('ranges of a file', () => {
  it('have each of its lines once, in order, whatever their size', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 400 }), async (content, size) => {
        const bytes = Buffer.from(content);
        await writeFile(file, bytes);
        expect(inRanges(bytes, size, MANY).flat()).toEqual(linesOf(bytes));
      }),
    );
  });

  it('end, as pieces of it do, before a line that is longer than it may be, and before no other', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 60 }),
        async (content, size, longest) => {
          const bytes = Buffer.from(content);
          await writeFile(file, bytes);
          const lines = linesOf(bytes);
          const first = lines.findIndex((each) => Buffer.byteLength(each) > longest);
          const expected = first < 0 ? lines : [...lines.slice(0, first), 'too long'];
          expect(inRanges(bytes, size, longest).flat()).toEqual(expected);
          expect((await inPieces(bytes, size, longest)).flat()).toEqual(expected);
        },
      ),
    );
  });

  it('have none where none begins', async () => {
    await writeFile(file, 'one\ntwo');
    const reader = new RangeReader(MANY);
    const none = [
      { start: 1, end: 3 },
      { start: 1, end: 4 },
      { start: 5, end: 7 },
      { start: 7, end: 9 },
      { start: 100, end: 200 },
    ];
    expect(none.map((range) => reader.lines({ file, ...range }))).toEqual(none.map(() => 'none'));
    expect(reader.lines({ file, start: 4, end: 200 }).toString()).toBe('two');
  });

  it('have the same lines of a file that ends sooner than was thought', async () => {
    await writeFile(file, 'one\ntwo\n');
    expect(new RangeReader(MANY).lines({ file, start: 0, end: 200 }).toString()).toBe('one\ntwo');
  });

  it('are refused of a file that is not there', () => {
    const gone = { file: path.join(folder, 'gone'), start: 0, end: 1 };
    expect(() => new RangeReader(MANY).lines(gone)).toThrow('ENOENT');
  });
});
