import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { alone, parse, refusal } from './testing-instances.js';

describe('probes', () => {
  it('ask the container’s port unless they name one', () => {
    const [container] = parse(
      alone({
        ports: [{ containerPort: 9000 }],
        startupProbe: { tcpSocket: {}, failureThreshold: 5 },
        livenessProbe: { httpGet: { path: '/alive', httpHeaders: [{ name: 'X-A', value: 'b' }] } },
        readinessProbe: { grpc: { service: 'a.B', port: 9001 } },
      }),
    ).containers;
    expect(container).toMatchObject({
      startupProbe: { periodSeconds: 10, failureThreshold: 5, check: { kind: 'tcp', port: 9000 } },
      livenessProbe: { check: { kind: 'http', port: 9000, path: '/alive', headers: { 'X-A': 'b' } } },
      readinessProbe: { check: { kind: 'grpc', port: 9001, service: 'a.B' } },
    });
  });

  it('that are Cloud Run’s own are as good as none, on the container’s own port only', () => {
    const own = { timeoutSeconds: 240, periodSeconds: 240, failureThreshold: 1 };
    const probe = (port: number) =>
      parse(alone({ startupProbe: { ...own, tcpSocket: { port } } })).containers[0]?.startupProbe;
    expect(probe(8080)).toBeUndefined();
    expect(probe(8081)).toMatchObject({ check: { kind: 'tcp', port: 8081 } });
  });

  it('of startup may go on for ten minutes in jobs; success once is what they wait for anyway', () => {
    const probe = (failureThreshold: number) =>
      alone({ startupProbe: { tcpSocket: { port: 1 }, failureThreshold, successThreshold: 1 } });
    expect(parse(probe(60), 'job').containers[0]?.startupProbe).toMatchObject({ failureThreshold: 60 });
    expect(refusal(() => parse(probe(61), 'job'))).toMatch(/must not be greater than 600, but is 610\.$/);
    expect(refusal(() => parse(probe(25), 'workerPool'))).toMatch(/must not be greater than 240/);
  });

  it.each<[string, JsonObject, string]>([
    ['of no kind', { startupProbe: {} }, 'startup_probe: One of tcpSocket, httpGet and grpc is required.'],
    [
      'of two kinds',
      { livenessProbe: { httpGet: {}, grpc: {} } },
      'liveness_probe: Only one of tcpSocket, httpGet and grpc may be given.',
    ],
    [
      'of startup that wait longer than Cloud Run does',
      { startupProbe: { tcpSocket: {}, initialDelaySeconds: 241 } },
      'startup_probe.initial_delay_seconds: Invalid value 241: must be between 0 and 240.',
    ],
    [
      'of startup that go on for longer than Cloud Run waits',
      { startupProbe: { tcpSocket: {}, periodSeconds: 10, failureThreshold: 25 } },
      'startup_probe.failure_threshold: failureThreshold times periodSeconds must not be greater than 240, but is 250.',
    ],
    [
      'of liveness that wait for more than an hour',
      { livenessProbe: { httpGet: {}, initialDelaySeconds: 3601 } },
      'liveness_probe.initial_delay_seconds: Invalid value 3601: must be between 0 and 3600.',
    ],
    [
      'that outlast their period',
      { livenessProbe: { httpGet: {}, timeoutSeconds: 11 } },
      'liveness_probe.timeout_seconds: timeoutSeconds must not be greater than periodSeconds.',
    ],
    [
      'that run commands',
      { livenessProbe: { httpGet: {}, exec: { command: ['x'] } } },
      'liveness_probe.exec: This field is not supported.',
    ],
    [
      'over TLS',
      { livenessProbe: { httpGet: { scheme: 'HTTPS' } } },
      "liveness_probe.http_get.scheme: The scheme 'HTTPS' is not supported: use 'HTTP'.",
    ],
    [
      'with a header that would end the request',
      { livenessProbe: { httpGet: { httpHeaders: [{ name: 'X', value: 'a\r\nb' }] } } },
      "liveness_probe.http_get.http_headers[0].value: 'a\r\nb' is no value of a header.",
    ],
    [
      'that must succeed twice',
      { readinessProbe: { httpGet: {}, successThreshold: 2 } },
      'readiness_probe.success_threshold: A probe that must succeed more than once is not supported.',
    ],
  ])('are not %s', (_, container, message) => {
    expect(refusal(() => parse(alone(container)))).toBe(`containers[0].${message}`);
  });
});
