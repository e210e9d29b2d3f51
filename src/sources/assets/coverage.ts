/** What an export can tell: what it does not name may be absent, or may not have been exported. */
import type { Unknown } from '../../checkpoint/index.js';
import { parseCustomRoleName } from '../../iam/index.js';
import { projectOf, projectOfServiceAccount, type ResourceName, splitResource } from '../../names/index.js';
import type { InventoryPart } from '../inventory/index.js';
import type { Collected } from './collect.js';
import type { ProjectNames } from './names.js';

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^\/\/cloudresourcemanager\.googleapis\.com\/projects\//, 'cloudresourcemanager.googleapis.com/Project'],
  [/^\/\/cloudresourcemanager\.googleapis\.com\/folders\//, 'cloudresourcemanager.googleapis.com/Folder'],
  [
    /^\/\/cloudresourcemanager\.googleapis\.com\/organizations\//,
    'cloudresourcemanager.googleapis.com/Organization',
  ],
  [/^\/\/run\.googleapis\.com\/.+\/services\//, 'run.googleapis.com/Service'],
  [/^\/\/run\.googleapis\.com\/.+\/jobs\//, 'run.googleapis.com/Job'],
  [/^\/\/run\.googleapis\.com\/.+\/workerPools\//, 'run.googleapis.com/WorkerPool'],
  [/^\/\/iam\.googleapis\.com\/.+\/serviceAccounts\//, 'iam.googleapis.com/ServiceAccount'],
  [/^\/\/artifactregistry\.googleapis\.com\//, 'artifactregistry.googleapis.com/Repository'],
  [/^\/\/secretmanager\.googleapis\.com\/.+\/versions\//, 'secretmanager.googleapis.com/SecretVersion'],
  [/^\/\/secretmanager\.googleapis\.com\//, 'secretmanager.googleapis.com/Secret'],
];

const typeOf = (resource: string) => TYPES.find(([pattern]) => pattern.test(resource))?.[1] ?? 'another type';

export interface CoverageOptions {
  /** The export is of all types and both contents: what it does not name is not there. */
  readonly complete: boolean;
}

/** Answers why something that was not found is not known to be absent. */
export class Coverage {
  readonly #collected: Collected;
  readonly #names: ProjectNames;
  readonly #complete: boolean;
  readonly #whys = new Map<string, Unknown>();
  readonly #scopes = new Map<string, boolean>();

  constructor(collected: Collected, names: ProjectNames, { complete }: CoverageOptions) {
    this.#collected = collected;
    this.#names = names;
    this.#complete = complete;
  }

  missing(part: InventoryPart, where: string): Unknown | undefined {
    switch (part) {
      case 'project':
        return this.#unknown(`project ${where} is not in the export`);
      case 'policy':
        return this.#policy(where as ResourceName);
      case 'deny-policies':
        return this.#resources('iam.googleapis.com/PolicyV2', containerPath(where), 'deny policies');
      case 'boundaries':
        return this.#boundaries(where);
      case 'role':
        return this.#role(where);
      case 'members':
        return this.#unknown(`exports do not say who is in ${where}; name its members with --groups`);
      case 'tags':
        return this.#unknown('tags are not read from exports');
      case 'customers':
        return this.#unknown('exports do not say to which customer a user belongs');
      case 'api':
        return this.#resources('serviceusage.googleapis.com/Service', `projects/${where}`, 'enabled APIs');
      case 'account':
        return this.#account(where);
      case 'repository':
      case 'secret':
      case 'run-resource':
        return this.#resources(typeOf(where), pathOfProject(where), typeOf(where));
      case 'image':
        return this.#resources('artifactregistry.googleapis.com/DockerImage', undefined, 'images');
    }
  }

  #unknown(why: string): Unknown {
    const known = this.#whys.get(why);
    if (known !== undefined) return known;
    const made: Unknown = { unknown: true, why };
    this.#whys.set(why, made);
    return made;
  }

  /** A resource without a policy of its own is in no export of policies. */
  #policy(resource: ResourceName): Unknown | undefined {
    const type = typeOf(resource);
    const path = projectOf(resource) === undefined ? containerPath(resource) : pathOfProject(resource);
    if (!this.#isExported(path))
      return this.#unknown(`the export does not cover ${path}: ask for its policies too`);
    if (this.#complete || this.#collected.policyTypes.has(type)) return undefined;
    return this.#unknown(
      `the export has no policy of any ${type}; export that type with the content type iam-policy`,
    );
  }

  #resources(type: string, path: string | undefined, what: string): Unknown | undefined {
    const inScope = path === undefined || this.#isExported(path);
    if (inScope && (this.#complete || this.#collected.resourceTypes.has(type))) return undefined;
    return this.#unknown(
      inScope
        ? `the export says nothing about ${what}; export ${type} with the content type resource`
        : `the export does not cover ${path}`,
    );
  }

  #boundaries(project: string): Unknown | undefined {
    const { policies, bindings, unreadable } = this.#collected.boundaries;
    const names = new Set(policies.map(({ name }) => name));
    if (unreadable || bindings.some(({ policy }) => !names.has(policy))) {
      return this.#unknown('some principal access boundary in the export cannot be read');
    }
    return this.#resources(
      'iam.googleapis.com/PolicyBinding',
      `projects/${project}`,
      'principal access boundaries',
    );
  }

  #role(name: string): Unknown | undefined {
    const custom = parseCustomRoleName(name);
    if (custom === undefined) {
      return this.#unknown(
        `what ${name} carries is not known: it is not in the catalogue of predefined roles`,
      );
    }
    return this.#resources('iam.googleapis.com/Role', custom.parent, 'custom roles');
  }

  #account(email: string): Unknown | undefined {
    const home = projectOfServiceAccount(email) ?? /^(\d+)-compute@developer\./.exec(email)?.[1];
    if (home === undefined || /^service-\d+@/.test(email)) {
      return this.#unknown(`the export does not say whether ${email} is there`);
    }
    return this.#resources('iam.googleapis.com/ServiceAccount', `projects/${home}`, 'service accounts');
  }

  /** Whether the export was made of this project, folder or organization, or of something above it. */
  #isExported(path: string): boolean {
    const known = this.#scopes.get(path);
    if (known !== undefined) return known;
    const key = path.slice(path.indexOf('/') + 1);
    const spellings = path.startsWith('projects/')
      ? [`projects/${this.#names.id(key)}`, `projects/${this.#names.number(key)}`]
      : [path];
    const above = spellings.flatMap(
      (each) => this.#collected.lineages.get(each) ?? this.#lineageThrough(each),
    );
    const exported = [...spellings, ...above].some((each) => this.#collected.containers.has(each));
    this.#scopes.set(path, exported);
    return exported;
  }

  /** What is above a folder, as the lineage of something in it tells. */
  #lineageThrough(path: string): readonly string[] {
    if (path.startsWith('projects/')) return [];
    for (const lineage of this.#collected.lineages.values()) {
      const index = lineage.indexOf(path);
      if (index >= 0) return lineage.slice(index);
    }
    return [];
  }
}

const containerPath = (resource: string) => splitResource(resource as ResourceName).path;

const pathOfProject = (resource: string) => {
  const project = projectOf(resource as ResourceName);
  return project === undefined ? containerPath(resource) : `projects/${project}`;
};
