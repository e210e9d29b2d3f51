import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  activityEntry,
  cloudRunRevision,
  type Log,
  type LogCatalogue,
  logName,
  type NewLogEntry,
  openLog,
} from '../../audit/index.js';
import { type Api, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { loggingApi } from './api.js';

const OWNER = 'user:alice@example.com';
const READER = 'user:reader@example.com';
const WRITER = 'user:writer@example.com';
const STRANGER = 'user:stranger@example.com';
const A = 'myproject-a';
const B = 'myproject-b';
const NUMBER = '891566352225';

let rooms: Rooms;
let log: Log & LogCatalogue;
let api: Api;
beforeEach(async () => {
  rooms = await openRooms();
  log = openLog(rooms.store);
  api = loggingApi({ log, access: rooms.access });
  await createProject(rooms, { projectId: A, number: NUMBER, owners: [OWNER] }, NOW);
  await createProject(rooms, { projectId: B, number: '222222222222', owners: [OWNER] }, NOW);
  const bindings = [
    { role: 'roles/owner', members: [OWNER] },
    { role: 'roles/logging.viewer', members: [READER] },
    { role: 'roles/logging.logWriter', members: [WRITER] },
  ];
  await rooms.access.setPolicy(projectName(A), { bindings }, NOW);
});
afterEach(() => rooms.store.close());

const call = async (as: string, verb: string, url: string, body?: JsonValue): Promise<JsonObject> => {
  const { json } = await invoke(api, rooms.access, as, verb, url, body);
  if (!isJsonObject(json)) throw new TypeError('an answer is an object');
  return json;
};
const list = (as: string, body: JsonObject = {}) =>
  call(as, 'POST', '/v2/entries:list', { resourceNames: [`projects/${A}`], ...body });
const write = (as: string, body: JsonObject) => call(as, 'POST', '/v2/entries:write', body);
const entries = (answer: JsonObject): JsonValue[] => (Array.isArray(answer.entries) ? answer.entries : []);
const count = async (body: JsonObject = {}): Promise<number> => entries(await list(OWNER, body)).length;

const entry = (more: JsonObject = {}): JsonObject => ({
  logName: `projects/${A}/logs/my-log`,
  resource: { type: 'global' },
  ...more,
});
const line = (textPayload: string, more: Partial<NewLogEntry> = {}): NewLogEntry => ({
  logName: logName(A, 'run.googleapis.com/stdout'),
  resource: cloudRunRevision({ project: A, location: 'asia-northeast1', service: 'web' }),
  severity: 'DEFAULT',
  textPayload,
  ...more,
});

describe('entries:list', () => {
  it('answers the call that gcloud makes for the announced query', async () => {
    const warning = activityEntry({
      project: A,
      serviceName: 'run.googleapis.com',
      methodName: 'google.cloud.run.v1.Services.CreateService',
      resourceName: `namespaces/${A}/services/web`,
      monitored: line('').resource,
      caller: { principal: { kind: 'user', email: 'alice@example.com' } },
      authorizations: [],
      callerIp: '127.0.0.1',
      userAgent: 'gcloud',
      status: { code: 403, message: 'Cloud Run API check failed. User does not have access to image x' },
      time: NOW,
    });
    await log.write(A, [line('User does not have access to image, but this is no ERROR'), warning], NOW);
    const answer = await list(OWNER, {
      filter:
        'timestamp>="2026-01-01T03:04:05.678000Z" AND resource.type="cloud_run_revision" severity=ERROR "User does not have access to image"',
      orderBy: 'timestamp desc',
      pageSize: 1000,
    });
    expect(answer).toEqual({
      entries: [
        {
          ...warning,
          insertId: expect.any(String),
          receiveTimestamp: NOW.toISOString(),
        },
      ],
    });
  });

  it('answers {} when nothing matches, and leaves the default severity out', async () => {
    expect(await list(OWNER)).toEqual({});
    await log.write(A, [line('x'), line('y', { severity: 'INFO' })], NOW);
    const [first, second] = entries(await list(OWNER, { filter: 'severity>=DEFAULT' }));
    expect(first).toMatchObject({ textPayload: 'x' });
    expect(first).not.toHaveProperty('severity');
    expect(second).toMatchObject({ severity: 'INFO' });
  });

  it('takes several projects, by id or number, in snake case or camel case', async () => {
    await log.write(A, [line('a')], NOW);
    await log.write(B, [line('b', { logName: logName(B, 'x') })], NOW);
    const resource_names = [`projects/${NUMBER}`, `projects/${B}`];
    const answer = await call(OWNER, 'POST', '/v2/entries:list', { resource_names, order_by: 'timestamp' });
    expect(entries(answer)).toHaveLength(2);
  });

  it('pages through: 50 entries when no size is given', async () => {
    await log.write(
      A,
      Array.from({ length: 60 }, (_, n) => line(`${n}`)),
      NOW,
    );
    const first = await list(READER);
    expect(entries(first)).toHaveLength(50);
    const { nextPageToken = null } = first;
    const second = await list(READER, { pageToken: nextPageToken });
    expect(entries(second)).toHaveLength(10);
    expect(second).not.toHaveProperty('nextPageToken');
  });

  it("refuses strangers, the writer's role, and projects that do not exist, all in the same words", async () => {
    const refusal = { status: 'PERMISSION_DENIED', message: 'Permission denied for all log views' };
    await expect(list(STRANGER)).rejects.toMatchObject(refusal);
    await expect(list(WRITER)).rejects.toMatchObject(refusal);
    await expect(list(OWNER, { resourceNames: ['projects/not-there'] })).rejects.toMatchObject(refusal);
    await expect(list(READER, { resourceNames: [`projects/${A}`, `projects/${B}`] })).rejects.toMatchObject(
      refusal,
    );
  });

  it('shows data access logs only to who may read private logs', async () => {
    await log.write(
      A,
      [line('private', { logName: logName(A, 'cloudaudit.googleapis.com/data_access') })],
      NOW,
    );
    await log.write(A, [line('open')], NOW);
    expect(entries(await list(OWNER))).toHaveLength(2);
    expect(entries(await list(READER, { pageSize: 1 }))).toMatchObject([{ textPayload: 'open' }]);
  });

  it.each([
    [{ resourceNames: [] }, 'INVALID_ARGUMENT', 'at least one'],
    [{ resourceNames: ['billingAccounts/1'] }, 'UNIMPLEMENTED', "'billingAccounts/1' is not supported"],
    [{ resourceNames: ['projects/p/locations/l/buckets/b/views/v'] }, 'UNIMPLEMENTED', 'is not supported'],
    [{ resourceNames: ['myproject-a'] }, 'INVALID_ARGUMENT', 'is not a resource name'],
    [{ orderBy: 'severity' }, 'INVALID_ARGUMENT', "order_by: 'severity'"],
    [{ pageSize: 1001 }, 'INVALID_ARGUMENT', 'page_size'],
    [{ pageSize: -1 }, 'INVALID_ARGUMENT', 'page_size'],
    [{ pageToken: 'x' }, 'INVALID_ARGUMENT', 'page_token'],
    [{ filter: 'severity=' }, 'INVALID_ARGUMENT', 'Unparseable filter: syntax error at line 1, column 10'],
    [{ filtre: 'x' }, 'INVALID_ARGUMENT', 'Unknown name "filtre": Cannot find field.'],
  ])('refuses %j', async (body, status, message) => {
    await expect(list(OWNER, body)).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });
});

describe('entries:write', () => {
  it('takes what gcloud logging write sends', async () => {
    expect(await write(WRITER, { entries: [entry({ severity: 'ERROR', textPayload: 'hello' })] })).toEqual(
      {},
    );
    expect(entries(await list(READER))).toEqual([
      {
        logName: `projects/${A}/logs/my-log`,
        resource: { type: 'global', labels: { project_id: A } },
        severity: 'ERROR',
        textPayload: 'hello',
        insertId: expect.any(String),
        timestamp: NOW.toISOString(),
        receiveTimestamp: NOW.toISOString(),
      },
    ]);
  });

  it('keeps entries in canonical proto JSON, whatever form they came in', async () => {
    const protoPayload = { '@type': 'type.googleapis.com/example.Anything', x: [1] };
    await write(WRITER, {
      entries: [
        {
          log_name: `projects/${A}/logs/my-log`,
          resource: { type: 'global' },
          severity: 500,
          http_request: { status: '200', latency: '0.100s', request_size: 5 },
          insert_id: 'i',
          trace_sampled: true,
          json_payload: { snake_case: 1 },
          timestamp: '2025-12-31T23:00:00.5-01:00',
        },
        entry({ protoPayload }),
      ],
    });
    expect(entries(await list(OWNER))).toMatchObject([
      {
        severity: 'ERROR',
        httpRequest: { status: 200, latency: '0.100s', requestSize: '5' },
        insertId: 'i',
        traceSampled: true,
        jsonPayload: { snake_case: 1 },
        timestamp: '2026-01-01T00:00:00.500Z',
      },
      { protoPayload },
    ]);
  });

  it("gives entries the request's log, resource and labels where they have none", async () => {
    await write(WRITER, {
      logName: `/projects/${NUMBER}/logs/with%2Fslash`,
      resource: { type: 'gce_instance', labels: { zone: 'z' } },
      labels: { a: '1', b: '1' },
      entries: [{ textPayload: 'x', labels: { b: '2' } }],
    });
    expect(entries(await list(OWNER))).toMatchObject([
      {
        logName: `projects/${A}/logs/with%2Fslash`,
        resource: { type: 'gce_instance', labels: { project_id: A, zone: 'z' } },
        labels: { a: '1', b: '2' },
      },
    ]);
  });

  it('writes nothing with dryRun, yet refuses what is wrong', async () => {
    expect(await write(WRITER, { dryRun: true, entries: [entry({ textPayload: 'x' })] })).toEqual({});
    await expect(write(WRITER, { dryRun: true, entries: [{ textPayload: 'x' }] })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
    expect(await count()).toBe(0);
  });

  it('refuses those who may not, naming the permission', async () => {
    for (const member of [READER, STRANGER]) {
      await expect(write(member, { entries: [entry()] })).rejects.toMatchObject({
        status: 'PERMISSION_DENIED',
        message: "Permission 'logging.logEntries.create' denied on resource (or it may not exist).",
      });
    }
    const elsewhere = entry({ logName: `projects/${B}/logs/x` });
    await expect(write(WRITER, { entries: [entry(), elsewhere] })).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
    expect(await count()).toBe(0);
  });

  it('writes none of the entries when one is wrong', async () => {
    const wrong = entry({ timestamp: '2026-01-04T00:00:00Z' });
    await expect(write(WRITER, { entries: [entry({ textPayload: 'x' }), wrong] })).rejects.toMatchObject({
      message: 'entries[1].timestamp: 2026-01-04T00:00:00Z is more than 24 hours in the future',
    });
    expect(await count()).toBe(0);
  });

  it('writes the good ones with partialSuccess, and says what became of the others', async () => {
    const body = {
      partialSuccess: true,
      entries: [
        entry({ logName: `projects/${B}/logs/x` }),
        entry({ textPayload: 'good' }),
        entry({ logName: 'nonsense' }),
        entry({ logName: 'projects/not-there/logs/x' }),
      ],
    };
    await expect(write(WRITER, body)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      details: [
        {
          '@type': 'type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors',
          logEntryErrors: { 0: { code: 7 }, 2: { code: 3 }, 3: { code: 7 } },
        },
      ],
    });
    expect(await count()).toBe(1);
    const none = write(STRANGER, { partialSuccess: true, entries: [entry()] });
    await expect(none).rejects.toMatchObject({ status: 'PERMISSION_DENIED', details: [] });
  });

  it.each([
    [{ entries: [] }, 'entries: must not be empty'],
    [{}, 'entries: must not be empty'],
    [{ entries: [{ resource: { type: 'global' } }] }, 'entries[0].log_name'],
    [{ entries: [entry({ logName: `projects/${A}/logs/b%2` })] }, 'is not a log name'],
    [{ entries: [entry({ logName: `projects/${A}/logs/a b` })] }, 'is not a log name'],
    [{ entries: [entry({ logName: `projects/${A}/logs/${'a'.repeat(512)}` })] }, 'is not a log name'],
    [{ entries: [entry({ resource: null })] }, 'entries[0].resource'],
    [{ entries: [entry({ resource: {} })] }, 'entries[0].resource'],
    [{ entries: [entry({ severity: 'LOUD' })] }, "Invalid value at 'entries[0].severity'"],
    [{ entries: [entry({ severity: 450 })] }, 'entries[0].severity: 450 is no severity'],
    [{ entries: [entry({ timestamp: 'now' })] }, 'Timestamp'],
    [{ entries: [entry({ payload: 'x' })] }, `Unknown name "payload" at 'entries[0]': Cannot find field.`],
    [{ entries: [entry({ httpRequest: { state: 1 } })] }, 'Unknown name "state"'],
    [{ entries: [entry({ textPayload: 'x', jsonPayload: {} })] }, 'payload'],
    [{ entries: [entry({ textPayload: 'x', protoPayload: { '@type': 't/x' } })] }, 'only one of'],
    [{ entries: [entry({ protoPayload: { x: 1 } })] }, 'must be an object with a "@type"'],
    [{ entries: 'x' }, 'entries'],
    [{ unknown: 1, entries: [entry()] }, 'Unknown name "unknown": Cannot find field.'],
    [
      JSON.parse(`{"entries":[{"jsonPayload":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}]}`) as JsonObject,
      'too deep',
    ],
  ])('refuses %j', async (body, message) => {
    await expect(write(WRITER, body)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining(message),
    });
    expect(await count()).toBe(0);
  });

  it('lets nobody forge audit entries, or write where there are no logs', async () => {
    const forged = entry({ logName: `projects/${A}/logs/cloudaudit.googleapis.com%2Factivity` });
    await expect(write(OWNER, { entries: [forged] })).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    const foreign = entry({ logName: 'billingAccounts/1/logs/x' });
    await expect(write(OWNER, { entries: [foreign] })).rejects.toMatchObject({ status: 'UNIMPLEMENTED' });
  });
});

describe('logs', () => {
  beforeEach(async () => {
    await write(WRITER, {
      entries: ['a', 'b', 'c%2Fd'].map((id) => entry({ logName: `projects/${A}/logs/${id}` })),
    });
  });

  it('are listed by name, by pages', async () => {
    const first = await call(READER, 'GET', `/v2/projects/${NUMBER}/logs?pageSize=2`);
    expect(first.logNames).toEqual([`projects/${A}/logs/a`, `projects/${A}/logs/b`]);
    const second = await call(
      READER,
      'GET',
      `/v2/projects/${A}/logs?pageToken=${String(first.nextPageToken)}`,
    );
    expect(second).toEqual({ logNames: [`projects/${A}/logs/c%2Fd`] });
    await expect(call(STRANGER, 'GET', `/v2/projects/${A}/logs`)).rejects.toMatchObject({
      message: "Permission 'logging.logs.list' denied on resource (or it may not exist).",
    });
  });

  it('are deleted with their entries, by the name once or twice encoded, and audited', async () => {
    const { audit } = await invoke(api, rooms.access, OWNER, 'DELETE', `/v2/projects/${A}/logs/c%2Fd`);
    expect(await audit).toMatchObject({ serviceName: 'logging.googleapis.com', project: A });
    await call(OWNER, 'DELETE', `/v2/projects/${A}/logs/b`);
    expect(entries(await list(OWNER))).toMatchObject([{ logName: `projects/${A}/logs/a` }]);
    await write(WRITER, { entries: [entry({ logName: `projects/${A}/logs/c%2Fd` })] });
    expect(await call(OWNER, 'DELETE', `/v2/projects/${A}/logs/c%252Fd`)).toEqual({});
    expect(await count()).toBe(1);
  });

  it('are deleted only where they exist, by those who may, and never the audit logs', async () => {
    await expect(call(WRITER, 'DELETE', `/v2/projects/${A}/logs/a`)).rejects.toMatchObject({
      message: "Permission 'logging.logs.delete' denied on resource (or it may not exist).",
    });
    await expect(call(OWNER, 'DELETE', `/v2/projects/${A}/logs/none`)).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
    const audit = `/v2/projects/${A}/logs/cloudaudit.googleapis.com%2Factivity`;
    await expect(call(OWNER, 'DELETE', audit)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    expect(await count()).toBe(3);
  });
});

describe('more logs', () => {
  it('are listed for each of the resource names, whose projects must be open to the caller', async () => {
    await write(OWNER, { entries: [entry(), entry({ logName: `projects/${B}/logs/other` })] });
    const names = `resourceNames=projects/${B}`;
    await expect(call(OWNER, 'GET', `/v2/projects/${A}/logs?${names}`)).resolves.toEqual({
      logNames: [`projects/${A}/logs/my-log`, `projects/${B}/logs/other`],
    });
    await expect(call(READER, 'GET', `/v2/projects/${A}/logs?${names}`)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
    const view = `resourceNames=projects/${A}/locations/l/buckets/b/views/v`;
    await expect(call(OWNER, 'GET', `/v2/projects/${A}/logs?${view}`)).rejects.toMatchObject({
      status: 'UNIMPLEMENTED',
    });
  });
});

describe('an entry of more than 256 KiB', () => {
  it('is refused', async () => {
    const large = (length: number) => write(OWNER, { entries: [entry({ textPayload: 'x'.repeat(length) })] });
    await expect(large(257 * 1024)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await large(255 * 1024);
    expect(await count()).toBe(1);
  });
});
