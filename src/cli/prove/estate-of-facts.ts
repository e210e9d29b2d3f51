/** The world that a check saw, as an estate: what its source answered, and no more. */
import {
  type BoundaryFacts,
  isUnknown,
  type JudgedRequirement,
  type Recorded,
} from '../../checkpoint/index.js';
import {
  memberOf,
  organizationName,
  parentInProject,
  projectName,
  projectOf,
  type ResourceName,
  serviceAgentOf,
  splitResource,
  workloadPoolParts,
} from '../../names/index.js';
import { boundaryDocuments, CopiedTags } from '../../sources/index.js';
import { type Answered, known, withProjectById } from './answers.js';
import { cannot } from './cannot.js';

type Policy = Answered<NonNullable<ReturnType<Recorded['policies']['get']>>>;
type Binding = Policy['bindings'][number];
type Json = Readonly<Record<string, unknown>>;

/** Whoever makes the throw-away plane: nobody else goes by this address (RFC 2606). */
export const PROVER = 'user:prover@sekisho.invalid';
/** The version of a secret and what it holds are nobody's business here. */
const DUMMY = 'not the secret';

/** A check asks nobody whether these are enabled: what lies in a project could not be there otherwise. */
const TAKEN_FOR_ENABLED = ['artifactregistry.googleapis.com', 'secretmanager.googleapis.com'];

/** Kinds of members that hold many: they may hold those whom the check asks about. */
const SETS = /^(?:group|domain|principalSet):|^all(?:Authenticated)?Users$/;

export interface FactsOfCheck {
  readonly record: Recorded;
  /** For whom something is asked, as members. */
  readonly members: ReadonlySet<string>;
  readonly requirements: readonly JudgedRequirement[];
}

const idIn = (resource: ResourceName): string => resource.slice(resource.lastIndexOf('/') + 1);

class World {
  readonly #record: Recorded;
  readonly #members: ReadonlySet<string>;
  /** A custom role needs no more than what is asked for. */
  readonly #permissions: ReadonlySet<string>;
  readonly #tags = new CopiedTags();

  constructor({ record, members, requirements }: FactsOfCheck) {
    this.#record = record;
    this.#members = members;
    this.#permissions = new Set(requirements.flatMap(({ permission }) => permission ?? []));
  }

  document(): Json {
    const above = this.#lineages();
    const organizations = [...new Set(above.flatMap((names) => names.filter(isOrganization)))];
    if (organizations.length > 1) cannot('several-organizations', organizations.map(idIn).join(', '));
    this.#mayBeLeftOut();
    const [organization] = organizations;
    this.#readTags(organization);
    if (organization === undefined && this.#boundaries().bindings.length > 0)
      cannot('organization', 'principal access boundaries');
    return {
      ...(organization ? { organization: this.#organization(organization) } : {}),
      folders: this.#folders(above),
      groups: this.#groups(),
      projects: this.#projects(),
    };
  }

  #lineages(): (readonly ResourceName[])[] {
    return [...this.#record.projects.values()].flatMap((answer) => {
      const above = known(answer)?.above;
      return above === undefined || isUnknown(above) ? [] : [above];
    });
  }

  /** What an estate could hold, and is not carried over. Better no proof than one of another world. */
  #mayBeLeftOut(): void {
    const { roles, repositories } = this.#record;
    for (const [name, role] of roles)
      if (name.startsWith('roles/') && known(role)) cannot('other-role', name);
    for (const [name, repository] of repositories) {
      if (known(repository)?.mode === 'remote') cannot('repository-mode', idIn(name));
    }
  }

  /** Those of the one organization, for whichever project they were asked. */
  #boundaries(): BoundaryFacts {
    const all = [...this.#record.boundaries.values()].flatMap((each) => known(each) ?? []);
    const { policies, bindings } = all.find((each) => each.bindings.length > 0) ?? {
      policies: [],
      bindings: [],
    };
    const numbers = [...this.#record.projects.values()].flatMap((each) => known(each)?.number ?? []);
    const places = new Set([
      ...numbers.map((number) => `projects/${number}`),
      ...this.#lineages()
        .flat()
        .map((name) => splitResource(name).path),
    ]);
    // What is bound to the principals of other projects and folders concerns nobody here.
    const concerns = (target: string) => {
      const [, place] = /\/((?:projects|folders)\/\d+)(?:\/|$)/.exec(target) ?? [];
      return place === undefined || places.has(place);
    };
    return { policies, bindings: bindings.filter(({ target }) => concerns(target)) };
  }

  /** A resource that is not there yet has those of its project, and so has a worker pool, which can have none itself. */
  #readTags(organization: ResourceName | undefined): void {
    const { tags, projects } = this.#record;
    for (const [resource, answer] of tags) {
      const project = this.#isThere(resource) ? undefined : parentInProject(resource);
      if (project === undefined || !tags.has(project))
        this.#tags.add(project ?? resource, known(answer) ?? []);
    }
    for (const key of this.#tags.keys()) {
      const definer = key.slice(0, key.indexOf('/'));
      const isKnown = /^\d+$/.test(definer)
        ? organization === organizationName(definer)
        : projects.has(definer);
      if (!isKnown) cannot('organization', `tag ${key}`);
    }
  }

  /** Whether the estate has an entry of its own for it, which may have tags. */
  #isThere(resource: ResourceName): boolean {
    const { accounts, runResources, policies } = this.#record;
    if (resource.startsWith('//run.googleapis.com/'))
      return (
        !resource.includes('/workerPools/') && known(runResources.get(resource) ?? 'absent') !== undefined
      );
    if (resource.startsWith('//iam.googleapis.com/'))
      return known(accounts.get(idIn(resource)) ?? 'absent') !== undefined;
    return parentInProject(resource) === undefined || known(policies.get(resource) ?? 'absent') !== undefined;
  }

  #organization(name: ResourceName): Json {
    const [customer] = [...this.#record.customers].flatMap(([email, answer]) =>
      (known(answer) ?? []).map((each) => ({ ...each, domain: email.replace(/^.*@/, '') })),
    );
    return {
      id: idIn(name),
      defaults: false,
      ...(customer ? { domain: customer.domain, customerId: customer.customer } : {}),
      ...this.#governed(name),
      customRoles: this.#customRoles(splitResource(name).path),
      ...this.#tags.keysOf(idIn(name)),
      principalAccessBoundaryPolicies: boundaryDocuments(this.#boundaries()),
    };
  }

  #folders(lineages: readonly (readonly ResourceName[])[]): Json[] {
    const folders = new Map<ResourceName, ResourceName>();
    for (const names of lineages) {
      for (const [index, name] of names.entries()) {
        const parent = names[index + 1];
        if (!isOrganization(name) && parent !== undefined) folders.set(name, parent);
      }
    }
    return [...folders].map(([name, parent]) => ({
      id: idIn(name),
      parent: splitResource(parent).path,
      ...this.#governed(name),
    }));
  }

  /** Groups within groups were resolved by whoever answered. */
  #groups(): Json {
    const groups = new Map<string, string[]>();
    for (const { group, principal, member } of this.#record.memberships) {
      const email = group.replace(/^group:/, '');
      const members = groups.get(email) ?? [];
      groups.set(email, member === true ? [...members, memberOf(principal)] : members);
    }
    for (const policy of this.#record.policies.values()) {
      for (const { members } of known(policy)?.bindings ?? []) {
        for (const member of members) {
          const email = /^group:(.+)$/.exec(member)?.[1];
          if (email !== undefined && !groups.has(email)) groups.set(email, []);
        }
      }
    }
    return Object.fromEntries([...groups].map(([email, members]) => [email, [...new Set(members)]]));
  }

  #governed(name: ResourceName): { readonly iam: Binding[] } {
    const deny = this.#record.denyPolicies.get(name);
    // Sources hand on what else they know of a policy; an estate has only what somebody writes.
    const denyPolicies = (deny === undefined || isUnknown(deny) ? [] : deny).map(({ id, rules }) => ({
      id,
      rules,
    }));
    return { ...this.#held(name), ...(denyPolicies.length > 0 ? { denyPolicies } : {}) };
  }

  #held(name: ResourceName): { readonly iam: Binding[] } {
    return { iam: this.#iam(name), ...this.#tags.of(name) };
  }

  /** Only bindings and members that can concern those who are asked about: others need not exist here. */
  #iam(name: ResourceName): Binding[] {
    const policy = known(this.#record.policies.get(name) ?? 'absent');
    return (policy?.bindings ?? []).flatMap((binding) => {
      const members = binding.members.filter((member) => this.#members.has(member) || SETS.test(member));
      const role = this.#record.roles.get(binding.role);
      // A role that is gone, or cannot be seen, grants nothing here; where that matters the verdict is unknown.
      const gone = role === 'absent' || isUnknown(role);
      return members.length === 0 || gone ? [] : [{ ...binding, members }];
    });
  }

  #customRoles(parent: string): Json[] {
    return [...this.#record.roles].flatMap(([name, answer]) => {
      const role = known(answer);
      if (!role || !name.startsWith(`${parent}/roles/`)) return [];
      const permissions = [...role.permissions].filter((permission) => this.#permissions.has(permission));
      return [{ id: name.slice(name.lastIndexOf('/') + 1), stage: role.stage, permissions }];
    });
  }

  #projects(): Json[] {
    const projects = new Map(
      [...this.#record.projects.values()].flatMap((answer) => {
        const project = known(answer);
        return project ? [[project.projectId, project] as const] : [];
      }),
    );
    for (const answer of this.#record.accounts.values()) {
      const project = known(answer)?.project;
      if (project !== undefined && !projects.has(project)) {
        projects.set(project, { projectId: project, above: [], active: true });
      }
    }
    return [...projects.values()].map(({ projectId, number, above }) => {
      const parent = isUnknown(above) ? undefined : above[0];
      const { iam, ...governed } = this.#governed(projectName(projectId));
      return {
        id: projectId,
        ...(number === undefined ? {} : { number }),
        ...(parent ? { parent: splitResource(parent).path } : {}),
        defaults: false,
        ...governed,
        iam: [...iam, { role: 'roles/owner', members: [PROVER] }],
        ...this.#tags.keysOf(projectId),
        ...this.#pools(number),
        ...this.#contents(projectId),
      };
    });
  }

  /** Of those who are asked about. */
  #pools(number: string | undefined): Json {
    const named = [...this.#members].flatMap((member) => workloadPoolParts(member) ?? []);
    const ids = new Set(
      named.filter(({ projectNumber }) => projectNumber === number).map(({ pool }) => pool),
    );
    return ids.size === 0 ? {} : { workloadIdentityPools: [...ids].map((id) => ({ id })) };
  }

  #contents(project: string): Json {
    const run = this.#runResources(project);
    return {
      services: this.#services(project),
      serviceAgents: this.#agents(project),
      customRoles: this.#customRoles(`projects/${project}`),
      ...this.#accounts(project),
      repositories: this.#repositories(project),
      secrets: this.#within(project, 'secretmanager.googleapis.com')
        .filter((name) => this.#record.secrets.get(name) !== undefined)
        .map((name) => ({
          id: idIn(name),
          ...this.#held(name),
          ...(this.#record.secrets.get(name) === 'present' ? { value: DUMMY } : {}),
        })),
      ...run,
    };
  }

  #repositories(project: string): Json[] {
    const { repositories } = this.#record;
    const read = [...repositories]
      .filter(([name, facts]) => isIn(project)(name) && known(facts))
      .map(([name]) => name);
    const names = new Set([...this.#within(project, 'artifactregistry.googleapis.com'), ...read]);
    return [...names].map((name) => {
      const facts = known(repositories.get(name) ?? 'absent');
      return {
        id: idIn(name),
        location: splitResource(name).path.split('/')[3],
        ...this.#held(name),
        ...(facts?.mode === 'virtual' ? { upstreamPolicies: this.#upstreamPolicies(facts.upstreams) } : {}),
      };
    });
  }

  /** The first has the highest priority. Configurations may name projects by their numbers. */
  #upstreamPolicies(upstreams: readonly ResourceName[]): Json[] {
    return upstreams.map((upstream, index) => ({
      id: `upstream-${index}`,
      repository: splitResource(withProjectById(upstream, this.#record)).path,
      priority: upstreams.length - index,
    }));
  }

  #services(project: string): string[] {
    const enabled = [...this.#record.apis].flatMap(([key, answer]) => {
      const [id, api = ''] = key.split(' ');
      return id === project && answer === true ? [api] : [];
    });
    return [...new Set([...enabled, ...TAKEN_FOR_ENABLED])];
  }

  #agents(project: string): string[] {
    return [...this.#record.accounts].flatMap(([email, answer]) => {
      const agent = serviceAgentOf(email)?.agent;
      return agent && known(answer)?.project === project ? [agent.api] : [];
    });
  }

  #accounts(project: string): Json {
    const own = [...this.#record.accounts].flatMap(([email, answer]) => {
      const account = known(answer);
      if (!account || account.project !== project || account.isAgent) return [];
      const name: ResourceName = `//iam.googleapis.com/projects/${project}/serviceAccounts/${email}`;
      return [{ email, entry: { disabled: account.disabled, ...this.#held(name) } }];
    });
    const isDefault = ({ email }: { email: string }) => email.endsWith('@developer.gserviceaccount.com');
    const standard = own.find(isDefault);
    return {
      ...(standard ? { defaultServiceAccount: standard.entry } : {}),
      serviceAccounts: own
        .filter((each) => !isDefault(each))
        .map(({ email, entry }) => ({ id: email.replace(/@.*/, ''), ...entry })),
    };
  }

  /** Resources of a service whose policies were read. */
  #within(project: string, service: string): ResourceName[] {
    return [...this.#record.policies]
      .filter(([name, policy]) => name.startsWith(`//${service}/projects/${project}/`) && known(policy))
      .map(([name]) => name);
  }

  #runResources(project: string): Json {
    const lists: Record<string, Json[]> = { runServices: [], runJobs: [], runWorkerPools: [] };
    for (const [name, answer] of this.#record.runResources) {
      const resource = known(answer);
      const [, id, , location, collection = ''] = splitResource(name).path.split('/');
      if (!resource || id !== project) continue;
      const list = { services: 'runServices', jobs: 'runJobs', workerPools: 'runWorkerPools' }[collection];
      lists[list ?? '']?.push({
        id: idIn(name),
        location,
        images: ['us-docker.pkg.dev/cloudrun/container/hello'],
        ...(resource.serviceAccount === undefined ? {} : { serviceAccount: resource.serviceAccount }),
        ...this.#held(name),
      });
    }
    return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  }
}

const isIn = (project: string) => (name: ResourceName) => projectOf(name) === project;

const isOrganization = (name: ResourceName): boolean => name.startsWith(organizationName(''));

/**
 * The estate in which the same questions have the same answers.
 * @throws CannotProve for what is not carried over
 */
export function estateOfFacts(facts: FactsOfCheck): Json {
  return new World(facts).document();
}
