/**
 * The stored deny policies: a row for each attachment point holds all of its policies, so that one version stands
 * for them in transactions, policies that come and go included.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { alreadyExists, invalidArgument, notFound } from '../google/index.js';
import {
  type CompiledDenyPolicies,
  compileDenyPolicies,
  type DenyRule,
  denyLimitProblems,
  denyPolicyProblems,
  type PolicyProblem,
  type ProposedDenyPolicy,
  parseDenyPrincipal,
} from '../iam/index.js';
import { projectName, projectOf, type ResourceName } from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { type Directory, refusalOf, requireMember, requirePool } from './check-policy.js';
import { concurrentChange, sameEtag } from './etags.js';
import type { StoredProjects } from './projects.js';
import type { RowReader } from './propagation.js';
import type { DenyPolicies, DenyPolicy, WithPolicy } from './types.js';
import { type Kept, WatchedRows } from './watched-rows.js';

export const DENY_POLICIES = 'deny-policies/';
/** Only these can have deny policies: projects, folders and organizations. */
export function mayHaveDenyPolicies(resource: ResourceName): boolean {
  return resource.startsWith('//cloudresourcemanager.googleapis.com/');
}

/** Other changes of the same attachment point meanwhile: the whole is put together anew as often. */
const ATTEMPTS = 5;

/** What a row holds. */
export type DenyPoliciesRow = readonly DenyPolicy[];

interface Prepared {
  readonly policies: DenyPoliciesRow;
  readonly compiled: CompiledDenyPolicies;
}

export interface DenyPoliciesDeps extends Directory {
  readonly store: Store;
  /** What decisions go by: the store itself where changes take effect at once. */
  readonly effective: RowReader;
  readonly projects: StoredProjects;
  /** Called after each commit that touches a deny policy. */
  readonly changed: () => void;
}

/** The policies of an attachment point as a change leaves them, and the one it is about. */
interface Change {
  readonly policies: DenyPoliciesRow;
  readonly policy: DenyPolicy;
}

export class StoredDenyPolicies implements DenyPolicies {
  readonly #deps: DenyPoliciesDeps;
  readonly #rows: WatchedRows<Prepared>;
  /** The same rows where nothing takes time. */
  readonly #effective: WatchedRows<Prepared>;

  constructor(deps: DenyPoliciesDeps) {
    this.#deps = deps;
    const prepare = (value: unknown): Prepared => {
      const policies = value as DenyPoliciesRow;
      return { policies, compiled: compileDenyPolicies(policies) };
    };
    const { store, effective, changed } = deps;
    this.#rows = new WatchedRows(store, DENY_POLICIES, prepare, changed);
    this.#effective =
      effective === store ? this.#rows : new WatchedRows(effective, DENY_POLICIES, prepare, changed);
  }

  /** What decisions go by at an attachment point; undefined where there is no policy. */
  async compiled(attachment: ResourceName): Promise<CompiledDenyPolicies | undefined> {
    return (await this.#effective.get(attachment))?.value.compiled;
  }

  /** The row of an attachment point under its own name, as it is stored. */
  row(attachment: ResourceName): Promise<Kept<Prepared> | undefined> {
    return this.#rows.get(attachment);
  }

  async nameOf(attachment: ResourceName, id: string): Promise<string> {
    const project = projectOf(attachment);
    const number = project === undefined ? undefined : (await this.#deps.projects.get(project))?.number;
    const resource = number === undefined ? attachment : projectName(number);
    return `policies/${encodeURIComponent(resource.slice(2))}/denypolicies/${id}`;
  }

  async list(attachment: ResourceName): Promise<readonly DenyPolicy[]> {
    const row = await this.row(await this.#deps.projects.canonical(attachment));
    return row?.value.policies ?? [];
  }

  create(
    attachment: ResourceName,
    id: string,
    proposed: ProposedDenyPolicy,
    time: Date,
    also: WithPolicy,
  ): Promise<DenyPolicy> {
    const now = time.toISOString();
    return this.#change(attachment, also, async (policies) => {
      await this.#check(proposed, new Set());
      if (policies.some((policy) => policy.id === id)) {
        throw alreadyExists(`Policy "${await this.nameOf(attachment, id)}" already exists.`);
      }
      const policy = {
        id,
        uid: randomUUID(),
        ...proposed,
        etag: newEtag(),
        createTime: now,
        updateTime: now,
      };
      return { policy, policies: sorted([...policies, policy]) };
    });
  }

  update(
    attachment: ResourceName,
    id: string,
    proposed: ProposedDenyPolicy,
    etag: string | undefined,
    time: Date,
    also: WithPolicy,
  ): Promise<DenyPolicy> {
    return this.#change(attachment, also, async (policies) => {
      const current = await this.#current(attachment, policies, id, etag);
      await this.#check(proposed, principalsOf(current.rules));
      const { displayName, rules } = proposed;
      requireSame(proposed.annotations, current.annotations);
      const policy = { ...current, displayName, rules, etag: newEtag(), updateTime: time.toISOString() };
      return { policy, policies: policies.map((each) => (each.id === id ? policy : each)) };
    });
  }

  remove(
    attachment: ResourceName,
    id: string,
    etag: string | undefined,
    also: WithPolicy,
  ): Promise<DenyPolicy> {
    return this.#change(attachment, also, async (policies) => ({
      policy: await this.#current(attachment, policies, id, etag),
      policies: policies.filter((each) => each.id !== id),
    }));
  }

  async #current(
    attachment: ResourceName,
    policies: DenyPoliciesRow,
    id: string,
    etag: string | undefined,
  ): Promise<DenyPolicy> {
    const current = policies.find((policy) => policy.id === id);
    if (!current) throw notFound(`Policy "${await this.nameOf(attachment, id)}" not found.`);
    if (etag !== undefined && !sameEtag(etag, current.etag)) throw concurrentChange();
    return current;
  }

  /** Read, change and write, anew when somebody else wrote meanwhile. */
  async #change(
    attachment: ResourceName,
    also: WithPolicy,
    edit: (policies: DenyPoliciesRow) => Promise<Change>,
  ): Promise<DenyPolicy> {
    const { store, projects } = this.#deps;
    const key = DENY_POLICIES + (await projects.canonical(attachment));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const row = await store.get<DenyPoliciesRow>(key);
      const { policies, policy } = await edit(row?.value ?? []);
      refuse(denyLimitProblems(policies));
      const ifVersion = row?.version ?? 0;
      const write: Write =
        policies.length > 0
          ? { op: 'put', key, value: policies, ifVersion }
          : { op: 'delete', key, ifVersion };
      try {
        await store.commit([write, ...also(policy)]);
        return policy;
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
      }
    }
    throw concurrentChange();
  }

  /** @param known the identifiers that the policy has already: they may stay, whoever is deleted meanwhile */
  async #check(proposed: ProposedDenyPolicy, known: ReadonlySet<string>): Promise<void> {
    refuse(denyPolicyProblems(proposed));
    for (const identifier of principalsOf(proposed.rules)) {
      const principal = known.has(identifier) ? undefined : parseDenyPrincipal(identifier);
      if (principal?.kind === 'member') await requireMember(principal.member, this.#deps);
      if (principal?.kind === 'federated') await requirePool(identifier, this.#deps);
    }
  }
}

/** Everybody whom the rules name, denied or excepted. */
export function principalsOf(rules: readonly DenyRule[]): ReadonlySet<string> {
  return new Set(rules.flatMap((rule) => [...rule.deniedPrincipals, ...rule.exceptionPrincipals]));
}

const sorted = (policies: DenyPoliciesRow): DenyPoliciesRow =>
  [...policies].sort((a, b) => (a.id < b.id ? -1 : 1));

/** "You can update only the rules and the display name" (UpdatePolicy): others may be sent back as they were. */
function requireSame(sent: DenyPolicy['annotations'], current: DenyPolicy['annotations']): void {
  const entries = Object.entries(sent);
  const unchanged = Object.keys(current).length === entries.length;
  if (entries.length === 0 || (unchanged && entries.every(([key, value]) => current[key] === value))) return;
  throw invalidArgument('policy.annotations: the annotations of a policy cannot be updated.');
}

function refuse(problems: readonly PolicyProblem[]): void {
  if (problems.length > 0) throw refusalOf(problems);
}

/** A number of 64 bits in decimal, in base64: what the etags of deny policies look like. */
function newEtag(): string {
  return Buffer.from(randomBytes(8).readBigUInt64BE().toString()).toString('base64');
}
