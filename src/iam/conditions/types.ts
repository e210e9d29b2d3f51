/** Conditions: what policies say, and what comes of it for one request. */
import type { ResourceName } from '../../names/index.js';

export interface Condition {
  readonly title: string;
  readonly description?: string;
  /** CEL, as IAM's attribute reference defines it. */
  readonly expression: string;
}

/** What a condition comes to for one question. */
export interface ConditionResult {
  /**
   * `error`: it cannot be evaluated and so never grants, as on Google Cloud (an attribute that the service does
   * not provide, an invalid timestamp). `unknown`: Google could evaluate it, but its facts are not at hand here.
   */
  readonly value: 'true' | 'false' | 'error' | 'unknown';
  /** What went wrong; present with `error` and `unknown`. */
  readonly note?: string;
}

/** What a condition may look at: the request's time, and the resource and permission that are asked about. */
export interface ConditionFacts {
  readonly time: Date;
  readonly resource: ResourceName;
  readonly permission: string;
  /** The number of the resource's project where it is known: names of secrets spell it. */
  readonly projectNumber?: string;
}

/** A condition's expression, parsed and planned once. */
export interface CompiledCondition {
  readonly expression: string;
  evaluate(facts: ConditionFacts): ConditionResult;
}
