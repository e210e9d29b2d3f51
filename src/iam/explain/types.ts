/** What comes of every part of a question: each binding, each deny rule, each boundary. */
import type { ResourceName } from '../../names/index.js';
import type { BoundaryRule, CompiledBoundary } from '../boundaries/types.js';
import type { DenyRule, DenyRules } from '../deny/types.js';
import type { Binding, Condition, ConditionResult, Policy } from '../types.js';

/** `unknown-info`: something could not be read. `unknown-conditional`: a condition asks for what is not known. */
export type Unknown = 'unknown-info' | 'unknown-conditional';
export type AllowState = 'granted' | 'not-granted' | Unknown;
export type DenyState = 'denied' | 'not-denied' | Unknown;
export type BoundaryState = 'allowed' | 'not-allowed' | 'not-enforced' | 'unknown-info';
export type OverallState = 'can-access' | 'cannot-access' | Unknown;

/** `high` where another value would likely change the result. */
export type Relevance = 'high' | 'normal';

export type Inclusion = 'included' | 'not-included' | 'unknown-info';
export type Membership = 'matched' | 'not-matched' | 'unknown-info';

export interface Annotated<T> {
  readonly state: T;
  readonly relevance: Relevance;
}

/** One statement of a condition, of those that `&&`, `||` and `!` join. */
export interface StatementResult {
  /** Where it stands in the expression, counted in characters; `end` is the first one that is no part of it. */
  readonly start: number;
  readonly end: number;
  readonly result: ConditionResult;
}

export interface ConditionExplanation {
  readonly condition: Condition;
  readonly result: ConditionResult;
  readonly statements: readonly StatementResult[];
}

export interface BindingExplanation extends Annotated<AllowState> {
  readonly binding: Binding;
  /** Is the permission in the role? */
  readonly role: Annotated<Inclusion>;
  /** Each member, as the policy spells it, in its order. */
  readonly members: ReadonlyMap<string, Annotated<Membership>>;
  readonly combined: Annotated<Membership>;
  readonly condition?: ConditionExplanation;
}

/** One level of the hierarchy. */
export type AllowPolicyExplanation =
  | { readonly kind: 'unreadable'; readonly resource: ResourceName; readonly state: 'unknown-info' }
  | ({
      readonly kind: 'readable';
      readonly resource: ResourceName;
      readonly policy: Policy;
      readonly bindings: readonly BindingExplanation[];
    } & Annotated<AllowState>);

export interface AllowExplanation extends Annotated<AllowState> {
  readonly policies: readonly AllowPolicyExplanation[];
}

export type Match = 'matched' | 'not-matched';

export interface DenyRuleExplanation extends Annotated<DenyState> {
  readonly rule: DenyRule;
  readonly deniedPermissions: ReadonlyMap<string, Annotated<Match>>;
  readonly deniedPermission: Annotated<Match>;
  readonly exceptionPermissions: ReadonlyMap<string, Annotated<Match>>;
  readonly exceptionPermission: Annotated<Match>;
  readonly deniedPrincipals: ReadonlyMap<string, Annotated<Membership>>;
  readonly deniedPrincipal: Annotated<Membership>;
  readonly exceptionPrincipals: ReadonlyMap<string, Annotated<Membership>>;
  readonly exceptionPrincipal: Annotated<Membership>;
  readonly condition?: ConditionExplanation;
}

export interface DenyPolicyExplanation extends Annotated<DenyState> {
  readonly policy: DenyRules;
  readonly rules: readonly DenyRuleExplanation[];
}

export type DenyResourceExplanation =
  | { readonly kind: 'unreadable'; readonly resource: ResourceName; readonly state: 'unknown-info' }
  | ({
      readonly kind: 'readable';
      readonly resource: ResourceName;
      readonly policies: readonly DenyPolicyExplanation[];
    } & Annotated<DenyState>);

export interface DenyExplanation extends Annotated<DenyState> {
  /** The levels with deny policies, nearest first. */
  readonly resources: readonly DenyResourceExplanation[];
  /** Can the permission be denied at all? */
  readonly deniable: boolean;
}

/** A rule of a principal access boundary policy. */
export interface BoundaryRuleExplanation extends Annotated<BoundaryState> {
  readonly rule: BoundaryRule;
  readonly inclusion: Inclusion;
  /** Each resource that the rule names: is it the one asked about, or above it? */
  readonly resources: ReadonlyMap<ResourceName, Annotated<Inclusion>>;
}

/** A policy binding whose principal set holds the principal, or may, and the policy that it binds. */
export interface BoundPolicyExplanation extends Annotated<BoundaryState> {
  readonly boundary: CompiledBoundary;
  /** Is the principal subject to the policy? */
  readonly binding: Annotated<'enforced' | 'not-enforced' | 'unknown-info'>;
  readonly condition?: ConditionExplanation;
  readonly policy: Annotated<BoundaryState>;
  /** Can the policy's enforcement version block the permission? */
  readonly versionEnforced: boolean;
  readonly rules: readonly BoundaryRuleExplanation[];
}

export interface BoundaryExplanation extends Annotated<BoundaryState> {
  readonly bound: readonly BoundPolicyExplanation[];
}

export interface Explanation {
  readonly state: OverallState;
  readonly allow: AllowExplanation;
  readonly deny: DenyExplanation;
  readonly boundary: BoundaryExplanation;
}
