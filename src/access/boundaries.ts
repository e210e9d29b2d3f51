/** The stored principal access boundary policies and their bindings: read, validated and written. */
import {
  alreadyExists,
  failedPrecondition,
  GoogleError,
  invalidArgument,
  notFound,
} from '../google/index.js';
import {
  boundaryPolicyProblems,
  containerTarget,
  DEFAULT_VERSION,
  MAX_BINDINGS_OF_TARGET,
  MAX_POLICIES_OF_ORGANIZATION,
  type PolicyProblem,
  type ProposedBoundaryPolicy,
  type ProposedPolicyBinding,
  policyBindingProblems,
  readTarget,
  type Target,
} from '../iam/index.js';
import { organizationName, type ResourceName, splitResource } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import {
  type BoundaryRows,
  changeRows,
  type Edit,
  newBoundaryEtag,
  newBoundaryUid,
  readRows,
  staleBoundary,
} from './boundary-rows.js';
import type { Boundaries, BoundaryChange, KeptBoundaryPolicy, KeptPolicyBinding } from './boundary-types.js';
import { type Directory, refusalOf, requirePool } from './check-policy.js';
import type { Organizations, Projects } from './types.js';

export interface BoundariesDeps extends Pick<Directory, 'poolExists'> {
  readonly store: Store;
  readonly projects: Pick<Projects, 'get'>;
  readonly organizations: Pick<Organizations, 'get'>;
  /** A resource and what is above it, nearest first. @param resource by its canonical name */
  readonly lineage: (resource: ResourceName) => Promise<readonly ResourceName[]>;
}

export class StoredBoundaries implements Boundaries {
  constructor(private readonly deps: BoundariesDeps) {}

  async listPolicies(organization: string): Promise<readonly KeptBoundaryPolicy[]> {
    await this.#requireOrganization(organization);
    const { policies } = await readRows(this.deps.store);
    return [...policies.values()].filter(({ name }) => organizationOf(name) === organization);
  }

  async getPolicy(name: string): Promise<KeptBoundaryPolicy> {
    return found((await readRows(this.deps.store)).policies, name);
  }

  async createPolicy(
    name: string,
    proposed: ProposedBoundaryPolicy,
    time: Date,
    change: BoundaryChange<KeptBoundaryPolicy>,
  ): Promise<KeptBoundaryPolicy> {
    refuse(boundaryPolicyProblems(proposed));
    const organization = organizationOf(name);
    await this.#requireOrganization(organization);
    return changeRows(this.deps.store, async ({ policies }) => {
      if (policies.has(name)) throw alreadyExists(`Policy "${name}" already exists.`);
      const siblings = [...policies.keys()].filter((other) => organizationOf(other) === organization);
      if (siblings.length >= MAX_POLICIES_OF_ORGANIZATION) {
        throw resourceExhausted(
          `organizations/${organization} has ${siblings.length} principal access boundary policies already; it cannot have more.`,
        );
      }
      const policy = { ...begun('p', name, time), ...policyOf(proposed) };
      return put(policy, change);
    });
  }

  updatePolicy(
    name: string,
    edit: (current: KeptBoundaryPolicy) => ProposedBoundaryPolicy,
    etag: string | undefined,
    time: Date,
    change: BoundaryChange<KeptBoundaryPolicy>,
  ): Promise<KeptBoundaryPolicy> {
    return changeRows(this.deps.store, async ({ policies }) => {
      const { details: _, ...current } = unchanged(policies, name, etag);
      const proposed = edit(found(policies, name));
      refuse(boundaryPolicyProblems(proposed));
      return put({ ...current, ...policyOf(proposed), ...renewed(time) }, change);
    });
  }

  removePolicy(
    name: string,
    { etag, force }: { readonly etag: string | undefined; readonly force: boolean },
    change: BoundaryChange<KeptBoundaryPolicy>,
  ): Promise<KeptBoundaryPolicy> {
    return changeRows(this.deps.store, async ({ policies, bindings }) => {
      const policy = unchanged(policies, name, etag);
      const bound = [...bindings.values()].filter((binding) => binding.policy === name);
      if (bound.length > 0 && !force) {
        throw failedPrecondition(
          `Policy "${name}" is referenced by ${bound.length} policy binding(s), "${bound[0]?.name}" among them. Delete the bindings first, or use force.`,
        );
      }
      return remove(
        policy,
        bound.map((binding): Edit => [binding.name, undefined]),
        change,
      );
    });
  }

  async listBindings(): Promise<readonly KeptPolicyBinding[]> {
    return [...(await readRows(this.deps.store)).bindings.values()];
  }

  async getBinding(name: string): Promise<KeptPolicyBinding> {
    return found((await readRows(this.deps.store)).bindings, name);
  }

  async createBinding(
    name: string,
    proposed: ProposedPolicyBinding,
    time: Date,
    change: BoundaryChange<KeptPolicyBinding>,
  ): Promise<KeptPolicyBinding> {
    refuse(policyBindingProblems(proposed));
    const parent = containerOf(name);
    const target = await this.canonicalTarget(proposed.principalSet);
    await this.#requireParentOf(target, parent);
    await requirePool(target, this.deps);
    await this.#requireSameOrganization(parent, proposed.policy);
    return changeRows(this.deps.store, async ({ policies, bindings }) => {
      if (bindings.has(name)) throw alreadyExists(`Policy binding "${name}" already exists.`);
      const policy = found(policies, proposed.policy);
      requireRoom(bindings, target);
      const own = { target, policyUid: policy.uid };
      return put({ ...begun('b', name, time), ...proposed, ...own }, change);
    });
  }

  updateBinding(
    name: string,
    edit: (current: KeptPolicyBinding) => ProposedPolicyBinding,
    etag: string | undefined,
    time: Date,
    change: BoundaryChange<KeptPolicyBinding>,
  ): Promise<KeptPolicyBinding> {
    return changeRows(this.deps.store, async ({ bindings }) => {
      const { condition: _, ...current } = unchanged(bindings, name, etag);
      const proposed = edit(found(bindings, name));
      refuse(policyBindingProblems(proposed));
      if (proposed.policy !== current.policy) throw immutable('policy');
      if ((await this.canonicalTarget(proposed.principalSet)) !== current.target) {
        throw immutable('target.principal_set');
      }
      const { principalSet } = current;
      return put({ ...current, ...proposed, principalSet, ...renewed(time) }, change);
    });
  }

  removeBinding(
    name: string,
    etag: string | undefined,
    change: BoundaryChange<KeptPolicyBinding>,
  ): Promise<KeptPolicyBinding> {
    return changeRows(this.deps.store, async ({ bindings }) =>
      remove(unchanged(bindings, name, etag), [], change),
    );
  }

  async canonicalTarget(principalSet: string): Promise<string> {
    const target = readTarget(principalSet);
    if (!target) throw invalidArgument(`"${principalSet}" is no principal set.`);
    const project = projectIn(target);
    if (project === undefined) return principalSet;
    const number = (await this.deps.projects.get(project))?.number;
    if (number === undefined) throw notFound(`Project "${project}" not found.`);
    return principalSet.replace(`/projects/${project}`, `/projects/${number}`);
  }

  /** "The closest Resource Manager resource to the binding target" (PolicyBinding.name). @param target canonical */
  async #requireParentOf(target: string, parent: string): Promise<void> {
    const read = readTarget(target);
    if (read && (await this.#isParent(read, parent))) return;
    throw invalidArgument(
      `policy_binding.target.principal_set: bindings to ${target} do not belong to ${parent}: a principal set's bindings belong to the project, folder or organization that it is of.`,
    );
  }

  async #isParent(target: Target, parent: string): Promise<boolean> {
    switch (target.kind) {
      case 'container':
        return target.container === parent;
      case 'workloadPool':
        return `projects/${target.project}` === parent;
      case 'workforcePool':
        return parent.startsWith('organizations/');
      case 'workspace': {
        const [, organization] = /^organizations\/(\d+)$/.exec(parent) ?? [];
        if (organization === undefined) return false;
        return (await this.deps.organizations.get(organization))?.customerId === target.customer;
      }
    }
  }

  /** "The binding parent and policy must belong to the same organization" (PolicyBinding.policy). */
  async #requireSameOrganization(parent: string, policy: string): Promise<void> {
    const [, id] = /^projects\/(.+)$/.exec(parent) ?? [];
    const projectId = id === undefined ? undefined : (await this.deps.projects.get(id))?.projectId;
    const place = containerTarget(projectId === undefined ? parent : `projects/${projectId}`) as ResourceName;
    const top = (await this.deps.lineage(place)).at(-1);
    if (top === organizationName(organizationOf(policy))) return;
    throw failedPrecondition(
      `policy_binding.policy: ${splitResource(place).path} does not belong to the organization of "${policy}".`,
    );
  }

  async #requireOrganization(organization: string): Promise<void> {
    if (!(await this.deps.organizations.get(organization))) {
      throw notFound(`Organization "organizations/${organization}" not found.`);
    }
  }
}

function refuse(problems: readonly PolicyProblem[]): void {
  if (problems.length > 0) throw refusalOf(problems);
}

function found<T>(rows: ReadonlyMap<string, T>, name: string): T {
  const row = rows.get(name);
  if (row === undefined) throw notFound(`Requested entity was not found: "${name}".`);
  return row;
}

function unchanged<T extends { readonly etag: string }>(
  rows: ReadonlyMap<string, T>,
  name: string,
  etag: string | undefined,
): T {
  const row = found(rows, name);
  if (etag !== undefined && etag !== row.etag) throw staleBoundary();
  return row;
}

const begun = (kind: 'p' | 'b', name: string, time: Date) => ({
  name,
  uid: newBoundaryUid(kind),
  createTime: time.toISOString(),
  ...renewed(time),
});

const renewed = (time: Date) => ({ etag: newBoundaryEtag(), updateTime: time.toISOString() });

/** "If empty, the PAB policy version will be set to the most recent version number" (enforcement_version). */
function policyOf({ displayName, annotations, details }: ProposedBoundaryPolicy) {
  if (details === undefined) return { displayName, annotations };
  const { rules, enforcementVersion } = details;
  const version = enforcementVersion === '' ? DEFAULT_VERSION : enforcementVersion;
  return { displayName, annotations, details: { rules, enforcementVersion: version } };
}

type Row = KeptBoundaryPolicy | KeptPolicyBinding;

function put<T extends Row>(row: T, change: BoundaryChange<T>) {
  return settled(row, [[row.name, row]], change);
}

function remove<T extends Row>(row: T, also: readonly Edit[], change: BoundaryChange<T>) {
  return settled(row, [[row.name, undefined], ...also], change);
}

function settled<T extends Row>(result: T, edits: readonly Edit[], change: BoundaryChange<T>) {
  const none: readonly Write[] = [];
  return change === 'preview' ? { result, edits: [], also: none } : { result, edits, also: change(result) };
}

function requireRoom(bindings: BoundaryRows['bindings'], target: string): void {
  const bound = [...bindings.values()].filter((binding) => binding.target === target);
  if (bound.length < MAX_BINDINGS_OF_TARGET) return;
  throw resourceExhausted(
    `${bound.length} policies are bound to ${target} already; a principal set cannot have more.`,
  );
}

const resourceExhausted = (message: string) => new GoogleError('RESOURCE_EXHAUSTED', message);

const immutable = (field: string) =>
  invalidArgument(`policy_binding.${field}: it cannot be changed once the binding is made.`);

function projectIn(target: Target): string | undefined {
  if (target.kind === 'workloadPool') return target.project;
  const [, project] = target.kind === 'container' ? (/^projects\/(.+)$/.exec(target.container) ?? []) : [];
  return project;
}

/** The number in a policy's name. */
function organizationOf(policy: string): string {
  return /^organizations\/(\d+)\//.exec(policy)?.[1] ?? '';
}

/** The parent in a binding's name, e.g. `projects/1`. */
function containerOf(binding: string): string {
  return binding.split('/').slice(0, 2).join('/');
}
