/**
 * Assets in all the forms in which Google's tools write them: exports (fields in snake_case), `gcloud asset list` and
 * the API's pages (camelCase), histories and feeds (an asset with the time of its window), and both kinds of search
 * (https://cloud.google.com/asset-inventory/docs/reference/rest/v1/Asset).
 */
import { type Fields, isFields, objectsIn, textIn, textsIn } from './shape.js';
import { readTemplate, type Template } from './templates.js';

export interface Asset {
  /** As it was written: projects by id or by number. */
  readonly name: string;
  readonly type: string;
  /** `projects/N`, then its folders and the organization, nearest first; empty where it is not said. */
  readonly ancestors: readonly string[];
  /** RFC 3339; empty where it is not said. */
  readonly updateTime: string;
  /** The resource as its own API writes it. */
  readonly data?: AssetData | undefined;
  /** Undefined when the asset is not about its policy; whatever stands there otherwise. */
  readonly policy?: unknown;
  /** The asset was found by a search of resources, which says that it is there and may say no more. */
  readonly listed?: boolean | undefined;
  /** It was chosen: by a search, by its name for a history, by a file of its own. Nothing follows for others like it. */
  readonly chosen?: boolean | undefined;
}

/** A resource as its own API writes it, or what was kept of it. */
export interface AssetData {
  fields(): Fields;
  /** Of a Cloud Run resource: its template, undefined where it has none; read as late as can be without keeping more. */
  template(): (() => Template) | undefined;
}

class Written implements AssetData {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  fields(): Fields {
    return this.#fields;
  }

  template(): (() => Template) | undefined {
    const template = readTemplate(this.#fields);
    return template && (() => template);
  }
}

/** What a value of an export says: assets, or why it is none. */
export type AssetReading = readonly Asset[] | { readonly problem: string };

/** Fields that wrap assets: pages of `assets.list`, and of both searches. */
const PAGES = ['assets', 'results', 'readTimeAssets'];

/** Reads one value. */
export function readAssets(value: unknown): AssetReading {
  if (!isFields(value)) return { problem: 'is no asset' };
  const name = value.name;
  const type = value.asset_type ?? value.assetType;
  if (typeof name === 'string' && typeof type === 'string') return [assetOf(name, type, value)];
  if (typeof value.resource === 'string' && isFields(value.policy))
    return [foundPolicy(value.resource, value)];
  if (isFields(value.asset)) return value.deleted === true ? [] : chosen(readAssets(value.asset));
  const page = PAGES.find((field) => Array.isArray(value[field]));
  if (page !== undefined) return readPage(objectsIn(value, page));
  // The last page of an empty list.
  if (Object.keys(value).every((key) => key === 'readTime' || key === 'nextPageToken')) return [];
  return {
    problem:
      'is no asset of the Cloud Asset API, version v1: it has neither name and asset_type nor resource and policy',
  };
}

/** Histories and feeds are of assets that somebody named. */
function chosen(read: AssetReading): AssetReading {
  return 'problem' in read ? read : read.map((asset) => ({ ...asset, chosen: true }));
}

function readPage(values: readonly unknown[]): AssetReading {
  const assets: Asset[] = [];
  for (const value of values) {
    const read = readAssets(value);
    if ('problem' in read) return read;
    assets.push(...read);
  }
  return assets;
}

function assetOf(name: string, type: string, value: Fields): Asset {
  const time = value.update_time ?? value.updateTime;
  const updateTime = typeof time === 'string' ? time : '';
  const policy = value.iam_policy ?? value.iamPolicy;
  const ancestors = Array.isArray(value.ancestors) ? textsIn(value, 'ancestors') : searchedAncestors(value);
  const { resource } = value;
  const isSearched =
    !isFields(resource) &&
    ('displayName' in value || 'parentFullResourceName' in value || 'project' in value);
  if (isSearched) {
    const data = foundData(value);
    return { name, type, ancestors, updateTime, policy, data, listed: true, chosen: true };
  }
  const data = isFields(resource) && isFields(resource.data) ? new Written(resource.data) : undefined;
  return { name, type, ancestors, updateTime, policy, data };
}

/** What a search says of a resource. */
function foundData(value: Fields): AssetData | undefined {
  const [version] = objectsIn(value, 'versionedResources');
  if (version && isFields(version.resource)) return new Written(version.resource);
  const { state } = value;
  return typeof state === 'string' ? new Written({ state }) : undefined;
}

function foundPolicy(resource: string, value: Fields): Asset {
  return {
    name: resource,
    type: textIn(value, 'assetType') ?? textIn(value, 'asset_type') ?? '',
    ancestors: searchedAncestors(value),
    updateTime: '',
    policy: value.policy,
    chosen: true,
  };
}

/** Searches name project, folders and organization each by itself, folders nearest first. */
function searchedAncestors(value: Fields): readonly string[] {
  const project = textIn(value, 'project');
  const organization = textIn(value, 'organization');
  return [
    ...(project === undefined ? [] : [project]),
    ...textsIn(value, 'folders'),
    ...(organization === undefined ? [] : [organization]),
  ];
}
