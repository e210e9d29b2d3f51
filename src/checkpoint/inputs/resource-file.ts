/** Files with services, jobs and worker pools: from their bytes to deploys that can be judged. */
import { isProjectId, isProjectNumber, isServiceName, parsePrincipal } from '../../names/index.js';
import type { CheckRequest } from '../check-request.js';
import type { Place, WrittenDeploy } from '../places.js';
import type { OpenPoint } from '../types.js';
import { asWritten, Cursor, camelCase } from './cursor.js';
import { type FileDocument, readDocuments } from './documents.js';
import { inspect } from './inspect.js';
import { isForCloudRun, readV1, v1Kind } from './read-v1.js';
import { hasFullName, readV2, v2Kind } from './read-v2.js';
import { BadInput, decodeText } from './text.js';
import type { ReadResource, Written } from './written.js';

/** What the command line says besides. */
export interface FileDefaults {
  /** Who deploys, as a member. */
  readonly as: string;
  /** `--project`: where a file names another one by its id, gcloud refuses it. */
  readonly project?: string;
  /** `--region`, which wins over what the file says, as in gcloud. */
  readonly region?: string;
  /** What the environment says: used where neither the command line nor the file says anything. */
  readonly otherwise?: { readonly project?: string; readonly region?: string };
  /** Passes documents over that are none of Cloud Run's, as where a whole directory is read. */
  readonly lenient?: boolean;
}

export interface ReadFile {
  readonly deploys: readonly WrittenDeploy[];
  /** How many documents were passed over. */
  readonly others: number;
}

/**
 * The deploys that a file describes: YAML or JSON, v1 or v2, one or several documents, or a list of them.
 * @param file as messages name it
 * @throws BadInput naming file, line and column of what cannot be read, is unknown, or is missing
 */
export async function readResourceFile(
  { bytes, file }: { readonly bytes: Uint8Array; readonly file: string },
  defaults: FileDefaults,
): Promise<ReadFile> {
  const documents = await readDocuments(decodeText(bytes, file), file);
  const resources = documents.flatMap((document) => resourcesIn(document));
  const ours = defaults.lenient ? resources.filter(isOurs) : resources;
  if (ours.length === 0 && !defaults.lenient) throw new BadInput(file, 'holds no resource.');
  return {
    deploys: ours.map((resource) => readResource(resource, file, ours.length > 1, defaults)),
    others: resources.length - ours.length,
  };
}

function resourcesIn(document: FileDocument): readonly Cursor[] {
  const top = new Cursor(document, document.value, [], asWritten);
  return Array.isArray(document.value) ? top.elements() : [top];
}

function isOurs(at: Cursor): boolean {
  if (typeof at.value !== 'object' || at.value === null || Array.isArray(at.value)) return false;
  return isForCloudRun(at) || hasFullName(at);
}

function readResource(at: Cursor, file: string, several: boolean, defaults: FileDefaults): WrittenDeploy {
  const { read, open } = at.child('apiVersion') ? fromV1(at) : fromV2(at.spelled(camelCase));
  const { name, images, serviceAccount, secrets } = read;
  if (!isServiceName(name.value)) {
    throw new BadInput(
      name.place,
      `'${name.value}' is no name: only lower-case letters, digits and hyphens, beginning with a letter, fewer than 50.`,
    );
  }
  const request: CheckRequest = {
    kind: read.kind,
    apiVersion: read.apiVersion,
    name: name.value,
    project: projectOf(read, defaults),
    region: regionOf(read, defaults),
    as: defaults.as,
    images: images.map(({ value }) => value),
    ...(serviceAccount && { serviceAccount: accountOf(serviceAccount) }),
    secrets: secrets.map(({ value }) => value),
    ...(read.kind === 'service' ? { invokerIamDisabled: read.invokerIamDisabled } : {}),
    replaces: true,
    open: open.map(({ value }) => value),
  };
  const places: Record<string, Place> = { resource: name.place };
  if (serviceAccount) places.serviceAccount = serviceAccount.place;
  for (const [index, { place }] of images.entries()) places[`images[${index}]`] = place;
  for (const [index, { place }] of secrets.entries()) places[`secrets[${index}]`] = place;
  for (const [index, { place }] of open.entries()) places[`open[${index}]`] = place;
  return { request, origin: { label: several ? `${file} (${name.value})` : file, places } };
}

interface Read {
  readonly read: ReadResource;
  readonly open: readonly Written<OpenPoint>[];
}

function fromV1(at: Cursor): Read {
  const kind = v1Kind(at);
  return { open: inspect(at, kind.shape), read: readV1(at, kind) };
}

function fromV2(at: Cursor): Read {
  const { kind, shape } = v2Kind(at);
  return { open: inspect(at, shape), read: readV2(at, kind) };
}

function accountOf({ value, place }: { readonly value: string; readonly place: Place }): string {
  if (parsePrincipal(value)?.kind === 'serviceAccount') return value;
  throw new BadInput(place, `'${value}' is no service account's address.`);
}

function projectOf({ project, name }: ReadResource, { project: asked, otherwise }: FileDefaults): string {
  const found = project ?? asked ?? otherwise?.project;
  if (found === undefined)
    throw new BadInput(name.place, 'The project is missing: name it by --project, or in the file.');
  if (!isProjectId(found) && !isProjectNumber(found))
    throw new BadInput(name.place, `'${found}' is neither the id nor the number of a project.`);
  if (asked !== undefined && found !== asked && !isProjectNumber(found))
    throw new BadInput(name.place, `lies in the project ${found}, and --project is ${asked}.`);
  return found;
}

function regionOf({ region, name }: ReadResource, { region: asked, otherwise }: FileDefaults): string {
  const found = asked ?? region ?? otherwise?.region;
  if (found !== undefined) return found;
  throw new BadInput(
    name.place,
    'The region is missing: name it by --region, or by the label cloud.googleapis.com/location.',
  );
}
