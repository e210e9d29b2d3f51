import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { contentsOf, filesAt, piecesOf, UnreadableFile } from './index.js';

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textOf(pieces: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}

const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();
const ENCODINGS: readonly [string, (text: string) => Buffer][] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 behind its mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16', (text) => utf16le(`\ufeff${text}`)],
  ['UTF-16, big end first', (text) => utf16be(`\ufeff${text}`)],
  ['UTF-16 without a mark', utf16le],
  ['UTF-16, big end first, without a mark', utf16be],
];

describe('contents', () => {
  it.each(ENCODINGS)('are the same text in %s, packed or not, in pieces of any size', async (_, encode) => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 50 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (rest, size, packed) => {
          const text = `{"é": ${rest}`;
          const bytes = packed ? gzipSync(encode(text)) : encode(text);
          expect(await textOf(contentsOf(cut(bytes, size), { size: 64 }))).toBe(text);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are refused where gzip is cut off, wherever that is', async () => {
    const text = Array.from({ length: 200 }, (_, index) => `{"line":${index}}\n`).join('');
    const packed = gzipSync(text);
    for (let length = 2; length < packed.length; length++) {
      const read = textOf(contentsOf(cut(packed.subarray(0, length), 100), { size: 64 }));
      await expect(read).rejects.toThrow(new UnreadableFile('its gzip is cut off'));
    }
  });

  it('are refused where gzip is damaged', async () => {
    const packed = gzipSync('a'.repeat(1000));
    packed.fill(0xff, 10, 16);
    await expect(textOf(contentsOf(cut(packed, 100)))).rejects.toThrow('its gzip is broken');
  });

  it('come with what they were packed in counted', async () => {
    const packed = gzipSync('a'.repeat(1000));
    let bytes = 0;
    await textOf(contentsOf(cut(packed, 7), { onBytes: (more) => (bytes += more) }));
    expect(bytes).toBe(packed.length);
  });

  it.each([
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), 'is written in UTF-32'],
    ['UTF-32, big end first', Buffer.from([0, 0, 0, 0x7b]), 'is written in UTF-32'],
    ['half a character of UTF-16', utf16le('\ufeff{}').subarray(0, -1), 'is not UTF-16'],
    ['half a pair of UTF-16', utf16le('\ufeff{\ud83d}'), 'is not UTF-16'],
  ])('are refused in %s', async (_, bytes, message) => {
    await expect(textOf(contentsOf(cut(bytes, 100)))).rejects.toThrow(message);
  });

  it('are left alone when their reader has seen enough', async () => {
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield gzipSync('a'.repeat(100_000));
      } finally {
        closed = true;
      }
    }
    for await (const piece of contentsOf(endless())) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await vi.waitFor(() => expect(closed).toBe(true));
  });
});

describe('files', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'sekisho-files-'));
    await mkdir(path.join(dir, '2024', '12'), { recursive: true });
    await writeFile(path.join(dir, '2024', '12', 'b.json'), 'b');
    await writeFile(path.join(dir, 'a.json'), 'aa');
    await writeFile(path.join(dir, '.hidden'), 'x');
    await symlink('a.json', path.join(dir, 'link.json'));
    await symlink(dir, path.join(dir, '2024', 'back'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('are found below a directory, through links that lead elsewhere, without hidden ones', async () => {
    const found = (await filesAt(dir)).map(({ below, size }) => [below, size]);
    expect(found).toEqual([
      ['2024/12/b.json', 1],
      ['a.json', 2],
      ['link.json', 2],
    ]);
  });

  it('are what they are named', async () => {
    const name = path.join(dir, 'a.json');
    expect(await filesAt(name)).toEqual([{ name, size: 2 }]);
    expect(await textOf(piecesOf(name))).toBe('aa');
  });

  it('that are not there, or are directories, say so', async () => {
    await expect(filesAt(path.join(dir, 'none'))).rejects.toThrow('ENOENT');
    await expect(textOf(piecesOf(path.join(dir, 'none')))).rejects.toThrow('there is no such file');
    await expect(textOf(piecesOf(dir))).rejects.toThrow('is a directory');
  });
});
