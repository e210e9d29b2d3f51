/** The rules for what instances run, alike for all kinds; spelled as v2 spells them. */
import { describe, expect, it } from 'vitest';
import type { InstanceTemplate } from '../../deployments/index.js';
import { GoogleError, type JsonObject, type JsonValue } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import { V2_DIALECT } from '../run-v2/dialect.js';
import { asInProtos, Fields } from './fields.js';
import { parseInstance } from './instance.js';
import { checkTotals } from './resources.js';

const image = 'gcr.io/a/b';
const AT = 'Violation in CreateServiceRequest.service.template';

function parse(template: JsonObject, kind: RunKind = 'service'): InstanceTemplate {
  const fields = Fields.of(template, AT, asInProtos);
  const parsed = parseInstance(fields, { kind, name: 'web', projectNumber: '42' }, V2_DIALECT);
  fields.done();
  return parsed;
}

const alone = (container: JsonObject, rest: JsonObject = {}): JsonObject => ({
  containers: [{ image, ...container }],
  ...rest,
});

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GoogleError) return error.message.replace(`${AT}.`, '');
    throw error;
  }
  throw new Error('accepted');
}

const memory = (name: string): JsonObject => ({ name, emptyDir: {} });
const mounted = (...paths: readonly string[]): JsonObject =>
  alone({ volumeMounts: paths.map((mountPath) => ({ name: 'v', mountPath })) }, { volumes: [memory('v')] });

describe('the containers of a service', () => {
  it('are one that takes the requests, and others beside it', () => {
    const { containers } = parse({
      containers: [
        { image, name: 'app', dependsOn: ['proxy', 'cache'], ports: [{ containerPort: 9000, name: 'h2c' }] },
        { image, name: 'proxy', env: [{ name: 'PORT', value: '8888' }] },
        { image, name: 'cache', dependsOn: ['proxy'] },
      ],
    });
    expect(containers.map(({ name, port, dependsOn }) => ({ name, port, dependsOn }))).toEqual([
      { name: 'app', port: { number: 9000, protocol: 'h2c' }, dependsOn: ['proxy', 'cache'] },
      { name: 'proxy', port: undefined, dependsOn: [] },
      { name: 'cache', port: undefined, dependsOn: ['proxy'] },
    ]);
  });

  const named = (...names: readonly string[]) =>
    names.map((name, index): JsonObject => ({ image, name, ...(index === 0 ? { ports: [{}] } : {}) }));

  it.each<[string, JsonValue[], string]>([
    [
      'two without a port',
      [
        { image, name: 'a' },
        { image, name: 'b' },
      ],
      'template.containers: Revision template should contain exactly one container with an exposed port.',
    ],
    [
      'two with a port',
      [
        { image, name: 'a', ports: [{}] },
        { image, name: 'b', ports: [{}] },
      ],
      'template.containers: Revision template should contain exactly one container with an exposed port.',
    ],
    [
      'two of a name',
      named('a', 'a'),
      "template.containers[1].name: The name 'a' is given to two containers.",
    ],
    [
      'a second one without a name',
      [...named('a'), { image }],
      'containers[1].name: A name is required where there are several containers.',
    ],
    [
      'a name in capitals',
      named('App'),
      "containers[0].name: Invalid container name 'App': only lower-case letters, digits and dashes, at most 63.",
    ],
    [
      'eleven',
      named(...Array.from({ length: 11 }, (_, index) => `c${index}`)),
      'template.containers: No more than 10 containers may be given.',
    ],
    [
      'one that waits for nobody that is there',
      [{ image, name: 'a', ports: [{}], dependsOn: ['b'] }],
      "template.containers[0].depends_on: The container 'a' depends on 'b', which is no container of the template.",
    ],
    [
      'two that wait for each other',
      [
        { image, name: 'a', ports: [{}], dependsOn: ['b'] },
        { image, name: 'b', dependsOn: ['a'] },
      ],
      "template.containers[0].depends_on: The container 'a' depends on itself, directly or through others.",
    ],
    ['two ports', [{ image, ports: [{}, {}] }], 'containers[0].ports: ports should contain 0 or 1 port.'],
    [
      'a port for HTTP/3',
      [{ image, ports: [{ name: 'h3' }] }],
      "containers[0].ports[0].name: The port name 'h3' is not supported: it must be 'http1' or 'h2c'.",
    ],
    [
      'a port out of range',
      [{ image, ports: [{ containerPort: 65536 }] }],
      'containers[0].ports[0].container_port: Invalid value 65536: must be between 0 and 65535.',
    ],
    [
      'the port as a variable',
      [{ image, env: [{ name: 'PORT', value: '1' }] }],
      'containers[0].env: The following reserved env names were provided: PORT. These values are automatically set by the system.',
    ],
  ])('are not %s', (_, containers, message) => {
    expect(refusal(() => parse({ containers }))).toBe(message);
  });
});

describe('the containers of jobs and worker pools', () => {
  it('have no port and no probe of their own making', () => {
    const [container] = parse(alone({}), 'job').containers;
    expect(container).toMatchObject({ name: 'web-1', image });
    expect(container?.port).toBeUndefined();
    expect(container?.startupProbe).toBeUndefined();
  });

  it.each<[string, RunKind, JsonObject, string]>([
    ['a port', 'job', alone({ ports: [{}] }), 'Ports are only supported in the containers of services.'],
    [
      'the task’s number as a variable',
      'job',
      alone({ env: [{ name: 'CLOUD_RUN_TASK_INDEX', value: '0' }] }),
      'reserved env names were provided: CLOUD_RUN_TASK_INDEX.',
    ],
    [
      'the pool’s name as a variable',
      'workerPool',
      alone({ env: [{ name: 'CLOUD_RUN_WORKER_POOL', value: 'x' }] }),
      'reserved env names were provided: CLOUD_RUN_WORKER_POOL.',
    ],
    [
      'a probe without a port to ask',
      'workerPool',
      alone({ livenessProbe: { httpGet: {} } }),
      'containers[0].liveness_probe.http_get.port: This field is required in a container without a port of its own.',
    ],
    [
      'half a CPU',
      'job',
      alone({ resources: { limits: { cpu: '0.5' } } }),
      'template.containers.resources.limits.cpu: Invalid value specified for cpu. Total cpu < 1 is not supported with gen2 execution environment.',
    ],
    [
      'too little memory for their generation',
      'job',
      alone({ resources: { limits: { memory: '256Mi' } } }),
      'template.containers[0].resources.limits.memory: Invalid value specified for memory with gen2 execution environment. For 1.0 CPU, memory must be between 512Mi and 4Gi inclusive.',
    ],
  ])('are refused %s', (_, kind, template, message) => {
    expect(refusal(() => parse(template, kind))).toContain(message);
  });

  it('may call a variable what another kind keeps to itself', () => {
    const env = [
      { name: 'PORT', value: '1' },
      { name: 'K_SERVICE', value: 's' },
    ];
    expect(parse(alone({ env }), 'job').containers[0]?.env).toEqual(env);
  });
});

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
      'readiness_probe.success_threshold: Invalid value: it must be 1.',
    ],
  ])('are not %s', (_, container, message) => {
    expect(refusal(() => parse(alone(container)))).toBe(`containers[0].${message}`);
  });
});

describe('volumes', () => {
  it('hold secrets or are memory', () => {
    const { volumes, containers } = parse(
      alone(
        {
          volumeMounts: [
            { name: 's', mountPath: '/secrets' },
            { name: 'm', mountPath: '/scratch', subPath: 'a/b' },
          ],
        },
        {
          volumes: [
            {
              name: 's',
              secret: {
                secret: 'projects/other/secrets/db',
                defaultMode: 0o400,
                items: [{ path: 'db/password', version: '3', mode: 0o440 }, { path: 'newest' }],
              },
            },
            { name: 'm', emptyDir: { medium: 'MEMORY', sizeLimit: '64Mi' } },
          ],
        },
      ),
    );
    expect(volumes).toEqual([
      {
        kind: 'secret',
        name: 's',
        secret: 'projects/other/secrets/db',
        defaultMode: 0o400,
        items: [
          { path: 'db/password', version: '3', mode: 0o440 },
          { path: 'newest', version: 'latest' },
        ],
      },
      { kind: 'memory', name: 'm', sizeLimit: '64Mi' },
    ]);
    expect(containers[0]?.volumeMounts).toEqual([
      { name: 's', mountPath: '/secrets' },
      { name: 'm', mountPath: '/scratch', subPath: 'a/b' },
    ]);
  });

  const secret = (source: JsonObject): JsonObject[] => [{ name: 's', secret: { secret: 'db', ...source } }];

  it.each<[string, JsonObject[], string]>([
    [
      'without a source',
      [{ name: 'v' }],
      "volumes[0]: The volume 'v' needs a source: a secret or an empty directory.",
    ],
    [
      'with two sources',
      [{ name: 'v', emptyDir: {}, secret: { secret: 'db' } }],
      'volumes[0]: Only one volume source may be given.',
    ],
    ['of one name', [memory('v'), memory('v')], "volumes[1].name: The volume 'v' is given more than once."],
    [
      'with a name that is none',
      [memory('V')],
      "volumes[0].name: Invalid volume name 'V': only lower-case letters, digits and dashes, at most 63.",
    ],
    ['of a bucket', [{ name: 'v', gcs: { bucket: 'b' } }], 'volumes[0].gcs: This field is not supported.'],
    [
      'of a server',
      [{ name: 'v', nfs: { server: 's', path: '/' } }],
      'volumes[0].nfs: This field is not supported.',
    ],
    [
      'of Cloud SQL',
      [{ name: 'cloudsql', cloudSqlInstance: { instances: ['a:b:c'] } }],
      'volumes[0].cloud_sql_instance: This field is not supported.',
    ],
    [
      'on a disk',
      [{ name: 'v', emptyDir: { medium: 'DISK' } }],
      "volumes[0].empty_dir.medium: Invalid value 'DISK': must be one of MEMORY.",
    ],
    [
      'of an unreadable size',
      [{ name: 'v', emptyDir: { sizeLimit: 'much' } }],
      "volumes[0].empty_dir.size_limit: Invalid quantity 'much'.",
    ],
    [
      'of a secret without a name',
      secret({ secret: '' }),
      'volumes[0].secret.secret: required field not present.',
    ],
    [
      'of a secret’s version by its full name',
      secret({ secret: 'projects/p/secrets/s/versions/1' }),
      "volumes[0].secret.secret: Invalid secret 'projects/p/secrets/s/versions/1': expected SECRET or projects/PROJECT/secrets/SECRET.",
    ],
    [
      'that leave their directory',
      secret({ items: [{ path: '../etc/passwd' }] }),
      "volumes[0].secret.items[0].path: Invalid path '../etc/passwd': it must be relative and must not contain '..'.",
    ],
    [
      'with a file twice',
      secret({ items: [{ path: 'a' }, { path: 'a' }] }),
      "volumes[0].secret.items[1].path: The path 'a' is given more than once.",
    ],
    [
      'with permissions that are none',
      secret({ defaultMode: 512 }),
      'volumes[0].secret.default_mode: Invalid value 512: must be between 0 and 511.',
    ],
  ])('are not %s', (_, volumes, message) => {
    expect(refusal(() => parse(alone({}, { volumes })))).toBe(message);
  });

  it.each<[string, JsonObject, string]>([
    [
      'a volume that is not there',
      alone({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      "[0].name: The volume 'v' is not among the template's volumes.",
    ],
    ['nowhere', mounted(''), "[0].mount_path: Invalid mount path '': it must be absolute."],
    ['a relative path', mounted('v'), "[0].mount_path: Invalid mount path 'v': it must be absolute."],
    ['a colon', mounted('/a:b'), "[0].mount_path: Invalid mount path '/a:b': it must not contain ':'."],
    ['the root', mounted('//'), "[0].mount_path: Invalid mount path '//': it must not be the root."],
    [
      'the kernel’s file systems',
      mounted('//proc/1'),
      "[0].mount_path: Invalid mount path '//proc/1': it must not lie in /proc, /sys or /dev.",
    ],
    [
      'the kernel’s file systems by a detour',
      mounted('/a/../proc'),
      "[0].mount_path: Invalid mount path '/a/../proc': it must not contain '..'.",
    ],
    ['one path twice', mounted('/a', '/a/'), "[1].mount_path: The path '/a/' is mounted more than once."],
  ])('are not mounted at %s', (_, template, message) => {
    expect(refusal(() => parse(template))).toBe(`containers[0].volume_mounts${message}`);
  });
});

describe('CPU and memory together', () => {
  const asked = (...limits: readonly (readonly [string, string])[]) =>
    limits.map(
      ([cpu, bytes], index): JsonObject => ({
        image,
        name: `c${index}`,
        resources: { limits: { cpu, memory: bytes }, cpuIdle: true },
        ...(index === 0 ? { ports: [{}] } : {}),
      }),
    );
  const check = (containers: JsonObject[], environment?: 'gen1' | 'gen2', concurrency = 1) => {
    const fields = Fields.of({ containers }, AT, asInProtos);
    const parsed = parseInstance(fields, { kind: 'service', name: 'web', projectNumber: '42' }, V2_DIALECT);
    checkTotals(fields, parsed.containers, environment, concurrency);
  };

  it.each<[string, JsonObject[]]>([
    ['the least', asked(['0.08', '128Mi'])],
    ['the most', asked(['8', '32Gi'])],
    ['eight CPUs with as little memory as may be', asked(['8', '4Gi'])],
    ['sidecars that share it', asked(['1', '2Gi'], ['0.5', '1Gi'], ['0.5', '1Gi'])],
  ])('may be %s', (_, containers) => {
    expect(() => check(containers)).not.toThrow();
  });

  it.each<[string, JsonObject[], string]>([
    ['a CPU and a half', asked(['1.5', '1Gi']), "limits.cpu: Invalid value specified for cpu: '1.5'."],
    ['nine CPUs', asked(['9', '4Gi']), "limits.cpu: Invalid value specified for cpu: '9'."],
    ['nine CPUs in two', asked(['8', '4Gi'], ['1', '1Gi']), 'Total cpu must not be greater than 8.'],
    ['no memory', asked(['1', '0']), "limits.memory: Invalid value specified for memory: '0'."],
    [
      'too little memory',
      asked(['1', '127Mi']),
      'For 1.0 CPU, memory must be between 128Mi and 4Gi inclusive.',
    ],
    ['too much for one', asked(['1', '5Gi']), 'For 1.0 CPU, memory must be between 128Mi and 4Gi inclusive.'],
    [
      'too much for half',
      asked(['0.5', '2Gi']),
      'For 0.5 CPU, memory must be between 128Mi and 1Gi inclusive.',
    ],
    [
      'too little for four',
      asked(['4', '1Gi']),
      'For 4.0 CPU, memory must be between 2Gi and 16Gi inclusive.',
    ],
    [
      'too much for two in two',
      asked(['1', '4Gi'], ['1', '5Gi']),
      'For 2.0 CPU, memory must be between 128Mi and 8Gi',
    ],
  ])('are not %s', (_, containers, message) => {
    expect(refusal(() => check(containers))).toContain(message);
  });

  it('of less than a CPU serve one request at a time, in the first generation', () => {
    const half = asked(['0.5', '512Mi']);
    const at =
      'template.containers.resources.limits.cpu: Invalid value specified for cpu. Total cpu < 1 is not supported with';
    expect(refusal(() => check(half, undefined, 80))).toBe(`${at} concurrency > 1.`);
    expect(refusal(() => check(half, 'gen2', 1))).toBe(`${at} gen2 execution environment.`);
    const [container = {}] = half;
    const always = [{ ...container, resources: { limits: { cpu: '0.5' }, cpuIdle: false } }];
    expect(refusal(() => check(always))).toBe(`${at} cpu-throttling set to false.`);
  });
});
