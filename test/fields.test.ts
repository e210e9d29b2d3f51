/** Everything that gcloud's flags can say of a service: sent, shown again, exported, and replaced by what was exported. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servicePath } from './support/deploys.js';
import { must, TestPlane } from './support/plane.js';
import { newProject } from './support/policies.js';
import { Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { OWNER, REGION } from './support/world.js';

const P = 'fields';
const HELLO = 'us-docker.pkg.dev/cloudrun/container/hello';
const WHERE = ['--region', REGION, '--project', P, '--quiet'];
const DEPLOY = [
  ...['alpha', 'run', 'deploy', 'web', ...WHERE, '--async', '--no-allow-unauthenticated'],
  ...['--description', 'the web', '--ingress', 'internal', '--no-invoker-iam-check', '--no-default-url'],
  ...['--min', '1', '--max', '7', '--min-instances', '2', '--max-instances', '5', '--concurrency', '12'],
  ...[
    '--timeout',
    '90',
    '--session-affinity',
    '--no-deploy-health-check',
    '--no-cpu-throttling',
    '--cpu-boost',
  ],
  ...['--execution-environment', 'gen2', '--labels', 'team=web', '--tag', 'first'],
  ...['--add-custom-audiences', 'https://web.example.com'],
  ...['--add-volume', 'name=scratch,type=in-memory,size-limit=64Mi'],
  ...['--container', 'app', '--image', HELLO, '--port', '9000', '--use-http2', '--depends-on', 'proxy'],
  ...[
    '--cpu',
    '2',
    '--memory',
    '1Gi',
    '--command',
    '/app',
    '--args',
    'serve,now',
    '--set-env-vars',
    'A=1,B=two',
  ],
  ...['--set-secrets', 'S=own:latest,T=projects/123456/secrets/other:3,/etc/secrets/db=db-password:latest'],
  ...['--add-volume-mount', 'volume=scratch,mount-path=/scratch'],
  ...['--startup-probe', 'tcpSocket.port=9000,initialDelaySeconds=1,periodSeconds=2,failureThreshold=30'],
  ...['--liveness-probe', 'httpGet.path=/alive,httpGet.port=9000,periodSeconds=30'],
  // gcloud 528 reads a container's readiness probe from the flag of its liveness probe.
  ...['--readiness-probe', 'httpGet.path=/alive,httpGet.port=9000,periodSeconds=30'],
  ...[
    '--container',
    'proxy',
    '--image',
    HELLO,
    '--cpu',
    '0.5',
    '--memory',
    '256Mi',
    '--set-env-vars',
    'PORT=8888',
    '--startup-probe',
    'tcpSocket.port=8888',
  ],
  ...['--add-volume-mount', 'volume=scratch,mount-path=/shared'],
];

const PROBE = {
  httpGet: { path: '/alive', port: 9000 },
  periodSeconds: 30,
  timeoutSeconds: 1,
  failureThreshold: 3,
};

/** A Knative Service, as far as these tests look into it. */
interface Shown {
  readonly metadata: { readonly generation: number; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly template: {
      readonly metadata: {
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations: Readonly<Record<string, string>>;
      };
      readonly spec: {
        readonly containers: readonly { readonly volumeMounts?: readonly { readonly name: string }[] }[];
        readonly volumes?: readonly unknown[];
      };
    };
  };
  readonly status: { readonly latestCreatedRevisionName: string };
}

describe.runIf(canRun('gcloud'))("what gcloud's flags say of a service", () => {
  let plane: TestPlane;
  let rest: Rest;

  const gcloud = (words: readonly string[]) => must(plane.gcloud(OWNER, words));
  const described = () => rest.ok(OWNER, 'GET', servicePath(P, 'web')) as Promise<Shown>;
  const updated = async (...flags: readonly string[]) => {
    await gcloud(['alpha', 'run', 'services', 'update', 'web', ...WHERE, '--async', ...flags]);
    return described();
  };

  beforeAll(async () => {
    // Nothing has to run: what is stored is looked at.
    plane = await TestPlane.start({ args: ['--runtime', 'none'] });
    rest = new Rest(plane);
    await newProject(plane, P, ['run.googleapis.com']);
    await gcloud(DEPLOY);
  });
  afterAll(() => plane.dispose());

  it('is shown by v1', async () => {
    const service = await described();
    expect(service.metadata).toMatchObject({
      labels: { team: 'web' },
      annotations: {
        'run.googleapis.com/custom-audiences': '["https://web.example.com"]',
        'run.googleapis.com/default-url-disabled': 'true',
        'run.googleapis.com/description': 'the web',
        'run.googleapis.com/ingress': 'internal',
        'run.googleapis.com/invoker-iam-disabled': 'true',
        'run.googleapis.com/minScale': '1',
        'run.googleapis.com/maxScale': '7',
      },
    });
    const { metadata, spec } = service.spec.template;
    const alias = 'other-6436c36a-3acc-71b1-5309-0f95e80ce267';
    expect(metadata).toMatchObject({
      labels: { 'run.googleapis.com/startupProbeType': 'Custom' },
      annotations: {
        'autoscaling.knative.dev/minScale': '2',
        'autoscaling.knative.dev/maxScale': '5',
        'run.googleapis.com/container-dependencies': '{"app":["proxy"]}',
        'run.googleapis.com/cpu-throttling': 'false',
        'run.googleapis.com/execution-environment': 'gen2',
        'run.googleapis.com/health-check-disabled': 'true',
        'run.googleapis.com/secrets': `${alias}:projects/123456/secrets/other`,
        'run.googleapis.com/sessionAffinity': 'true',
        'run.googleapis.com/startup-cpu-boost': 'true',
      },
    });
    const [app, proxy] = spec.containers;
    const secretVolume = app?.volumeMounts?.find(({ name }) => name !== 'scratch')?.name;
    expect(spec).toMatchObject({ containerConcurrency: 12, timeoutSeconds: 90 });
    expect(spec.volumes).toEqual([
      { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
      {
        name: secretVolume,
        secret: { secretName: 'db-password', items: [{ key: 'latest', path: 'db' }] },
      },
    ]);
    expect(app).toEqual({
      name: 'app',
      image: HELLO,
      command: ['/app'],
      args: ['serve', 'now'],
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: 'two' },
        { name: 'S', valueFrom: { secretKeyRef: { name: 'own', key: 'latest' } } },
        { name: 'T', valueFrom: { secretKeyRef: { name: alias, key: '3' } } },
      ],
      ports: [{ name: 'h2c', containerPort: 9000 }],
      resources: { limits: { cpu: '2', memory: '1Gi' } },
      volumeMounts: [
        { name: secretVolume, mountPath: '/etc/secrets' },
        { name: 'scratch', mountPath: '/scratch' },
      ],
      startupProbe: {
        tcpSocket: { port: 9000 },
        initialDelaySeconds: 1,
        periodSeconds: 2,
        timeoutSeconds: 1,
        failureThreshold: 30,
      },
      livenessProbe: PROBE,
      readinessProbe: PROBE,
    });
    expect(proxy).toEqual({
      name: 'proxy',
      image: HELLO,
      env: [{ name: 'PORT', value: '8888' }],
      resources: { limits: { cpu: '0.5', memory: '256Mi' } },
      volumeMounts: [{ name: 'scratch', mountPath: '/shared' }],
      startupProbe: { tcpSocket: { port: 8888 }, periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3 },
    });
  });

  it('is shown by v2 in fields', async () => {
    const path = `run.googleapis.com/v2/projects/${P}/locations/${REGION}/services/web`;
    expect(await rest.ok(OWNER, 'GET', path)).toMatchObject({
      description: 'the web',
      ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
      invokerIamDisabled: true,
      defaultUriDisabled: true,
      customAudiences: ['https://web.example.com'],
      scaling: { minInstanceCount: 1, maxInstanceCount: 7 },
      template: {
        sessionAffinity: true,
        healthCheckDisabled: true,
        executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN2',
        maxInstanceRequestConcurrency: 12,
        timeout: '90s',
        scaling: { minInstanceCount: 2, maxInstanceCount: 5 },
        volumes: [
          { name: 'scratch', emptyDir: { medium: 'MEMORY', sizeLimit: '64Mi' } },
          { secret: { secret: 'db-password', items: [{ version: 'latest', path: 'db' }] } },
        ],
        containers: [
          {
            name: 'app',
            dependsOn: ['proxy'],
            ports: [{ name: 'h2c', containerPort: 9000 }],
            livenessProbe: PROBE,
            readinessProbe: PROBE,
          },
          { name: 'proxy', volumeMounts: [{ name: 'scratch', mountPath: '/shared' }] },
        ],
      },
    });
  });

  it('comes back whole when its export replaces it, without a new revision', async () => {
    const before = await described();
    const { stdout } = await gcloud(['run', 'services', 'describe', 'web', ...WHERE, '--format', 'export']);
    const file = path.join(plane.data, 'exported.yaml');
    await writeFile(file, stdout);
    await gcloud(['alpha', 'run', 'services', 'replace', file, ...WHERE, '--async']);
    const after = await described();
    expect(after.spec).toEqual(before.spec);
    expect(after.status.latestCreatedRevisionName).toBe(before.status.latestCreatedRevisionName);
    expect(after.metadata.generation).toBe(before.metadata.generation + 1);
  });

  it('scales by hand and by itself again', async () => {
    const scaling = ({ metadata }: Shown) =>
      Object.fromEntries(Object.entries(metadata.annotations).filter(([name]) => /scal|manual/i.test(name)));
    expect(scaling(await updated('--scaling', '3'))).toEqual({
      'run.googleapis.com/scalingMode': 'manual',
      'run.googleapis.com/manualInstanceCount': '3',
    });
    expect(scaling(await updated('--scaling', 'auto', '--min', '2'))).toEqual({
      'run.googleapis.com/minScale': '2',
    });
  });

  it('is taken back flag by flag', async () => {
    const service = await updated(
      ...['--no-session-affinity', '--deploy-health-check', '--default-url', '--invoker-iam-check'],
      ...['--min', 'default', '--cpu-throttling', '--no-cpu-boost', '--remove-containers', 'proxy'],
      ...[
        '--container',
        'app',
        '--no-use-http2',
        '--depends-on',
        '',
        '--liveness-probe',
        '',
        '--startup-probe',
        '',
      ],
      ...['--clear-secrets', '--clear-env-vars', '--clear-volume-mounts'],
    );
    const { metadata, spec } = service.spec.template;
    expect(Object.keys(metadata.annotations)).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/sessionAffinity|health-check|dependencies|secrets|cpu/),
      ]),
    );
    expect(metadata.labels['run.googleapis.com/startupProbeType']).toBe('Default');
    expect(Object.keys(service.metadata.annotations)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/default-url|invoker-iam|minScale/)]),
    );
    expect(spec.containers).toEqual([
      {
        name: 'app',
        // gcloud pins an image that it does not change to the digest of the revision before.
        image: expect.stringContaining(HELLO),
        command: ['/app'],
        args: ['serve', 'now'],
        ports: [{ name: 'http1', containerPort: 9000 }],
        resources: { limits: { cpu: '2', memory: '1Gi' } },
        readinessProbe: PROBE,
        startupProbe: {
          tcpSocket: { port: 9000 },
          timeoutSeconds: 240,
          periodSeconds: 240,
          failureThreshold: 1,
        },
      },
    ]);
  });
});
