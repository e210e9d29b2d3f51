import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Demultiplexer, readOutput } from './frames.js';

const STREAMS = ['stdout', 'stderr'] as const;

function frame(stream: (typeof STREAMS)[number], bytes: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

const frames = fc.array(
  fc.record({
    stream: fc.constantFrom(...STREAMS),
    bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  }),
);

it('gives each stream its bytes, however the connection has cut the frames', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sent, sizes) => {
      const wire = Buffer.concat(sent.map(({ stream, bytes }) => frame(stream, bytes)));
      const got = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      const demultiplexer = new Demultiplexer((stream, bytes) => void got[stream].push(bytes));
      for (let at = 0, turn = 0; at < wire.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        demultiplexer.push(wire.subarray(at, at + size));
        at += size;
      }
      for (const each of STREAMS) {
        const expected = sent.filter(({ stream }) => stream === each).map(({ bytes }) => bytes);
        expect(Buffer.concat(got[each])).toEqual(Buffer.concat(expected));
      }
    }),
  );
});

it('delivers what was said before the connection broke, the unfinished line too', async () => {
  const said = async function* () {
    yield frame('stdout', Buffer.from('one\ntw'));
    yield frame('stderr', Buffer.from('oh\n'));
    throw new Error('gone');
  };
  const lines: string[] = [];
  await readOutput(Readable.from(said()), (stream, line) => void lines.push(`${stream}: ${line}`));
  expect(lines).toEqual(['stdout: one', 'stderr: oh', 'stdout: tw']);
});
