/** Secrets as they are kept. Payloads have rows of their own: whoever lists secrets or versions never reads one. */

/** A secret, by its project's id; the number is what names in answers and errors spell. */
export interface SecretId {
  readonly project: string;
  readonly projectNumber: string;
  readonly secret: string;
}

/** Where the payload is to lie. All of it lies in the data directory here; the choice is kept and shown. */
export type Replication =
  | { readonly kind: 'automatic' }
  | { readonly kind: 'user-managed'; readonly locations: readonly string[] };

/** What a caller decides about a secret and may change later. */
export interface SecretSettings {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Names of versions, by the version's number. */
  readonly versionAliases: Readonly<Record<string, number>>;
  /** From then on the secret and its versions are gone; RFC 3339. */
  readonly expireTime?: string;
  /** Seconds between the call that destroys a version and its destruction; at once when left out. */
  readonly versionDestroyTtl?: number;
}

export interface Secret extends SecretSettings {
  readonly secret: string;
  readonly replication: Replication;
  readonly createTime: string;
  /** With its quotes, which are part of it (https://google.aip.dev/154). */
  readonly etag: string;
  /** The number of the version that was added last; 0 before the first. */
  readonly lastVersion: number;
}

export type VersionState = 'ENABLED' | 'DISABLED' | 'DESTROYED';

export interface SecretVersion {
  /** Counts from 1. */
  readonly number: number;
  readonly state: VersionState;
  readonly createTime: string;
  readonly destroyTime?: string;
  /** When a version that is to be destroyed with delay will be; it is disabled until then. */
  readonly scheduledDestroyTime?: string;
  readonly etag: string;
  /** Did the caller send the payload's checksum? */
  readonly clientChecksum: boolean;
}

/** `secret-payloads/PROJECT/SECRET/NUMBER`; deleted when the version is destroyed. */
export interface PayloadRow {
  readonly base64: string;
}

type Key = Pick<SecretId, 'project' | 'secret'>;

const SECRETS = 'secrets/';
const VERSIONS = 'secret-versions/';
const PAYLOADS = 'secret-payloads/';

/** Prefixes of all rows of this room; a project's id and a slash follow. */
export const SECRET_PREFIXES = { secrets: SECRETS, versions: VERSIONS, payloads: PAYLOADS } as const;

/** Ten digits, so that the byte order of keys is the order of numbers. */
const digits = (number: number): string => String(number).padStart(10, '0');

export const keys = {
  all: SECRETS,
  allVersions: VERSIONS,
  inProject: (project: string): string => `${SECRETS}${project}/`,
  secret: ({ project, secret }: Key): string => `${SECRETS}${project}/${secret}`,
  versions: ({ project, secret }: Key): string => `${VERSIONS}${project}/${secret}/`,
  version: (id: Key, number: number): string => keys.versions(id) + digits(number),
  payloads: ({ project, secret }: Key): string => `${PAYLOADS}${project}/${secret}/`,
  payload: (id: Key, number: number): string => keys.payloads(id) + digits(number),
} as const;

/** `projects/NUMBER/secrets/SECRET`: the name of a secret in answers. */
export const secretPath = ({ projectNumber, secret }: Omit<SecretId, 'project'>): string =>
  `projects/${projectNumber}/secrets/${secret}`;

/** @param version a number, `latest` or an alias */
export const versionPath = (id: Omit<SecretId, 'project'>, version: number | string): string =>
  `${secretPath(id)}/versions/${version}`;
