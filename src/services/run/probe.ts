/** Startup probes, which v1 and v2 spell alike. */
import { defaultProbe, type Probe, type ProbeCheck } from '../../deployments/index.js';
import { badField, type JsonObject } from '../../google/index.js';
import type { Fields } from './fields.js';

/**
 * A startup probe (https://cloud.google.com/run/docs/reference/rest/v1/Container#Probe: at most 240 s each, and no
 * attempt may outlast its period). The default probe, as describe answers it and clients send it back, is the same as none.
 */
export function parseProbe(fields: Fields | undefined, port: number): Probe | undefined {
  if (!fields) return undefined;
  const timing = {
    initialDelaySeconds: fields.integer('initialDelaySeconds', 0, 240) ?? 0,
    timeoutSeconds: fields.integer('timeoutSeconds', 1, 240) ?? 1,
    periodSeconds: fields.integer('periodSeconds', 1, 240) ?? 10,
    failureThreshold: fields.integer('failureThreshold', 1, 240) ?? 3,
  };
  if (timing.timeoutSeconds > timing.periodSeconds) {
    throw badField(fields.at('timeoutSeconds'), 'timeoutSeconds must not be greater than periodSeconds.');
  }
  const tcp = fields.child('tcpSocket');
  const http = fields.child('httpGet');
  fields.unsupported('grpc', 'exec').skip('successThreshold').done();
  if (!tcp && !http) throw badField(fields.path, 'One of tcpSocket and httpGet is required.');
  if (tcp && http) throw badField(fields.path, 'Only one of tcpSocket and httpGet may be given.');
  if (tcp) {
    const check = { kind: 'tcp', port: tcp.integer('port', 1, 65535) ?? port } as const;
    tcp.unsupported('host').done();
    return isDefaultTiming(timing) ? undefined : { ...timing, check };
  }
  const check = {
    kind: 'http',
    port: http?.integer('port', 1, 65535) ?? port,
    path: http?.string('path') ?? '/',
    headers: httpHeaders(http),
  } as const;
  http?.unsupported('host', 'scheme').done();
  if (!check.path.startsWith('/'))
    throw badField(`${fields.at('httpGet')}.path`, 'The path must start with /.');
  return { ...timing, check };
}

function isDefaultTiming(timing: Omit<Probe, 'check'>): boolean {
  const { initialDelaySeconds, timeoutSeconds, periodSeconds, failureThreshold } = defaultProbe(0);
  return (
    timing.initialDelaySeconds === initialDelaySeconds &&
    timing.timeoutSeconds === timeoutSeconds &&
    timing.periodSeconds === periodSeconds &&
    timing.failureThreshold === failureThreshold
  );
}

function httpHeaders(http: Fields | undefined): Record<string, string> {
  return Object.fromEntries(
    (http?.objects('httpHeaders') ?? []).map((header) => [
      header.string('name') ?? '',
      header.string('value') ?? '',
    ]),
  );
}

/** A probe as both versions show it; the default one where the client set none. */
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
    case 'http':
      return {
        httpGet: {
          path: check.path,
          port: check.port,
          httpHeaders: Object.entries(check.headers).map(([name, value]) => ({ name, value })),
        },
      };
  }
}
