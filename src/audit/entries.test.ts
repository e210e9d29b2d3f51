import { describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../names/index.js';
import { activityEntry, imageReadWarningEntry, systemEventEntry } from './audit-entries.js';
import { compileFilter } from './query/index.js';
import { cloudRunRevision, containerLogEntry, requestLogEntry, varlogEntry } from './run-entries.js';

const time = new Date('2025-01-10T12:00:00.123Z');
const revision = {
  project: 'demo',
  location: 'asia-northeast1',
  service: 'web',
  configuration: 'web',
  revision: 'web-00001-abc',
};
const owner = { kind: 'service' as const, ...revision };
const service = { project: 'demo', location: 'asia-northeast1', service: 'web' };

const call = {
  project: 'demo',
  serviceName: 'run.googleapis.com',
  methodName: 'google.cloud.run.v1.Services.CreateService',
  resourceName: 'namespaces/demo/services/web',
  monitored: cloudRunRevision(service),
  caller: { principal: { kind: 'user', email: 'alice@example.com' }, oauthClientId: '32555940559.apps' },
  authorizations: [
    { permission: 'run.services.create', resource: 'namespaces/demo/services/web', granted: true },
  ],
  request: { '@type': 'type.googleapis.com/google.cloud.run.v1.CreateServiceRequest' },
  response: { '@type': 'type.googleapis.com/google.cloud.run.v1.Service' },
  callerIp: '127.0.0.1',
  userAgent: 'google-cloud-sdk gcloud/528.0.0',
  location: 'asia-northeast1',
  time,
} as const;

describe('audit entries', () => {
  it('describe a call that succeeded as an activity of severity NOTICE', () => {
    expect(activityEntry(call)).toEqual({
      logName: 'projects/demo/logs/cloudaudit.googleapis.com%2Factivity',
      resource: {
        type: 'cloud_run_revision',
        labels: {
          project_id: 'demo',
          location: 'asia-northeast1',
          service_name: 'web',
          configuration_name: '',
          revision_name: '',
        },
      },
      timestamp: '2025-01-10T12:00:00.123Z',
      severity: 'NOTICE',
      protoPayload: {
        '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
        authenticationInfo: {
          principalEmail: 'alice@example.com',
          principalSubject: 'user:alice@example.com',
          oauthInfo: { oauthClientId: '32555940559.apps' },
        },
        authorizationInfo: [
          {
            granted: true,
            permission: 'run.services.create',
            permissionType: 'ADMIN_WRITE',
            resource: 'namespaces/demo/services/web',
            resourceAttributes: {},
          },
        ],
        requestMetadata: {
          callerIp: '127.0.0.1',
          callerSuppliedUserAgent: 'google-cloud-sdk gcloud/528.0.0',
          requestAttributes: { time: '2025-01-10T12:00:00.123Z', auth: {} },
          destinationAttributes: {},
        },
        serviceName: 'run.googleapis.com',
        methodName: 'google.cloud.run.v1.Services.CreateService',
        resourceName: 'namespaces/demo/services/web',
        request: call.request,
        response: call.response,
        resourceLocation: { currentLocations: ['asia-northeast1'] },
      },
    });
  });

  it('tell on whose behalf a service account called, and with which of its keys', () => {
    const authenticated = (delegation?: readonly string[], keyName?: string) => {
      const origin = { ...(delegation ? { delegation } : {}), ...(keyName ? { keyName } : {}) };
      const principal = { kind: 'serviceAccount', email: 'ci@demo.iam.gserviceaccount.com' } as const;
      return activityEntry({ ...call, caller: { principal, origin } }).protoPayload?.authenticationInfo;
    };
    const own = {
      principalEmail: 'ci@demo.iam.gserviceaccount.com',
      principalSubject: 'serviceAccount:ci@demo.iam.gserviceaccount.com',
    };
    const member =
      'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s';
    expect(
      authenticated(['serviceAccount:a@demo.iam.gserviceaccount.com', 'user:alice@example.com']),
    ).toEqual({
      ...own,
      serviceAccountDelegationInfo: [
        { firstPartyPrincipal: { principalEmail: 'a@demo.iam.gserviceaccount.com' } },
        { firstPartyPrincipal: { principalEmail: 'alice@example.com' } },
      ],
    });
    expect(authenticated([member])).toEqual({
      ...own,
      serviceAccountDelegationInfo: [{ principalSubject: member }],
    });
    const key = 'projects/demo/serviceAccounts/ci@demo.iam.gserviceaccount.com/keys/0a1b';
    expect(authenticated(undefined, key)).toEqual({
      ...own,
      serviceAccountKeyName: `//iam.googleapis.com/${key}`,
    });
  });

  it('describe a refused call as an ERROR with the status and without a response', () => {
    const entry = activityEntry({
      ...call,
      authorizations: [{ ...call.authorizations[0], granted: false }],
      status: { code: 7, message: 'no' },
    });
    expect(entry.severity).toBe('ERROR');
    expect(entry.protoPayload).toMatchObject({ status: { code: 7, message: 'no' }, request: call.request });
    expect(entry.protoPayload).not.toHaveProperty('response');
    expect(entry.protoPayload).toHaveProperty('authorizationInfo[0].granted', false);
  });

  it('go to the data access log for reads, and say nothing of an anonymous caller', () => {
    const entry = activityEntry({ ...call, caller: { principal: ANONYMOUS }, permissionType: 'DATA_READ' });
    expect(entry.logName).toBe('projects/demo/logs/cloudaudit.googleapis.com%2Fdata_access');
    expect(entry.severity).toBe('INFO');
    expect(entry.protoPayload).toMatchObject({ authenticationInfo: {} });
  });

  it('carry operations and service data, and an empty status where the API has one', () => {
    const entry = activityEntry({
      ...call,
      status: {},
      operation: { id: 'op', producer: 'run.googleapis.com', first: true },
      extra: { serviceData: { policyDelta: {} } },
    });
    expect(entry).toMatchObject({
      severity: 'NOTICE',
      operation: { first: true },
      protoPayload: { status: {}, serviceData: { policyDelta: {} } },
    });
  });

  it('describe what the system did without a caller, keeping the response of a failure', () => {
    const event = {
      ...{ project: 'demo', serviceName: 'run.googleapis.com', methodName: '/Services.CreateService', time },
      resourceName: 'namespaces/demo/revisions/web-00001-abc',
      monitored: cloudRunRevision(revision),
      response: { '@type': 'type.googleapis.com/google.cloud.run.v1.Revision' },
    };
    const ready = systemEventEntry({
      ...event,
      status: { message: 'Ready condition status changed to True for Service web.' },
    });
    expect(ready).toMatchObject({
      severity: 'INFO',
      logName: 'projects/demo/logs/cloudaudit.googleapis.com%2Fsystem_event',
    });
    expect(ready.protoPayload).not.toHaveProperty('authenticationInfo');
    const failed = systemEventEntry({ ...event, status: { code: 9, message: 'no' } });
    expect(failed).toMatchObject({
      severity: 'ERROR',
      protoPayload: { status: { code: 9 }, response: event.response },
    });
  });

  it("are found by the announcement's query when they warn of an image that the user cannot read", () => {
    const { response: _none, ...facts } = call;
    const message =
      'Cloud Run API check failed. User does not have access to image asia-northeast1-docker.pkg.dev/demo/r/i:latest';
    const entry = imageReadWarningEntry({ ...facts, message });
    expect(entry.protoPayload).toMatchObject({ status: { code: 403, message } });
    const matches = compileFilter(
      'resource.type = "cloud_run_revision"\nseverity=ERROR\n"User does not have access to image"',
    );
    const stored = { insertId: 'i', receiveTimestamp: time.toISOString(), timestamp: time.toISOString() };
    expect(matches({ ...entry, ...stored })).toBe(true);
    expect(matches({ ...activityEntry(call), ...stored })).toBe(false);
  });
});

describe('container output', () => {
  const output = { owner, instanceId: '00f46b', time };
  const entryOf = (line: string) => containerLogEntry({ ...output, stream: 'stdout', line });

  it('is text of no severity, whichever stream it came from', () => {
    for (const stream of ['stdout', 'stderr'] as const) {
      expect(containerLogEntry({ ...output, stream, line: 'listening on 8080' })).toEqual({
        logName: `projects/demo/logs/run.googleapis.com%2F${stream}`,
        resource: cloudRunRevision(revision),
        labels: { instanceId: '00f46b' },
        timestamp: '2025-01-10T12:00:00.123Z',
        severity: 'DEFAULT',
        textPayload: 'listening on 8080',
      });
    }
  });

  it('is structured when it is a JSON object: special fields move out of the payload', () => {
    const entry = entryOf(
      JSON.stringify({
        severity: 'warning',
        message: 'hello',
        n: { deep: [1] },
        time: '2025-01-10T12:00:00.000001Z',
        httpRequest: { requestMethod: 'GET', status: 200, latency: '0.25s' },
        'logging.googleapis.com/insertId': 'id1',
        'logging.googleapis.com/labels': { user: 'bob', tries: 3 },
        'logging.googleapis.com/operation': { id: 'o', producer: 'p', first: true },
        'logging.googleapis.com/sourceLocation': { file: 'a.js', line: '12', function: 'f' },
        'logging.googleapis.com/spanId': '000000000000004a',
        'logging.googleapis.com/trace': 'projects/demo/traces/06796866738c859f2f19b7cfb3214824',
        'logging.googleapis.com/trace_sampled': true,
      }),
    );
    expect(entry).toMatchObject({
      severity: 'WARNING',
      timestamp: '2025-01-10T12:00:00.000001Z',
      insertId: 'id1',
      labels: { user: 'bob', tries: '3', instanceId: '00f46b' },
      httpRequest: { requestMethod: 'GET', status: 200, latency: '0.250s' },
      operation: { id: 'o', producer: 'p', first: true },
      sourceLocation: { file: 'a.js', line: '12', function: 'f' },
      spanId: '000000000000004a',
      trace: 'projects/demo/traces/06796866738c859f2f19b7cfb3214824',
      traceSampled: true,
    });
    expect(entry.jsonPayload).toEqual({ message: 'hello', n: { deep: [1] } });
    expect(entry).not.toHaveProperty('textPayload');
  });

  it.each([
    ['ERROR', 'ERROR'],
    ['critical', 'CRITICAL'],
    ['warn', 'WARNING'],
    ['fatal', 'CRITICAL'],
    [500, 'ERROR'],
    [450, 'WARNING'],
    ['200', 'INFO'],
    ['loud', 'DEFAULT'],
    ['constructor', 'DEFAULT'],
    [null, 'DEFAULT'],
  ])('has severity %j read as %s', (severity, wanted) => {
    expect(entryOf(JSON.stringify({ severity, message: 'm' })).severity).toBe(wanted);
  });

  it('takes its time in the forms that loggers write', () => {
    const seconds = 1_736_510_400;
    for (const fields of [
      { timestamp: { seconds, nanos: 5 } },
      { timestampSeconds: seconds, timestampNanos: 5 },
      { timestampSeconds: String(seconds), timestampNanos: '5' },
      { timestamp: '2025-01-10T12:00:00.000000005Z' },
    ]) {
      expect(entryOf(JSON.stringify({ ...fields, message: 'm' }))).toMatchObject({
        timestamp: '2025-01-10T12:00:00.000000005Z',
        jsonPayload: { message: 'm' },
      });
    }
  });

  it('keeps special fields of the wrong shape in the payload', () => {
    const odd = {
      time: 'noon',
      httpRequest: 'GET /',
      'logging.googleapis.com/labels': { a: {} },
      'logging.googleapis.com/trace': 5,
      timestampSeconds: 'x',
    };
    const entry = entryOf(JSON.stringify(odd));
    expect(entry.jsonPayload).toEqual(odd);
    expect(entry.timestamp).toBe('2025-01-10T12:00:00.123Z');
  });

  it('stays text when it only looks like JSON, is no object, or nests too deep', () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    for (const line of ['{"a":', '[1,2]', '"x"', '42', 'null', '', deep]) {
      expect(entryOf(line)).toMatchObject({ textPayload: line, severity: 'DEFAULT' });
    }
    expect(entryOf('{"__proto__":{"x":1}}').jsonPayload).toEqual(JSON.parse('{"__proto__":{"x":1}}'));
  });
});

describe("Cloud Run's own entries", () => {
  const request = {
    ...revision,
    ...{
      method: 'GET',
      url: 'https://web-1.asia-northeast1.run.app/',
      requestBytes: 10,
      responseBytes: 20,
      latencyMs: 12.345,
    },
    ...{ userAgent: 'curl/8', remoteIp: '127.0.0.1', protocol: 'HTTP/1.1', instanceId: 'i', time },
  };

  it('describe requests in proto JSON, severe as their status', () => {
    expect(requestLogEntry({ ...request, status: 200 })).toMatchObject({
      logName: 'projects/demo/logs/run.googleapis.com%2Frequests',
      severity: 'INFO',
      labels: { instanceId: 'i' },
      httpRequest: {
        requestMethod: 'GET',
        requestSize: '10',
        status: 200,
        responseSize: '20',
        latency: '0.012345s',
        protocol: 'HTTP/1.1',
      },
    });
    expect(requestLogEntry({ ...request, status: 403 }).severity).toBe('WARNING');
    expect(requestLogEntry({ ...request, status: 503, message: 'no instance' })).toMatchObject({
      severity: 'ERROR',
      textPayload: 'no instance',
    });
  });

  it('tell what happens to instances', () => {
    expect(
      varlogEntry({
        owner,
        instanceId: 'i',
        message: 'Container called exit(1).',
        severity: 'WARNING',
        time,
      }),
    ).toMatchObject({
      logName: 'projects/demo/logs/run.googleapis.com%2Fvarlog%2Fsystem',
      severity: 'WARNING',
      textPayload: 'Container called exit(1).',
    });
  });
});
