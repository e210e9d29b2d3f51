/** Updates: which of a message's fields replace what is there (https://google.aip.dev/134#partial-updates). */
import { invalidArgument } from '../../google/index.js';

/** A field as masks name it, in JSON's spelling or the proto's. */
const spelled = (path: string) => path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Only the server sets these; a mask that names them changes nothing. */
const OUTPUT_ONLY: ReadonlySet<string> = new Set([
  'name',
  'uid',
  'etag',
  'createTime',
  'updateTime',
  'policyUid',
]);

/**
 * What an object becomes: the fields of the mask as they are sent, the others as they are. Without a mask, and with
 * `*`, all are as they are sent.
 * @param fields the fields that can be updated, e.g. `details` and `details.rules`
 * @throws GoogleError INVALID_ARGUMENT for another field
 */
export function masked(paths: readonly string[], fields: readonly string[]): (field: string) => boolean {
  const named = paths.map(spelled);
  for (const path of named) {
    if (path !== '*' && !OUTPUT_ONLY.has(path) && !fields.includes(path)) {
      throw invalidArgument(`update_mask: "${path}" is no field that can be updated.`);
    }
  }
  if (named.length === 0 || named.includes('*')) return () => true;
  return (field) => named.includes(field) || named.some((path) => field.startsWith(`${path}.`));
}
