/** What is kept of a resource's own description: what is read of it, as JSON. */
import type { AssetData } from './asset.js';
import type { Fields } from './shape.js';
import type { Template } from './templates.js';
import { isReadType, isRunType, type ReadType } from './types.js';

/** Of these types some fields alone are read; of the others that are read, all of them may be. */
const FIELDS: Partial<Readonly<Record<ReadType, readonly string[]>>> = {
  'cloudresourcemanager.googleapis.com/Project': [
    'projectId',
    'projectNumber',
    'name',
    'lifecycleState',
    'state',
    'additionalAttributes',
  ],
  'cloudresourcemanager.googleapis.com/TagValue': ['name', 'parent', 'namespacedName'],
  'cloudresourcemanager.googleapis.com/TagBinding': ['name', 'parent', 'tagValue'],
  'iam.googleapis.com/ServiceAccount': ['email', 'projectId', 'name', 'disabled', 'uniqueId'],
  'artifactregistry.googleapis.com/Repository': ['mode', 'remoteRepositoryConfig', 'virtualRepositoryConfig'],
  'secretmanager.googleapis.com/Secret': ['versionAliases'],
  'secretmanager.googleapis.com/SecretVersion': ['state'],
  'serviceusage.googleapis.com/Service': ['state'],
};

/** JSON of the template for a Cloud Run resource, and of fields for others. */
export function keptOf(type: string, data: AssetData): string {
  if (isRunType(type)) return JSON.stringify(data.template()?.() ?? null);
  if (!isReadType(type)) return '{}';
  const wanted = FIELDS[type];
  return wanted === undefined ? JSON.stringify(data.fields()) : written(data.fields(), wanted);
}

function written(fields: Fields, wanted: readonly string[]): string {
  let text = '';
  for (const name of wanted) {
    const value = fields[name];
    if (value !== undefined) text += `${text === '' ? '{' : ','}"${name}":${JSON.stringify(value)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** What keptOf() has written, read when it is asked for. */
export class KeptData implements AssetData {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  fields(): Fields {
    return JSON.parse(this.#text) as Fields;
  }

  template(): (() => Template) | undefined {
    const text = this.#text;
    return text === 'null' ? undefined : () => JSON.parse(text) as Template;
  }
}
