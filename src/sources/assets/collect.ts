/** Takes assets in, one after the other, and keeps of each what decides about deploys. */
import type { Known, RepositoryFacts, Unknown } from '../../checkpoint/index.js';
import type { DenyRules, Policy, Role } from '../../iam/index.js';
import { repositoryFacts } from '../google/repository.js';
import type { ImageFacts, KeptPolicy, SecretVersionState } from '../inventory/index.js';
import type { Asset, AssetData } from './asset.js';
import { type BoundaryAssets, readBoundaryPolicy, readPolicyBinding } from './boundaries.js';
import { readDenyPolicy } from './deny.js';
import { Exported } from './exported.js';
import { PackedPolicy } from './packed-policy.js';
import { readPolicy, Texts } from './policies.js';
import { readRole } from './roles.js';
import { digitsIn, type Fields, fieldsIn, objectsIn, textIn, textsIn } from './shape.js';
import { readTagBinding, readTagValue, type TagAssets } from './tags.js';
import type { Template } from './templates.js';
import { isReadType, type ReadType } from './types.js';
import type { ToldOf } from './unfold.js';

/** Something of an asset, and as of when: of two the newer one counts. */
interface Dated<T> {
  readonly value: T;
  readonly time: string;
}

export interface ProjectAsset {
  readonly id?: string;
  readonly number?: string;
  readonly active: boolean;
}

export interface AccountAsset {
  readonly project: string;
  readonly disabled: boolean;
}

export interface SecretAsset {
  /** By number. */
  readonly versions: Map<string, SecretVersionState>;
  /** An alias → the number of the version that it stands for. */
  readonly aliases: Map<string, string>;
}

/** All that was read. Names are as they were written, with projects by id or by number. */
export class Collected {
  readonly texts = new Texts();
  readonly policies = new Map<string, Dated<Policy | KeptPolicy | undefined>>();
  /** By the last part of the name, an id or a number. */
  readonly projects = new Map<string, ProjectAsset>();
  /** `projects/N` → itself and what is above it. */
  readonly lineages = new Map<string, readonly string[]>();
  readonly exports = new Map<string, Exported>();
  #export: Exported | undefined;
  /** Templates; undefined for resources without containers. */
  readonly runs = new Map<string, Dated<(() => Template) | undefined>>();
  readonly accounts = new Map<string, Dated<AccountAsset>>();
  /** The unique id of a service account → its address. */
  readonly accountIds = new Map<string, string>();
  readonly roles = new Map<string, Dated<Role>>();
  readonly repositories = new Map<string, Known<RepositoryFacts>>();
  readonly images = new Map<string, ImageFacts>();
  readonly secrets = new Map<string, SecretAsset>();
  readonly tags: TagAssets = { values: new Map(), bindings: new Map(), unreadable: false };
  /** A project, by id or number → its enabled APIs. */
  readonly apis = new Map<string, Set<string>>();
  /** The resource that they are attached to → its policies by id; undefined where one cannot be read. */
  readonly deny = new Map<string, Map<string, DenyRules | undefined>>();
  readonly boundaries: BoundaryAssets = { policies: [], bindings: [], unreadable: false };
  /** Names of those whose policy is none. */
  readonly unreadable = new Set<string>();
  /** Assets that came again, with a policy or a resource that came before. */
  repeated = 0;

  /** What is added from now on is of this export. */
  from(name: string): void {
    const known = this.exports.get(name);
    this.#export = known ?? new Exported();
    if (known === undefined) this.exports.set(name, this.#export);
  }

  add(asset: Asset): void {
    this.#place(asset);
    this.#export?.add(asset);
    this.take(asset);
  }

  /** Tells of an asset in a project that is to be taken later, or not at all. */
  note(told: ToldOf): void {
    this.#lineage(told.ancestors);
    this.#export?.note(told.ancestors[0] ?? `projects/${told.home}`, told);
  }

  /** Takes an asset of which there is nothing to tell but itself. */
  take(asset: Asset): void {
    if (asset.policy !== undefined) this.#policy(asset);
    if (asset.data !== undefined || asset.listed === true) this.#resource(asset, asset.data ?? NO_DATA);
  }

  #lineage(ancestors: readonly string[]): void {
    const [nearest] = ancestors;
    if (nearest !== undefined && !this.lineages.has(nearest)) this.lineages.set(nearest, ancestors);
  }

  #place({ name, type, ancestors }: Asset): void {
    const [nearest] = ancestors;
    this.#lineage(ancestors);
    if (!type.startsWith('cloudresourcemanager.googleapis.com/')) return;
    const path = name.slice(RESOURCE_MANAGER.length);
    if (!/^(?:projects|folders|organizations)\/[^/]+$/.test(path)) return;
    if (!type.endsWith('/Project')) return;
    // The name spells the id or the number, the ancestors the number: together they say which is whose.
    const number = nearest?.startsWith('projects/') ? nearest.slice('projects/'.length) : undefined;
    const key = path.slice('projects/'.length);
    if (!this.projects.has(key)) this.projects.set(key, numbered(key, number));
  }

  #policy({ name, policy, updateTime }: Asset): void {
    const known = this.policies.get(name);
    if (known !== undefined) this.repeated += 1;
    if (known !== undefined && known.time > updateTime) return;
    const value = policy instanceof PackedPolicy ? policy.readable() : readPolicy(policy, this.texts);
    if (value === undefined) this.unreadable.add(name);
    else this.unreadable.delete(name);
    this.policies.set(name, { value, time: updateTime });
  }

  #resource(asset: Asset, data: AssetData): void {
    if (isReadType(asset.type)) READERS[asset.type](this, asset, data);
  }

  /** Keeps the newer of two. */
  newer<T>(kept: Map<string, Dated<T>>, key: string, value: T, time: string): void {
    const known = kept.get(key);
    if (known !== undefined) this.repeated += 1;
    if (known === undefined || known.time <= time) kept.set(key, { value, time });
  }
}

const RESOURCE_MANAGER = '//cloudresourcemanager.googleapis.com/';

function numbered(key: string, number: string | undefined): ProjectAsset {
  const isNumber = /^\d+$/.test(key);
  const known = isNumber ? key : number !== undefined && /^\d+$/.test(number) ? number : undefined;
  return {
    active: true,
    ...(isNumber ? {} : { id: key }),
    ...(known === undefined ? {} : { number: known }),
  };
}

/** Of a resource that was listed by its name alone. */
const NO_DATA: AssetData = { fields: () => ({}), template: () => undefined };

type Reader = (into: Collected, asset: Asset, data: AssetData) => void;

const byFields =
  (read: (into: Collected, asset: Asset, fields: Fields) => void): Reader =>
  (into, asset, data) =>
    read(into, asset, data.fields());

const run: Reader = (into, { name, updateTime }, data) =>
  into.newer(into.runs, name, data.template(), updateTime);

const READERS: Readonly<Record<ReadType, Reader>> = {
  'cloudresourcemanager.googleapis.com/Project': byFields(project),
  'cloudresourcemanager.googleapis.com/TagValue': byFields(({ tags }, _, data) => readTagValue(data, tags)),
  'cloudresourcemanager.googleapis.com/TagBinding': byFields(({ tags }, { name }, data) =>
    readTagBinding(data, name, tags),
  ),
  'run.googleapis.com/Service': run,
  'run.googleapis.com/Job': run,
  'run.googleapis.com/WorkerPool': run,
  'iam.googleapis.com/ServiceAccount': byFields(account),
  'iam.googleapis.com/Role': byFields(role),
  'iam.googleapis.com/PolicyV2': byFields(denyPolicy),
  'iam.googleapis.com/PrincipalAccessBoundaryPolicy': byFields(({ boundaries }, _, data) =>
    readBoundaryPolicy(data, boundaries),
  ),
  'iam.googleapis.com/PolicyBinding': byFields(({ boundaries }, _, data) =>
    readPolicyBinding(data, boundaries),
  ),
  'artifactregistry.googleapis.com/Repository': byFields(repository),
  'artifactregistry.googleapis.com/DockerImage': byFields(image),
  'secretmanager.googleapis.com/Secret': byFields(secret),
  'secretmanager.googleapis.com/SecretVersion': byFields(secretVersion),
  'serviceusage.googleapis.com/Service': byFields(api),
};

function project(into: Collected, { name, ancestors }: Asset, data: Fields): void {
  const key = name.slice(`${RESOURCE_MANAGER}projects/`.length);
  const attributes = fieldsIn(data, 'additionalAttributes');
  const id = textIn(data, 'projectId') ?? textIn(attributes, 'projectId');
  const [nearest = ''] = ancestors;
  const own = /^projects\/(\d+)$/.exec(textIn(data, 'name') ?? '')?.[1];
  const number = digitsIn(data, 'projectNumber') ?? own ?? /^projects\/(\d+)$/.exec(nearest)?.[1];
  const state = textIn(data, 'lifecycleState') ?? textIn(data, 'state') ?? 'ACTIVE';
  const named = numbered(key, number);
  into.projects.set(key, { ...named, ...(id === undefined ? {} : { id }), active: state === 'ACTIVE' });
}

/** Its asset's name spells its address, or its unique id (https://cloud.google.com/asset-inventory/docs/asset-names). */
function account(into: Collected, { name, updateTime }: Asset, data: Fields): void {
  const email = textIn(data, 'email');
  const owner = textIn(data, 'projectId') ?? /^projects\/([^/]+)/.exec(textIn(data, 'name') ?? '')?.[1];
  const uniqueId = digitsIn(data, 'uniqueId') ?? /\/serviceAccounts\/(\d+)$/.exec(name)?.[1];
  if (email !== undefined && uniqueId !== undefined) into.accountIds.set(uniqueId, email);
  if (email === undefined || owner === undefined) return;
  into.newer(into.accounts, email, { project: owner, disabled: data.disabled === true }, updateTime);
}

function role(into: Collected, { updateTime }: Asset, data: Fields): void {
  const read = readRole(data);
  if (read !== undefined) into.newer(into.roles, read.name, read, updateTime);
}

function denyPolicy(into: Collected, { name }: Asset, data: Fields): void {
  const read = readDenyPolicy(data, name);
  if (read === undefined) return;
  const attached = into.deny.get(read.attachedTo) ?? new Map<string, DenyRules | undefined>();
  into.deny.set(read.attachedTo, attached.set(read.id, read.rules));
}

function repository({ repositories }: Collected, { name, listed }: Asset, data: Fields): void {
  const path = name.slice(name.indexOf('projects/'));
  const isSaid = listed !== true || textIn(data, 'mode') !== undefined;
  repositories.set(name, isSaid ? repositoryFacts(data, path) : UNSAID_MODE);
}

const UNSAID_MODE: Unknown = { unknown: true, why: 'a search does not say what a repository reads' };

/**
 * `uri` is the image by its digest; its tags are beside it. Of images for several platforms alone it is said for which
 * (https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories.dockerImages).
 */
function image({ images }: Collected, _: Asset, data: Fields): void {
  const uri = textIn(data, 'uri');
  if (uri === undefined) return;
  const manifests = objectsIn(data, 'imageManifests');
  const facts: ImageFacts = {
    mediaType: textIn(data, 'mediaType') ?? '',
    platforms:
      manifests.length === 0
        ? undefined
        : manifests.map((each) => `${textIn(each, 'os') ?? ''}/${textIn(each, 'architecture') ?? ''}`),
  };
  images.set(uri, facts);
  const [base = ''] = uri.split('@');
  for (const tag of textsIn(data, 'tags')) images.set(`${base}:${tag}`, facts);
}

function secretOf({ secrets }: Collected, name: string): SecretAsset {
  const known = secrets.get(name);
  if (known !== undefined) return known;
  const made: SecretAsset = { versions: new Map(), aliases: new Map() };
  secrets.set(name, made);
  return made;
}

/** https://cloud.google.com/secret-manager/docs/assign-alias-to-secret-version */
function secret(into: Collected, { name }: Asset, data: Fields): void {
  const { aliases } = secretOf(into, name);
  aliases.clear();
  const written = fieldsIn(data, 'versionAliases');
  for (const alias of Object.keys(written)) {
    const version = digitsIn(written, alias);
    if (version !== undefined) aliases.set(alias, version);
  }
}

function secretVersion(into: Collected, { name }: Asset, data: Fields): void {
  const [, of, version] = /^(.+)\/versions\/([^/]+)$/.exec(name) ?? [];
  const state = textIn(data, 'state');
  if (of === undefined || version === undefined) return;
  const known = state === 'ENABLED' || state === 'DISABLED' ? state : 'DESTROYED';
  secretOf(into, of).versions.set(version, known);
}

function api({ apis }: Collected, { name }: Asset, data: Fields): void {
  const [, owner, service] = /\/projects\/([^/]+)\/services\/([^/]+)$/.exec(name) ?? [];
  if (owner === undefined || service === undefined || textIn(data, 'state') !== 'ENABLED') return;
  const enabled = apis.get(owner) ?? new Set<string>();
  apis.set(owner, enabled.add(service));
}
