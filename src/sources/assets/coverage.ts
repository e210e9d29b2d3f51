/** What an export can tell: what it does not name may be absent, or may not have been exported. */
import { isUnknown, type Known, type Unknown } from '../../checkpoint/index.js';
import { type EffectiveTag, parseCustomRoleName } from '../../iam/index.js';
import {
  parentInProject,
  parseImage,
  policyHolder,
  projectOf,
  projectOfServiceAccount,
  type ResourceName,
  repositoryOfImage,
  splitResource,
} from '../../names/index.js';
import type { InventoryPart } from '../inventory/index.js';
import type { Collected } from './collect.js';
import { Covered } from './covered.js';
import type { Content } from './exported.js';
import type { ProjectNames } from './names.js';
import { Tags } from './tags.js';
import { TAG_BINDING } from './types.js';

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
  readonly #covered: Covered;
  readonly #tags: Tags;
  /** Some boundary cannot be read, or is bound and not there. */
  readonly #lacksBoundaries: boolean;
  readonly #whys = new Map<string, Unknown>();
  readonly #lineages = new Map<string, readonly string[]>();
  /** The same by places as they are written. */
  readonly #ofPlace = new Map<string, readonly string[]>();

  constructor(collected: Collected, names: ProjectNames, { complete }: CoverageOptions) {
    this.#collected = collected;
    this.#names = names;
    this.#complete = complete;
    const { policies, bindings, unreadable } = collected.boundaries;
    const known = new Set(policies.map(({ name }) => name));
    this.#lacksBoundaries = unreadable || bindings.some(({ policy }) => !known.has(policy));
    for (const lineage of collected.lineages.values()) {
      lineage.forEach((place, index) => {
        if (index > 0) this.#lineages.set(place, lineage.slice(index));
      });
    }
    this.#covered = new Covered(collected.exports.values(), { of: (place) => this.#lineage(place) });
    this.#tags = new Tags(collected.tags, {
      nameOf: (written) => names.resource(written),
      complete,
      above: (resource) => this.#above(resource),
      untold: (top) => this.#resources(TAG_BINDING, placeOf(top), 'tags'),
    });
  }

  missing(part: InventoryPart, where: string): Unknown | undefined {
    switch (part) {
      case 'project':
        return this.#unknown(`project ${where} is not in the export`);
      case 'container':
        return this.#unknown(
          `the export has nothing in ${containerPath(where)}, and does not say what that lies in`,
        );
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
      case 'tags': {
        const tags = this.tags(where as ResourceName);
        return isUnknown(tags) ? tags : undefined;
      }
      case 'customers':
        return this.#unknown('exports do not say to which customer a user belongs');
      case 'api':
        return this.#resources('serviceusage.googleapis.com/Service', `projects/${where}`, 'enabled APIs');
      case 'account':
        return this.#account(where);
      case 'repository':
      case 'secret':
      case 'run-resource':
        return this.#resources(typeOf(where), placeOf(where), typeOf(where));
      case 'image':
        return this.#image(where);
    }
  }

  /** What a resource has of tags, its own and those that it inherits. */
  tags(resource: ResourceName): Known<readonly EffectiveTag[]> {
    return this.#tags.of(policyHolder(resource));
  }

  #above(resource: ResourceName): readonly ResourceName[] | undefined {
    const project = projectOf(resource);
    const [itself = '', ...above] = this.#lineage(placeOf(resource));
    if (project !== undefined && !this.#isPlaced(project)) return undefined;
    const isInProject = parentInProject(resource) !== undefined;
    const places = isInProject ? [itself, ...above] : above;
    return places.map((place) => this.#names.resource(`//cloudresourcemanager.googleapis.com/${place}`));
  }

  /** Whether it is said what the project lies in. */
  #isPlaced(project: string): boolean {
    const { lineages } = this.#collected;
    const names = this.#names;
    return [names.number(project), names.id(project)].some((key) => lineages.has(`projects/${key}`));
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
    const place = placeOf(resource);
    if (this.#isTold('iam-policy', type, place)) return undefined;
    if (!this.#covered.has(place)) {
      return this.#unknown(`the export does not cover ${place}: ask for its policies too`);
    }
    return this.#unknown(
      this.#covered.knows('iam-policy', type)
        ? `policies of ${type} are exported of other places, not of ${place}; export them of it too`
        : `the export has no policy of any ${type}; export that type with the content type iam-policy`,
    );
  }

  #resources(type: string, place: string, what: string): Unknown | undefined {
    if (this.#isTold('resource', type, place)) return undefined;
    if (!this.#covered.has(place)) return this.#unknown(`the export does not cover ${place}`);
    return this.#unknown(
      this.#covered.knows('resource', type)
        ? `${type} is exported of other places, not of ${place}; export it of that too, with the content type resource`
        : `the export says nothing about ${what}; export ${type} with the content type resource`,
    );
  }

  /** Whether what is not named is not there. */
  #isTold(content: Content, type: string, place: string): boolean {
    if (this.#complete) return this.#covered.has(place);
    return this.#covered.knows(content, type) && this.#covered.tells(content, type, place);
  }

  /** Those of an organization are bound in it, and those of parts of it in these. */
  #boundaries(project: string): Unknown | undefined {
    if (this.#lacksBoundaries) {
      return this.#unknown('some principal access boundary in the export cannot be read');
    }
    const place = project.startsWith('organizations/') ? project : `projects/${project}`;
    const top = this.#lineage(place).at(-1) ?? place;
    return this.#resources('iam.googleapis.com/PolicyBinding', top, 'principal access boundaries');
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

  #image(text: string): Unknown | undefined {
    const parsed = parseImage(text);
    if (!parsed.ok || parsed.image.registry !== 'artifact-registry') {
      return this.#unknown('exports do not say which images other registries have');
    }
    const place = placeOf(repositoryOfImage(parsed.image));
    return this.#resources('artifactregistry.googleapis.com/DockerImage', place, 'images');
  }

  /** A place and what is above it, nearest first. */
  #lineage(place: string): readonly string[] {
    const known = this.#ofPlace.get(place);
    if (known !== undefined) return known;
    const found = this.#found(place);
    this.#ofPlace.set(place, found);
    return found;
  }

  #found(place: string): readonly string[] {
    const key = place.slice(place.indexOf('/') + 1);
    const spelled = place.startsWith('projects/') ? `projects/${this.#names.number(key)}` : place;
    const known = this.#lineages.get(spelled);
    if (known !== undefined) return known;
    const { lineages } = this.#collected;
    const written = lineages.get(spelled) ?? lineages.get(`projects/${this.#names.id(key)}`) ?? [];
    const made = [spelled, ...written.slice(1)];
    this.#lineages.set(spelled, made);
    return made;
  }
}

const containerPath = (resource: string) => splitResource(resource as ResourceName).path;

/** The project that a resource is or lies in; a folder or an organization itself. */
const placeOf = (resource: string) => {
  const project = projectOf(resource as ResourceName);
  return project === undefined ? containerPath(resource) : `projects/${project}`;
};
