/** Conditions: what policies say, and what comes of it for one request. */
import type { RequestContext, ResourceName } from '../../names/index.js';

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

/** A tag on a resource, its own or inherited (https://cloud.google.com/iam/docs/tags-access-control). */
export interface EffectiveTag {
  /** e.g. `tagKeys/281475012216835` */
  readonly keyId: string;
  /** e.g. `123456789012/env`: the number of the organization, or the id of the project, and the short name. */
  readonly key: string;
  /** e.g. `tagValues/281476592621530` */
  readonly valueId: string;
  /** The value's short name, e.g. `prod`. */
  readonly value: string;
}

/** What a condition may look at: the request's time, and the resource and permission that are asked about. */
export interface ConditionFacts {
  readonly time: Date;
  readonly resource: ResourceName;
  readonly permission: string;
  /** What somebody says that the resource's attributes are, in place of those that its service provides. */
  readonly attributes?: Readonly<Record<'resource.service' | 'resource.type' | 'resource.name', string>>;
  /** The number of the resource's project where it is known: names of secrets spell it. */
  readonly projectNumber?: string;
  /** The tags of the resource, one for each key; undefined when they are not known. */
  readonly tags?: readonly EffectiveTag[];
  /** Undefined for a question that no call asks: then what it would say is not known. */
  readonly context?: RequestContext;
}

/** A condition's expression, parsed and planned once. */
export interface CompiledCondition {
  readonly expression: string;
  evaluate(facts: ConditionFacts): ConditionResult;
}
