/** Field masks: which fields an update replaces; those that it names and does not send become empty again. */
import { invalidArgument, isJsonObject, type JsonValue } from '../../google/index.js';
import type { Fields, PatchRequest } from './requests.js';

/** What a field is when nothing is said of it. */
const EMPTY: Readonly<Record<string, JsonValue>> = {
  displayName: '',
  description: '',
  disabled: false,
  attributeMapping: {},
  attributeCondition: '',
};
const EMPTY_OIDC: Readonly<Record<string, JsonValue>> = { issuerUri: '', allowedAudiences: [], jwksJson: '' };

/**
 * The fields that an update sets, each with its value.
 * @throws GoogleError INVALID_ARGUMENT without a mask, and for a part of a field that has none
 */
export function masked({ mask, fields }: Pick<PatchRequest, 'mask' | 'fields'>): Fields {
  if (mask.length === 0) throw invalidArgument('update_mask: the list of fields to update is required.');
  const out: Record<string, JsonValue> = {};
  for (const path of mask) {
    const [top = '', part, ...deeper] = path.split('.');
    if (top === 'oidc')
      out.oidc = oidcPart(out.oidc, fields.oidc, part, deeper.length > 0 ? path : undefined);
    else if (part === undefined) out[top] = fields[top] ?? EMPTY[top] ?? null;
    else throw noSuchPart(path);
  }
  return out;
}

function oidcPart(
  before: JsonValue | undefined,
  sent: JsonValue | undefined,
  part: string | undefined,
  tooDeep: string | undefined,
): JsonValue {
  const values = isJsonObject(sent) ? sent : {};
  if (part === undefined) return { ...EMPTY_OIDC, ...values };
  if (tooDeep !== undefined || !Object.hasOwn(EMPTY_OIDC, part)) throw noSuchPart(tooDeep ?? `oidc.${part}`);
  return {
    ...(isJsonObject(before) ? before : {}),
    [part]: values[part] ?? values[snake(part)] ?? EMPTY_OIDC[part] ?? null,
  };
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const noSuchPart = (path: string) =>
  invalidArgument(`Invalid update mask: "${path}" is no field that can be updated.`);
