/** What callers may say about a secret: read and refused here, trusted behind. */
import type { MessageShape } from '@bufbuild/protobuf';
import { type Duration, timestampDate } from '@bufbuild/protobuf/wkt';
import type {
  CustomerManagedEncryption,
  ReplicationSchema,
  SecretSchema,
} from '../../google/gen/google/cloud/secretmanager/v1/resources_pb.js';
import { invalidArgument, unimplemented } from '../../google/index.js';
import { isRegion } from '../../names/index.js';
import type { Replication, Secret, SecretId, SecretSettings } from '../../secrets/index.js';
import { versionNotFound } from '../../secrets/index.js';
import { requireAliasNames, requireAnnotations, requireLabels } from './limits.js';

type SecretMessage = MessageShape<typeof SecretSchema>;

/** Seconds: "at least 60 seconds in the future" (docs "Create and manage expiring secrets"), a hundred years at most. */
const EXPIRATION = { least: 60, most: 3_153_600_000 };
/** Seconds: a day at least, 1,000 days at most (docs "Delay destruction of secret versions"). */
const DESTROY_TTL = { least: 86_400, most: 86_400_000 };

/**
 * Checks a secret that is to be created.
 * @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED naming what is not supported
 */
export function readNewSecret(
  message: SecretMessage | undefined,
  time: Date,
): { readonly replication: Replication; readonly settings: SecretSettings } {
  if (!message) throw invalidArgument('Field [secret] is required.');
  const replication = readReplication(message.replication);
  const settings = readSettings(message, time);
  const [alias] = Object.keys(settings.versionAliases);
  if (alias !== undefined)
    throw invalidArgument(`version_aliases[${alias}]: a secret that is created has no version to name.`);
  return { replication, settings };
}

/** The settings that an update asks for. @param secret as it is */
export type SecretUpdate = (secret: Secret) => SecretSettings;

/**
 * @param paths the update mask
 * @returns the change, which throws NOT_FOUND for an alias of a version that is not there
 * @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED naming what is not supported
 */
export function readUpdate(
  id: SecretId,
  message: SecretMessage,
  paths: readonly string[],
  time: Date,
): SecretUpdate {
  if (paths.length === 0) throw invalidArgument('Field [update_mask] is required.');
  const settings = readSettings(message, time);
  const fields = paths.flatMap((path) => {
    const changed = CHANGEABLE[path];
    if (changed) return changed;
    throw FIXED.includes(path)
      ? invalidArgument(`Field [${path}] is immutable.`)
      : invalidArgument(`Invalid update mask: secrets have no field '${path}' that can be changed.`);
  });
  return (secret) => {
    const { labels, annotations, versionAliases, expireTime, versionDestroyTtl } = secret;
    const before: SecretSettings = {
      labels,
      annotations,
      versionAliases,
      ...(expireTime === undefined ? {} : { expireTime }),
      ...(versionDestroyTtl === undefined ? {} : { versionDestroyTtl }),
    };
    const after = fields.reduce((result, field) => taken(result, settings, field), before);
    for (const version of Object.values(after.versionAliases))
      if (version < 1 || version > secret.lastVersion) throw versionNotFound(id, version);
    return after;
  };
}

/** `before` with one setting of another; without it where the other has none. */
function taken(before: SecretSettings, given: SecretSettings, field: keyof SecretSettings): SecretSettings {
  const { [field]: _, ...others } = before;
  return { ...EMPTY, ...others, ...(given[field] === undefined ? {} : { [field]: given[field] }) };
}

const EMPTY = { labels: {}, annotations: {}, versionAliases: {} };

/** The paths of an update mask, and what each changes. What is refused in a secret can be cleared, being empty. */
const CHANGEABLE: Readonly<Record<string, readonly (keyof SecretSettings)[]>> = {
  labels: ['labels'],
  annotations: ['annotations'],
  version_aliases: ['versionAliases'],
  expire_time: ['expireTime'],
  ttl: ['expireTime'],
  version_destroy_ttl: ['versionDestroyTtl'],
  etag: [],
  topics: [],
  rotation: [],
  'rotation.next_rotation_time': [],
  'rotation.rotation_period': [],
  customer_managed_encryption: [],
  '*': ['labels', 'annotations', 'versionAliases', 'expireTime', 'versionDestroyTtl'],
};
const FIXED: readonly string[] = [
  'name',
  'replication',
  'create_time',
  'tags',
  'secret_type',
  'policy_member',
];

function readSettings(message: SecretMessage, time: Date): SecretSettings {
  requireSupported(message);
  requireLabels(message.labels);
  requireAnnotations(message.annotations);
  requireAliasNames(Object.keys(message.versionAliases));
  const expireTime = readExpiration(message, time);
  const versionDestroyTtl = readDestroyTtl(message.versionDestroyTtl);
  return {
    labels: message.labels,
    annotations: message.annotations,
    versionAliases: Object.fromEntries(
      Object.entries(message.versionAliases).map(([alias, number]) => [alias, Number(number)]),
    ),
    ...(expireTime === undefined ? {} : { expireTime }),
    ...(versionDestroyTtl === undefined ? {} : { versionDestroyTtl }),
  };
}

/** Output-only fields are passed over, as in Google's APIs (https://google.aip.dev/203). */
function requireSupported(message: SecretMessage): void {
  const present: Readonly<Record<string, boolean>> = {
    topics: message.topics.length > 0,
    rotation: message.rotation !== undefined,
    customer_managed_encryption: message.customerManagedEncryption !== undefined,
    tags: Object.keys(message.tags).length > 0,
    secret_type: message.secretType !== 0,
  };
  for (const [field, given] of Object.entries(present)) if (given) throw unsupportedField(field);
}

const unsupportedField = (field: string) => unimplemented(`The field ${field} of a secret is not supported.`);

function readReplication(message: MessageShape<typeof ReplicationSchema> | undefined): Replication {
  const { replication } = message ?? {};
  if (replication?.case === undefined) throw invalidArgument('Field [replication] is required.');
  if (replication.case === 'automatic') {
    requireGoogleKey('replication.automatic', replication.value.customerManagedEncryption);
    return { kind: 'automatic' };
  }
  const locations = replication.value.replicas.map(({ location, customerManagedEncryption }, index) => {
    const field = `replication.user_managed.replicas[${index}]`;
    requireGoogleKey(field, customerManagedEncryption);
    if (!isRegion(location)) throw invalidArgument(`${field}.location: there is no location '${location}'.`);
    return location;
  });
  if (locations.length === 0) throw invalidArgument('Field [replication.user_managed.replicas] is required.');
  if (new Set(locations).size < locations.length)
    throw invalidArgument('replication.user_managed.replicas: each location can be there only once.');
  return { kind: 'user-managed', locations };
}

function requireGoogleKey(field: string, encryption: CustomerManagedEncryption | undefined): void {
  if (encryption) throw unsupportedField(`${field}.customer_managed_encryption`);
}

function readExpiration({ expiration }: SecretMessage, time: Date): string | undefined {
  if (expiration.case === undefined) return undefined;
  const now = time.getTime();
  const due =
    expiration.case === 'ttl'
      ? now + wholeSeconds('ttl', expiration.value) * 1000
      : timestampDate(expiration.value).getTime();
  requireRange(expiration.case === 'ttl' ? 'ttl' : 'expire_time', (due - now) / 1000, EXPIRATION);
  return new Date(due).toISOString();
}

function readDestroyTtl(duration: Duration | undefined): number | undefined {
  if (!duration) return undefined;
  const seconds = wholeSeconds('version_destroy_ttl', duration);
  requireRange('version_destroy_ttl', seconds, DESTROY_TTL);
  return seconds;
}

function wholeSeconds(field: string, { seconds, nanos }: Duration): number {
  if (nanos !== 0) throw invalidArgument(`${field}: it must be a number of whole seconds.`);
  return Number(seconds);
}

function requireRange(
  field: string,
  seconds: number,
  { least, most }: { readonly least: number; readonly most: number },
): void {
  if (seconds >= least && seconds <= most) return;
  throw invalidArgument(`${field}: it must be at least ${least} and at most ${most} seconds from now.`);
}
