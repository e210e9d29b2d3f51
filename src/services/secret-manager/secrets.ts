/** Secrets: create, read, list, change, delete. */
import { SecretSchema } from '../../google/gen/google/cloud/secretmanager/v1/resources_pb.js';
import type { SecretManagerService } from '../../google/gen/google/cloud/secretmanager/v1/service_pb.js';
import { invalidArgument, messageToJson, type ProtoHandlers } from '../../google/index.js';
import type { Secret } from '../../secrets/index.js';
import { page } from '../paging.js';
import { projectAt, type SecretManagerDeps, secretId } from './context.js';
import { readFilter } from './filter.js';
import { secretMessage } from './messages.js';
import { parseProject, parseSecret, requireSecretId } from './names.js';
import { readNewSecret, readUpdate } from './secret-request.js';

export type Handlers = ProtoHandlers<(typeof SecretManagerService)['method']>;

/** "If the number is greater than 25000, it is capped at 25000" (ListSecretsRequest). */
export const PAGE_LIMITS = { default: 100, max: 25_000 };

/** Secrets come "in reverse by create_time (newest first)": a key that sorts them so, each its own. */
function newestFirst({ createTime, secret }: Secret): string {
  return `${String(1e15 - Date.parse(createTime)).padStart(16, '0')} ${secret}`;
}

export function secretHandlers(deps: SecretManagerDeps): Handlers {
  const { secrets } = deps.secrets;
  return {
    async createSecret({ parent, secretId: id, secret: message }, { time }) {
      const project = await projectAt(deps, parseProject(parent));
      requireSecretId(id);
      const { replication, settings } = readNewSecret(message, time);
      const name = { ...project, secret: id };
      return secretMessage(name, await secrets.create(name, replication, settings, time));
    },
    async getSecret({ name }, { time }) {
      const id = await secretId(deps, parseSecret(name));
      return secretMessage(id, await secrets.get(id, time));
    },
    async listSecrets({ parent, filter, ...request }, { time }) {
      const project = await projectAt(deps, parseProject(parent));
      const matches = readFilter(filter, SecretSchema);
      const message = (secret: Secret) => secretMessage({ ...project, secret: secret.secret }, secret);
      const found = (await secrets.list(project.project, time))
        .filter((secret) => filter === '' || matches(messageToJson(SecretSchema, message(secret))))
        .sort((a, b) => (newestFirst(a) < newestFirst(b) ? -1 : 1));
      const { items, nextPageToken } = page(found, newestFirst, request, PAGE_LIMITS);
      return {
        secrets: items.map(message),
        nextPageToken,
        totalSize: filter === '' ? found.length : 0,
      };
    },
    async updateSecret({ secret: message, updateMask }, { time }) {
      if (!message) throw invalidArgument('Field [secret] is required.');
      const id = await secretId(deps, parseSecret(message.name));
      const change = readUpdate(id, message, updateMask?.paths ?? [], time);
      return secretMessage(id, await secrets.update(id, message.etag, change, time));
    },
    async deleteSecret({ name, etag }, { time }) {
      await secrets.remove(await secretId(deps, parseSecret(name)), etag, time);
      return {};
    },
  };
}
