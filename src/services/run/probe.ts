/** Probes, which v1 and v2 spell alike (https://cloud.google.com/run/docs/configuring/healthchecks). */
import { defaultProbe, type Probe, type ProbeCheck } from '../../deployments/index.js';
import { badField, type JsonObject } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import type { Fields } from './fields.js';

/** Seconds: "Maximum value for liveness probe is 3600. Maximum value for startup probe is 240" (google.cloud.run.v2.Probe). */
const LONGEST = { startupProbe: 240, livenessProbe: 3600, readinessProbe: 3600 } as const;
/**
 * How long a container may take to start, in seconds: "calculated as failureThreshold * periodSeconds", of services
 * (https://cloud.google.com/run/docs/configuring/healthchecks) and of jobs
 * (https://cloud.google.com/run/docs/configuring/jobs/healthchecks).
 */
const LONGEST_START: Readonly<Record<RunKind, number>> = { service: 240, workerPool: 240, job: 600 };
/** An int32 in the protos. */
const MOST_FAILURES = 2 ** 31 - 1;
const KINDS = ['tcpSocket', 'httpGet', 'grpc'] as const;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

type ProbeName = keyof typeof LONGEST;

/**
 * A container's probe. The default startup probe, as describe answers it and clients send it back, is the same as none.
 * @param container the object whose field the probe is
 * @param port the container's, which probes without a port of their own ask; undefined where it has none
 * @param kind of resource that the container is of
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseProbe(
  container: Fields,
  name: ProbeName,
  port: number | undefined,
  kind: RunKind,
): Probe | undefined {
  const fields = container.child(name);
  if (!fields) return undefined;
  const longest = LONGEST[name];
  const timing = {
    initialDelaySeconds: fields.integer('initialDelaySeconds', 0, longest) ?? 0,
    timeoutSeconds: fields.integer('timeoutSeconds', 1, longest) ?? 1,
    periodSeconds: fields.integer('periodSeconds', 1, longest) ?? 10,
    failureThreshold: fields.integer('failureThreshold', 1, MOST_FAILURES) ?? 3,
  };
  if (timing.timeoutSeconds > timing.periodSeconds)
    throw badField(fields.at('timeoutSeconds'), 'timeoutSeconds must not be greater than periodSeconds.');
  const start = timing.failureThreshold * timing.periodSeconds;
  if (name === 'startupProbe' && start > LONGEST_START[kind])
    throw badField(
      fields.at('failureThreshold'),
      `failureThreshold times periodSeconds must not be greater than ${LONGEST_START[kind]}, but is ${start}.`,
    );
  const check = parseCheck(fields, port);
  const successes = fields.integer('successThreshold', 1, MOST_FAILURES) ?? 1;
  if (successes > 1)
    throw badField(
      fields.at('successThreshold'),
      'A probe that must succeed more than once is not supported.',
    );
  fields.unsupported('exec', 'terminationGracePeriodSeconds').done();
  const probe = { ...timing, check };
  return name === 'startupProbe' && isDefault(probe, port) ? undefined : probe;
}

function parseCheck(fields: Fields, port: number | undefined): ProbeCheck {
  const given = KINDS.flatMap((kind) => {
    const action = fields.child(kind);
    return action ? [{ kind, action }] : [];
  });
  const [first, second] = given;
  if (!first) throw badField(fields.path, 'One of tcpSocket, httpGet and grpc is required.');
  if (second) throw badField(fields.path, 'Only one of tcpSocket, httpGet and grpc may be given.');
  const { kind, action } = first;
  const asked = action.integer('port', 1, 65535) ?? port;
  if (asked === undefined)
    throw badField(action.at('port'), 'This field is required in a container without a port of its own.');
  switch (kind) {
    case 'tcpSocket':
      action.unsupported('host').done();
      return { kind: 'tcp', port: asked };
    case 'grpc': {
      const service = action.string('service') ?? '';
      action.done();
      return { kind: 'grpc', port: asked, service };
    }
    case 'httpGet':
      return httpCheck(action, asked);
  }
}

function httpCheck(action: Fields, port: number): ProbeCheck {
  const path = action.string('path') || '/';
  if (!path.startsWith('/')) throw badField(action.at('path'), 'The path must start with /.');
  const headers: Record<string, string> = {};
  for (const header of action.objects('httpHeaders')) {
    const name = header.string('name') ?? '';
    const value = header.string('value') ?? '';
    header.done();
    if (!HEADER_NAME.test(name)) throw badField(header.at('name'), `'${name}' is no name of a header.`);
    if (!HEADER_VALUE.test(value)) throw badField(header.at('value'), `'${value}' is no value of a header.`);
    if (Object.hasOwn(headers, name))
      throw badField(header.at('name'), `The header '${name}' is given more than once.`);
    headers[name] = value;
  }
  const scheme = action.string('scheme') ?? 'HTTP';
  if (scheme !== 'HTTP')
    throw badField(action.at('scheme'), `The scheme '${scheme}' is not supported: use 'HTTP'.`);
  action.unsupported('host').done();
  return { kind: 'http', port, path, headers };
}

function isDefault({ check, ...timing }: Probe, port: number | undefined): boolean {
  if (port === undefined || check.kind !== 'tcp' || check.port !== port) return false;
  const { initialDelaySeconds, timeoutSeconds, periodSeconds, failureThreshold } = defaultProbe(port);
  return (
    timing.initialDelaySeconds === initialDelaySeconds &&
    timing.timeoutSeconds === timeoutSeconds &&
    timing.periodSeconds === periodSeconds &&
    timing.failureThreshold === failureThreshold
  );
}

/** A probe as v1 shows it. */
export function probeView(probe: Probe): JsonObject {
  const { check } = probe;
  return {
    ...(probe.initialDelaySeconds === 0 ? {} : { initialDelaySeconds: probe.initialDelaySeconds }),
    timeoutSeconds: probe.timeoutSeconds,
    periodSeconds: probe.periodSeconds,
    failureThreshold: probe.failureThreshold,
    ...checkView(check),
  };
}

function checkView(check: ProbeCheck): JsonObject {
  switch (check.kind) {
    case 'tcp':
      return { tcpSocket: { port: check.port } };
    case 'grpc':
      return { grpc: { port: check.port, ...(check.service === '' ? {} : { service: check.service }) } };
    case 'http': {
      const headers = Object.entries(check.headers);
      return {
        httpGet: {
          path: check.path,
          port: check.port,
          ...(headers.length === 0 ? {} : { httpHeaders: headers.map(([name, value]) => ({ name, value })) }),
        },
      };
    }
  }
}
