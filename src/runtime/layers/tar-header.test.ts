import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyPax, decodePax } from './pax.js';
import { BLOCK, decodeHeader, encodeHeader, paxRecord, type TarEntry } from './tar-header.js';

const bytes = (max: number) =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: max })
    .map((codes) => String.fromCharCode(...codes));

const entries: fc.Arbitrary<TarEntry> = fc.record({
  name: bytes(100),
  type: fc.constantFrom('0', '1', '2', '5'),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 2 ** 32 - 2 }),
  gid: fc.integer({ min: 0, max: 2 ** 32 - 2 }),
  size: fc.integer({ min: 0, max: 2 ** 40 }),
  mtime: fc.integer({ min: -(2 ** 31), max: 2 ** 40 }),
  linkname: bytes(100),
  xattrs: fc.constant(new Map<string, string>()),
});

it('reads back every header that it writes', () => {
  fc.assert(
    fc.property(entries, (entry) => {
      expect(decodeHeader(encodeHeader(entry))).toEqual(entry);
    }),
  );
});

it('puts names that do not fit into headers of their own', () => {
  const name = `${'d/'.repeat(80)}file`;
  const link = `${'e/'.repeat(90)}target`;
  const encoded = encodeHeader({
    name,
    type: '2',
    mode: 0o777,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    linkname: link,
    xattrs: new Map(),
  });
  const types = [];
  for (let at = 0; at < encoded.length; at += 2 * BLOCK)
    types.push(encoded.toString('latin1', at + 156, at + 157));
  expect(types).toEqual(['K', 'L', '2']);
  expect(encoded.includes(`${name}\0`)).toBe(true);
  expect(encoded.includes(`${link}\0`)).toBe(true);
});

it('joins the prefix of POSIX headers to the name, and not what GNU keeps in the same place', () => {
  const block = encodeHeader({ ...plain('file'), mtime: 1 });
  const posix = Buffer.from(block);
  posix.write('ustar\x0000', 257, 'latin1');
  posix.write('some/dir', 345, 'latin1');
  expect(decodeHeader(sealed(posix))?.name).toBe('some/dir/file');
  const gnu = Buffer.from(block);
  gnu.write('12345', 345, 'latin1');
  expect(decodeHeader(sealed(gnu))?.name).toBe('file');
});

it('refuses a header whose checksum or numbers are wrong', () => {
  const block = encodeHeader(plain('file'));
  const flipped = Buffer.from(block);
  flipped[0] = 0x67;
  expect(() => decodeHeader(flipped)).toThrow(/checksum/);
  const odd = Buffer.from(block);
  odd.write('12x4567', 124, 'latin1');
  expect(() => decodeHeader(sealed(odd))).toThrow(/size is not a number/);
});

it('reads back every pax record that it writes, and lays them over an entry', () => {
  fc.assert(
    fc.property(bytes(200), fc.integer({ min: 0, max: 2 ** 40 }), (path, size) => {
      const records = decodePax(
        Buffer.from(paxRecord('path', path) + paxRecord('size', `${size}`), 'latin1'),
      );
      expect(applyPax(plain('short'), records)).toMatchObject({ name: path, size });
    }),
  );
});

it.each(['11 path=abc\n', 'path=abc\n', '10 pathabc\n', '-5 a=b\n', '3 a\n'])(
  'refuses the pax header %j',
  (text) => {
    expect(() => decodePax(Buffer.from(text))).toThrow(/malformed pax/);
  },
);

function plain(name: string): TarEntry {
  return { name, type: '0', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, linkname: '', xattrs: new Map() };
}

/** With its checksum put right. */
function sealed(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
