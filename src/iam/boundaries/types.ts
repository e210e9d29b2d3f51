/**
 * Principal access boundaries (https://cloud.google.com/iam/docs/principal-access-boundary-policies): as they are
 * kept, and ready for decisions.
 */
import type { ResourceName } from '../../names/index.js';
import type { Condition } from '../conditions/types.js';
import type { PrincipalCondition } from './condition.js';

/** A rule of a policy: the resources, and what is below them, that its principals may reach. */
export interface BoundaryRule {
  readonly description?: string;
  /** Projects (by id), folders and organizations. */
  readonly resources: readonly ResourceName[];
}

/** What a decision needs of a principal access boundary policy. */
export interface BoundaryPolicy {
  /** `organizations/O/locations/global/principalAccessBoundaryPolicies/ID` */
  readonly name: string;
  readonly rules: readonly BoundaryRule[];
  /** Which permissions the policy can block: a version in digits, never `latest`. */
  readonly enforcementVersion: string;
}

/** A policy bound to a principal set. */
export interface BoundaryBinding {
  /** `{organizations|folders|projects}/X/locations/global/policyBindings/ID` */
  readonly name: string;
  /**
   * The principal set, projects by number: `//cloudresourcemanager.googleapis.com/{projects|folders|organizations}/N`,
   * `//iam.googleapis.com/…Pools/POOL` or `//iam.googleapis.com/locations/global/workspace/CUSTOMER`.
   */
  readonly target: string;
  /** The policy's name. */
  readonly policy: string;
  /** May ask for `principal.type` and `principal.subject`: the binding covers only whom it is true of. */
  readonly condition?: Condition;
}

export interface CompiledBoundary {
  readonly binding: string;
  readonly policy: string;
  readonly rules: readonly BoundaryRule[];
  /** All that the rules name. */
  readonly eligible: ReadonlySet<ResourceName>;
  /** The policy's enforcement version, in digits. */
  readonly version: string;
  /** The permissions that it can block. */
  readonly blockable: Pick<ReadonlySet<string>, 'has'>;
  readonly condition: { readonly source: Condition; readonly test: PrincipalCondition } | undefined;
}

/** The boundaries of all principals. Made once per change by compileBoundaries(). */
export interface CompiledBoundaries {
  /** Principal set → what is bound to it. */
  readonly byTarget: ReadonlyMap<string, readonly CompiledBoundary[]>;
}
