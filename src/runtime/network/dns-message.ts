/**
 * DNS messages, as much as a server needs that knows a few addresses (RFC 1035, RFC 6891). Queries come from
 * containers: whatever is in them is answered or left unanswered, and never believed.
 */

export const TYPE_A = 1;
const TYPE_OPT = 41;
const TYPE_ANY = 255;
const CLASS_IN = 1;
const CLASS_ANY = 255;

const HEADER_BYTES = 12;
const FLAG_RESPONSE = 0x8000;
const OPCODE_MASK = 0x7800;
const FLAG_AUTHORITATIVE = 0x0400;
const FLAG_RECURSION_DESIRED = 0x0100;
/** Some resolvers take an empty answer without it for that of a server that does not know. */
const FLAG_RECURSION_AVAILABLE = 0x0080;

const NOERROR = 0;
const FORMERR = 1;
const NXDOMAIN = 3;
const NOTIMP = 4;
const REFUSED = 5;
/** An extended code: these are its upper bits, the lower ones are 0. */
const BADVERS_UPPER = 1;

const TTL_SECONDS = 300;
/** What is accepted over UDP; our own answers are never longer than 512 bytes. */
const UDP_PAYLOAD_BYTES = 1232;
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
/** Ordinary queries bring one: that of EDNS. */
const MAX_RECORDS = 16;

export type Query =
  /** Too short to be answered, or an answer itself. */
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly id: number; readonly flags: number }
  | {
      readonly kind: 'question';
      readonly id: number;
      readonly flags: number;
      /** In lower case, without the last dot; dots and backslashes inside a label have a backslash before them. */
      readonly name: string;
      readonly type: number;
      readonly class: number;
      /** As it came, to be sent back. */
      readonly bytes: Buffer;
      /** The version of EDNS that the client speaks, if any. */
      readonly edns: number | undefined;
    };

/** Reads a message that a client has sent. Never throws. */
export function readQuery(message: Buffer): Query {
  if (message.length < HEADER_BYTES) return { kind: 'none' };
  const id = message.readUInt16BE(0);
  const flags = message.readUInt16BE(2);
  if ((flags & FLAG_RESPONSE) !== 0) return { kind: 'none' };
  const malformed = { kind: 'malformed', id, flags } as const;
  if (message.readUInt16BE(4) !== 1) return malformed;
  const name = readName(message, HEADER_BYTES);
  if (name === undefined || name.end + 4 > message.length) return malformed;
  const end = name.end + 4;
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  const edns = readEdns(message, end, records);
  if (edns === 'malformed') return malformed;
  return {
    kind: 'question',
    ...{ id, flags, edns, name: name.text },
    type: message.readUInt16BE(name.end),
    class: message.readUInt16BE(name.end + 2),
    bytes: message.subarray(HEADER_BYTES, end),
  };
}

/** A name that is spelt out: nothing in a question could be pointed to, so pointers are refused. */
function readName(
  message: Buffer,
  start: number,
): { readonly text: string; readonly end: number } | undefined {
  const labels: string[] = [];
  for (let at = start; ; ) {
    const length = message[at];
    if (length === undefined || length > MAX_LABEL_BYTES || at + 1 - start > MAX_NAME_BYTES) return undefined;
    if (length === 0) return { text: labels.join('.'), end: at + 1 };
    if (at + 1 + length > message.length) return undefined;
    const label = message.toString('latin1', at + 1, at + 1 + length);
    labels.push(label.toLowerCase().replace(/[.\\]/g, '\\$&'));
    at += 1 + length;
  }
}

/** The version in the OPT record, if there is one among the records that follow the question. */
function readEdns(message: Buffer, start: number, count: number): number | undefined | 'malformed' {
  if (count > MAX_RECORDS) return 'malformed';
  let version: number | undefined;
  let at = start;
  for (let record = 0; record < count; record++) {
    const nameEnd = skipName(message, at);
    if (nameEnd === undefined || nameEnd + 10 > message.length) return 'malformed';
    if (message.readUInt16BE(nameEnd) === TYPE_OPT) version = message.readUInt8(nameEnd + 5);
    at = nameEnd + 10 + message.readUInt16BE(nameEnd + 8);
  }
  return at > message.length ? 'malformed' : version;
}

/** Where a name ends, which may end in a pointer; the pointer is not followed. */
function skipName(message: Buffer, start: number): number | undefined {
  for (let at = start; at < message.length; ) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > MAX_LABEL_BYTES) return undefined;
    at += 1 + length;
  }
  return undefined;
}

/** The four bytes of the address that a name has; undefined for a name that does not exist. */
export type Lookup = (name: string) => Buffer | undefined;

/** The answer to a message; undefined when there is to be none. */
export function answer(message: Buffer, lookup: Lookup): Buffer | undefined {
  const query = readQuery(message);
  if (query.kind === 'none') return undefined;
  if (query.kind === 'malformed') return header(query, FORMERR, 0, 0, 0);
  if ((query.flags & OPCODE_MASK) !== 0) return header(query, NOTIMP, 0, 0, 0);
  const more = query.edns === undefined ? [] : [optRecord(query.edns === 0 ? 0 : BADVERS_UPPER)];
  const reply = (code: number, answers: readonly Buffer[]) =>
    Buffer.concat([header(query, code, 1, answers.length, more.length), query.bytes, ...answers, ...more]);
  if (query.edns !== undefined && query.edns !== 0) return reply(NOERROR, []);
  if (query.class !== CLASS_IN && query.class !== CLASS_ANY) return reply(REFUSED, []);
  const address = lookup(query.name);
  if (address === undefined) return reply(NXDOMAIN, []);
  const asked = query.type === TYPE_A || query.type === TYPE_ANY;
  return reply(NOERROR, asked ? [addressRecord(address)] : []);
}

function header(
  query: { readonly id: number; readonly flags: number },
  code: number,
  questions: number,
  answers: number,
  additional: number,
): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const echoed = query.flags & (OPCODE_MASK | FLAG_RECURSION_DESIRED);
  bytes.writeUInt16BE(query.id, 0);
  bytes.writeUInt16BE(FLAG_RESPONSE | echoed | FLAG_AUTHORITATIVE | FLAG_RECURSION_AVAILABLE | code, 2);
  bytes.writeUInt16BE(questions, 4);
  bytes.writeUInt16BE(answers, 6);
  bytes.writeUInt16BE(additional, 10);
  return bytes;
}

function addressRecord(address: Buffer): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(0xc0_00 | HEADER_BYTES, 0); // the name is that of the question
  bytes.writeUInt16BE(TYPE_A, 2);
  bytes.writeUInt16BE(CLASS_IN, 4);
  bytes.writeUInt32BE(TTL_SECONDS, 6);
  bytes.writeUInt16BE(4, 10);
  bytes.set(address, 12);
  return bytes;
}

function optRecord(upperCode: number): Buffer {
  const bytes = Buffer.alloc(11); // the root's name, and no options
  bytes.writeUInt16BE(TYPE_OPT, 1);
  bytes.writeUInt16BE(UDP_PAYLOAD_BYTES, 3);
  bytes.writeUInt8(upperCode, 5);
  return bytes;
}
