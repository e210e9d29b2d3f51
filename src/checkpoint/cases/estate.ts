/** For tests: a small estate of projects and policies as facts, decided by the policy engine itself. */
import {
  type Binding,
  type CompiledPolicy,
  compileDenyPolicies,
  compilePolicy,
  type DenyLevel,
  type DenyRules,
  decide,
  groupDirectory,
  type PolicyLevel,
  predefinedRoles,
  type Question,
} from '../../iam/index.js';
import {
  cloudRunAgent,
  defaultComputeAccount,
  memberOf,
  type Principal,
  parentInProject,
  parseImage,
  parsePrincipal,
  projectName,
  projectOfServiceAccount,
  type ResourceName,
  type RunKind,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
  serviceAgentOf,
  splitResource,
} from '../../names/index.js';
import type { CheckRequest } from '../check-request.js';
import type { Source } from '../source/index.js';
import { secretVariableField } from '../template-fields.js';
import type { DeployPlan, Facts, ManifestFact } from '../types.js';

type Roles = Readonly<Record<string, readonly string[]>>;

export interface TestProject {
  readonly number: string;
  /** Enabling Cloud Run makes the agent and the default compute account, and gives the agent its role. */
  readonly apis?: readonly string[];
  readonly iam?: Roles;
  /** The agent's role was taken away, as by an authoritative Terraform policy. */
  readonly agentLostItsRole?: boolean;
  readonly serviceAccounts?: Readonly<Record<string, Roles>>;
  /** By `LOCATION/ID`. */
  readonly repositories?: Readonly<Record<string, Roles>>;
  /** By `REGION/NAME`. */
  readonly services?: Readonly<Record<string, Roles>>;
  readonly secrets?: Readonly<Record<string, Roles>>;
  readonly denyPolicies?: readonly DenyRules[];
}

export interface TestEstate {
  readonly projects: Readonly<Record<string, TestProject>>;
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Bindings that the roles cannot say: those with conditions. */
  readonly bindings?: readonly (Binding & { readonly on: ResourceName })[];
  /** Of the images that are not simply there. */
  readonly images?: Readonly<Record<string, ManifestFact>>;
}

export interface TestDeploy {
  readonly kind?: RunKind;
  readonly apiVersion?: 'v1' | 'v2';
  readonly name?: string;
  readonly project: string;
  readonly region?: string;
  readonly as: string;
  readonly images: readonly string[];
  readonly serviceAccount?: string;
  readonly exists?: boolean;
  readonly trafficOnly?: boolean;
  readonly publicAccess?: boolean;
  readonly secrets?: readonly ResourceName[];
}

const TIME = new Date('2025-01-15T00:00:00Z');

/** The policies of everything in the estate, as written. */
function bindingsOf(estate: TestEstate): Map<ResourceName, Binding[]> {
  const bindings = new Map<ResourceName, Binding[]>();
  const add = (on: ResourceName, roles: Roles) => {
    const list = bindings.get(on) ?? [];
    bindings.set(on, list);
    for (const [role, members] of Object.entries(roles)) list.push({ role, members });
  };
  for (const [id, project] of Object.entries(estate.projects)) {
    add(projectName(id), project.iam ?? {});
    if (project.apis?.includes('run.googleapis.com') && !project.agentLostItsRole) {
      add(projectName(id), { 'roles/run.serviceAgent': [`serviceAccount:${cloudRunAgent(project.number)}`] });
    }
    for (const [email, roles] of Object.entries(project.serviceAccounts ?? {}))
      add(serviceAccountName(id, email), roles);
    for (const [name, roles] of Object.entries(project.secrets ?? {})) add(secretName(id, name), roles);
    for (const [place, roles] of Object.entries(project.repositories ?? {})) {
      const [location = '', repository = ''] = place.split('/');
      add(repositoryName(id, location, repository), roles);
    }
    for (const [place, roles] of Object.entries(project.services ?? {})) {
      const [location = '', name = ''] = place.split('/');
      add(runResourceName('service', id, location, name), roles);
    }
  }
  for (const { on, ...binding } of estate.bindings ?? [])
    bindings.set(on, [...(bindings.get(on) ?? []), binding]);
  return bindings;
}

function policiesOf(estate: TestEstate): Map<ResourceName, CompiledPolicy> {
  return new Map(
    [...bindingsOf(estate)].map(([on, list]) => [
      on,
      compilePolicy({ version: 3, etag: 'ACAB', bindings: list }, predefinedRoles),
    ]),
  );
}

const NOTHING = compilePolicy({ version: 1, etag: 'ACAB', bindings: [] }, predefinedRoles);

/** The accounts that are there, each with its project. */
function accountsOf(estate: TestEstate): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(estate.projects).flatMap(([id, project]) => [
      ...Object.keys(project.serviceAccounts ?? {}).map((email) => [email, id] as const),
      ...(project.apis?.includes('run.googleapis.com')
        ? [[cloudRunAgent(project.number), id] as const, [defaultComputeAccount(project.number), id] as const]
        : []),
    ]),
  );
}

/** The estate as a source: the same facts, to be asked for one by one. */
export function sourceOf(estate: TestEstate, over: Partial<Source> = {}): Source {
  const bindings = bindingsOf(estate);
  const accounts = accountsOf(estate);
  const groups = groupDirectory(estate.groups ?? {});
  const idOf = (key: string) =>
    Object.entries(estate.projects).find(([id, { number }]) => id === key || number === key);
  return {
    name: 'the estate',
    async project(key) {
      const found = idOf(key);
      return found ? { projectId: found[0], number: found[1].number, above: [], active: true } : 'absent';
    },
    policy: async (resource) => ({ version: 3, etag: 'ACAB', bindings: bindings.get(resource) ?? [] }),
    denyPolicies: async (resource) =>
      Object.entries(estate.projects).find(([id]) => projectName(id) === resource)?.[1].denyPolicies ?? [],
    above: async () => [],
    boundaries: async () => ({ policies: [], bindings: [] }),
    role: async () => 'absent',
    memberships: async (principal, asked) =>
      new Map(asked.map((group) => [group, groups.groupsOf(memberOf(principal)).includes(group)])),
    tags: async () => [],
    apiEnabled: async (project, api) => estate.projects[project]?.apis?.includes(api) === true,
    async account(email) {
      const project = accounts.get(email);
      return project === undefined
        ? 'absent'
        : { project, isAgent: serviceAgentOf(email) !== undefined, disabled: false };
    },
    customers: async () => [],
    repository: async () => ({ mode: 'standard', upstreams: [] }),
    manifest: async ({ text }) => estate.images?.[text] ?? 'present',
    secret: async () => 'present',
    async runResource(resource) {
      return bindings.has(resource) ? { images: [] } : 'absent';
    },
    ...over,
  };
}

export function factsOf(estate: TestEstate): Facts {
  const policies = policiesOf(estate);
  const groups = groupDirectory(estate.groups ?? {});
  const accounts = accountsOf(estate);
  const question = (principal: Principal, permission: string, resource: ResourceName): Question => {
    const above = parentInProject(resource);
    const levels: PolicyLevel[] = [resource, ...(above ? [above] : [])].map((level) => ({
      resource: level,
      policy: policies.get(level) ?? NOTHING,
    }));
    const deny = denyLevels(estate, levels);
    return { principal, permission, resource, levels, deny, groups, time: TIME };
  };
  return {
    question,
    decide: (principal, permission, resource) => decide(question(principal, permission, resource)),
    apiEnabled: (project, api) => estate.projects[project]?.apis?.includes(api) === true,
    accountExists: (email) => accounts.has(email),
    manifest: (image) => estate.images?.[image] ?? 'present',
    secret: () => 'present',
  };
}

function denyLevels({ projects }: TestEstate, levels: readonly PolicyLevel[]): DenyLevel[] {
  return Object.entries(projects).flatMap(([id, { denyPolicies = [] }]) =>
    levels
      .filter(({ resource }) => resource === projectName(id))
      .map(({ resource }) => ({ resource, policies: compileDenyPolicies(denyPolicies) })),
  );
}

/** The deploy as the command line would ask about it. */
export function requestOf(deploy: TestDeploy): CheckRequest {
  return {
    kind: deploy.kind ?? 'service',
    apiVersion: deploy.apiVersion ?? 'v1',
    name: deploy.name ?? 'my-cloud-run-app',
    project: deploy.project,
    region: deploy.region ?? 'asia-northeast1',
    as: deploy.as,
    images: deploy.images,
    ...(deploy.serviceAccount === undefined ? {} : { serviceAccount: deploy.serviceAccount }),
    allowUnauthenticated: deploy.publicAccess === true,
    secrets: (deploy.secrets ?? []).map((resource, index) => ({
      env: `SECRET_${index}`,
      name: splitResource(resource).path,
      version: 'latest',
    })),
  };
}

export function planOf(deploy: TestDeploy, estate: TestEstate): DeployPlan {
  const number = estate.projects[deploy.project]?.number ?? '0';
  const email = deploy.serviceAccount ?? defaultComputeAccount(number);
  const deployer = parsePrincipal(deploy.as);
  if (!deployer) throw new Error(`${deploy.as} is no principal`);
  return {
    apiVersion: deploy.apiVersion ?? 'v1',
    target: {
      kind: deploy.kind ?? 'service',
      name: deploy.name ?? 'my-cloud-run-app',
      project: deploy.project,
      projectNumber: number,
      location: deploy.region ?? 'asia-northeast1',
    },
    exists: deploy.exists ?? false,
    templateChanged: deploy.trafficOnly !== true,
    deployer,
    runtimeIdentity: { email, project: projectOfServiceAccount(email) ?? deploy.project },
    images: deploy.images.map(parseImage),
    secrets: (deploy.secrets ?? []).map((resource, index) => ({
      resource,
      field: secretVariableField(deploy.kind ?? 'service', 0, index),
      version: 'latest',
    })),
    publicAccess: deploy.publicAccess ?? false,
  };
}
