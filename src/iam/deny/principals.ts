/** The identifiers of deny policies, which are not those of allow policies (https://cloud.google.com/iam/docs/principal-identifiers#deny). */
import { isEmail, memberOf, normalizeMember, type Principal, principalOfEmail } from '../../names/index.js';

/** Whom an identifier stands for. */
export type DenyPrincipal =
  | { readonly kind: 'everybody' }
  /** A user, a service account or a group, as the normalised member that allow policies name. */
  | { readonly kind: 'member'; readonly member: string }
  /** Somebody who is deleted: nobody until restored. `member` is as it was. */
  | { readonly kind: 'deleted'; readonly member: string; readonly uid: string }
  /** All of a Cloud Identity or Workspace customer. */
  | { readonly kind: 'customer'; readonly id: string }
  /** The service accounts, or service agents, below a project, folder or organization. */
  | { readonly kind: 'serviceAccountSet'; readonly container: string; readonly agents: boolean }
  /** Identities of a workforce or workload identity pool. */
  | { readonly kind: 'federated'; readonly id: string };

const EVERYBODY = 'principalSet://goog/public:all';
const USER = 'principal://goog/subject/';
const GROUP = 'principalSet://goog/group/';
const SERVICE_ACCOUNT = 'principal://iam.googleapis.com/projects/-/serviceAccounts/';
const CUSTOMER = /^principalSet:\/\/goog\/cloudIdentityCustomerId\/(C[0-9A-Za-z]+)$/;
const SERVICE_ACCOUNTS =
  /^principalSet:\/\/cloudresourcemanager\.googleapis\.com\/((?:projects|folders|organizations)\/\d+)\/type\/(ServiceAccount|ServiceAgent)$/;
const POOL =
  /^principal(?:Set)?:\/\/iam\.googleapis\.com\/((?:locations\/global\/workforcePools|projects\/\d+\/locations\/global\/workloadIdentityPools)\/[a-z][a-z0-9-]*\/(?:subject|group|attribute\.[a-z][a-z0-9_]*)\/\S+|(?:locations\/global\/workforcePools|projects\/\d+\/locations\/global\/workloadIdentityPools)\/[a-z][a-z0-9-]*\/\*)$/;

/** Reads an identifier; undefined for what is none. */
export function parseDenyPrincipal(text: string): DenyPrincipal | undefined {
  if (text === EVERYBODY) return { kind: 'everybody' };
  if (text.startsWith('deleted:')) return parseDeleted(text.slice('deleted:'.length));
  const member = memberIn(text);
  if (member !== undefined) return { kind: 'member', member };
  const customer = CUSTOMER.exec(text)?.[1];
  if (customer !== undefined) return { kind: 'customer', id: customer };
  const [, container, type] = SERVICE_ACCOUNTS.exec(text) ?? [];
  if (container !== undefined) {
    return { kind: 'serviceAccountSet', container, agents: type === 'ServiceAgent' };
  }
  const federated = POOL.exec(text)?.[1];
  return federated === undefined ? undefined : { kind: 'federated', id: federated };
}

/** The member that an identifier of one user, service account or group stands for. */
function memberIn(text: string): string | undefined {
  for (const [prefix, kind] of [
    [USER, 'user'],
    [GROUP, 'group'],
    [SERVICE_ACCOUNT, 'serviceAccount'],
  ] as const) {
    if (!text.startsWith(prefix)) continue;
    const email = text.slice(prefix.length);
    if (!isEmail(email) || email.includes('/') || email.includes('?')) return undefined;
    // A service account under the prefix of users names nobody, and a user under that of service accounts.
    if (kind !== 'group' && principalOfEmail(email).kind !== kind) return undefined;
    return normalizeMember(`${kind}:${email}`);
  }
  return undefined;
}

function parseDeleted(text: string): DenyPrincipal | undefined {
  const [, identifier = '', uid = ''] = /^(.+)\?uid=(\d+)$/.exec(text) ?? [];
  const member = memberIn(identifier);
  return member === undefined ? undefined : { kind: 'deleted', member, uid };
}

/**
 * The identifier for a member of an allow policy: `user:`, `serviceAccount:`, `group:`, or one of them deleted
 * (`deleted:serviceAccount:EMAIL?uid=ID`); undefined for other kinds.
 */
export function denyIdentifier(member: string): string | undefined {
  if (member.startsWith('deleted:')) {
    const inner = denyIdentifier(member.slice('deleted:'.length));
    return inner && `deleted:${inner}`;
  }
  const colon = member.indexOf(':');
  const id = member.slice(colon + 1);
  switch (member.slice(0, colon)) {
    case 'user':
      return USER + id;
    case 'group':
      return GROUP + id;
    case 'serviceAccount':
      return SERVICE_ACCOUNT + id;
    case 'principal':
      return member;
    default:
      return undefined;
  }
}

/** The identifier of one principal; undefined for callers without a credential, whom none names alone. */
export function denyIdentifierOf(principal: Principal): string | undefined {
  const member = memberOf(principal);
  return member && denyIdentifier(member);
}
