import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../types.js';
import { compileFilter } from './compile.js';

const entry: LogEntry = {
  logName: 'projects/demo/logs/cloudaudit.googleapis.com%2Factivity',
  resource: {
    type: 'cloud_run_revision',
    labels: { project_id: 'demo', service_name: 'web', location: 'asia-northeast1' },
  },
  timestamp: '2025-01-10T12:00:00.500Z',
  receiveTimestamp: '2025-01-10T12:00:01Z',
  severity: 'ERROR',
  insertId: 'abc123',
  labels: { instanceId: 'i-1', 'run.googleapis.com/execution_name': 'Job-1' },
  httpRequest: {
    status: 404,
    latency: '1.5s',
    requestSize: '2048',
    remoteIp: '10.1.2.3',
    requestUrl: 'https://x/Y',
  },
  operation: { id: 'op', first: true },
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    methodName: 'google.cloud.run.v1.Services.CreateService',
    status: { code: 403, message: 'Cloud Run API check failed. User does not have access to image a/b:c' },
    authorizationInfo: [
      { permission: 'run.services.create', granted: true },
      { permission: 'run.services.setIamPolicy', granted: false },
    ],
    requestMetadata: { requestAttributes: { time: '2025-01-10T12:00:00Z' } },
    metadata: { took: '90s', nothing: null, tags: ['x', 'Y'], deep: { list: [{ n: 1 }, { n: 2 }] } },
  },
};
const matches = (filter: string, overrides: Partial<LogEntry> = {}): boolean =>
  compileFilter(filter)({ ...entry, ...overrides });
const yes = (...filters: string[]): void => {
  for (const filter of filters) expect([filter, matches(filter)]).toEqual([filter, true]);
};
const no = (...filters: string[]): void => {
  for (const filter of filters) expect([filter, matches(filter)]).toEqual([filter, false]);
};

describe('a compiled filter', () => {
  it("finds the announced warning by the announcement's query, as typed and as gcloud sends it", () => {
    yes(
      'resource.type = "cloud_run_revision"\nseverity=ERROR\n"User does not have access to image"',
      'timestamp>="2025-01-09T12:00:00.000000Z" AND resource.type="cloud_run_revision" severity=ERROR "User does not have access to image"',
    );
    no(
      'timestamp>="2025-01-11T00:00:00Z" AND resource.type="cloud_run_revision" severity=ERROR "User does not have access to image"',
    );
  });

  it('compares text without regard to case', () => {
    yes(
      'resource.type=CLOUD_RUN_REVISION',
      'resource.type:run',
      'insertId!=x',
      'insertId>abc',
      'textPayload=""',
    );
    no('resource.type=run', 'insertId!=ABC123', 'resource.type:"run revision"');
  });

  it('orders severities and takes them by name or number', () => {
    yes(
      'severity>=WARNING',
      'severity>"warning"',
      'severity=500',
      'severity<CRITICAL',
      'severity=(ERROR OR ALERT)',
      'severity:error',
    );
    no('severity>ERROR', 'severity=NOTICE', 'severity!=ERROR', '-severity>=DEFAULT');
  });

  it('compares times as times', () => {
    yes(
      'timestamp="2025-01-10T21:00:00.5+09:00"',
      'timestamp>="2025-01-10"',
      'timestamp<"2025-01-10T12:00:00.500000001Z"',
      'receive_timestamp>"2025-01-10T12:00:00.9Z"',
      'protoPayload.requestMetadata.requestAttributes.time="2025-01-10T13:00:00+01:00"',
    );
    no('timestamp>"2025-01-10T12:00:00.5Z"');
  });

  it('compares numbers, durations and booleans by their values', () => {
    yes(
      'httpRequest.status=404',
      'httpRequest.status>=4e2',
      'httpRequest.requestSize>999',
      'httpRequest.latency>"1s"',
      'httpRequest.latency<=1500ms',
      'operation.first=true',
      'protoPayload.status.code=403',
      'protoPayload.status.code>"99"',
      'protoPayload.metadata.took>"1m"',
    );
    no('httpRequest.status<404', 'operation.first=false', 'protoPayload.status.code<403');
  });

  it('finds fields in snake and camel case, and keys with special characters in quotes', () => {
    yes(
      'log_name:activity',
      'LOGNAME:activity',
      'http_request.request_url:y',
      'protoPayload.method_name:CreateService',
      'labels."run.googleapis.com/execution_name"=job-1',
      'protoPayload."@type":AuditLog',
      'protoPayload.@type:AuditLog',
      'resource.labels.service_name=web',
    );
    no('resource.labels.serviceName=web', 'labels.instance_id:*');
  });

  it('takes any element of a repeated field', () => {
    yes(
      'protoPayload.authorizationInfo.permission="run.services.create"',
      'protoPayload.authorizationInfo.granted=false',
      'protoPayload.authorizationInfo.granted=true',
      'protoPayload.metadata.tags=y',
      'protoPayload.metadata.deep.list.n=2',
      'protoPayload.metadata.tags!=x',
    );
    no('protoPayload.authorizationInfo.permission=run', 'protoPayload.metadata.tags=z');
  });

  it('fails every comparison of a field that the payload or the labels lack, but not its negation', () => {
    no(
      'protoPayload.nope=x',
      'protoPayload.nope!=x',
      'protoPayload.nope:x',
      'protoPayload.nope=~"."',
      'protoPayload.nope!~"."',
      'protoPayload.nope:*',
      'labels.nope!=x',
      'jsonPayload.a<5',
      'resource.labels.nope!=""',
    );
    yes('NOT protoPayload.nope=x', 'NOT protoPayload.nope!=x', '-labels.nope:*');
  });

  it('gives missing fields of LogEntry their default', () => {
    yes(
      'trace=""',
      'trace!=x',
      'operation.last=false',
      'httpRequest.responseSize=0',
      'NOT textPayload:robot',
      'split.index<1',
      'traceSampled=false',
    );
    no('trace:*', 'operation.last:*', 'textPayload:*', 'jsonPayload:*');
    yes('operation.id:*', 'protoPayload:*', 'httpRequest:*', 'timestamp:*');
  });

  it('looks into messages, maps and payloads with the has operator', () => {
    yes(
      'labels:"i-1"',
      'protoPayload:"access to image"',
      'resource:web',
      'labels:instanceId',
      'protoPayload.status:403',
      'httpRequest:404',
    );
    no('labels:"i-2"', 'resource:"access to image"');
  });

  it('tells nulls from text that looks like them', () => {
    yes(
      'protoPayload.metadata.nothing=NULL_VALUE',
      'protoPayload.metadata.nothing:*',
      'protoPayload.metadata.took!=NULL_VALUE',
      'protoPayload.metadata.nothing!=x',
    );
    no(
      'protoPayload.metadata.took=NULL_VALUE',
      'protoPayload.metadata.nothing="NULL_VALUE"',
      'protoPayload.metadata.nothing!=NULL_VALUE',
    );
  });

  it('searches all fields for text, but neither their names nor the times', () => {
    yes(
      '"user DOES not"',
      'abc123',
      'asia-northeast1',
      'run.services.create',
      '404',
      'error',
      '"access" AND "image"',
      '-nowhere',
    );
    no('"does not access"', '"2025-01-10T12:00:00.500"', 'principalEmail', '40');
  });

  it('matches RE2 expressions anywhere in the text, with regard to case', () => {
    yes(
      'protoPayload.methodName=~"Services\\.(Create|Replace)Service$"',
      'resource.type=~"^cloud"',
      'resource.type!~"^run"',
      'resource.type=~"(?i)CLOUD"',
      'logName=~"activity"',
    );
    no('resource.type=~"CLOUD"', 'protoPayload.status.code=~"403"', 'protoPayload.methodName!~"Create"');
  });

  it('calls functions', () => {
    yes(
      'log_id("cloudaudit.googleapis.com/activity")',
      'LOG_ID(cloudaudit.googleapis.com/activity)',
      'source(projects/demo)',
      'source("projects/demo")',
      'sample(insertId, 1)',
      'ip_in_net(httpRequest.remoteIp, "10.0.0.0/8")',
      'CAST(protoPayload.status.code, STRING)=~"^4\\d\\d$"',
      'CAST(timestamp, STRING)=~"^2025-01-10T12"',
      'REGEXP_EXTRACT(protoPayload.status.message, "image (\\S+)")="a/b:c"',
      'CAST(REGEXP_EXTRACT(httpRequest.remoteIp, "^[0-9]+"), INT64) > 9',
      'SEARCH("IMAGE access")',
      'SEARCH(protoPayload.methodName, "run createservice")',
      'SEARCH("`does not have`")',
      'SEARCH(protoPayload, "access")',
    );
    no(
      'log_id("activity")',
      'source(folders/1)',
      'source(projects/dem)',
      'sample(insertId, 0)',
      'sample(jsonPayload.x, 1)',
      'ip_in_net(httpRequest.remoteIp, "11.0.0.0/8")',
      'ip_in_net(insertId, "10.0.0.0/8")',
      'CAST(insertId, INT64)!=1',
      'REGEXP_EXTRACT(protoPayload.status.message, "nothing (.)")!=""',
      'SEARCH("imag")',
      'SEARCH(protoPayload.methodName, "image")',
      'SEARCH("`not does`")',
      'SEARCH("`oes not`")',
    );
    expect(
      matches('ip_in_net(jsonPayload.ip, "2001:db8::/32")', { jsonPayload: { ip: '2001:db8::1' } }),
    ).toBe(true);
  });

  it('samples the same entries each time, about as many as asked', () => {
    const ids = Array.from({ length: 2000 }, (_, n) => `id${n}`);
    const sampled = compileFilter('sample(insertId, 0.25)');
    const chosen = ids.filter((insertId) => sampled({ ...entry, insertId }));
    expect(chosen.length).toBeGreaterThan(400);
    expect(chosen.length).toBeLessThan(600);
    expect(ids.filter((insertId) => sampled({ ...entry, insertId }))).toEqual(chosen);
  });

  it.each([
    ['thud=3', "field 'thud' not found at line 1, column 1"],
    ['severity=ERROR\nAND operation.thud=3', "field 'operation.thud' not found at line 2, column 5"],
    ['textPayload.thud=3', "field 'textPayload.thud' not found"],
    ['labels.a.b=3', "field 'labels.a.b' not found"],
    ['severity=WARN', "'WARN' is no severity, as 'severity' wants it, at line 1, column 9"],
    ['timestamp>yesterday', "'yesterday' is no timestamp"],
    ['timestamp>"2025-02-30"', "'2025-02-30' is no timestamp"],
    ['httpRequest.status=x', "'x' is no number"],
    ['httpRequest.latency>5', "'5' is no duration"],
    ['operation.first>true', "'>' does not apply to 'operation.first'"],
    ['resource="x"', "'resource' has fields of its own: only ':' applies to it"],
    ['severity=~"E"', "'=~' applies to text, which 'severity' is not"],
    ['textPayload=~"a("', 'invalid regular expression: '],
    ['textPayload=~"(?=a)"', 'invalid regular expression: '],
    ['REGEXP_EXTRACT(textPayload, "(a)(b)")=x', 'has 2 capturing groups'],
    ['ip_in_net(httpRequest.remoteIp, "10.0.0.0/33")', "'10.0.0.0/33' is no subnet"],
    ['source(demo)', "'demo' is no project"],
    ['SEARCH("--")', 'the query has no words'],
    ['CAST(resource, STRING)=x', "'resource' has fields of its own and cannot be cast"],
  ])('refuses %j', (filter, message) => {
    expect(() => compileFilter(filter)).toThrowError(
      expect.objectContaining({ status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });

  it('agrees with a plain reading of comparisons over payload fields', () => {
    type Value = string | number | boolean;
    const value: fc.Arbitrary<Value> = fc.oneof(
      fc.constantFrom('a', 'A', 'ab', 'b', '5', 'true'),
      fc.integer({ min: -9, max: 9 }),
      fc.boolean(),
    );
    const op = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', ':');
    const term = fc.record({
      key: fc.constantFrom('x', 'y', 'z'),
      op,
      literal: fc.constantFrom('a', 'AB', '5', '-3', 'true', 'b'),
      negated: fc.boolean(),
    });
    type Term = { key: string; op: string; literal: string; negated: boolean };
    const naive = (payload: Record<string, Value>, { key, op: o, literal, negated }: Term): boolean => {
      const actual = payload[key];
      let result = false;
      if (actual !== undefined) {
        const wanted: Value | undefined =
          typeof actual === 'string'
            ? literal.toLowerCase()
            : typeof actual === 'number'
              ? Number.isNaN(Number(literal))
                ? undefined
                : Number(literal)
              : literal === 'true'
                ? true
                : undefined;
        const left = typeof actual === 'string' ? actual.toLowerCase() : actual;
        if (wanted === undefined) result = o === '!=';
        else if (o === ':' && typeof left === 'string') result = left.includes(String(wanted));
        else if (o === '=' || o === ':') result = left === wanted;
        else if (o === '!=') result = left !== wanted;
        else if (o === '<') result = left < wanted;
        else if (o === '<=') result = left <= wanted;
        else if (o === '>') result = left > wanted;
        else result = left >= wanted;
      }
      return negated ? !result : result;
    };
    const payload = fc.dictionary(fc.constantFrom('x', 'y', 'z'), value);
    // Groups of alternatives, all of which must hold: the language's own precedence.
    fc.assert(
      fc.property(
        payload,
        fc.array(fc.array(term, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
        (fields, groups) => {
          const filter = groups
            .map((group) =>
              group.map((t) => `${t.negated ? '-' : ''}jsonPayload.${t.key}${t.op}${t.literal}`).join(' OR '),
            )
            .join(' ');
          const { protoPayload: _none, ...rest } = entry;
          const wanted = groups.every((group) => group.some((t) => naive(fields, t)));
          expect(compileFilter(filter)({ ...rest, jsonPayload: fields })).toBe(wanted);
        },
      ),
      { numRuns: 500 },
    );
  });
});
