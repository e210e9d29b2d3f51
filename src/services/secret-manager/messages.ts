/** Secrets and versions as the API answers them. Names spell the project by its number. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type ReplicationSchema,
  type ReplicationStatusSchema,
  type SecretSchema,
  SecretVersion_State,
  type SecretVersionSchema,
} from '../../google/gen/google/cloud/secretmanager/v1/resources_pb.js';
import {
  type Replication,
  type Secret,
  type SecretId,
  type SecretVersion,
  secretPath,
  versionPath,
} from '../../secrets/index.js';

type NameOf = Omit<SecretId, 'project'>;

const at = (time: string) => timestampFromDate(new Date(time));

export function secretMessage(id: NameOf, secret: Secret): MessageInitShape<typeof SecretSchema> {
  const { expireTime, versionDestroyTtl } = secret;
  return {
    name: secretPath(id),
    replication: replicationMessage(secret.replication),
    createTime: at(secret.createTime),
    labels: { ...secret.labels },
    annotations: { ...secret.annotations },
    versionAliases: Object.fromEntries(
      Object.entries(secret.versionAliases).map(([alias, number]) => [alias, BigInt(number)]),
    ),
    etag: secret.etag,
    ...(expireTime === undefined
      ? {}
      : { expiration: { case: 'expireTime' as const, value: at(expireTime) } }),
    ...(versionDestroyTtl === undefined
      ? {}
      : { versionDestroyTtl: durationFromMs(versionDestroyTtl * 1000) }),
  };
}

export function versionMessage(
  id: NameOf,
  { replication }: Pick<Secret, 'replication'>,
  version: SecretVersion,
): MessageInitShape<typeof SecretVersionSchema> {
  const { destroyTime, scheduledDestroyTime } = version;
  return {
    name: versionPath(id, version.number),
    createTime: at(version.createTime),
    state: SecretVersion_State[version.state],
    replicationStatus: replicationStatus(replication),
    etag: version.etag,
    clientSpecifiedPayloadChecksum: version.clientChecksum,
    ...(destroyTime === undefined ? {} : { destroyTime: at(destroyTime) }),
    ...(scheduledDestroyTime === undefined ? {} : { scheduledDestroyTime: at(scheduledDestroyTime) }),
  };
}

function replicationMessage(replication: Replication): MessageInitShape<typeof ReplicationSchema> {
  return replication.kind === 'automatic'
    ? { replication: { case: 'automatic', value: {} } }
    : {
        replication: {
          case: 'userManaged',
          value: { replicas: replication.locations.map((location) => ({ location })) },
        },
      };
}

function replicationStatus(replication: Replication): MessageInitShape<typeof ReplicationStatusSchema> {
  return replication.kind === 'automatic'
    ? { replicationStatus: { case: 'automatic', value: {} } }
    : {
        replicationStatus: {
          case: 'userManaged',
          value: { replicas: replication.locations.map((location) => ({ location })) },
        },
      };
}
