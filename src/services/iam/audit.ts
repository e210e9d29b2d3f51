/** How the writes of the IAM API are audited (https://cloud.google.com/iam/docs/audit-logging). */
import type { AccessControl, Located } from '../../access/index.js';
import { ServiceAccountKeySchema } from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import {
  type AuditRule,
  type Call,
  isJsonObject,
  type JsonObject,
  messageToJson,
} from '../../google/index.js';
import type { Account } from '../../identity/index.js';
import type { AccountFinder, ByAccount, ByName } from './access.js';
import type { Named } from './accounts.js';
import { type KeyMessage, parseKeyName } from './keys.js';

/** Entries lie in the log of the account's project. */
export function auditRules(access: AccessControl, finder: AccountFinder) {
  const onAccount = <R extends object>(
    method: string,
    nameOf: (request: R) => string,
    find: 'find' | 'findDeleted' = 'find',
  ): AuditRule => ({
    methodName: `google.iam.admin.v1.${method}`,
    serviceName: 'iam.googleapis.com',
    resourceName: (request: R) => {
      return auditName(finder.known(request)) ?? nameOf(request);
    },
    monitored: (request: R) => monitored(finder.known(request)),
    project: async (request: R) => (await finder[find](request, nameOf(request)).catch(nowhere)).project,
  });
  const name = ({ name }: ByName) => name;
  const onKey = (method: string): AuditRule => ({
    ...onAccount(method, ({ name }: ByName) => parseKeyName(name).account),
    resourceName: (request: ByName) => {
      const account = auditName(finder.known(request));
      return account === undefined ? request.name : `${account}/keys/${parseKeyName(request.name).keyId}`;
    },
  });
  const signing = (method: string): AuditRule => ({
    ...onAccount(method, name),
    // What was signed, and the signature, are the caller's.
    request: ({ name }: ByName) => ({
      '@type': `type.googleapis.com/google.iam.admin.v1.${method}Request`,
      name,
    }),
    response: () => undefined,
  });
  return {
    createServiceAccount: {
      methodName: 'google.iam.admin.v1.CreateServiceAccount',
      serviceName: 'iam.googleapis.com',
      resourceName: (request: ByName) => request.name,
      monitored: (request: ByName) => monitored(finder.known(request)),
      project: async (request: ByName, _call: Call) => {
        const [, project = ''] = /^projects\/([^/]+)$/.exec(request.name) ?? [];
        return (await access.projects.get(project))?.projectId ?? project;
      },
    } satisfies AuditRule,
    updateServiceAccount: onAccount('UpdateServiceAccount', name),
    patchServiceAccount: onAccount(
      'PatchServiceAccount',
      ({ serviceAccount }: ByAccount) => serviceAccount?.name ?? '',
    ),
    deleteServiceAccount: onAccount('DeleteServiceAccount', name),
    enableServiceAccount: onAccount('EnableServiceAccount', name),
    disableServiceAccount: onAccount('DisableServiceAccount', name),
    undeleteServiceAccount: onAccount('UndeleteServiceAccount', name, 'findDeleted'),
    createServiceAccountKey: {
      ...onAccount('CreateServiceAccountKey', name),
      // The private key goes to the caller, and into no log.
      response: withoutPrivateKey,
    } satisfies AuditRule,
    uploadServiceAccountKey: onAccount('UploadServiceAccountKey', name),
    deleteServiceAccountKey: onKey('DeleteServiceAccountKey'),
    disableServiceAccountKey: onKey('DisableServiceAccountKey'),
    enableServiceAccountKey: onKey('EnableServiceAccountKey'),
    signBlob: signing('SignBlob'),
    signJwt: signing('SignJwt'),
  };
}

/** Entries name an account by its unique id, which outlives the address. */
export function auditName(named: Partial<Named> | undefined): string | undefined {
  return named?.account && `projects/-/serviceAccounts/${named.account.uniqueId}`;
}

/** A name that could not even be read was refused for that; its entry lies in no project's log. */
const nowhere = () => ({ project: '' });

/** The entry's resource; of an account that does not exist, its address alone. */
export function monitored(named: (Located & { readonly account?: Account }) | undefined) {
  const { account, project = '', label = '' } = named ?? {};
  return {
    type: 'service_account',
    labels: {
      project_id: project,
      email_id: account?.email ?? label.slice(label.lastIndexOf('/') + 1),
      unique_id: account?.uniqueId ?? '',
    },
  };
}

function withoutPrivateKey(key: KeyMessage): JsonObject {
  const json = messageToJson(ServiceAccountKeySchema, key);
  const { privateKeyData: _, ...rest } = isJsonObject(json) ? json : {};
  return { '@type': 'type.googleapis.com/google.iam.admin.v1.ServiceAccountKey', ...rest };
}
