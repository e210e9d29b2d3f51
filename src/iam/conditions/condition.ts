/** Conditions: compiled once, evaluated against a request's time and resource. */
import { isCelError, parse, plan } from '@bufbuild/cel';
import { isMessage } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { type Timestamp, TimestampSchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { CompiledCondition, ConditionFacts, ConditionResult } from '../types.js';
import { type Analysis, analyse, type Expr } from './analysis.js';
import {
  namedAttributes,
  type ResourceAttribute,
  type ResourceAttributes,
  resourceAttributes,
} from './attributes.js';
import { conditionEnvironment } from './environment.js';

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

export type ParsedExpression =
  | { readonly ok: true; readonly expr: Expr; readonly analysis: Analysis }
  | { readonly ok: false; readonly message: string };

/**
 * Reads an expression. Never throws: one nested too deeply for the stack is refused like a malformed one. The
 * message gives the position as IAM's own parser does (`Parse expression:LINE:COLUMN`).
 */
export function parseExpression(expression: string): ParsedExpression {
  try {
    const { expr } = parse(expression);
    return { ok: true, expr, analysis: analyse(expr) };
  } catch (error) {
    const message = error instanceof RangeError ? 'the expression is nested too deeply' : String(error);
    return { ok: false, message: message.replace(/^.*<input>/, 'Parse expression') };
  }
}

type Evaluator = (attributes: Record<string, string | Timestamp>) => unknown;

class PlannedCondition implements CompiledCondition {
  private readonly run: Evaluator;
  private readonly usesResource: boolean;
  private readonly usesName: boolean;
  private readonly memory: Memory;

  constructor(
    readonly expression: string,
    expr: Expr,
    private readonly analysis: Analysis,
  ) {
    this.run = evaluator(expr);
    this.usesResource = [...this.analysis.references].some((path) => path.startsWith('resource.'));
    this.usesName = this.analysis.references.has('resource.name');
    const constants = this.analysis.timeConstants;
    this.memory =
      constants === undefined ? new LastMemory() : new IntervalMemory(constants.flatMap(instantOf));
  }

  evaluate(facts: ConditionFacts): ConditionResult {
    const time = facts.time.getTime();
    // Names are as many as resources: what came of one is not worth remembering.
    const named = this.usesName ? namedAttributes(facts) : undefined;
    if (named) return this.evaluateNow(named, time);
    const attributes = this.usesResource
      ? resourceAttributes(facts.resource, facts.permission)
      : NO_ATTRIBUTES;
    const remembered = this.memory.get(time, attributes);
    if (remembered !== undefined) return remembered;
    const result = this.evaluateNow(attributes, time);
    this.memory.set(time, attributes, result);
    return result;
  }

  private evaluateNow(attributes: ResourceAttributes, time: number): ConditionResult {
    const value = this.run({ ...attributes.values, 'request.time': timestampFromMs(time) });
    if (value === true) return TRUE;
    if (value === false) return FALSE;
    const unknown = this.missingFact(attributes);
    if (unknown !== undefined) return { value: 'unknown', note: unknown };
    return { value: 'error', note: this.errorNote(value, attributes) };
  }

  /** Why Google might come to a value where this server does not; undefined when it would not either. */
  private missingFact(attributes: ResourceAttributes): string | undefined {
    const [problem] = this.analysis.problems;
    if (problem !== undefined)
      return problem.kind === 'invalid' ? problem.message : `${problem.feature} is not evaluated here`;
    const attribute = attributes.unknown.find((name) => this.analysis.references.has(name));
    return attribute === undefined ? undefined : `${attribute} is not known here`;
  }

  private errorNote(value: unknown, attributes: ResourceAttributes): string {
    const all: readonly ResourceAttribute[] = ['resource.service', 'resource.type', 'resource.name'];
    const missing = all.find((name) => this.analysis.references.has(name) && !(name in attributes.values));
    if (missing !== undefined) return `the service provides no ${missing}`;
    return isCelError(value) ? value.message : 'the expression has no boolean value';
  }
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

/** Results already found. Attributes are compared as objects: resourceAttributes() gives constants. */
interface Memory {
  get(time: number, attributes: ResourceAttributes): ConditionResult | undefined;
  set(time: number, attributes: ResourceAttributes, result: ConditionResult): void;
}

/** For conditions that read the clock: the last result, good for the same instant. */
class LastMemory implements Memory {
  private time = Number.NaN;
  private attributes = NO_ATTRIBUTES;
  private result: ConditionResult | undefined;

  get(time: number, attributes: ResourceAttributes): ConditionResult | undefined {
    return this.time === time && this.attributes === attributes ? this.result : undefined;
  }
  set(time: number, attributes: ResourceAttributes, result: ConditionResult): void {
    this.time = time;
    this.attributes = attributes;
    this.result = result;
  }
}

/** For conditions that compare the time with constants only: one result per instant and per interval between. */
class IntervalMemory implements Memory {
  private readonly bounds: readonly number[];
  private readonly results = new Map<ResourceAttributes, (ConditionResult | undefined)[]>();

  constructor(bounds: readonly number[]) {
    this.bounds = [...new Set(bounds)].sort((a, b) => a - b);
  }

  get(time: number, attributes: ResourceAttributes): ConditionResult | undefined {
    return this.results.get(attributes)?.[this.slot(time)];
  }
  set(time: number, attributes: ResourceAttributes, result: ConditionResult): void {
    const slots = this.results.get(attributes) ?? new Array(2 * this.bounds.length + 1).fill(undefined);
    slots[this.slot(time)] = result;
    this.results.set(attributes, slots);
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
