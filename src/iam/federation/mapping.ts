/**
 * What a provider's attribute mapping makes of a token's claims, and whether its condition lets them in
 * (https://cloud.google.com/iam/docs/workload-identity-federation#mapping).
 */
import { type Evaluate, type Json, type Names, planExpression } from './expressions.js';

/** The rules of one provider. */
export interface ProviderRules {
  /** CEL over `assertion`, by the attribute that it makes. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  /** CEL over `assertion`, `google` and `attribute`; empty lets everybody in. */
  readonly attributeCondition: string;
}

/** Who somebody with a token is. */
export interface MappedIdentity {
  readonly subject: string;
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

export type Mapped =
  | { readonly ok: true; readonly identity: MappedIdentity }
  /** Refused, in the words of Google's token end point. */
  | { readonly ok: false; readonly message: string };

/** google.iam.v1.WorkloadIdentityPoolProvider, and https://cloud.google.com/iam/quotas */
const LIMITS = {
  attributes: 50,
  keyLength: 100,
  expressionLength: 2048,
  conditionLength: 4096,
  subjectBytes: 127,
  totalBytes: 8192,
} as const;

const SUBJECT = 'google.subject';
const GROUPS = 'google.groups';
const CUSTOM = /^attribute\.([a-z0-9_]+)$/;

/**
 * Checks the rules before they are kept.
 * @param claimsNeeded true when the condition must look at who comes: everybody's tokens are of the same issuer
 * @returns what is wrong with them; undefined when nothing is
 */
export function providerRulesProblem(
  { attributeMapping, attributeCondition }: ProviderRules,
  claimsNeeded: boolean,
): string | undefined {
  const entries = Object.entries(attributeMapping);
  if (!Object.hasOwn(attributeMapping, SUBJECT)) {
    return `The attribute mapping must include a mapping to the ${SUBJECT} attribute.`;
  }
  if (entries.filter(([key]) => CUSTOM.test(key)).length > LIMITS.attributes) {
    return `At most ${LIMITS.attributes} custom attributes can be mapped.`;
  }
  for (const [key, expression] of entries) {
    const problem = mappingProblem(key, expression);
    if (problem !== undefined) return problem;
  }
  return conditionProblem(attributeCondition, claimsNeeded);
}

function mappingProblem(key: string, expression: string): string | undefined {
  if (key !== SUBJECT && key !== GROUPS && (!CUSTOM.test(key) || key.length > LIMITS.keyLength)) {
    return `Invalid mapped attribute key: ${key}. Custom mapped attributes must be in format 'attribute.{custom_attribute}'.`;
  }
  if (expression.length > LIMITS.expressionLength) {
    return `The mapping of ${key} is longer than ${LIMITS.expressionLength} characters.`;
  }
  const planned = planExpression(expression, ['assertion']);
  return planned.ok ? undefined : `Invalid attribute mapping of ${key}: ${planned.message}`;
}

const CONDITION_NAMES = ['assertion', 'google', 'attribute'];

function conditionProblem(condition: string, claimsNeeded: boolean): string | undefined {
  if (condition.length > LIMITS.conditionLength) {
    return `The attribute condition is longer than ${LIMITS.conditionLength} characters.`;
  }
  const planned = condition === '' ? undefined : planExpression(condition, CONDITION_NAMES);
  if (planned?.ok === false) return `Invalid attribute condition: ${planned.message}`;
  if (claimsNeeded && (planned === undefined || planned.names.size === 0)) {
    return "The attribute condition must reference one of the provider's claims. For more information, see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions";
  }
  return undefined;
}

/**
 * Maps a token's claims, and asks the condition.
 * @param rules that {@link providerRulesProblem} found nothing wrong with
 */
export function mapAssertion(rules: ProviderRules, assertion: Json): Mapped {
  const mapped = new Map<string, string | readonly string[]>();
  for (const [key, expression] of Object.entries(rules.attributeMapping)) {
    const value = planned(expression, ['assertion'])({ assertion });
    if (key === GROUPS ? !isStrings(value) : typeof value !== 'string') {
      const type = key === GROUPS ? 'LIST of STRING' : 'STRING';
      return refused(`The mapped attribute '${key}' must be of type ${type}.`);
    }
    mapped.set(key, isStrings(value) ? value : String(value));
  }
  const identity = identityOf(mapped);
  const problem = sizeProblem(identity);
  if (problem !== undefined) return refused(problem);
  return admits(rules.attributeCondition, namesOf(identity, assertion))
    ? { ok: true, identity }
    : refused('The given credential is rejected by the attribute condition.');
}

const refused = (message: string): Mapped => ({ ok: false, message });

function planned(expression: string, known: readonly string[]): Evaluate {
  const made = planExpression(expression, known);
  if (made.ok) return made.evaluate;
  throw new Error(`the expression ${expression} was checked when it was kept: ${made.message}`);
}

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function identityOf(mapped: ReadonlyMap<string, string | readonly string[]>): MappedIdentity {
  const subject = mapped.get(SUBJECT);
  const groups = mapped.get(GROUPS);
  const attributes = [...mapped].flatMap(([key, value]) => {
    const [, name] = CUSTOM.exec(key) ?? [];
    return name === undefined ? [] : [[name, String(value)] as const];
  });
  return {
    subject: typeof subject === 'string' ? subject : '',
    groups: isStrings(groups) ? groups : [],
    attributes: Object.fromEntries(attributes),
  };
}

function sizeProblem({ subject, groups, attributes }: MappedIdentity): string | undefined {
  if (subject === '') return `The mapped attribute '${SUBJECT}' must not be empty.`;
  if (/[\s\p{C}]/u.test(subject)) {
    return `The mapped attribute '${SUBJECT}' must not contain blanks or control characters.`;
  }
  if (Buffer.byteLength(subject) > LIMITS.subjectBytes) {
    return `The size of mapped attribute ${SUBJECT} exceeds the ${LIMITS.subjectBytes} bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than ${LIMITS.subjectBytes} bytes.`;
  }
  const parts = [subject, ...groups, ...Object.entries(attributes).flat()];
  const total = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  return total > LIMITS.totalBytes
    ? `The size of all mapped attributes exceeds the ${LIMITS.totalBytes} bytes limit.`
    : undefined;
}

const namesOf = ({ subject, groups, attributes }: MappedIdentity, assertion: Json): Names => ({
  assertion,
  google: { subject, groups },
  attribute: attributes,
});

/** What cannot be evaluated lets nobody in. */
function admits(condition: string, names: Names): boolean {
  return condition === '' || planned(condition, CONDITION_NAMES)(names) === true;
}
