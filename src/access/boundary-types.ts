/** Principal access boundaries as they are kept (https://cloud.google.com/iam/docs/principal-access-boundary-policies). */
import type { Condition, ProposedBoundaryPolicy, ProposedPolicyBinding } from '../iam/index.js';
import type { Write } from '../store/index.js';

interface Kept {
  /** With the numbers of organization, folder or project. */
  readonly name: string;
  readonly uid: string;
  readonly etag: string;
  /** Empty when there is none. */
  readonly displayName: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly createTime: string;
  readonly updateTime: string;
}

/** `organizations/O/locations/global/principalAccessBoundaryPolicies/ID` */
export interface KeptBoundaryPolicy extends Kept {
  /** Its version is in digits, or `latest`. */
  readonly details?: NonNullable<ProposedBoundaryPolicy['details']>;
}

/** `{organizations|folders|projects}/N/locations/global/policyBindings/ID` */
export interface KeptPolicyBinding extends Kept {
  /** As it was sent, where `target` has a project's number. */
  readonly principalSet: string;
  readonly target: string;
  readonly policy: string;
  readonly policyUid: string;
  readonly condition?: Condition;
}

/** What a change does: with the writes that go into its transaction, or nothing but tell what would come of it. */
export type BoundaryChange<T> = ((changed: T) => readonly Write[]) | 'preview';

/** The principal access boundary policies of a plane's organizations, and their bindings. */
export interface Boundaries {
  /** @param organization its number. @returns in the order of their names. @throws NOT_FOUND */
  listPolicies(organization: string): Promise<readonly KeptBoundaryPolicy[]>;
  /** @throws GoogleError NOT_FOUND */
  getPolicy(name: string): Promise<KeptBoundaryPolicy>;
  /** @throws GoogleError INVALID_ARGUMENT, NOT_FOUND for the organization, ALREADY_EXISTS, RESOURCE_EXHAUSTED */
  createPolicy(
    name: string,
    proposed: ProposedBoundaryPolicy,
    time: Date,
    change: BoundaryChange<KeptBoundaryPolicy>,
  ): Promise<KeptBoundaryPolicy>;
  /**
   * @param edit what the policy is to become
   * @param etag left out, whatever is there is changed
   * @throws GoogleError INVALID_ARGUMENT, NOT_FOUND, ABORTED for a stale etag
   */
  updatePolicy(
    name: string,
    edit: (current: KeptBoundaryPolicy) => ProposedBoundaryPolicy,
    etag: string | undefined,
    time: Date,
    change: BoundaryChange<KeptBoundaryPolicy>,
  ): Promise<KeptBoundaryPolicy>;
  /**
   * @param force its bindings go with it
   * @throws GoogleError NOT_FOUND, ABORTED, and FAILED_PRECONDITION for one that is bound, without force
   */
  removePolicy(
    name: string,
    options: { readonly etag: string | undefined; readonly force: boolean },
    change: BoundaryChange<KeptBoundaryPolicy>,
  ): Promise<KeptBoundaryPolicy>;

  /** All bindings, in the order of their names. */
  listBindings(): Promise<readonly KeptPolicyBinding[]>;
  /** @throws GoogleError NOT_FOUND */
  getBinding(name: string): Promise<KeptPolicyBinding>;
  /**
   * @throws GoogleError INVALID_ARGUMENT, NOT_FOUND for parent and policy, ALREADY_EXISTS, RESOURCE_EXHAUSTED, and
   * FAILED_PRECONDITION for a policy of another organization
   */
  createBinding(
    name: string,
    proposed: ProposedPolicyBinding,
    time: Date,
    change: BoundaryChange<KeptPolicyBinding>,
  ): Promise<KeptPolicyBinding>;
  /** Principal set and policy stay. @throws GoogleError as updatePolicy() does */
  updateBinding(
    name: string,
    edit: (current: KeptPolicyBinding) => ProposedPolicyBinding,
    etag: string | undefined,
    time: Date,
    change: BoundaryChange<KeptPolicyBinding>,
  ): Promise<KeptPolicyBinding>;
  /** @throws GoogleError NOT_FOUND, ABORTED */
  removeBinding(
    name: string,
    etag: string | undefined,
    change: BoundaryChange<KeptPolicyBinding>,
  ): Promise<KeptPolicyBinding>;

  /**
   * A principal set in the form in which bindings are compared: with its project's number.
   * @throws GoogleError INVALID_ARGUMENT for what is no principal set, NOT_FOUND for its project
   */
  canonicalTarget(principalSet: string): Promise<string>;
}
