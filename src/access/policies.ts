/** The stored allow policies: read, validated and written, and compiled for decisions. */
import { type CompiledPolicy, compilePolicy, type Policy } from '../iam/index.js';
import type { ResourceName } from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { EMPTY_POLICY, newPolicy, withGrants } from './bindings.js';
import { checkPolicy, type Directory } from './check-policy.js';
import type { StoredCustomRoles } from './custom-roles.js';
import { concurrentChange, sameEtag } from './etags.js';
import type { RowReader } from './propagation.js';
import type { RolesInEffect } from './roles-in-effect.js';
import type { Grant, PolicyAcceptance, PolicyUpdate, StoredPolicy } from './types.js';
import { type Kept, WatchedRows } from './watched-rows.js';

const POLICIES = 'policies/';

export interface StoredPoliciesDeps extends Directory {
  readonly store: Store;
  /** What decisions go by: the store itself where changes take effect at once. */
  readonly effective: RowReader;
  readonly customRoles: StoredCustomRoles;
  /** What decisions take roles to be. */
  readonly rolesInEffect: RolesInEffect;
  /** The resource and everything above it: whose custom roles its policy may name. */
  readonly lineage: (resource: ResourceName) => Promise<readonly ResourceName[]>;
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
  /** The same rows where nothing takes time. */
  readonly #effective: WatchedRows<CachedPolicy>;
  /** What a resource has whose policy nobody has set: no binding. */
  readonly untouched: CompiledPolicy;

  constructor(deps: StoredPoliciesDeps) {
    this.#deps = deps;
    this.untouched = compilePolicy(EMPTY_POLICY, deps.rolesInEffect.inBindings);
    const prepare = (value: unknown): CachedPolicy => {
      const policy = value as Policy;
      return { policy, compiled: compilePolicy(policy, deps.rolesInEffect.inBindings) };
    };
    const { store, effective, changed } = deps;
    this.#rows = new WatchedRows(store, POLICIES, prepare, changed);
    this.#effective =
      effective === store ? this.#rows : new WatchedRows(effective, POLICIES, prepare, changed);
  }

  /** The policy as decisions take it. */
  async compiled(resource: ResourceName): Promise<CompiledPolicy> {
    await this.#deps.rolesInEffect.ready();
    return (await this.#effective.get(resource))?.value.compiled ?? this.untouched;
  }

  async get(resource: ResourceName): Promise<StoredPolicy> {
    const row = await this.#row(resource);
    return { policy: row?.value.policy ?? EMPTY_POLICY, version: row?.version ?? 0 };
  }

  /** Policies are compiled anew when they are next asked for: a role that some of them name has changed. */
  rolesChanged(): void {
    this.#rows.forget();
    this.#effective.forget();
    this.#deps.changed();
  }

  async #row(resource: ResourceName): Promise<Kept<CachedPolicy> | undefined> {
    await this.#deps.customRoles.ready();
    await this.#deps.rolesInEffect.ready();
    return this.#rows.get(resource);
  }

  /** @throws GoogleError as AccessControl.setPolicy() does */
  async set(
    resource: ResourceName,
    update: PolicyUpdate,
    accept: PolicyAcceptance | undefined,
  ): Promise<Policy> {
    const stored = await this.get(resource);
    const { customRoles, lineage } = this.#deps;
    const named = new Set(stored.policy.bindings.map(({ role }) => role));
    const roles = customRoles.grantableIn(await lineage(resource), named);
    const { auditConfigs = stored.policy.auditConfigs ?? [] } = update;
    const context = { ...this.#deps, resource, stored: stored.policy, roles };
    const accepted = await checkPolicy({ ...update, auditConfigs }, context);
    const guarded = update.etag !== undefined;
    if (guarded && !sameEtag(update.etag ?? '', stored.policy.etag)) throw concurrentChange();
    accept?.(stored.policy.bindings, accepted.bindings);
    const policy = newPolicy(accepted.bindings, accepted.auditConfigs);
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
