/** What mends a deploy as a piece of an estate file, which `sekisho apply` adds to what is there. */
import { projectName, projectOf, type ResourceName, splitResource } from '../../names/index.js';
import type { Step } from '../types.js';

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
}

interface Named {
  readonly id: string;
  readonly location?: string;
  readonly iam: readonly Binding[];
}

/** The part of an estate's project that fixes are about. */
export interface ProjectPatch {
  readonly id: string;
  readonly services?: readonly string[];
  readonly serviceAgents?: readonly string[];
  readonly iam?: readonly Binding[];
  readonly customRoles?: readonly { readonly id: string; readonly permissions: readonly string[] }[];
  readonly defaultServiceAccount?: { readonly iam: readonly Binding[] };
  readonly serviceAccounts?: readonly Named[];
  readonly repositories?: readonly Named[];
  readonly secrets?: readonly Named[];
  readonly runServices?: readonly Named[];
  readonly runJobs?: readonly Named[];
  readonly runWorkerPools?: readonly Named[];
}

export interface EstatePatch {
  readonly projects: readonly ProjectPatch[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const LISTS = {
  'artifactregistry.googleapis.com/repositories': 'repositories',
  'secretmanager.googleapis.com/secrets': 'secrets',
  'run.googleapis.com/services': 'runServices',
  'run.googleapis.com/jobs': 'runJobs',
  'run.googleapis.com/workerPools': 'runWorkerPools',
} as const;

const isDefaultAccount = (email: string): boolean =>
  /^\d+-compute@developer\.gserviceaccount\.com$/.test(email);

class Patch {
  readonly #projects = new Map<string, Writable<ProjectPatch>>();

  project(id: string): Writable<ProjectPatch> {
    const project = this.#projects.get(id) ?? { id };
    this.#projects.set(id, project);
    return project;
  }

  grant(resource: ResourceName, binding: Binding): void {
    const id = projectOf(resource);
    if (id === undefined) throw new Error(`an estate has no place for a grant on ${resource}`);
    const project = this.project(id);
    const { service, path } = splitResource(resource);
    const segments = path.split('/');
    const name = segments.at(-1) ?? '';
    if (resource === projectName(id)) {
      project.iam = [...(project.iam ?? []), binding];
    } else if (service === 'iam.googleapis.com' && isDefaultAccount(name)) {
      project.defaultServiceAccount = { iam: [...(project.defaultServiceAccount?.iam ?? []), binding] };
    } else if (service === 'iam.googleapis.com') {
      project.serviceAccounts = added(project.serviceAccounts, { id: name.replace(/@.*/, '') }, binding);
    } else {
      const list = LISTS[`${service}/${segments.at(-2)}` as keyof typeof LISTS];
      const location = segments[2] === 'locations' ? { location: segments[3] ?? '' } : {};
      project[list] = added(project[list], { id: name, ...location }, binding);
    }
  }

  document(): EstatePatch {
    return { projects: [...this.#projects.values()] };
  }
}

function added(
  list: readonly Named[] = [],
  { id, location }: Omit<Named, 'iam'>,
  binding?: Binding,
): readonly Named[] {
  const found = list.find((each) => each.id === id && each.location === location);
  const rest = list.filter((each) => each !== found);
  const iam = [...(found?.iam ?? []), ...(binding ? [binding] : [])];
  return [...rest, { id, ...(location === undefined ? {} : { location }), iam }];
}

/** The steps as an estate that says nothing else; applied, it adds these bindings and takes nothing away. */
export function estatePatch(steps: readonly Step[]): EstatePatch {
  const patch = new Patch();
  for (const step of steps) {
    if (step.kind === 'grant') {
      patch.grant(step.resource, { role: step.role, members: [step.member] });
      continue;
    }
    const project = patch.project(step.project);
    switch (step.kind) {
      case 'enable-api':
        project.services = [...(project.services ?? []), step.api];
        break;
      case 'create-agent':
        project.serviceAgents = [...(project.serviceAgents ?? []), step.api];
        break;
      case 'create-account':
        project.serviceAccounts = added(project.serviceAccounts, { id: step.email.replace(/@.*/, '') });
        break;
      case 'create-role':
        project.customRoles = [
          ...(project.customRoles ?? []),
          { id: step.role.slice(step.role.lastIndexOf('/') + 1), permissions: step.permissions },
        ];
    }
  }
  return patch.document();
}
