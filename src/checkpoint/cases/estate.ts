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
} from '../../iam/index.js';
import {
  cloudRunAgent,
  defaultComputeAccount,
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
} from '../../names/index.js';
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

function policiesOf(estate: TestEstate): Map<ResourceName, CompiledPolicy> {
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
  return new Map(
    [...bindings].map(([on, list]) => [
      on,
      compilePolicy({ version: 3, etag: 'ACAB', bindings: list }, predefinedRoles),
    ]),
  );
}

const NOTHING = compilePolicy({ version: 1, etag: 'ACAB', bindings: [] }, predefinedRoles);

export function factsOf(estate: TestEstate): Facts {
  const policies = policiesOf(estate);
  const groups = groupDirectory(estate.groups ?? {});
  const accounts = new Set(
    Object.entries(estate.projects).flatMap(([, project]) => [
      ...Object.keys(project.serviceAccounts ?? {}),
      ...(project.apis?.includes('run.googleapis.com')
        ? [cloudRunAgent(project.number), defaultComputeAccount(project.number)]
        : []),
    ]),
  );
  return {
    decide(principal, permission, resource) {
      const above = parentInProject(resource);
      const levels: PolicyLevel[] = [resource, ...(above ? [above] : [])].map((level) => ({
        resource: level,
        policy: policies.get(level) ?? NOTHING,
      }));
      const deny = denyLevels(estate, levels);
      return decide({ principal, permission, resource, levels, deny, groups, time: TIME });
    },
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
      field: `spec.template.spec.containers[0].env[${index}].value_from.secret_key_ref.name`,
      version: 'latest',
    })),
    publicAccess: deploy.publicAccess ?? false,
  };
}
