/** Disabling APIs, and the operations that Service Usage leaves. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isEnabled } from '../../access/index.js';
import { type Log, openLog } from '../../audit/index.js';
import type { Api, JsonValue } from '../../google/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { serviceUsageApi } from './api.js';
import { enableServices } from './enable.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const P = 'myproject-a';
const RUN = 'run.googleapis.com';
const MONTHS_AGO = new Date('2025-06-01T00:00:00Z');

let rooms: Rooms;
let log: Log;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  log = openLog(rooms.store);
  api = serviceUsageApi({ ...rooms, log });
  await createProject(rooms, { projectId: P, number: '891566352225', owners: [ALICE] }, MONTHS_AGO);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const disable = (name: string, body: JsonValue = {}, version = 'v1') =>
  as(ALICE, 'POST', `/${version}/projects/${P}/services/${name}:disable`, body);
const enabled = async (name: string) => {
  const project = await rooms.access.projects.get(P);
  return project !== undefined && isEnabled(project, name);
};

describe('what others need', () => {
  it('stays enabled under them, in Service Usage’s words', async () => {
    for (const version of ['v1', 'v1beta1']) {
      await expect(disable('bigquery.googleapis.com', {}, version)).rejects.toMatchObject({
        status: 'FAILED_PRECONDITION',
        message:
          'The service bigquery.googleapis.com is depended on by the following active service(s): bigquerystorage.googleapis.com,cloudapis.googleapis.com; Please specify disable_dependent_services=true if you want to proceed with disabling all services.',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
            violations: [
              {
                type: 'googleapis.com',
                subject:
                  '?error_code=100001&service_name=bigquery.googleapis.com&services=bigquerystorage.googleapis.com&services=cloudapis.googleapis.com',
              },
            ],
          },
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES',
            domain: 'serviceusage.googleapis.com',
            metadata: {
              service_name: 'bigquery.googleapis.com',
              services: 'bigquerystorage.googleapis.com,cloudapis.googleapis.com',
            },
          },
        ],
      });
    }
    expect(await enabled('bigquery.googleapis.com')).toBe(true);
  });

  it('goes together with them when it is asked for', async () => {
    await disable('bigquery.googleapis.com', { disableDependentServices: true });
    for (const name of ['bigquery', 'bigquerystorage', 'cloudapis']) {
      expect(await enabled(`${name}.googleapis.com`)).toBe(false);
    }
    expect(await enabled('logging.googleapis.com')).toBe(true);
  });

  it('comes back with one that needs it', async () => {
    await enableServices(rooms, P, ['container.googleapis.com'], NOW);
    expect(await enabled('oslogin.googleapis.com')).toBe(true);
  });
});

describe('a careful disabling', () => {
  const careful = (name = RUN) => disable(name, { checkIfServiceHasUsage: 'CHECK' });
  const HAS_USAGE = {
    status: 'FAILED_PRECONDITION',
    details: [{ reason: 'COMMON_SU_SERVICE_HAS_USAGE', metadata: { service_name: RUN, services: RUN } }],
  };
  const call = (serviceName: string, timestamp: string) =>
    log.write(
      P,
      [
        {
          logName: `projects/${P}/logs/cloudaudit.googleapis.com%2Factivity`,
          resource: { type: 'project', labels: {} },
          severity: 'NOTICE',
          timestamp,
          protoPayload: { serviceName },
        },
      ],
      NOW,
    );

  it('leaves what was enabled in the last three days', async () => {
    await enableServices(rooms, P, [RUN], new Date(NOW.getTime() - 2 * 86_400_000));
    await expect(careful()).rejects.toMatchObject(HAS_USAGE);
    await disable(RUN, { checkIfServiceHasUsage: 'SKIP' });
    expect(await enabled(RUN)).toBe(false);
  });

  it('leaves what was called in the last thirty days', async () => {
    await enableServices(rooms, P, [RUN], MONTHS_AGO);
    await call(RUN, new Date(NOW.getTime() - 29 * 86_400_000).toISOString());
    await expect(careful()).rejects.toMatchObject(HAS_USAGE);
  });

  it('leaves Cloud Run to services that still have requests', async () => {
    await enableServices(rooms, P, [RUN], MONTHS_AGO);
    const request = {
      logName: `projects/${P}/logs/run.googleapis.com%2Frequests`,
      resource: { type: 'cloud_run_revision', labels: {} },
      severity: 'INFO' as const,
      timestamp: new Date(NOW.getTime() - 86_400_000).toISOString(),
    };
    await log.write(P, [request], NOW);
    await expect(careful()).rejects.toMatchObject(HAS_USAGE);
  });

  it('ends what nobody has used', async () => {
    await enableServices(rooms, P, [RUN], MONTHS_AGO);
    await call(RUN, new Date(NOW.getTime() - 31 * 86_400_000).toISOString());
    await call('artifactregistry.googleapis.com', NOW.toISOString());
    await careful();
    expect(await enabled(RUN)).toBe(false);
  });
});

describe('v1beta1', () => {
  const url = `/v1beta1/projects/${P}/services`;

  it('enables, gets, lists and disables as v1 does, with empty answers', async () => {
    const empty = { '@type': 'type.googleapis.com/google.protobuf.Empty' };
    expect((await as(ALICE, 'POST', `${url}/${RUN}:enable`, {})).json).toMatchObject({
      done: true,
      metadata: {
        '@type': 'type.googleapis.com/google.api.serviceusage.v1beta1.OperationMetadata',
        resourceNames: [`projects/891566352225/services/${RUN}`],
      },
      response: empty,
    });
    expect((await as(ALICE, 'GET', `${url}/${RUN}`)).json).toMatchObject({ state: 'ENABLED' });
    const list = (await as(ALICE, 'GET', `${url}?filter=state:ENABLED&pageSize=200`)).json;
    expect(list).toMatchObject({
      services: expect.arrayContaining([expect.objectContaining({ state: 'ENABLED' })]),
    });
    const { audit } = await as(ALICE, 'POST', `${url}/${RUN}:disable`, {});
    expect(await audit).toMatchObject({
      methodName: 'google.api.serviceusage.v1beta1.ServiceUsage.DisableService',
      project: P,
    });
    const batch = { serviceIds: [RUN, 'artifactregistry.googleapis.com'] };
    await as(ALICE, 'POST', `${url}:batchEnable`, batch);
    expect(await enabled(RUN)).toBe(true);
    expect((await as(ALICE, 'POST', `${url}:batchEnable`, batch)).json).toMatchObject({
      name: 'operations/noop.DONE_OPERATION',
      response: empty,
    });
  });

  it('needs the same permissions', async () => {
    const stranger = (verb: string, path: string, body?: JsonValue) =>
      expect(as(BOB, verb, `${url}${path}`, body)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    await stranger('POST', `/${RUN}:enable`, {});
    await stranger('POST', `/${RUN}:disable`, {});
    await stranger('GET', `/${RUN}`);
    await stranger('GET', '');
    await stranger('POST', ':batchEnable', { serviceIds: [RUN] });
    await stranger('POST', `/${RUN}:generateServiceIdentity`, {});
  });
});

describe('operations', () => {
  const started = async () => {
    const { json } = await as(ALICE, 'POST', `/v1/projects/${P}/services/${RUN}:enable`, {});
    return (json as { name: string }).name;
  };
  const list = async (member: string) => (await as(member, 'GET', '/v1/operations')).json;

  it('are listed to those who may get them', async () => {
    const name = await started();
    expect(await list(ALICE)).toMatchObject({ operations: [{ name, done: true }] });
    expect(await list(BOB)).toEqual({});
    await expect(as(ALICE, 'GET', '/v1/operations?filter=done:true')).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('are done when they are cancelled, and forgotten when they are deleted', async () => {
    const name = await started();
    for (const [verb, url] of [
      ['POST', `/v1/${name}:cancel`],
      ['DELETE', `/v1/${name}`],
    ] as const) {
      const body = verb === 'POST' ? {} : undefined;
      await expect(as(BOB, verb, url, body)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
      expect((await as(ALICE, verb, url, body)).json).toEqual({});
    }
    for (const path of ['/v1', '/v1beta1']) {
      await expect(as(ALICE, 'GET', `${path}/${name}`)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    }
    await expect(as(ALICE, 'POST', '/v1/operations/none:cancel', {})).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
  });
});
