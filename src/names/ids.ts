/** Ids: which ones Google accepts, and new ones as Google makes them. */
import { randomBytes } from 'node:crypto';

/** Vowel-free, so that no words appear: read off real revision and execution names. */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Names need to differ, not to be secret: a byte's slight bias does not matter. */
function pick(alphabet: string, length: number): string {
  let out = '';
  for (const byte of randomBytes(length)) out += alphabet.charAt(byte % alphabet.length);
  return out;
}

/** A revision's name, `SERVICE-00001-xyz`: the generation in five digits and three random characters. */
export function newRevisionName(service: string, generation: number): string {
  return `${service}-${String(generation).padStart(5, '0')}-${pick(SUFFIX_ALPHABET, 3)}`;
}

/** An execution's name, `JOB-rmxlb`: five random characters. */
export function newExecutionName(job: string): string {
  return `${job}-${pick(SUFFIX_ALPHABET, 5)}`;
}

/** An account's unique id: 21 digits, the first of which is 1. */
export function newUniqueId(): string {
  return `1${pick('0123456789', 20)}`;
}

/** A project's number: 12 digits that do not start with 0. */
export function newProjectNumber(): string {
  return `${pick('123456789', 1)}${pick('0123456789', 11)}`;
}

/** A policy's etag: base64 of eight bytes, like `BwZDKJyiU3c=`. */
export function newEtag(): string {
  const bytes = randomBytes(8);
  bytes[0] = 0x07;
  return bytes.toString('base64');
}

/** A log entry's insertId: short, unique, sortable by nothing. */
export function newInsertId(): string {
  return pick('abcdefghijklmnopqrstuvwxyz0123456789', 14);
}

/** 6 to 30 lower-case letters, digits and hyphens; a letter first, no hyphen last. */
export function isProjectId(text: string): boolean {
  return /^(?:[a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(text);
}
export function isProjectNumber(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text);
}
/** 6 to 30 characters (IAM docs, "Create service accounts"). */
export function isServiceAccountId(text: string): boolean {
  return /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(text);
}
/** A service or worker pool: at most 49 characters. */
export function isServiceName(text: string): boolean {
  return /^[a-z](?:[a-z0-9-]{0,47}[a-z0-9])?$/.test(text);
}
/** A revision's name must start with its service's and be at most 63 characters. */
export function isRevisionName(text: string, service: string): boolean {
  return text.startsWith(`${service}-`) && text.length <= 63 && /^[a-z][a-z0-9-]*[a-z0-9]$/.test(text);
}
/** 1 to 63 characters: a letter first, a letter or digit last. `gcr.io` names are made by Google alone. */
export function isRepositoryId(text: string): boolean {
  return /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text) || /^(?:(?:us|eu|asia)\.)?gcr\.io$/.test(text);
}
