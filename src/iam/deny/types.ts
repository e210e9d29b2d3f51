/** Deny policies (https://cloud.google.com/iam/docs/deny-overview): as they are kept, and ready for decisions. */
import type { ResourceName } from '../../names/index.js';
import type { CompiledCondition, Condition } from '../conditions/types.js';

export interface DenyRule {
  readonly description?: string;
  /** In the v2 form, e.g. `principal://goog/subject/alice@example.com`. */
  readonly deniedPrincipals: readonly string[];
  readonly exceptionPrincipals: readonly string[];
  /** In the v2 form, e.g. `run.googleapis.com/services.create`, or a group of permissions. */
  readonly deniedPermissions: readonly string[];
  readonly exceptionPermissions: readonly string[];
  /** The rule applies unless this is false: what cannot be evaluated denies. */
  readonly denialCondition?: Condition;
}

/** What a decision needs of a deny policy. */
export interface DenyRules {
  /** The policy's id, unique where it is attached. */
  readonly id: string;
  readonly rules: readonly DenyRule[];
}

/** A list of principals, ready to be asked whether somebody is on it. */
export interface CompiledPrincipals {
  /** `principalSet://goog/public:all` is on the list. */
  readonly everybody: boolean;
  /** Normalised member, or set of principals → how the policy spells it. */
  readonly members: ReadonlyMap<string, string>;
  /** The members of kind group. */
  readonly groups: readonly string[];
  /** Any member that is a set: of a pool's identities, or of service accounts. */
  readonly hasSets: boolean;
  /** The sets of service accounts, or service agents: whom they hold only the principal's facts can tell. */
  readonly serviceAccountSets: readonly string[];
  /** Cloud Identity or Workspace customer → how the policy spells it. They hold their users. */
  readonly customers: ReadonlyMap<string, string>;
}

export interface CompiledDenyRule {
  readonly policy: string;
  /** Counted from 1, as it stands in the policy. */
  readonly number: number;
  readonly description: string | undefined;
  readonly denied: CompiledPrincipals;
  readonly exceptions: CompiledPrincipals;
  readonly condition: { readonly source: Condition; readonly test: CompiledCondition } | undefined;
}

/** The deny policies of one resource. Made once per version by compileDenyPolicies(). */
export interface CompiledDenyPolicies {
  /** As they are kept, for explanations. */
  readonly source: readonly DenyRules[];
  /** Permission, as roles spell it → the rules that deny it to somebody. */
  readonly rules: ReadonlyMap<string, readonly CompiledDenyRule[]>;
}

/** The deny policies attached to one level of the hierarchy. */
export interface DenyLevel {
  readonly resource: ResourceName;
  readonly policies: CompiledDenyPolicies | 'unreadable';
}
