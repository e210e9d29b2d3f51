/** Conditions: compiled once, evaluated against a request's time, resource and tags. */
import { type CelInput, isCelError, plan } from '@bufbuild/cel';
import { isMessage } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { TimestampSchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Analysis } from './analysis.js';
import { namedAttributes, type ResourceAttributes, resourceAttributes } from './attributes.js';
import { API, callAttributes, NO_API_ATTRIBUTES } from './call-attributes.js';
import { conditionEnvironment } from './environment.js';
import type { Expr } from './expressions.js';
import { parseExpression } from './parse.js';
import { MODIFIED_GRANTS } from './signatures.js';
import type { CompiledCondition, ConditionFacts, ConditionResult, EffectiveTag } from './types.js';

export { parseExpression } from './parse.js';

/** Oldest entries go first beyond this many: expressions come from whoever writes policies. */
const CACHE_SIZE = 10_000;
const cache = new Map<string, CompiledCondition>();

/**
 * The condition of this expression, from the cache if it was met before. Never throws: what cannot be parsed
 * or evaluated says so when it is evaluated, and grants nothing.
 */
export function compileCondition(expression: string): CompiledCondition {
  const known = cache.get(expression);
  if (known !== undefined) return known;
  const compiled = compile(expression);
  if (cache.size >= CACHE_SIZE) for (const oldest of cache.keys()) return replace(oldest, compiled);
  cache.set(expression, compiled);
  return compiled;
}

function replace(oldest: string, compiled: CompiledCondition): CompiledCondition {
  cache.delete(oldest);
  cache.set(compiled.expression, compiled);
  return compiled;
}

const TRUE: ConditionResult = { value: 'true' };
const FALSE: ConditionResult = { value: 'false' };
const NO_ATTRIBUTES: ResourceAttributes = { values: {}, unknown: [] };

function compile(expression: string): CompiledCondition {
  const parsed = parseExpression(expression);
  if (!parsed.ok) {
    const result: ConditionResult = { value: 'unknown', note: parsed.message };
    return { expression, evaluate: () => result };
  }
  return new PlannedCondition(expression, parsed.expr, parsed.analysis);
}

type Evaluator = (attributes: Readonly<Record<string, CelInput>>) => unknown;

/** What a condition that asks for no attribute is remembered under. */
const NO_KEY = {};

class PlannedCondition implements CompiledCondition {
  private readonly run: Evaluator;
  private readonly usesResource: boolean;
  private readonly usesName: boolean;
  private readonly usesCall: boolean;
  private readonly memory: Memory;

  constructor(
    readonly expression: string,
    expr: Expr,
    private readonly analysis: Analysis,
  ) {
    this.run = evaluator(expr);
    const references = [...analysis.references];
    this.usesResource = references.some((path) => path.startsWith('resource.'));
    this.usesName = analysis.references.has('resource.name');
    this.usesCall = analysis.apiAttributes.size > 0 || references.some((path) => OF_CALL.includes(path));
    const constants = analysis.timeConstants;
    this.memory =
      constants === undefined ? new LastMemory() : new IntervalMemory(constants.flatMap(instantOf));
  }

  evaluate(facts: ConditionFacts): ConditionResult {
    const attributes = this.attributesFor(facts);
    const key = this.memoryKey(facts, attributes);
    if (key === undefined) return this.evaluateNow(facts, attributes);
    const time = facts.time.getTime();
    const remembered = this.memory.get(time, key);
    if (remembered !== undefined) return remembered;
    const result = this.evaluateNow(facts, attributes);
    this.memory.set(time, key, result);
    return result;
  }

  private attributesFor(facts: ConditionFacts): ResourceAttributes {
    if (!this.usesResource) return NO_ATTRIBUTES;
    if (facts.attributes !== undefined) return { values: facts.attributes, unknown: [] };
    const named = this.usesName ? namedAttributes(facts) : undefined;
    return named ?? resourceAttributes(facts.resource, facts.permission);
  }

  /**
   * The one object on which the value depends beside the time; undefined where there is more, or where it is rarely met
   * again: names are as many as resources.
   */
  private memoryKey(facts: ConditionFacts, attributes: ResourceAttributes): object | undefined {
    const { tags } = facts;
    const named = this.usesName && 'resource.name' in attributes.values;
    if (this.usesCall || named || facts.attributes !== undefined) return undefined;
    if (!this.analysis.asksTags) return attributes;
    return this.usesResource ? undefined : (tags ?? NO_KEY);
  }

  private evaluateNow(facts: ConditionFacts, attributes: ResourceAttributes): ConditionResult {
    const call = this.usesCall ? callAttributes(facts) : undefined;
    const { tags } = facts;
    const values = {
      ...attributes.values,
      ...call?.values,
      ...(tags !== undefined && this.analysis.asksTags ? { resource: tagMap(tags) } : {}),
      ...(call && !this.asksModifiedGrants() ? { [API]: NO_API_ATTRIBUTES } : {}),
      'request.time': timestampFromMs(facts.time.getTime()),
    };
    const value = this.run(values);
    if (value === true) return TRUE;
    if (value === false) return FALSE;
    const unknown = this.missingFact(facts, [...attributes.unknown, ...(call?.unknown ?? [])]);
    if (unknown !== undefined) return { value: 'unknown', note: unknown };
    return { value: 'error', note: this.errorNote(value, values) };
  }

  private asksModifiedGrants(): boolean {
    return this.analysis.apiAttributes.has(MODIFIED_GRANTS);
  }

  /** Why Google might come to a value where this server does not; undefined when it would not either. */
  private missingFact({ tags }: ConditionFacts, unknown: readonly string[]): string | undefined {
    const { problems, references, asksTags } = this.analysis;
    const [problem] = problems;
    if (problem !== undefined) return problem.message;
    if (asksTags && tags === undefined) return 'the tags of the resource are not known here';
    if (this.asksModifiedGrants() && unknown.includes(API))
      return 'which roles the call gives or takes is not known here';
    const attribute = unknown.find((name) => references.has(name));
    return attribute === undefined ? undefined : `${attribute} is not known here`;
  }

  private errorNote(value: unknown, values: object): string {
    const missing = [...this.analysis.references].find((name) => !(name in values));
    if (missing !== undefined) return `the service provides no ${missing}`;
    if (this.asksModifiedGrants() && !(API in values)) return `the service provides no ${MODIFIED_GRANTS}`;
    return isCelError(value) ? value.message : 'the expression has no boolean value';
  }
}

const OF_CALL: readonly string[] = ['request.host', 'request.path'];

const tagMaps = new WeakMap<readonly EffectiveTag[], ReadonlyMap<string, string>>();

/** Keys → values, by ids and by names: no name looks like an id. */
function tagMap(tags: readonly EffectiveTag[]): ReadonlyMap<string, string> {
  const known = tagMaps.get(tags);
  if (known !== undefined) return known;
  const made = new Map(
    tags.flatMap(({ keyId, key, valueId, value }) => [
      [keyId, valueId],
      [key, value],
    ]),
  );
  tagMaps.set(tags, made);
  return made;
}

function evaluator(expr: Expr): Evaluator {
  try {
    const planned = plan(conditionEnvironment(), expr);
    return (attributes) => planned(Object.assign(Object.create(null), attributes));
  } catch (error) {
    return () => error;
  }
}

/** A constant instant in milliseconds, or nothing when the expression yields none (a malformed timestamp). */
function instantOf(expr: Expr): number[] {
  const value = evaluator(expr)({});
  if (!isReflectMessage(value) || !isMessage(value.message, TimestampSchema)) return [];
  const { seconds, nanos } = value.message;
  const milliseconds = Number(seconds) * 1000 + Math.floor(nanos / 1e6);
  // Requests have whole milliseconds: any instant strictly between two of them will do.
  return [nanos % 1e6 === 0 ? milliseconds : milliseconds + 0.5];
}

/** Results already found, by the instant and by the one object on which they depend beside it. */
interface Memory {
  get(time: number, key: object): ConditionResult | undefined;
  set(time: number, key: object, result: ConditionResult): void;
}

/** For conditions that read the clock: the last result, good for the same instant. */
class LastMemory implements Memory {
  private time = Number.NaN;
  private key: object = NO_ATTRIBUTES;
  private result: ConditionResult | undefined;

  get(time: number, key: object): ConditionResult | undefined {
    return this.time === time && this.key === key ? this.result : undefined;
  }
  set(time: number, key: object, result: ConditionResult): void {
    this.time = time;
    this.key = key;
    this.result = result;
  }
}

/** For conditions that compare the time with constants only: one result per instant and per interval between. */
class IntervalMemory implements Memory {
  private readonly bounds: readonly number[];
  private readonly results = new WeakMap<object, (ConditionResult | undefined)[]>();

  constructor(bounds: readonly number[]) {
    this.bounds = [...new Set(bounds)].sort((a, b) => a - b);
  }

  get(time: number, key: object): ConditionResult | undefined {
    return this.results.get(key)?.[this.slot(time)];
  }
  set(time: number, key: object, result: ConditionResult): void {
    const slots = this.results.get(key) ?? new Array(2 * this.bounds.length + 1).fill(undefined);
    slots[this.slot(time)] = result;
    this.results.set(key, slots);
  }

  /** Even: between bounds; odd: at one. */
  private slot(time: number): number {
    let slot = 0;
    for (const bound of this.bounds) {
      if (time <= bound) return time === bound ? slot + 1 : slot;
      slot += 2;
    }
    return slot;
  }
}
