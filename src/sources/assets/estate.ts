/** What was collected, put in order: projects by their ids, and what cannot be known marked so. */
import {
  type AccountFacts,
  type BoundaryFacts,
  type InventoryRun,
  isUnknown,
  type Known,
  type RepositoryFacts,
  type Unknown,
} from '../../checkpoint/index.js';
import type { BoundaryPolicy, DenyRules, Role } from '../../iam/index.js';
import { type ResourceName, runResourceParts } from '../../names/index.js';
import type { InventoryContents, InventoryPart, SecretVersionState } from '../inventory/index.js';
import type { Collected, SecretAsset } from './collect.js';
import { Coverage, type CoverageOptions } from './coverage.js';
import { ProjectNames, projectFacts } from './names.js';
import type { Template } from './templates.js';
import { isByUniqueId } from './unique-ids.js';

export interface EstateOptions extends CoverageOptions {
  readonly name: string;
  /** A group's address → its members: what exports do not say. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** The facts of an export, and what its reader should know of them. */
export interface AssetEstate {
  readonly contents: InventoryContents;
  readonly noted: Noted;
}

/** @param names of the projects that were collected */
export function estateOf(
  collected: Collected,
  options: EstateOptions,
  names = new ProjectNames(collected),
): AssetEstate {
  const coverage = new Coverage(collected, names, options);
  const broken = new Map<string, Unknown>();
  const policies = policiesOf(collected, names, broken);
  const before = broken.size;
  const denyPolicies = denyPoliciesOf(collected, names, broken);
  const denials = broken.size - before;
  const { runs, bare } = runsOf(collected, names, broken);
  const contents: InventoryContents = {
    name: options.name,
    projects: projectFacts(collected, names),
    policies,
    denyPolicies,
    boundaries: boundariesOf(collected, names),
    roles: rolesOf(collected, names),
    groups: options.groups,
    tags: { get: (resource) => knownOf(coverage.tags(resource)) },
    apis: apisOf(collected, names),
    accounts: accountsOf(collected, names),
    repositories: repositoriesOf(collected, names, broken),
    images: collected.images,
    secrets: secretsOf(collected, names),
    runs,
    missing: (part, where) => brokenAt(broken, part, where) ?? coverage.missing(part, where),
  };
  return {
    contents,
    noted: { repeated: collected.repeated, unreadable: collected.unreadable.size, denials, bare },
  };
}

const knownOf = <T>(value: Known<T>): T | undefined => (isUnknown(value) ? undefined : value);

/** What is broken of a resource, or of all service accounts of its project. */
export function brokenAt(
  broken: ReadonlyMap<string, Unknown>,
  part: InventoryPart,
  where: string,
): Unknown | undefined {
  if (broken.size === 0) return undefined;
  return (
    broken.get(`${part} ${where}`) ?? broken.get(`${part} ${where.slice(0, where.lastIndexOf('/') + 1)}`)
  );
}

/** Policies as they are asked for: of a large estate few are. One that is none is unknown. */
export function policiesOf(
  { policies }: Pick<Collected, 'policies'>,
  names: ProjectNames,
  broken: Map<string, Unknown>,
): InventoryContents['policies'] {
  const numbered = numberedOf(policies, names, broken);
  return {
    get(resource) {
      if (broken.size > 0 && broken.has(`policy ${resource}`)) return undefined;
      const byId = policies.get(resource);
      const other = numbered.size === 0 ? undefined : numbered.get(resource);
      const byNumber = other === undefined ? undefined : policies.get(other);
      if (byId === undefined || byNumber === undefined) return (byId ?? byNumber)?.value;
      return byId.time > byNumber.time ? byId.value : byNumber.value;
    },
    *keys() {
      for (const name of policies.keys()) yield names.resource(name);
    },
  };
}

/** Resources that are there with their project's number, by the name that they go by. */
function numberedOf(
  policies: Collected['policies'],
  names: ProjectNames,
  broken: Map<string, Unknown>,
): ReadonlyMap<ResourceName, string> {
  const numbered = new Map<ResourceName, string>();
  for (const [name, { value }] of policies) {
    const resource = names.resource(name);
    if (resource !== name) numbered.set(resource, name);
    if (value === undefined) broken.set(`policy ${resource}`, NO_POLICY);
    if (isByUniqueId(resource))
      broken.set(`policy ${resource.slice(0, resource.lastIndexOf('/') + 1)}`, NO_ADDRESS);
  }
  return numbered;
}

const NO_ADDRESS: Unknown = {
  unknown: true,
  why: 'the export names service accounts by their unique ids and does not say whose these are; export iam.googleapis.com/ServiceAccount with the content type resource',
};

const NO_POLICY: Unknown = { unknown: true, why: 'its policy in the export is no policy' };

function denyPoliciesOf(
  { deny }: Collected,
  names: ProjectNames,
  broken: Map<string, Unknown>,
): ReadonlyMap<ResourceName, readonly DenyRules[]> {
  const read = new Map<ResourceName, readonly DenyRules[]>();
  for (const [name, policies] of deny) {
    const resource = names.resource(name);
    const rules = [...policies.values()].filter((policy) => policy !== undefined);
    if (rules.length === policies.size) {
      read.set(resource, [...(read.get(resource) ?? []), ...rules]);
      continue;
    }
    broken.set(`deny-policies ${resource}`, {
      unknown: true,
      why: 'some deny policy in the export cannot be read',
    });
  }
  for (const key of broken.keys()) read.delete(key.slice('deny-policies '.length) as ResourceName);
  return read;
}

function boundariesOf({ boundaries }: Collected, names: ProjectNames): BoundaryFacts {
  return {
    policies: boundaries.policies.map(
      (policy): BoundaryPolicy => ({
        ...policy,
        rules: policy.rules.map((rule) => ({
          ...rule,
          resources: rule.resources.map((name) => names.resource(name)),
        })),
      }),
    ),
    bindings: boundaries.bindings.map((binding) => ({ ...binding, target: names.numbered(binding.target) })),
  };
}

function rolesOf({ roles }: Collected, names: ProjectNames): ReadonlyMap<string, Role> {
  return new Map([...roles].map(([name, { value }]) => [names.resource(name) as string, value]));
}

export function apisOf({ apis }: Collected, names: ProjectNames): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...apis].map(([project, enabled]) => [names.id(project), enabled]));
}

function accountsOf({ accounts }: Collected, names: ProjectNames): ReadonlyMap<string, AccountFacts> {
  const facts = new Map<string, AccountFacts>();
  for (const [email, { value }] of accounts) {
    facts.set(email, { project: names.id(value.project), isAgent: false, disabled: value.disabled });
  }
  return facts;
}

export function repositoriesOf(
  { repositories }: Collected,
  names: ProjectNames,
  broken: Map<string, Unknown>,
): ReadonlyMap<ResourceName, RepositoryFacts> {
  const read = new Map<ResourceName, RepositoryFacts>();
  for (const [name, facts] of repositories) {
    const resource = names.resource(name);
    if (isUnknown(facts)) {
      broken.set(`repository ${resource}`, facts);
      continue;
    }
    const { upstreams, credentials } = facts;
    read.set(resource, {
      ...facts,
      upstreams: upstreams.map((upstream) => names.resource(upstream)),
      ...(credentials === undefined ? {} : { credentials: names.resource(credentials) }),
    });
  }
  return read;
}

export function secretsOf({ secrets }: Collected, names: ProjectNames): ReadonlyMap<ResourceName, Versions> {
  return new Map(Array.from(secrets, ([name, secret]) => [names.resource(name), byNumberOrAlias(secret)]));
}

function byNumberOrAlias({ versions, aliases }: SecretAsset): Versions {
  if (aliases.size === 0) return versions;
  const all = new Map(versions);
  for (const [alias, version] of aliases) {
    const state = versions.get(version);
    if (state !== undefined) all.set(alias, state);
  }
  return all;
}

type Versions = ReadonlyMap<string, SecretVersionState>;

const BARE: Unknown = { unknown: true, why: 'it is there, but the export does not say what runs in it' };

/** Resources by project; `bare` are those whose template the export does not have. */
export function runsOf(
  collected: Collected,
  names: ProjectNames,
  broken: Map<string, Unknown>,
): { runs: InventoryRun[]; bare: number } {
  const runs: InventoryRun[] = [];
  let bare = 0;
  for (const [name, { value }] of collected.runs) {
    const resource = names.resource(name);
    const parts = runResourceParts(resource);
    if (value !== undefined && parts !== undefined) {
      runs.push(runOf({ resource, parts, template: value() }, names));
      continue;
    }
    bare += 1;
    broken.set(`run-resource ${resource}`, BARE);
  }
  runs.sort((a, b) => (a.resource < b.resource ? -1 : 1));
  return { runs, bare };
}

interface FoundRun {
  readonly resource: ResourceName;
  readonly parts: NonNullable<ReturnType<typeof runResourceParts>>;
  readonly template: Template;
}

function runOf({ resource, parts, template }: FoundRun, names: ProjectNames): InventoryRun {
  const { images, serviceAccount, invokerIamDisabled, secrets: used } = template;
  const secrets =
    used.length === 0
      ? NO_SECRETS
      : used.map((secret) => ({ ...secret, name: names.resource(secret.name) as string }));
  const { kind, project, location, name } = parts;
  const run: Made = { resource, kind, project, location, name, images, secrets };
  if (serviceAccount !== undefined) run.serviceAccount = serviceAccount;
  if (invokerIamDisabled !== undefined) run.invokerIamDisabled = invokerIamDisabled;
  return run;
}

/** A resource while it is put together: part by part, for there are many. */
type Made = { -readonly [Key in keyof InventoryRun]: InventoryRun[Key] };

const NO_SECRETS: InventoryRun['secrets'] = [];

/** Of what is in an export, what its reader should know of. */
export interface Noted {
  /** Assets that came more than once. */
  readonly repeated: number;
  /** Allow policies, and resources with deny policies, that cannot be read. */
  readonly unreadable: number;
  readonly denials: number;
  /** Cloud Run resources without containers. */
  readonly bare: number;
}

/** In English. */
export function notesOf({ repeated, bare, ...noted }: Noted): readonly string[] {
  const unreadable = noted.unreadable + noted.denials;
  const several = (count: number, one: string, many: string) =>
    count === 1 ? `1 ${one}` : `${count} ${many}`;
  return [
    ...(repeated === 0
      ? []
      : [`${several(repeated, 'asset came', 'assets came')} more than once; the newest counts`]),
    ...(unreadable === 0 ? [] : [`${several(unreadable, 'policy', 'policies')} could not be read`]),
    ...(bare === 0
      ? []
      : [
          `${several(bare, 'Cloud Run resource is', 'Cloud Run resources are')} there without containers; export run.googleapis.com/Service, Job and WorkerPool with the content type resource`,
        ]),
  ];
}
