/** Which containers go together, in services, jobs and worker pools. */
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import { alone, image, parse, refusal } from './testing-instances.js';

const listening = (port: number) => ({ tcpSocket: { port } });

describe('the containers of a service', () => {
  it('are one that takes the requests, and others beside it', () => {
    const { containers } = parse({
      containers: [
        { image, name: 'app', dependsOn: ['proxy', 'cache'], ports: [{ containerPort: 9000, name: 'h2c' }] },
        { image, name: 'proxy', env: [{ name: 'PORT', value: '8888' }], startupProbe: listening(8888) },
        { image, name: 'cache', dependsOn: ['proxy'], startupProbe: listening(6379) },
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
    [
      'one that waits for another whose start nobody looks at',
      [
        { image, name: 'a', dependsOn: ['c'], startupProbe: listening(1) },
        { image, name: 'b', dependsOn: ['a', 'd'] },
        { image, name: 'c', ports: [{}] },
        { image, name: 'd' },
      ],
      "template.containers[1].depends_on: Dependent container 'd' must have startup probe specified",
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
      'containers[0].ports[0].container_port: Invalid value 65536: must be between 1 and 65535.',
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
