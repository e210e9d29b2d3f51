import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AnySchema, anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../audit/index.js';
import { AuditLogSchema } from '../../google/gen/google/cloud/audit/audit_log_pb.js';
import { LogSeverity } from '../../google/gen/google/logging/type/log_severity_pb.js';
import {
  ListLogEntriesRequestSchema,
  type ListLogEntriesResponse,
  WriteLogEntriesRequestSchema,
} from '../../google/gen/google/logging/v2/logging_pb.js';
import type { Api, ApiMethod, Call } from '../../google/index.js';
import { parsePrincipal } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { NOW, openRooms, type Rooms } from '../test-support.js';
import { loggingApi } from './api.js';
import { payloadAny, payloadJson } from './payloads.js';

const UNKNOWN = 'type.googleapis.com/nobody.Knows';

describe('payloads', () => {
  it('of known types change form and come back the same', () => {
    const json = {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'run.googleapis.com',
      status: { code: 7, message: 'no' },
      request: { '@type': UNKNOWN, name: 'x' },
      serviceData: {
        '@type': 'type.googleapis.com/google.iam.v1.logging.AuditData',
        policyDelta: { bindingDeltas: [{ action: 'ADD', role: 'roles/run.invoker', member: 'allUsers' }] },
      },
    };
    const any = payloadAny(json);
    expect(anyUnpack(any, AuditLogSchema)).toMatchObject({
      serviceName: 'run.googleapis.com',
      status: { code: 7 },
    });
    expect(payloadJson(any, 'f')).toEqual(json);
    expect(payloadAny({ ...json, authenticationInfo: { oauthInfo: {} } })).toMatchObject({
      typeUrl: any.typeUrl,
    });
  });

  it('that are not what they say keep all of it', () => {
    const json = { '@type': 'type.googleapis.com/google.cloud.audit.AuditLog', serviceName: 7 };
    expect(payloadJson(payloadAny(json), 'f')).toEqual(json);
  });

  it('of unknown types keep their bytes', () => {
    const any = create(AnySchema, { typeUrl: UNKNOWN, value: Buffer.from([8, 1, 255]) });
    const json = payloadJson(any, 'f');
    expect(json).toEqual({ '@type': UNKNOWN, value: 'CAH/' });
    expect(payloadAny(json)).toEqual(any);
  });

  it('in JSON of unknown types are carried without loss', () => {
    const names = fc.constantFrom(UNKNOWN, 'x', 'type.googleapis.com/google.cloud.audit.AuditLogs');
    const values = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value).replaceAll('-0', '0')));
    const payloads = fc.tuple(names, fc.dictionary(fc.string(), values)).map(([type, rest]) => ({
      ...rest,
      '@type': type,
    }));
    fc.assert(
      fc.property(payloads, (payload) => {
        // JavaScript's own objects have no such key to set.
        fc.pre(!JSON.stringify(payload).includes('__proto__'));
        const any = fromBinary(AnySchema, toBinary(AnySchema, payloadAny(payload)));
        expect(payloadJson(any, 'f')).toEqual(payload);
      }),
    );
  });

  it('whose bytes are not what they say are refused', () => {
    const broken = create(AnySchema, {
      typeUrl: 'type.googleapis.com/google.cloud.audit.AuditLog',
      value: Buffer.from([255]),
    });
    expect(() => payloadJson(broken, 'entries[0].proto_payload')).toThrow(
      /^entries\[0\]\.proto_payload: no google\.cloud\.audit/,
    );
    expect(() => payloadJson(create(AnySchema), 'f')).toThrow('f: the payload names no type.');
  });
});

describe('entries over gRPC', () => {
  let rooms: Rooms;
  let api: Api;
  const A = 'myproject-a';
  beforeEach(async () => {
    rooms = await openRooms();
    api = loggingApi({ log: openLog(rooms.store), access: rooms.access });
    await createProject(
      rooms,
      { projectId: A, number: '891566352225', owners: ['user:alice@example.com'] },
      NOW,
    );
  });
  afterEach(() => rooms.store.close());

  async function ask(name: string, message: object): Promise<unknown> {
    const method: ApiMethod | undefined = api.methods.find((candidate) =>
      candidate.name.endsWith(`.${name}`),
    );
    const { messages, handle } = method ?? {};
    if (!messages || !handle) throw new Error(`${name} takes no messages`);
    const principal = parsePrincipal('user:alice@example.com');
    const call = { principal, time: NOW, authorizations: [] } as unknown as Call;
    return messages.write((await handle(messages.read(message as never) as never, call)) as never);
  }

  it('are written and listed with every kind of payload', async () => {
    const audit = anyPack(AuditLogSchema, create(AuditLogSchema, { serviceName: 's' }));
    const unknown = create(AnySchema, { typeUrl: UNKNOWN, value: Buffer.from([1, 2]) });
    const payloads = [
      { case: 'textPayload', value: 'hello' },
      { case: 'jsonPayload', value: { a: 1 } },
      { case: 'protoPayload', value: audit },
      { case: 'protoPayload', value: unknown },
    ] as const;
    const request = create(WriteLogEntriesRequestSchema, {
      logName: `projects/${A}/logs/my-log`,
      resource: { type: 'global' },
      labels: { l: '1' },
      entries: payloads.map((payload, index) => ({
        payload,
        severity: LogSeverity.ERROR,
        insertId: `i${index}`,
        timestamp: { seconds: BigInt(Math.floor(NOW.getTime() / 1000)), nanos: index },
      })),
    });
    await ask('WriteLogEntries', request);
    const list = create(ListLogEntriesRequestSchema, {
      resourceNames: [`projects/${A}`],
      orderBy: 'timestamp asc',
    });
    const { entries } = (await ask('ListLogEntries', list)) as ListLogEntriesResponse;
    expect(entries.map(({ payload }) => payload)).toEqual(
      payloads.map((payload) => expect.objectContaining(payload)),
    );
    expect(entries[0]).toMatchObject({
      logName: `projects/${A}/logs/my-log`,
      resource: { type: 'global', labels: { project_id: A } },
      labels: { l: '1' },
      severity: LogSeverity.ERROR,
      insertId: 'i0',
    });
  });
});
