/** Services at random, for tests: whatever the model can say that clients can say. */
import fc from 'fast-check';
import type {
  Container,
  EnvVar,
  Probe,
  ServiceRecord,
  ServiceScaling,
  ServiceSpec,
  Template,
  Volume,
  VolumeMount,
} from '../../deployments/index.js';

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
const secretName = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
  fc.stringMatching(/^projects\/[1-9][0-9]{5}\/secrets\/[A-Za-z0-9_-]{1,12}$/),
);
const version = fc.constantFrom('latest', '1', '42', 'prod');
const printable = fc.string({ minLength: 0, maxLength: 12 }).filter((text) => !text.includes('\0'));
const port = fc.integer({ min: 1, max: 65535 });

/** Both keys and values as JSON keeps them: integer-like keys would change their order. */
export const strings = fc
  .dictionary(
    fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,7}[a-z0-9])?$/),
    fc.stringMatching(/^[a-z0-9-]{0,8}$/),
    {
      maxKeys: 3,
    },
  )
  .map((map) => ({ ...map }));

const check: fc.Arbitrary<Probe['check']> = fc.oneof(
  fc.record({ kind: fc.constant('tcp' as const), port }),
  fc.record({ kind: fc.constant('grpc' as const), port, service: fc.constantFrom('', 'a.B') }),
  fc.record({
    kind: fc.constant('http' as const),
    port,
    path: fc.constantFrom('/', '/ready?x=1'),
    headers: fc
      .dictionary(fc.stringMatching(/^X-[a-z]{1,5}$/), fc.stringMatching(/^[ -~]{0,8}$/), { maxKeys: 2 })
      .map((map) => ({ ...map })),
  }),
);

const probe: fc.Arbitrary<Probe> = fc
  .record({
    initialDelaySeconds: fc.integer({ min: 0, max: 240 }),
    timeoutSeconds: fc.integer({ min: 1, max: 20 }),
    periodSeconds: fc.integer({ min: 20, max: 60 }),
    failureThreshold: fc.integer({ min: 1, max: 4 }),
    check,
  })
  .map((made) => made);

const volume = (name: string): fc.Arbitrary<Volume> =>
  fc.oneof(
    fc.constant<Volume>({ kind: 'memory', name }),
    fc.constantFrom('64Mi', '1G').map((sizeLimit): Volume => ({ kind: 'memory', name, sizeLimit })),
    fc
      .record({
        secret: secretName,
        defaultMode: fc.option(fc.integer({ min: 1, max: 0o777 }), { nil: undefined }),
        items: fc.uniqueArray(
          fc.record({
            path: label,
            version,
            mode: fc.option(fc.integer({ min: 1, max: 0o777 }), { nil: undefined }),
          }),
          { selector: ({ path }) => path, maxLength: 2 },
        ),
      })
      .map(
        ({ secret, defaultMode, items }): Volume => ({
          kind: 'secret',
          name,
          secret,
          ...(defaultMode === undefined ? {} : { defaultMode }),
          items: items.map(({ path, version: of, mode }) => ({
            path,
            version: of,
            ...(mode === undefined ? {} : { mode }),
          })),
        }),
      ),
  );

const env: fc.Arbitrary<readonly EnvVar[]> = fc.uniqueArray(
  fc.oneof(
    fc.record({ name: fc.stringMatching(/^V[A-Z_]{0,6}$/), value: printable }),
    fc.record({
      name: fc.stringMatching(/^S[A-Z_]{0,6}$/),
      secret: fc.record({ name: secretName, version }),
    }),
  ),
  { selector: ({ name }) => name, maxLength: 3 },
);

interface ContainerParts {
  readonly name: string;
  readonly volumes: readonly Volume[];
  readonly port: Container['port'];
  /** May wait for these. */
  readonly earlier: readonly string[];
}

function container({ name, volumes, port: own, earlier }: ContainerParts): fc.Arbitrary<Container> {
  const mounts: fc.Arbitrary<readonly VolumeMount[]> = fc
    .subarray(volumes.map(({ name: of }) => of))
    .chain((names) =>
      fc.tuple(
        ...names.map((of) => fc.option(label, { nil: undefined }).map((subPath) => ({ of, subPath }))),
      ),
    )
    .map((chosen) =>
      chosen.map(({ of, subPath }) => ({
        name: of,
        mountPath: `/mnt/${of}`,
        ...(subPath === undefined ? {} : { subPath }),
      })),
    );
  return fc
    .record({
      image: fc.constantFrom('gcr.io/a/b', 'nginx@sha256:0'),
      command: fc.array(printable, { maxLength: 2 }),
      args: fc.array(printable, { maxLength: 2 }),
      env,
      workingDir: fc.constantFrom(undefined, '/srv'),
      cpu: fc.constantFrom('1', '1000m'),
      memory: fc.constantFrom('512Mi', '1Gi'),
      cpuIdle: fc.boolean(),
      startupCpuBoost: fc.boolean(),
      startupProbe: fc.option(probe, { nil: undefined }),
      livenessProbe: fc.option(probe, { nil: undefined }),
      readinessProbe: fc.option(probe, { nil: undefined }),
      dependsOn: fc.subarray([...earlier]),
      volumeMounts: mounts,
    })
    .map(({ workingDir, startupProbe, livenessProbe, readinessProbe, ...rest }) => ({
      ...rest,
      name,
      ...(own === undefined ? {} : { port: own }),
      ...(workingDir === undefined ? {} : { workingDir }),
      ...(startupProbe === undefined ? {} : { startupProbe }),
      ...(livenessProbe === undefined ? {} : { livenessProbe }),
      ...(readinessProbe === undefined ? {} : { readinessProbe }),
    }));
}

/** Containers wait for those only whose start is looked at. */
export function waitingForProbed(containers: readonly Container[]): Container[] {
  const probed = containers.filter(({ port, startupProbe }) => port ?? startupProbe);
  const names = new Set(probed.map(({ name }) => name));
  return containers.map((one) => ({ ...one, dependsOn: one.dependsOn.filter((other) => names.has(other)) }));
}

/** What runs in an instance of a service, one of whose containers takes requests. */
export const instances = fc
  .record({
    names: fc.uniqueArray(label, { minLength: 1, maxLength: 3 }),
    volumes: fc.uniqueArray(label, { maxLength: 2 }).chain((names) => fc.tuple(...names.map(volume))),
    ingress: fc.nat(),
    port: fc.record({ number: port, protocol: fc.constantFrom('http1' as const, 'h2c' as const) }),
  })
  .chain(({ names, volumes, ingress, port: own }) =>
    fc.record({
      volumes: fc.constant(volumes),
      containers: fc
        .tuple(
          ...names.map((name, index) =>
            container({
              name,
              volumes,
              port: index === ingress % names.length ? own : undefined,
              earlier: names.slice(0, index),
            }),
          ),
        )
        .map(waitingForProbed),
    }),
  );

export const client = fc.record({ name: label, version: fc.constantFrom('', '528.0.0') });

const template: fc.Arbitrary<Template> = fc
  .record({
    labels: strings,
    annotations: strings,
    client,
    revisionName: fc.constantFrom(undefined, 'web-first'),
    serviceAccount: fc.constant('runtime@p.iam.gserviceaccount.com'),
    concurrency: fc.integer({ min: 1, max: 1000 }),
    timeoutSeconds: fc.integer({ min: 1, max: 3600 }),
    minInstances: fc.integer({ min: 0, max: 5 }),
    maxInstances: fc.integer({ min: 5, max: 1000 }),
    sessionAffinity: fc.boolean(),
    healthCheckDisabled: fc.boolean(),
    executionEnvironment: fc.constantFrom(undefined, 'gen1' as const, 'gen2' as const),
    parts: instances,
  })
  .map(({ parts, revisionName, executionEnvironment, ...rest }) => ({
    ...rest,
    ...parts,
    ...(revisionName === undefined ? {} : { revisionName }),
    ...(executionEnvironment === undefined ? {} : { executionEnvironment }),
  }));

const scaling: fc.Arbitrary<ServiceScaling> = fc.oneof(
  fc.integer({ min: 0, max: 1000 }).map((count): ServiceScaling => ({ kind: 'manual', instances: count })),
  fc.integer({ min: 0, max: 5 }).map((minInstances): ServiceScaling => ({ kind: 'automatic', minInstances })),
  fc
    .record({ minInstances: fc.integer({ min: 0, max: 5 }), maxInstances: fc.integer({ min: 5, max: 9 }) })
    .map((counts): ServiceScaling => ({ kind: 'automatic', ...counts })),
);

/** What a service may be; its name is `web`. */
export const anySpec: fc.Arbitrary<ServiceSpec> = fc.record({
  labels: strings,
  annotations: strings,
  client,
  description: fc.constantFrom('', 'the web'),
  ingress: fc.constantFrom('all', 'internal', 'internal-and-load-balancer'),
  launchStage: fc.constantFrom('GA', 'BETA', 'ALPHA'),
  customAudiences: fc.array(label, { maxLength: 2 }),
  invokerIamDisabled: fc.boolean(),
  defaultUriDisabled: fc.boolean(),
  scaling,
  template,
  traffic: fc.constantFrom<ServiceSpec['traffic']>(
    [{ percent: 100, revision: { latest: true } }],
    [
      { percent: 30, revision: { name: 'web-one' }, tag: 'one' },
      { percent: 70, revision: { latest: true } },
      { percent: 0, revision: { name: 'web-two' }, tag: 'two' },
    ],
  ),
});

/** The same spec with CPU allocated alike to all containers: v1 says it of the template as a whole. */
export function alikeInCpu(spec: ServiceSpec): ServiceSpec {
  const [first] = spec.template.containers;
  if (!first) throw new Error('a template has containers');
  const { cpuIdle, startupCpuBoost } = first;
  const containers = spec.template.containers.map((each) => ({ ...each, cpuIdle, startupCpuBoost }));
  return { ...spec, template: { ...spec.template, containers } };
}

/** A resource with that spec, as every kind is stored. */
export const storedWith = <Spec>(spec: Spec) => ({
  project: 'demo-project',
  location: 'asia-northeast1',
  name: 'web',
  projectNumber: '42',
  uid: 'u',
  generation: 1,
  observedGeneration: 1,
  createTime: '2026-01-01T00:00:00.000Z',
  updateTime: '2026-01-01T00:00:00.000Z',
  creator: 'a@example.com',
  lastModifier: 'a@example.com',
  operationId: 'o',
  spec,
  conditions: [],
});

/** A service with that spec, as it is stored. */
export const recordOf = (spec: ServiceSpec): ServiceRecord => ({
  ...storedWith(spec),
  latestCreatedRevision: 'web-00001-abc',
  traffic: [],
});
