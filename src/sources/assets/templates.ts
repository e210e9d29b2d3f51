/**
 * What a deploy of a Cloud Run resource asks about, out of the resource as its API writes it: v1 in Kubernetes' form
 * (https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services) or v2
 * (https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services).
 */
import type { RequestedSecret, RunResourceFacts } from '../../checkpoint/index.js';
import { type Fields, fieldsIn, isFields, objectsIn, textIn } from './shape.js';

export type Template = RunResourceFacts & { readonly secrets: readonly RequestedSecret[] };

/** Images, account and secrets of a service, job or worker pool; undefined where there are no containers. */
export function readTemplate(data: Fields): Template | undefined {
  const template = isFields(data.spec) ? readV1(data.spec) : readV2(data);
  return template && isOpenToAll(data) ? { ...template, invokerIamDisabled: true } : template;
}

/** Without a check of invokers: an annotation in v1, a field in v2. */
function isOpenToAll(data: Fields): boolean {
  const annotations = fieldsIn(fieldsIn(data, 'metadata'), 'annotations');
  const annotated = textIn(annotations, 'run.googleapis.com/invoker-iam-disabled');
  return annotated?.toLowerCase() === 'true' || data.invokerIamDisabled === true;
}

function readV1(spec: Fields): Template | undefined {
  const template = fieldsIn(spec, 'template');
  const outer = fieldsIn(template, 'spec');
  // A job's tasks have a template within the execution's.
  const inner = isFields(outer.template) ? fieldsIn(outer.template, 'spec') : outer;
  const annotations = fieldsIn(fieldsIn(template, 'metadata'), 'annotations');
  const aliases = secretAliases(textIn(annotations, 'run.googleapis.com/secrets'));
  const containers = objectsIn(inner, 'containers');
  if (containers.length === 0) return undefined;
  const secrets = [
    ...containers.flatMap((container) => objectsIn(container, 'env').flatMap(envSecretV1)),
    ...objectsIn(inner, 'volumes').flatMap(volumeSecretV1),
  ];
  return {
    ...templateOf(containers, textIn(inner, 'serviceAccountName')),
    secrets: secrets.map((secret) => ({ ...secret, name: aliases.get(secret.name) ?? secret.name })),
  };
}

function readV2(data: Fields): Template | undefined {
  const outer = fieldsIn(data, 'template');
  const template = isFields(outer.template) ? outer.template : outer;
  const containers = objectsIn(template, 'containers');
  if (containers.length === 0) return undefined;
  return {
    ...templateOf(containers, textIn(template, 'serviceAccount')),
    secrets: [
      ...containers.flatMap((container) => objectsIn(container, 'env').flatMap(envSecretV2)),
      ...objectsIn(template, 'volumes').flatMap(volumeSecretV2),
    ],
  };
}

function templateOf(
  containers: readonly Fields[],
  serviceAccount: string | undefined,
): Omit<Template, 'secrets'> {
  return {
    images: containers.map((container) => textIn(container, 'image') ?? ''),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
  };
}

/** `ALIAS:projects/P/secrets/S,…`: how v1 names secrets of other projects. */
function secretAliases(text: string | undefined): ReadonlyMap<string, string> {
  if (text === undefined) return NO_ALIASES;
  const pairs = text.split(',').map((pair): [string, string] => {
    const colon = pair.indexOf(':');
    return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()];
  });
  return new Map(pairs.filter(([alias]) => alias !== ''));
}

const NO_ALIASES: ReadonlyMap<string, string> = new Map();

function envSecretV1(env: Fields): RequestedSecret[] {
  const ref = fieldsIn(fieldsIn(env, 'valueFrom'), 'secretKeyRef');
  const name = textIn(ref, 'name');
  if (name === undefined) return [];
  return [{ env: textIn(env, 'name') ?? '', name, version: textIn(ref, 'key') ?? 'latest' }];
}

function envSecretV2(env: Fields): RequestedSecret[] {
  const ref = fieldsIn(fieldsIn(env, 'valueSource'), 'secretKeyRef');
  const name = textIn(ref, 'secret');
  if (name === undefined) return [];
  return [{ env: textIn(env, 'name') ?? '', name, version: textIn(ref, 'version') ?? 'latest' }];
}

function volumeSecretV1(volume: Fields): RequestedSecret[] {
  const secret = fieldsIn(volume, 'secret');
  const name = textIn(secret, 'secretName');
  if (name === undefined) return [];
  return versionsOf(objectsIn(secret, 'items'), 'key', textIn(volume, 'name') ?? '', name);
}

function volumeSecretV2(volume: Fields): RequestedSecret[] {
  const secret = fieldsIn(volume, 'secret');
  const name = textIn(secret, 'secret');
  if (name === undefined) return [];
  return versionsOf(objectsIn(secret, 'items'), 'version', textIn(volume, 'name') ?? '', name);
}

function versionsOf(items: readonly Fields[], field: string, mount: string, name: string): RequestedSecret[] {
  const versions = items.map((item) => textIn(item, field) ?? 'latest');
  return [...new Set(versions.length > 0 ? versions : ['latest'])].map((version) => ({
    mount,
    name,
    version,
  }));
}
