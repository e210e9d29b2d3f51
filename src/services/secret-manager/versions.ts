/** Versions of secrets: add, read, list, enable, disable, destroy. */
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import {
  type SecretPayloadSchema,
  SecretVersionSchema,
} from '../../google/gen/google/cloud/secretmanager/v1/resources_pb.js';
import { type Call, invalidArgument, messageToJson } from '../../google/index.js';
import { type SecretVersion, type VersionChange, versionNotFound, versionPath } from '../../secrets/index.js';
import { page } from '../paging.js';
import { type SecretManagerDeps, secretId } from './context.js';
import { crc32c } from './crc32c.js';
import { readFilter } from './filter.js';
import { versionMessage } from './messages.js';
import { parseSecret, parseVersion } from './names.js';
import { type Handlers, PAGE_LIMITS } from './secrets.js';

/** "The maximum size of a secret payload is 64 KiB" (https://cloud.google.com/secret-manager/quotas). */
const MAX_PAYLOAD = 64 * 1024;

/** A version that is to be changed; any etag when empty. */
interface Changed {
  readonly name: string;
  readonly etag: string;
}

/** The newest first. */
const newestFirst = ({ number }: SecretVersion): string => String(1e10 - number).padStart(11, '0');

export function versionHandlers(deps: SecretManagerDeps): Handlers {
  const { secrets, versions } = deps.secrets;
  const change =
    (kind: VersionChange) =>
    async (
      { name, etag }: Changed,
      { time }: Call,
    ): Promise<MessageInitShape<typeof SecretVersionSchema>> => {
      const { version, ...secret } = parseVersion(name);
      const id = await secretId(deps, secret);
      // "Access by alias is only be supported on GetSecretVersion and AccessSecretVersion" (Secret.version_aliases).
      if (!/^[1-9]\d{0,9}$/.test(version)) throw versionNotFound(id, version);
      const changed = await versions.change(id, Number(version), kind, etag, time);
      return versionMessage(id, await secrets.get(id, time), changed);
    };
  return {
    async addSecretVersion({ parent, payload }, { time }) {
      const id = await secretId(deps, parseSecret(parent));
      const data = readPayload(payload);
      const version = await versions.add(id, data, payload?.dataCrc32c !== undefined, time);
      return versionMessage(id, await secrets.get(id, time), version);
    },
    async getSecretVersion({ name }, { time }) {
      const { version, ...secret } = parseVersion(name);
      const id = await secretId(deps, secret);
      const found = await versions.get(id, version, time);
      return versionMessage(id, await secrets.get(id, time), found);
    },
    async accessSecretVersion({ name }, { time }) {
      const { version, ...secret } = parseVersion(name);
      const id = await secretId(deps, secret);
      const { version: found, payload } = await versions.read(id, version, time);
      return {
        name: versionPath(id, found.number),
        payload: { data: payload, dataCrc32c: BigInt(crc32c(payload)) },
      };
    },
    async listSecretVersions({ parent, filter, ...request }, { time }) {
      const id = await secretId(deps, parseSecret(parent));
      const matches = readFilter(filter, SecretVersionSchema);
      const secret = await secrets.get(id, time);
      const message = (version: SecretVersion) => versionMessage(id, secret, version);
      const found = (await versions.list(id, time))
        .filter((version) => filter === '' || matches(messageToJson(SecretVersionSchema, message(version))))
        .toReversed();
      const { items, nextPageToken } = page(found, newestFirst, request, PAGE_LIMITS);
      return {
        versions: items.map(message),
        nextPageToken,
        totalSize: filter === '' ? found.length : 0,
      };
    },
    enableSecretVersion: change('enable'),
    disableSecretVersion: change('disable'),
    destroySecretVersion: change('destroy'),
  };
}

/** @throws GoogleError INVALID_ARGUMENT for more bytes than a version may hold */
export function requirePayload(data: Uint8Array): void {
  if (data.length <= MAX_PAYLOAD) return;
  throw invalidArgument(
    `The payload of a secret version can be ${MAX_PAYLOAD} bytes at most: this one is ${data.length} bytes.`,
  );
}

/** @throws GoogleError INVALID_ARGUMENT for none, one that is too large, or one that its checksum does not fit */
function readPayload(payload: MessageShape<typeof SecretPayloadSchema> | undefined): Uint8Array {
  if (!payload || payload.data.length === 0) throw invalidArgument('Field [payload] is required.');
  const { data, dataCrc32c } = payload;
  requirePayload(data);
  if (dataCrc32c !== undefined && dataCrc32c !== BigInt(crc32c(data)))
    throw invalidArgument('The payload does not match its checksum (data_crc32c).');
  return data;
}
