/** What labels, annotations and aliases may be (comments of google.cloud.secretmanager.v1.Secret). */
import { invalidArgument } from '../../google/index.js';

const MAX_LABELS = 64;
const MAX_ALIASES = 50;
const MAX_ANNOTATION_BYTES = 16 * 1024;

/** @throws GoogleError INVALID_ARGUMENT */
export function requireLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) throw invalidArgument(`A secret can have at most ${MAX_LABELS} labels.`);
  for (const [key, value] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key) || Buffer.byteLength(key) > 128)
      throw invalidArgument(`Invalid label key "${key}".`);
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value) || Buffer.byteLength(value) > 128)
      throw invalidArgument(`Invalid label value "${value}".`);
  }
}

/** @throws GoogleError INVALID_ARGUMENT */
export function requireAnnotations(annotations: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    if (!/^[a-z0-9A-Z](?:[a-z0-9A-Z._-]{0,61}[a-z0-9A-Z])?$/.test(key))
      throw invalidArgument(`Invalid annotation key "${key}".`);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes >= MAX_ANNOTATION_BYTES)
    throw invalidArgument('The annotations of a secret must be smaller than 16 KiB.');
}

/** @throws GoogleError INVALID_ARGUMENT */
export function requireAliasNames(aliases: readonly string[]): void {
  if (aliases.length > MAX_ALIASES)
    throw invalidArgument(`A secret can have at most ${MAX_ALIASES} version aliases.`);
  for (const alias of aliases) {
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(alias) || alias === 'latest' || alias === 'NEW')
      throw invalidArgument(`Invalid version alias "${alias}".`);
  }
}
