/** The world that a check saw, as an estate: what its source answered, and no more. */
import { isUnknown, type JudgedRequirement, type Recorded } from '../../checkpoint/index.js';
import {
  memberOf,
  organizationName,
  projectName,
  type ResourceName,
  serviceAgentOf,
  splitResource,
} from '../../names/index.js';
import { cannot } from './cannot.js';

type Answered<T> = Exclude<T, string | { readonly unknown: true }>;
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

const known = <T>(answer: T): Answered<T> | undefined =>
  answer === 'absent' || isUnknown(answer) ? undefined : (answer as Answered<T>);

const idIn = (resource: ResourceName): string => resource.slice(resource.lastIndexOf('/') + 1);

class World {
  readonly #record: Recorded;
  readonly #members: ReadonlySet<string>;
  /** A custom role needs no more than what is asked for. */
  readonly #permissions: ReadonlySet<string>;

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
    const { boundaries, tags, roles, repositories } = this.#record;
    if ([...boundaries.values()].some((each) => (known(each)?.bindings.length ?? 0) > 0))
      cannot('boundaries');
    if ([...tags.values()].some((each) => (known(each)?.length ?? 0) > 0)) cannot('tags');
    for (const [name, role] of roles)
      if (name.startsWith('roles/') && known(role)) cannot('other-role', name);
    for (const [name, repository] of repositories) {
      const mode = known(repository)?.mode ?? 'standard';
      if (mode !== 'standard') cannot('repository-mode', `${idIn(name)} (${mode})`);
    }
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

  #governed(name: ResourceName): Json {
    const deny = this.#record.denyPolicies.get(name);
    // Sources hand on what else they know of a policy; an estate has only what somebody writes.
    const denyPolicies = (deny === undefined || isUnknown(deny) ? [] : deny).map(({ id, rules }) => ({
      id,
      rules,
    }));
    return { iam: this.#iam(name), ...(denyPolicies.length > 0 ? { denyPolicies } : {}) };
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
      const { iam, ...governed } = this.#governed(projectName(projectId)) as { iam: Binding[] };
      return {
        id: projectId,
        ...(number === undefined ? {} : { number }),
        ...(parent ? { parent: splitResource(parent).path } : {}),
        defaults: false,
        ...governed,
        iam: [...iam, { role: 'roles/owner', members: [PROVER] }],
        ...this.#contents(projectId),
      };
    });
  }

  #contents(project: string): Json {
    const run = this.#runResources(project);
    return {
      services: this.#services(project),
      serviceAgents: this.#agents(project),
      customRoles: this.#customRoles(`projects/${project}`),
      ...this.#accounts(project),
      repositories: this.#within(project, 'artifactregistry.googleapis.com').map((name) => ({
        id: idIn(name),
        location: splitResource(name).path.split('/')[3],
        iam: this.#iam(name),
      })),
      secrets: this.#within(project, 'secretmanager.googleapis.com')
        .filter((name) => this.#record.secrets.get(name) !== undefined)
        .map((name) => ({
          id: idIn(name),
          iam: this.#iam(name),
          ...(this.#record.secrets.get(name) === 'present' ? { value: DUMMY } : {}),
        })),
      ...run,
    };
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
      return [{ email, entry: { disabled: account.disabled, iam: this.#iam(name) } }];
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
        iam: this.#iam(name),
      });
    }
    return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  }
}

const isOrganization = (name: ResourceName): boolean => name.startsWith(organizationName(''));

/**
 * The estate in which the same questions have the same answers.
 * @throws CannotProve for what is not carried over
 */
export function estateOfFacts(facts: FactsOfCheck): Json {
  return new World(facts).document();
}
