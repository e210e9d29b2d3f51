/** The stored allow policies: read, validated and written, and compiled for decisions. */
import { type CompiledPolicy, compilePolicy, type Policy, type RoleCatalogue } from '../iam/index.js';
import type { ResourceName } from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { EMPTY_POLICY, newPolicy, withGrants } from './bindings.js';
import { checkPolicy, type Directory } from './check-policy.js';
import { concurrentChange, sameEtag } from './etags.js';
import type { Grant, PolicyAcceptance, PolicyUpdate, StoredPolicy } from './types.js';
import { type Kept, WatchedRows } from './watched-rows.js';

const POLICIES = 'policies/';

export interface StoredPoliciesDeps extends Directory {
  readonly store: Store;
  readonly roles: RoleCatalogue;
  /** Called after each commit that touches a policy. */
  readonly changed: () => void;
}

interface CachedPolicy {
  readonly policy: Policy;
  readonly compiled: CompiledPolicy;
}

/** Rows under `policies/RESOURCE`. Every resource goes by its canonical name here: projects by id. */
export class StoredPolicies {
  readonly #deps: StoredPoliciesDeps;
  readonly #rows: WatchedRows<CachedPolicy>;
  /** What a resource has whose policy nobody has set: no binding. */
  readonly untouched: CompiledPolicy;

  constructor(deps: StoredPoliciesDeps) {
    this.#deps = deps;
    this.untouched = compilePolicy(EMPTY_POLICY, deps.roles);
    this.#rows = new WatchedRows(
      deps.store,
      POLICIES,
      (value) => {
        const policy = value as Policy;
        return { policy, compiled: compilePolicy(policy, deps.roles) };
      },
      deps.changed,
    );
  }

  /** The policy as decisions take it. */
  async compiled(resource: ResourceName): Promise<CompiledPolicy> {
    return (await this.#row(resource))?.value.compiled ?? this.untouched;
  }

  async get(resource: ResourceName): Promise<StoredPolicy> {
    const row = await this.#row(resource);
    return { policy: row?.value.policy ?? EMPTY_POLICY, version: row?.version ?? 0 };
  }

  #row(resource: ResourceName): Promise<Kept<CachedPolicy> | undefined> {
    return this.#rows.get(resource);
  }

  /** @throws GoogleError as AccessControl.setPolicy() does */
  async set(
    resource: ResourceName,
    update: PolicyUpdate,
    accept: PolicyAcceptance | undefined,
  ): Promise<Policy> {
    const stored = await this.get(resource);
    const bindings = await checkPolicy(update, { ...this.#deps, resource, stored: stored.policy });
    const guarded = update.etag !== undefined;
    if (guarded && !sameEtag(update.etag ?? '', stored.policy.etag)) throw concurrentChange();
    accept?.(stored.policy.bindings, bindings);
    const policy = newPolicy(bindings);
    const write: Write = { op: 'put', key: POLICIES + resource, value: policy };
    try {
      await this.#deps.store.commit([guarded ? { ...write, ifVersion: stored.version } : write]);
    } catch (error) {
      if (error instanceof VersionConflict) throw concurrentChange();
      throw error;
    }
    return policy;
  }

  /** The write that fails a transaction when the policy has changed since it was read. */
  async check(resource: ResourceName): Promise<Write> {
    const row = await this.#row(resource);
    return { op: 'check', key: POLICIES + resource, ifVersion: row?.version ?? 0 };
  }

  removal(resource: ResourceName): Write {
    return { op: 'delete', key: POLICIES + resource };
  }

  async grantsWrite(resource: ResourceName, grants: readonly Grant[]): Promise<Write> {
    const { policy, version } = await this.get(resource);
    const granted = withGrants(policy, grants);
    const key = POLICIES + resource;
    return granted
      ? { op: 'put', key, value: granted, ifVersion: version }
      : { op: 'check', key, ifVersion: version };
  }
}
