/**
 * What the metadata server shows to one instance, as a tree of directories and values (docs "Container metadata
 * server", https://cloud.google.com/run/docs/container-contract#metadata-server).
 */
import type { InstanceIdentity } from '../deployments/index.js';

/** A body, and what it is. */
export interface Content {
  readonly type: string;
  readonly body: string;
}

export interface Directory {
  readonly kind: 'directory';
  /** What the entries' names become in JSON: properties in camel case, keys as they stand, or places of a list. */
  readonly names: 'properties' | 'keys' | 'places';
  readonly entries: Readonly<Record<string, Entry>>;
}

export type Entry =
  | Directory
  /** Several values are lines of text, or a list in JSON. */
  | { readonly kind: 'value'; readonly value: string | number | readonly string[] }
  /** Made anew for each request, and left out where directories are shown with all that is in them. */
  | { readonly kind: 'credential'; readonly answer: (query: URLSearchParams) => Promise<Content> };

/** The credentials of a runtime service account. Both reject with MetadataError. */
export interface CredentialAnswers {
  readonly token: (query: URLSearchParams) => Promise<Content>;
  readonly identity: (query: URLSearchParams) => Promise<Content>;
}

/** What an instance asks about: itself, from an address in its network. */
export interface Asker {
  readonly identity: InstanceIdentity;
  /** As in the labels of its log entries. */
  readonly publicId: string;
  readonly address: string;
}

/** Cloud Run's scopes: roles alone limit what a runtime service account may do (docs "Service identity"). */
export const SCOPES: readonly string[] = ['https://www.googleapis.com/auth/cloud-platform'];

const directory = (
  entries: Readonly<Record<string, Entry>>,
  names: Directory['names'] = 'properties',
): Directory => ({ kind: 'directory', names, entries });
const value = (given: string | number | readonly string[]): Entry => ({ kind: 'value', value: given });

/** Everything below `/`, for one instance. */
export function treeOf({ identity, publicId, address }: Asker, credentials: CredentialAnswers): Directory {
  const { owner, projectNumber, serviceAccount } = identity;
  const account = directory({
    aliases: value(['default']),
    email: value(serviceAccount),
    identity: { kind: 'credential', answer: credentials.identity },
    scopes: value(SCOPES),
    token: { kind: 'credential', answer: credentials.token },
  });
  const instance = directory({
    id: value(publicId),
    // Worker pools alone are told their address, since nothing else leads to them.
    ...(owner.kind === 'workerPool' ? { 'network-interfaces': interfaces(address) } : {}),
    region: value(`projects/${projectNumber}/regions/${owner.location}`),
    'service-accounts': directory({ [serviceAccount]: account, default: account }, 'keys'),
    zone: value(`projects/${projectNumber}/zones/${owner.location}-1`),
  });
  const project = directory({
    'numeric-project-id': value(Number(projectNumber)),
    'project-id': value(owner.project),
  });
  return directory({ computeMetadata: directory({ v1: directory({ instance, project }) }) });
}

const interfaces = (address: string): Directory =>
  directory({ 0: directory({ ip: value(address) }) }, 'places');
