/** Builds the secrets of a project, or brings them to what the estate says. */
import { create } from '@bufbuild/protobuf';
import type { Project } from '../../access/index.js';
import { SecretSchema } from '../../google/gen/google/cloud/secretmanager/v1/resources_pb.js';
import { failedPrecondition, GoogleError } from '../../google/index.js';
import type { Replication, Secret, SecretId } from '../../secrets/index.js';
import { readNewSecret, readSecretUpdate, requirePayload, requireSecretId } from '../../services/index.js';
import type { BuildOptions } from './build-options.js';
import type { SecretEntry } from './estate.js';
import { isSubset } from './labels.js';
import { within } from './problems.js';
import type { Rooms } from './rooms.js';

/** Secrets outlive the API, which need not be enabled. What they hold is added to, never taken away. */
export async function buildSecret(
  entry: SecretEntry,
  { projectId, number }: Project,
  rooms: Rooms,
  options: BuildOptions,
): Promise<void> {
  const { secrets } = rooms.secrets;
  const { time, problems } = options;
  const id = { project: projectId, projectNumber: number, secret: entry.id };
  const built = await problems.attempt(entry.place, async () => {
    requireSecretId(entry.id);
    const { replication, settings } = readNewSecret(message(entry), time);
    const stored = await secrets.row(id, time);
    if (!stored) return secrets.create(id, replication, settings, time);
    if (entry.locations !== undefined && !sameReplication(replication, stored.value.replication))
      throw failedPrecondition(`The locations of the secret ${entry.id} cannot be changed.`);
    return updateSecret(entry, id, stored.value, rooms, options);
  });
  const { value } = entry;
  if (built && value !== undefined)
    await problems.attempt(within(entry.place, 'value'), () => giveValue(id, value, rooms, time));
}

async function updateSecret(
  entry: SecretEntry,
  id: SecretId,
  stored: Secret,
  { secrets }: Rooms,
  { time, exact }: BuildOptions,
): Promise<Secret> {
  const labels = exact ? entry.labels : { ...stored.labels, ...entry.labels };
  const annotations = exact ? entry.annotations : { ...stored.annotations, ...entry.annotations };
  const paths = [
    ...(same(labels, stored.labels) ? [] : ['labels']),
    ...(same(annotations, stored.annotations) ? [] : ['annotations']),
  ];
  if (paths.length === 0) return stored;
  const change = readSecretUpdate(id, message({ ...entry, labels, annotations }), paths, time);
  return secrets.secrets.update(id, '', change, time);
}

/** Adds a version, unless the latest one is enabled and holds the value already. */
async function giveValue(id: SecretId, value: string, { secrets }: Rooms, time: Date): Promise<void> {
  const payload = Buffer.from(value);
  requirePayload(payload);
  const latest = await latestPayload(id, { secrets }, time);
  if (latest === undefined || !payload.equals(latest)) await secrets.versions.add(id, payload, false, time);
}

async function latestPayload(
  id: SecretId,
  { secrets }: Pick<Rooms, 'secrets'>,
  time: Date,
): Promise<Uint8Array | undefined> {
  try {
    return (await secrets.versions.read(id, 'latest', time)).payload;
  } catch (error) {
    // There is none, or it is disabled or destroyed.
    if (error instanceof GoogleError) return undefined;
    throw error;
  }
}

/** The entry as a caller of the API would send it, so that the API's own checks apply. */
function message({ labels, annotations, locations }: SecretEntry) {
  return create(SecretSchema, {
    labels: { ...labels },
    annotations: { ...annotations },
    replication: {
      replication:
        locations === undefined
          ? { case: 'automatic', value: {} }
          : { case: 'userManaged', value: { replicas: locations.map((location) => ({ location })) } },
    },
  });
}

function sameReplication(one: Replication, other: Replication): boolean {
  const locationsOf = (replication: Replication) =>
    replication.kind === 'automatic' ? '' : [...replication.locations].sort().join();
  return locationsOf(one) === locationsOf(other);
}

const same = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean =>
  isSubset(one, other) && isSubset(other, one);
