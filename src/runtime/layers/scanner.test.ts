import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type TestEntry, tarOf } from '../testing-images.js';
import { LayerScanner } from './scanner.js';
import { BLOCK, encodeHeader, paxRecord } from './tar-header.js';

const LIMITS = { maxBytes: 10_000_000, maxEntries: 100 };

function scan(tar: Buffer, cuts: readonly number[] = [], limits = LIMITS) {
  const out: Buffer[] = [];
  const scanner = new LayerScanner(limits, (chunk) => out.push(Buffer.from(chunk)));
  let from = 0;
  for (const cut of [...cuts.filter((each) => each < tar.length), tar.length].sort((a, b) => a - b)) {
    scanner.push(tar.subarray(from, cut));
    from = cut;
  }
  scanner.finish();
  return { tar: Buffer.concat(out), whiteouts: scanner.whiteouts };
}

/** A pax header before the entries. */
const pax = (text: string, type = 'x'): TestEntry => ({
  name: 'PaxHeader',
  type,
  data: Buffer.from(text, 'latin1'),
});

it.each<[string, readonly TestEntry[], RegExp]>([
  ['".." in a name', [{ name: 'a/../../etc/passwd' }], /a\/\.\.\/\.\.\/etc\/passwd has "\.\." in its name/],
  ['an absolute name', [{ name: '/etc/passwd' }], /\/etc\/passwd has an absolute name/],
  ['an empty name', [{ name: '' }], /empty name/],
  ['a character device', [{ name: 'dev/mem', type: '3' }], /dev\/mem is a character device/],
  ['a block device', [{ name: 'dev/sda', type: '4' }], /dev\/sda is a block device/],
  ['a FIFO', [{ name: 'pipe', type: '6' }], /pipe is a FIFO/],
  [
    'a root that is a file',
    [
      { name: './', type: '0' },
      { name: '.', type: '2', linkname: '/' },
    ],
    /is the layer's root/,
  ],
  [
    'a hard link to an absolute name',
    [{ name: 'x', type: '1', linkname: '/etc/shadow' }],
    /absolute link target/,
  ],
  [
    'a hard link that climbs out',
    [{ name: 'x', type: '1', linkname: '../../etc/shadow' }],
    /"\.\." in its link target/,
  ],
  [
    'a file behind an absolute symbolic link',
    [
      { name: 'out', type: '2', linkname: '/etc' },
      { name: 'out/cron', data: 'x' },
    ],
    /out\/cron passes through the symbolic link out, which leads out/,
  ],
  [
    'a file behind a symbolic link that climbs out',
    [
      { name: 'a/out', type: '2', linkname: '../../etc' },
      { name: 'a/out/cron', data: 'x' },
    ],
    /a\/out\/cron passes through a symbolic link that leads out/,
  ],
  [
    'a file behind a chain of links that leads out',
    [
      { name: 'one', type: '2', linkname: 'two' },
      { name: 'two', type: '2', linkname: '..' },
      { name: 'one/x', data: 'x' },
    ],
    /one\/x passes through a symbolic link that leads out/,
  ],
  [
    'a file behind links in a circle',
    [
      { name: 'a', type: '2', linkname: 'b' },
      { name: 'b', type: '2', linkname: 'a' },
      { name: 'a/x', data: 'x' },
    ],
    /passes through the symbolic link/,
  ],
  [
    'a hard link to a file behind a symbolic link',
    [
      { name: 'out', type: '2', linkname: '/etc' },
      { name: 'x', type: '1', linkname: 'out/shadow' },
    ],
    /x passes through the symbolic link out/,
  ],
  ['".." in a pax path', [pax(paxRecord('path', '../x')), { name: 'ok' }], /\.\.\/x has "\.\." in its name/],
  [
    'a sparse file under another name',
    [pax(paxRecord('GNU.sparse.name', '../x')), { name: 'ok' }],
    /GNU\.sparse\.name/,
  ],
  [
    'overlay attributes',
    [pax(paxRecord('SCHILY.xattr.trusted.overlay.redirect', '/')), { name: 'ok' }],
    /trusted\.overlay/,
  ],
  ['a path for all entries', [pax(paxRecord('path', 'x'), 'g'), { name: 'ok' }], /sets path for all entries/],
  ['a directory with data', [{ name: 'd', type: '5', data: 'x' }], /d is a directory with data/],
  [
    'a hard link with data',
    [{ name: 'ok' }, { name: 'l', type: '1', linkname: 'ok', data: 'x' }],
    /link with data/,
  ],
  ['a sparse entry', [{ name: 's', type: 'S' }], /unsupported type "S"/],
  ['a multi-volume entry', [{ name: 's', type: 'M' }], /unsupported type "M"/],
  ['a whiteout of the parent', [{ name: 'a/.wh...' }], /whiteout of nothing/],
  ['a negative size', [pax(paxRecord('size', '-1')), { name: 'ok' }], /size is not a number/],
])('refuses %s', (_what, entries, message) => {
  expect(() => scan(tarOf(entries))).toThrow(message);
});

it('lets absolute symbolic links pass, and files behind relative ones that stay inside', () => {
  const tar = tarOf([
    { name: 'bin/sh', type: '2', linkname: '/bin/busybox' },
    { name: 'usr/lib/', type: '5' },
    { name: 'lib', type: '2', linkname: 'usr/../usr/lib' },
    { name: 'lib/x', data: 'x' },
  ]);
  expect(names(scan(tar).tar)).toContain('lib/x');
});

it('refuses too much of anything', () => {
  const many = tarOf(Array.from({ length: 101 }, (_, index) => ({ name: `f${index}` })));
  expect(() => scan(many)).toThrow(/more than 100 entries/);
  expect(() =>
    scan(tarOf([{ name: 'big', data: 'x'.repeat(2000) }]), [], { maxBytes: 1999, maxEntries: 9 }),
  ).toThrow(/more than 1999 bytes/);
  const header = { name: 'L', type: 'L', mode: 0, uid: 0, gid: 0, size: 2 ** 30, mtime: 0, linkname: '' };
  expect(() => scan(encodeHeader({ ...header, xattrs: new Map() }))).toThrow(/too long/);
});

it('refuses an archive that stops within an entry, and takes one that lacks only the end mark', () => {
  const tar = tarOf([{ name: 'file', data: 'x'.repeat(600) }]);
  for (const length of [100, BLOCK, BLOCK + 300, 3 * BLOCK - 1]) {
    expect(() => scan(tar.subarray(0, length))).toThrow(/cut off/);
  }
  expect(scan(tar.subarray(0, 3 * BLOCK)).tar).toEqual(tar);
});

it('adds directories that the archive leaves out, once', () => {
  const { tar } = scan(tarOf([{ name: 'a/b/one' }, { name: 'a/b/two' }, { name: 'a/c/', type: '5' }]));
  expect(names(tar)).toEqual(['./a', './a/b', 'a/b/one', 'a/b/two', './a/c']);
});

it('takes whiteouts out of the stream and reports them', () => {
  const { tar, whiteouts } = scan(
    tarOf([
      { name: 'a/.wh.gone' },
      { name: 'b/.wh..wh..opq' },
      { name: '.wh.top' },
      { name: '.wh..wh.plnk' },
    ]),
  );
  expect(names(tar)).toEqual([]);
  expect(whiteouts).toEqual([
    { kind: 'removed', path: 'a/gone' },
    { kind: 'opaque', path: 'b' },
    { kind: 'removed', path: 'top' },
  ]);
});

it('gives the same result however the stream is cut', () => {
  const tar = tarOf([
    { name: `${'long/'.repeat(30)}name`, data: 'one' },
    { name: 'x', data: 'y'.repeat(1500), xattrs: new Map([['user.note', '\xff\x00']]) },
    { name: 'link', type: '2', linkname: 'z'.repeat(150) },
    pax(paxRecord('path', 'from-pax')),
    { name: 'short', data: 'three' },
  ]);
  const whole = scan(tar).tar;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: tar.length })), (cuts) => {
      expect(scan(tar, cuts).tar.equals(whole)).toBe(true);
    }),
  );
  expect(scan(whole).tar.equals(whole)).toBe(true);
});

/** Names of the entries whose headers fit in one block. */
function names(tar: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < tar.length; at += BLOCK) {
    if (tar.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    found.push(tar.toString('latin1', at, at + 100).replace(/\0.*$/, ''));
  }
  return found;
}
