/**
 * Who acts through whom: the caller through the request's delegates, one after the other, as the account that it
 * names (https://cloud.google.com/iam/docs/create-short-lived-credentials-delegated).
 */
import { type AccessControl, iamRefusal } from '../../access/index.js';
import {
  type Call,
  invalidArgument,
  type MonitoredResource,
  notFound,
  type PermissionCheck,
} from '../../google/index.js';
import type { Account, Accounts } from '../../identity/index.js';
import { memberOf } from '../../names/index.js';
import { auditName, enabled, locateAccount, monitored, type Named } from '../iam/index.js';

export interface ChainRequest {
  /** `projects/-/serviceAccounts/EMAIL_OR_UNIQUE_ID` */
  readonly name: string;
  readonly delegates: readonly string[];
}

/** One account after the other: the delegates, then the account itself. */
interface Chain {
  readonly delegates: readonly Named[];
  readonly target: Named;
}

export interface Chains {
  /** What the caller needs: the permission on the account, or to be delegated by the first delegate. */
  firstCheck(request: ChainRequest, permission: string): Promise<PermissionCheck>;
  /** Who the account at the end is impersonated by, nearest first, as tokens of it remember. */
  delegation(request: ChainRequest, call: Call): Promise<readonly string[]>;
  /**
   * Checks what each delegate needs on the next account, and that all of them may act.
   * @returns the account at the end
   * @throws GoogleError PERMISSION_DENIED, NOT_FOUND, FAILED_PRECONDITION for a disabled account
   */
  follow(request: ChainRequest, permission: string, call: Call): Promise<Account>;
  /** How an audit entry names the account; what is not known is left empty. */
  audited(request: ChainRequest): {
    readonly resourceName: string;
    readonly monitored: MonitoredResource;
    readonly project: string;
    /** The delegates and the account, e.g. `projects/-/serviceAccounts/EMAIL`. */
    readonly steps: readonly string[];
  };
}

/** Accounts that act for each other by turns must not make tokens that grow; who asked at first stays known. */
const MAX_REMEMBERED = 16;

/** The permission on every account of a chain that is not its end. */
const DELEGATION = 'iam.serviceAccounts.implicitDelegation';

export function chains(access: AccessControl, accounts: Accounts): Chains {
  const known = new WeakMap<object, Chain>();

  async function read(request: ChainRequest): Promise<Chain> {
    const found = known.get(request);
    if (found) return found;
    const locate = (name: string) => locateAccount(requireName(name), accounts, access);
    const chain = {
      delegates: await Promise.all(request.delegates.map(delegateName).map(locate)),
      target: await locate(request.name),
    };
    known.set(request, chain);
    return chain;
  }

  return {
    async firstCheck(request, permission) {
      const { delegates, target } = await read(request);
      const [first] = delegates;
      return first === undefined ? check(permission, target) : check(DELEGATION, first);
    },
    async follow(request, permission, call) {
      const { delegates, target } = await read(request);
      const steps = [...delegates.slice(1).map((each) => check(DELEGATION, each)), check(permission, target)];
      for (const [index, delegate] of delegates.entries()) {
        const principal = { kind: 'serviceAccount', email: acting(delegate).email } as const;
        const step = steps[index];
        if (step === undefined) throw new Error('a delegate has no next account');
        const granted = await access.isGranted(principal, step.permission, step.resource, call.time);
        call.authorizations.push({ permission: step.permission, resource: step.label, granted });
        if (!granted) throw iamRefusal(step);
      }
      return acting(target);
    },
    async delegation(request, { principal, origin }) {
      const { delegates } = await read(request);
      const caller = memberOf(principal);
      const chain = [
        ...delegates.map((each) => `serviceAccount:${emailOf(each)}`).reverse(),
        ...(caller === undefined ? [] : [caller]),
        ...(origin?.delegation ?? []),
      ];
      return chain.slice(-MAX_REMEMBERED);
    },
    audited(request) {
      const chain = known.get(request);
      const target = chain?.target;
      return {
        steps: chain ? [...chain.delegates, chain.target].map(wildcardName) : [],
        resourceName: auditName(target) ?? request.name,
        monitored: monitored(target),
        project: target?.project ?? '',
      };
    },
  };
}

function check(permission: string, { resource, label }: Named): PermissionCheck {
  return { permission, resource, label };
}

/** "The `-` wildcard character is required; replacing it with a project ID is invalid." */
function requireName(name: string): string {
  if (!/^projects\/-\/serviceAccounts\/[^/]+$/.test(name)) {
    throw invalidArgument(
      `Invalid service account name: "${name}". It must be projects/-/serviceAccounts/ACCOUNT_EMAIL_OR_UNIQUEID.`,
    );
  }
  return name;
}

/** gcloud and the client libraries send delegates as their users wrote them: bare addresses, mostly. */
function delegateName(text: string): string {
  return text.includes('/') ? text : `projects/-/serviceAccounts/${text}`;
}

/** @throws GoogleError NOT_FOUND in Google's words, FAILED_PRECONDITION */
function acting({ account, label }: Named): Account {
  if (account) return enabled(account);
  throw notFound(`Not found; Gaia id not found for email ${emailOf({ label })}`);
}

const emailOf = ({ label }: Pick<Named, 'label'>): string => label.slice(label.lastIndexOf('/') + 1);
const wildcardName = (named: Named): string => `projects/-/serviceAccounts/${emailOf(named)}`;
