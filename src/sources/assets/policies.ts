/** Allow policies as getIamPolicy and exports write them, with texts that many of them share kept once. */
import type { Binding, Condition, Policy } from '../../iam/index.js';
import { type Fields, isFields, textIn } from './shape.js';

/** Keeps one of each text: an estate's policies name the same roles and members over and over. */
export class Texts {
  readonly #kept = new Map<string, string>();

  one(text: string): string {
    const kept = this.#kept.get(text);
    if (kept !== undefined) return kept;
    this.#kept.set(text, text);
    return text;
  }
}

/**
 * Reads a policy; members are taken as they are, of whatever kind.
 * @returns undefined when it is none: then nobody knows whom it lets in
 */
export function readPolicy(value: unknown, texts: Pick<Texts, 'one'>): Policy | undefined {
  if (!isFields(value)) return undefined;
  const { bindings = [], version } = value;
  if (!Array.isArray(bindings)) return undefined;
  const read: Binding[] = [];
  for (const each of bindings) {
    const binding = readBinding(each, texts);
    if (binding === undefined) return undefined;
    read.push(binding);
  }
  return {
    version: VERSIONS.find((known) => known === version) ?? 1,
    // Of use to nobody: it goes with the policy as it was.
    etag: '',
    bindings: read,
  };
}

/** https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
const VERSIONS = [0, 1, 3];

function readBinding(value: unknown, texts: Pick<Texts, 'one'>): Binding | undefined {
  if (!isFields(value)) return undefined;
  const { role, members = [], condition } = value;
  if (typeof role !== 'string' || !Array.isArray(members)) return undefined;
  const kept: string[] = [];
  for (const member of members) {
    if (typeof member !== 'string') return undefined;
    kept.push(texts.one(member));
  }
  if (condition === undefined || condition === null) return { role: texts.one(role), members: kept };
  const read = isFields(condition) ? readCondition(condition) : undefined;
  return read && { role: texts.one(role), members: kept, condition: read };
}

/** An Expr (google/type/expr.proto); undefined where it has no expression. */
export function readCondition(fields: Fields): Condition | undefined {
  const expression = textIn(fields, 'expression');
  const description = textIn(fields, 'description');
  if (expression === undefined) return undefined;
  return { title: textIn(fields, 'title') ?? '', expression, ...(description ? { description } : {}) };
}

/** Whether a value is what `get-iam-policy` prints: a policy and nothing else. */
export function isPolicyAlone(value: unknown): value is Fields {
  if (!isFields(value)) return false;
  const keys = Object.keys(value);
  return (
    keys.length > 0 && keys.every((key) => POLICY_FIELDS.has(key)) && ('etag' in value || 'bindings' in value)
  );
}

const POLICY_FIELDS = new Set(['bindings', 'etag', 'version', 'auditConfigs', 'kind', 'resourceId']);
