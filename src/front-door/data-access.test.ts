import { beforeEach, describe, expect, it } from 'vitest';
import { type AccessControl, openAccess, type PolicyUpdate } from '../access/index.js';
import type { Log, NewLogEntry } from '../audit/index.js';
import {
  type AccessRule,
  type Api,
  defineMethod,
  type PermissionType,
  permissionDenied,
} from '../google/index.js';
import { type CredentialOrigin, projectName, type ResourceName } from '../names/index.js';
import { memoryStore } from './fixtures/plane.js';
import { invoke, type PipelineOptions } from './pipeline.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const PROJECT = projectName('my-project');
const SERVICE: ResourceName = '//run.googleapis.com/projects/my-project/locations/us-central1/services/web';
const LABEL = 'namespaces/my-project/services/web';

type ProposedAuditConfig = NonNullable<PolicyUpdate['auditConfigs']>[number];

let access: AccessControl;
let entries: NewLogEntry[];

beforeEach(async () => {
  const store = memoryStore();
  entries = [];
  access = openAccess({ store, accountExists: async () => true });
  const times = { createTime: NOW.toISOString(), labels: {}, services: {} };
  await store.commit(
    ['my-project', 'other'].flatMap((projectId, i) =>
      access.projects.creation({ projectId, number: `11111${i}`, name: '', state: 'ACTIVE', ...times }),
    ),
  );
});

const configure = (...auditConfigs: ProposedAuditConfig[]) =>
  access.setPolicy(
    PROJECT,
    { bindings: [{ role: 'roles/viewer', members: ['user:alice@example.com'] }], auditConfigs },
    NOW,
  );
const reads = (service: string, ...exemptedMembers: string[]): ProposedAuditConfig => ({
  service,
  auditLogConfigs: [{ logType: 'ADMIN_READ', exemptedMembers }],
});

/** Calls a method that reads, and gives what has been logged until then. */
async function call(
  user: string,
  {
    host = 'run.googleapis.com',
    name = 'google.cloud.run.v1.Services.GetService',
    ...given
  }: {
    host?: string;
    name?: string;
    type?: PermissionType;
    resources?: readonly ResourceName[];
    origin?: CredentialOrigin;
  } = {},
): Promise<readonly NewLogEntry[]> {
  const { type = 'ADMIN_READ', resources = [SERVICE], origin } = given;
  const permission = host.startsWith('run') ? 'run.services.get' : 'resourcemanager.projects.get';
  const rule: AccessRule = {
    kind: 'permission',
    type,
    checks: () => resources.map((resource) => ({ permission, resource, label: LABEL })),
    refusal: (check) => permissionDenied(`no ${check.permission}`),
  };
  const method = defineMethod({
    name,
    bindings: [],
    decode: () => ({ secret: 'no' }),
    handle: async () => ({ read: 'secret' }),
    encode: (answer) => answer,
  });
  const api: Api = { host, regional: false, methods: [method], access: { [name]: rule } };
  const options: PipelineOptions = {
    identity: undefined as never,
    access,
    log: {
      write: async (_project: string, written: readonly NewLogEntry[]) => {
        entries.push(...written);
      },
    } as unknown as Log,
    clock: () => NOW,
    translate: (error) => error,
    closing: new AbortController().signal,
    onError: (error) => {
      throw error;
    },
  };
  const admitted = {
    api,
    method,
    rule,
    location: undefined,
    context: { host, url: '', callerIp: '127.0.0.1' } as never,
    caller: { principal: { kind: 'user', email: user }, origin } as never,
    userAgent: 'test',
  };
  const signal = new AbortController().signal;
  await invoke(options, admitted, { decode: () => ({}), encode: (answer) => answer, signal }).catch(() => {});
  return entries;
}

describe('a call that reads', () => {
  it('leaves no entry unless a policy asks for it', async () => {
    await configure();
    expect(await call('alice@example.com')).toEqual([]);
    await configure(reads('iam.googleapis.com'));
    expect(await call('alice@example.com')).toEqual([]);
    await configure(reads('run.googleapis.com', 'user:alice@example.com'));
    expect(await call('alice@example.com')).toEqual([]);
    await configure(reads('run.googleapis.com'));
    expect(await call('alice@example.com', { type: 'DATA_READ' })).toEqual([]);
  });

  it('is told in the data access log, without what was read', async () => {
    await configure(reads('run.googleapis.com'));
    const [entry] = await call('alice@example.com');
    expect(entry).toMatchObject({
      logName: 'projects/my-project/logs/cloudaudit.googleapis.com%2Fdata_access',
      severity: 'INFO',
      resource: {
        type: 'cloud_run_revision',
        labels: { project_id: 'my-project', location: 'us-central1', service_name: 'web' },
      },
      protoPayload: {
        serviceName: 'run.googleapis.com',
        methodName: 'google.cloud.run.v1.Services.GetService',
        resourceName: LABEL,
        authenticationInfo: { principalEmail: 'alice@example.com' },
        authorizationInfo: [
          {
            granted: true,
            permission: 'run.services.get',
            permissionType: 'ADMIN_READ',
            resource: LABEL,
            resourceAttributes: {},
          },
        ],
      },
    });
    expect(JSON.stringify(entry)).not.toContain('secret');
  });

  it('makes credentials: the configuration of the IAM API says whether it is told', async () => {
    const host = 'iamcredentials.googleapis.com';
    const name = 'google.iam.credentials.v1.IAMCredentials.GenerateAccessToken';
    const resources: ResourceName[] = [
      '//iam.googleapis.com/projects/my-project/serviceAccounts/ci@my-project.iam.gserviceaccount.com',
    ];
    const asked = { host, name, resources };
    await configure(reads(host));
    expect(await call('alice@example.com', asked)).toEqual([]);
    await configure(reads('iam.googleapis.com'));
    expect(await call('alice@example.com', asked)).toMatchObject([{ protoPayload: { serviceName: host } }]);
    await configure(reads('allServices'));
    expect(await call('alice@example.com', asked)).toHaveLength(2);
  });

  it('is told with the origin of the credential', async () => {
    await configure(reads('run.googleapis.com'));
    const delegation = ['user:bob@example.com'];
    expect(await call('alice@example.com', { origin: { delegation } })).toMatchObject([
      {
        protoPayload: {
          authenticationInfo: {
            serviceAccountDelegationInfo: [{ firstPartyPrincipal: { principalEmail: 'bob@example.com' } }],
          },
        },
      },
    ]);
  });

  it('is told when it is refused', async () => {
    await configure(reads('allServices'));
    const [entry] = await call('mallory@example.com');
    expect(entry).toMatchObject({
      severity: 'ERROR',
      protoPayload: {
        status: { code: 7, message: 'no run.services.get' },
        authorizationInfo: [{ granted: false }],
      },
    });
  });

  it('is told in the log of each project that asks for it', async () => {
    await configure(reads('allServices'));
    const host = 'cloudresourcemanager.googleapis.com';
    const name = 'google.cloudresourcemanager.v1.Projects.GetProject';
    const other = projectName('other');
    await access.setPolicy(
      other,
      { bindings: [{ role: 'roles/viewer', members: ['user:alice@example.com'] }] },
      NOW,
    );
    const asked = { host, name, resources: [PROJECT, PROJECT, other] };
    expect(await call('alice@example.com', asked)).toMatchObject([
      {
        resource: { type: 'project', labels: { project_id: 'my-project' } },
        protoPayload: { methodName: 'GetProject' },
      },
    ]);
  });
});
