/** Who: members as allow policies spell them, and the principals that make calls. */

/** Somebody who can make a call. An anonymous caller sent no credential. */
export type Principal =
  | { readonly kind: 'user'; readonly email: string }
  | { readonly kind: 'serviceAccount'; readonly email: string }
  | FederatedPrincipal
  | { readonly kind: 'anonymous' };

/** Somebody whom an identity provider vouches for: an identity of a workload or workforce identity pool. */
export interface FederatedPrincipal {
  readonly kind: 'federated';
  /**
   * The pool, e.g. `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL` or
   * `//iam.googleapis.com/locations/global/workforcePools/POOL`.
   */
  readonly pool: `//iam.googleapis.com/${string}`;
  /** What the provider's attribute mapping made `google.subject`. */
  readonly subject: string;
  /** What it made `google.groups`. */
  readonly groups: readonly string[];
  /** What it made `attribute.NAME`, by NAME. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Who presented a credential. */
export type SignedIn = Exclude<Principal, { kind: 'anonymous' }>;
/** Who has an address: users and service accounts. */
export type Addressed = Exclude<SignedIn, FederatedPrincipal>;

export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** The kinds of member that an allow policy may name (IAM docs, "Principal identifiers"). */
export type MemberKind =
  | 'user'
  | 'serviceAccount'
  | 'group'
  | 'domain'
  | 'allUsers'
  | 'allAuthenticatedUsers'
  | 'principal'
  | 'principalSet'
  | 'deleted'
  | 'projectOwner'
  | 'projectEditor'
  | 'projectViewer';

export interface Member {
  readonly kind: MemberKind;
  /** What follows the kind's colon; empty for allUsers and allAuthenticatedUsers. */
  readonly id: string;
}

/** Neither slashes nor control characters are in Google's addresses; clients, such as gcloud, name directories after them. */
const EMAIL = /^[^\s\p{C}@:,'"`$\\/]+@[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?$/iu;
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;
const WORKLOAD_POOL_MEMBER = /^[a-z][a-z0-9-]*\.svc\.id\.goog\[[a-z0-9-]+\/[a-z0-9-]+\]$/;
const DELETED_ADDRESS = /^(?:user|serviceAccount|group):[^\s?]+\?uid=\d+$/;

/** A pool by its project's number, or of an organization's workforce; GKE's are named `PROJECT.svc.id.goog`. */
const POOL_NAME =
  '//iam\\.googleapis\\.com/(?:projects/\\d+/locations/global/workloadIdentityPools|locations/global/workforcePools)/[a-z0-9][a-z0-9.:-]*';
/** What a mapping may make of a subject, a group or an attribute: anything but blanks and control characters. */
const MAPPED = '[^\\s\\p{C}]+';
/** https://cloud.google.com/iam/docs/principal-identifiers#v1 */
const POOL_SUBJECT = new RegExp(`^(${POOL_NAME})/subject/(${MAPPED})$`, 'u');
const POOL_SET = new RegExp(
  `^${POOL_NAME}/(?:\\*|group/${MAPPED}|attribute\\.[a-z0-9_]+/${MAPPED}|namespace/${MAPPED}|kubernetes\\.[a-z.]+/${MAPPED})$`,
  'u',
);
const ACCOUNTS_BELOW =
  /^\/\/cloudresourcemanager\.googleapis\.com\/(?:projects|folders|organizations)\/\d+\/type\/Service(?:Account|Agent)$/;

/** True for an e-mail address as IAM accepts it. */
export function isEmail(text: string): boolean {
  return EMAIL.test(text) && text.length <= 320;
}

/**
 * Reads one member of an allow policy.
 * @returns the member, or undefined when IAM would not accept the text (unknown kind, bad address)
 */
export function parseMember(text: string): Member | undefined {
  if (text === 'allUsers' || text === 'allAuthenticatedUsers') return { kind: text, id: '' };
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  const kind = text.slice(0, colon);
  const id = text.slice(colon + 1);
  switch (kind) {
    case 'user':
    case 'group':
      return isEmail(id) ? { kind, id } : undefined;
    case 'serviceAccount':
      return isEmail(id) || WORKLOAD_POOL_MEMBER.test(id) ? { kind, id } : undefined;
    case 'domain':
      return DOMAIN.test(id) ? { kind, id } : undefined;
    case 'principal':
      return POOL_SUBJECT.test(id) ? { kind, id } : undefined;
    case 'principalSet':
      return POOL_SET.test(id) || ACCOUNTS_BELOW.test(id) ? { kind, id } : undefined;
    case 'deleted':
      return DELETED_ADDRESS.test(id) || (id.startsWith('principal:') && POOL_SUBJECT.test(id.slice(10)))
        ? { kind, id }
        : undefined;
    case 'projectOwner':
    case 'projectEditor':
    case 'projectViewer':
      return isProjectIdLike(id) ? { kind, id } : undefined;
    default:
      return undefined;
  }
}

function isProjectIdLike(id: string): boolean {
  return /^[a-z0-9][a-z0-9.:-]*$/.test(id);
}

/** The member that stands for a signed-in principal, e.g. `user:alice@example.com`. */
export function memberOf(principal: SignedIn): string;
export function memberOf(principal: Principal): string | undefined;
export function memberOf(principal: Principal): string | undefined {
  if (principal.kind === 'anonymous') return undefined;
  if (principal.kind === 'federated') return `principal:${principal.pool}/subject/${principal.subject}`;
  return `${principal.kind}:${principal.email}`;
}

/** The identity of a pool that a member `principal:…` names alone, without groups or attributes. */
function federatedPrincipal(id: string): FederatedPrincipal | undefined {
  const [, pool, subject] = POOL_SUBJECT.exec(id) ?? [];
  if (pool === undefined || subject === undefined) return undefined;
  return { kind: 'federated', pool: pool as FederatedPrincipal['pool'], subject, groups: [], attributes: {} };
}

const WORKLOAD_POOL =
  /^(?:principal(?:Set)?:)?(\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/.]+)(?:\/|$)/;

/**
 * The workload identity pool whose identities a text is about: a member of an allow policy, a principal of a deny
 * policy, a principal set that a boundary is bound to. Pools of workforces, and GKE's, are none.
 * @returns the pool's full name, e.g. `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL`
 */
export function workloadPoolOf(text: string): FederatedPrincipal['pool'] | undefined {
  return WORKLOAD_POOL.exec(text)?.[1] as FederatedPrincipal['pool'] | undefined;
}

/** The number of the project that such a pool lies in, and the pool's id. */
export function workloadPoolParts(
  text: string,
): { readonly projectNumber: string; readonly pool: string } | undefined {
  const [, projectNumber, pool] =
    /\/projects\/(\d+)\/locations\/global\/workloadIdentityPools\/([^/]+)$/.exec(
      workloadPoolOf(text) ?? '',
    ) ?? [];
  return projectNumber === undefined || pool === undefined ? undefined : { projectNumber, pool };
}

/** Members are compared without regard to the case of their e-mail address (IAM stores them in lower case). */
export function normalizeMember(text: string): string {
  const id = text.slice(text.indexOf(':') + 1);
  if (id === id.toLowerCase()) return text;
  const member = parseMember(text);
  if (!member || member.id === '') return text;
  const folds =
    member.kind === 'user' ||
    member.kind === 'group' ||
    member.kind === 'serviceAccount' ||
    member.kind === 'domain';
  return folds ? `${member.kind}:${member.id.toLowerCase()}` : text;
}

/**
 * Reads a principal as the command line takes it: `user:…`, `serviceAccount:…`, `principal://…/subject/…`, or a bare
 * e-mail, which is a service account when its domain ends in `gserviceaccount.com` and a user otherwise.
 * @returns the principal, or undefined when the text is none of these
 */
export function parsePrincipal(text: string): Principal | undefined {
  const member = parseMember(text);
  if (member?.kind === 'user' || member?.kind === 'serviceAccount') {
    return { kind: member.kind, email: member.id.toLowerCase() };
  }
  if (member?.kind === 'principal') return federatedPrincipal(member.id);
  return isEmail(text) ? principalOfEmail(text) : undefined;
}

/** The principal behind an e-mail address, by the address alone. */
export function principalOfEmail(email: string): Addressed {
  const kind = /[.@]gserviceaccount\.com$/i.test(email) ? 'serviceAccount' : 'user';
  return { kind, email: email.toLowerCase() };
}

/** The principal's e-mail address; undefined for an anonymous caller, and for one from an identity pool. */
export function emailOf(principal: Principal): string | undefined {
  return principal.kind === 'anonymous' || principal.kind === 'federated' ? undefined : principal.email;
}

/**
 * How resources, logs and refusals name somebody: by the address, an identity of a pool by its member
 * (`principal://…`); empty for an anonymous caller.
 */
export function callerName(principal: Principal): string {
  return emailOf(principal) ?? memberOf(principal) ?? '';
}
