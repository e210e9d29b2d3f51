import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer, readQuery } from './dns-message.js';
import { hostNames } from './host-names.js';
import { type Asked, question, readAnswer } from './testing-dns.js';

const lookup = hostNames(['accounts.google.com', '*.googleapis.com']);
const METADATA = '169.254.169.254';
const GOOGLE = '199.36.153.8';

const ask = (name: string, asked: Asked = {}) => {
  const message = question(name, asked);
  const reply = answer(message, lookup);
  if (reply === undefined) throw new Error('no answer');
  return readAnswer(reply, question(name).length);
};

describe('the names of the network', () => {
  it.each([
    ['metadata.google.internal', METADATA],
    ['METADATA.google.INTERNAL', METADATA],
    ['metadata', METADATA],
    ['run.googleapis.com', GOOGLE],
    ['asia-northeast1-run.googleapis.com', GOOGLE],
    ['a.b.googleapis.com', GOOGLE],
    ['accounts.google.com', GOOGLE],
  ])('%s is at %s', (name, address) => {
    expect(ask(name)).toEqual({ id: 7, code: 0, authoritative: true, addresses: [address], additional: 0 });
  });

  it.each(['googleapis.com', 'example.com', 'xgoogleapis.com', 'www.accounts.google.com', 'internal', ''])(
    '"%s" does not exist',
    (name) => {
      expect(ask(name)).toMatchObject({ code: 3, addresses: [] });
    },
  );

  it('takes a dot inside a label for what it is', () => {
    const message = question('metadata.google.internal');
    message[12] = 'metadata.google'.length; // one label of what were two
    message[12 + 1 + 'metadata'.length] = 0x2e;
    expect(readQuery(message)).toMatchObject({ name: 'metadata\\.google.internal' });
  });
});

describe('an answer', () => {
  it('is empty where a name has no record of the type asked for', () => {
    expect(ask('run.googleapis.com', { type: 28 })).toMatchObject({ code: 0, addresses: [] });
    expect(ask('run.googleapis.com', { type: 255 })).toMatchObject({ code: 0, addresses: [GOOGLE] });
  });

  it('repeats id, question and the wish for recursion, and says that recursion is there', () => {
    const message = question('RUN.googleapis.com', { id: 0xbeef });
    const reply = answer(message, lookup) ?? Buffer.alloc(0);
    expect(reply.readUInt16BE(0)).toBe(0xbeef);
    expect(reply.readUInt16BE(2)).toBe(0x8580);
    expect(reply.subarray(12, message.length)).toEqual(message.subarray(12));
  });

  it('speaks EDNS to who speaks it, in the one version that there is', () => {
    expect(ask('metadata', { edns: 0 })).toMatchObject({ code: 0, addresses: [METADATA], additional: 1 });
    const reply = answer(question('metadata', { edns: 1 }), lookup) ?? Buffer.alloc(0);
    expect(readAnswer(reply, question('metadata').length)).toMatchObject({ addresses: [], additional: 1 });
    expect(reply.subarray(-11)).toEqual(Buffer.of(0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0)); // BADVERS
  });

  it.each<[string, Asked, number]>([
    ['another class', { class: 3 }, 5],
    ['an update', { flags: 0x2800 }, 4],
  ])('refuses %s', (_, asked, code) => {
    expect(ask('metadata', asked)).toMatchObject({ code, addresses: [] });
  });

  it('is not given to an answer, nor to what has no whole header', () => {
    expect(answer(question('metadata', { flags: 0x8180 }), lookup)).toBeUndefined();
    expect(answer(Buffer.alloc(11), lookup)).toBeUndefined();
  });
});

describe('a malformed message', () => {
  const valid = question('metadata.google.internal');
  const changed = (change: (message: Buffer) => void): Buffer => {
    const message = Buffer.from(valid);
    change(message);
    return message;
  };
  it.each([
    ['no question', changed((message) => message.writeUInt16BE(0, 4))],
    ['two questions', changed((message) => message.writeUInt16BE(2, 4))],
    ['a name that points to itself', changed((message) => message.writeUInt16BE(0xc00c, 12))],
    ['a label that is too long', changed((message) => message.writeUInt8(64, 12))],
    ['records that are not there', changed((message) => message.writeUInt16BE(1, 10))],
    ['more records than it could have', changed((message) => message.writeUInt16BE(0xffff, 6))],
    ['its end missing', valid.subarray(0, -1)],
    ['a record with its end missing', question('metadata', { edns: 0 }).subarray(0, -1)],
    ['a name of 256 bytes', question(Array.from({ length: 51 }, () => 'abcd').join('.'))],
  ])('with %s is told so', (_, message) => {
    const reply = answer(message, lookup) ?? Buffer.alloc(0);
    expect(readAnswer(reply, 12)).toMatchObject({ id: 7, code: 1, addresses: [] });
    expect(reply).toHaveLength(12);
  });

  it('with a name of 255 bytes is none', () => {
    const labels = Array.from({ length: 50 }, () => 'abcd');
    expect(readQuery(question([...labels, 'ab'].join('.')))).toMatchObject({ kind: 'question' });
  });
});

describe('whatever is sent', () => {
  const damaged = fc
    .tuple(
      fc.constantFrom('metadata', 'a.b.c', 'run.googleapis.com'),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255))),
    )
    .map(([name, changes]) => {
      const message = question(name, { edns: 0 });
      for (const [at, value] of changes) if (at < message.length) message[at] = value;
      return message;
    });

  it('is answered shortly or not at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 4_000 }).map(Buffer.from), damaged), (message) => {
        const reply = answer(message, lookup);
        if (reply === undefined) return message.length < 12 || (message[2] ?? 0) >= 0x80;
        return reply.length <= 512 && reply.readUInt16BE(0) === message.readUInt16BE(0);
      }),
    );
  });

  it('is read as what it was written from', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
    fc.assert(
      fc.property(fc.array(label, { maxLength: 8 }), fc.nat(0xffff), fc.nat(0xffff), (labels, id, type) => {
        const name = labels.join('.');
        expect(readQuery(question(name, { id, type }))).toMatchObject({ kind: 'question', name, id, type });
      }),
    );
  });
});
