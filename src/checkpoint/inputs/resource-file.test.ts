import { describe, expect, it } from 'vitest';
import { type FileDefaults, readResourceFile } from './resource-file.js';

const ALICE = 'user:alice@example.com';

const read = (text: string, defaults: Partial<FileDefaults> = {}) =>
  readResourceFile(
    { bytes: Buffer.from(text), file: 'web.yaml' },
    { as: ALICE, region: 'asia-northeast1', project: 'myproject-a', ...defaults },
  );

async function only(text: string, defaults: Partial<FileDefaults> = {}) {
  const { deploys } = await read(text, defaults);
  expect(deploys).toHaveLength(1);
  const [deploy] = deploys;
  if (!deploy) throw new Error('no deploy');
  return deploy;
}

const SERVICE = `apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: web
  namespace: '891566352225'
  labels:
    cloud.googleapis.com/location: us-central1
  annotations:
    run.googleapis.com/ingress: all
spec:
  template:
    metadata:
      annotations:
        run.googleapis.com/secrets: shared:projects/7/secrets/shared-key
        run.googleapis.com/network-interfaces: '[{"network":"default"}]'
    spec:
      serviceAccountName: runtime@myproject-a.iam.gserviceaccount.com
      containers:
      - image: us-docker.pkg.dev/myproject-a/r/web
        env:
        - name: PLAIN
          value: x
        - name: KEY
          valueFrom:
            secretKeyRef: {name: shared, key: '3'}
      - name: proxy
        image: nginx
      volumes:
      - name: certificates
        secret:
          secretName: tls
          items:
          - {key: latest, path: a}
          - {key: '2', path: b}
`;

describe('a service in v1', () => {
  it('is read as gcloud run services replace reads it', async () => {
    const { request, origin } = await only(SERVICE, { project: undefined, region: undefined } as never);
    expect(request).toEqual({
      kind: 'service',
      apiVersion: 'v1',
      name: 'web',
      project: '891566352225',
      region: 'us-central1',
      as: ALICE,
      images: ['us-docker.pkg.dev/myproject-a/r/web', 'nginx'],
      serviceAccount: 'runtime@myproject-a.iam.gserviceaccount.com',
      secrets: [
        {
          env: 'KEY',
          name: 'projects/7/secrets/shared-key',
          version: '3',
          field: 'spec.template.spec.containers[0].env[1].value_from.secret_key_ref.name',
        },
        ...['latest', '2'].map((version) => ({
          mount: 'certificates',
          name: 'tls',
          version,
          field: 'spec.template.spec.volumes[0].secret.secret_name',
        })),
      ],
      invokerIamDisabled: false,
      replaces: true,
      open: [
        {
          field: 'spec.template.metadata.annotations[run.googleapis.com/network-interfaces]',
          why: "the service agent's use of a network is not judged",
          topic: 'network',
        },
      ],
    });
    expect(origin).toEqual({
      label: 'web.yaml',
      places: {
        resource: { file: 'web.yaml', line: 4, column: 9 },
        serviceAccount: { file: 'web.yaml', line: 17, column: 27 },
        'images[0]': { file: 'web.yaml', line: 19, column: 16 },
        'images[1]': { file: 'web.yaml', line: 27, column: 16 },
        'secrets[0]': { file: 'web.yaml', line: 25, column: 34 },
        'secrets[1]': { file: 'web.yaml', line: 31, column: 23 },
        'secrets[2]': { file: 'web.yaml', line: 31, column: 23 },
        'open[0]': { file: 'web.yaml', line: 15, column: 9 },
      },
    });
  });

  it('lies where the command line says, then where it says itself, then where the environment does', async () => {
    const where = async (defaults: Partial<FileDefaults>, text = SERVICE) => {
      const { project, region } = (await only(text, defaults)).request;
      return { project, region };
    };
    const otherwise = { project: 'from-env', region: 'europe-west1' };
    expect(await where({ otherwise })).toEqual({ project: '891566352225', region: 'asia-northeast1' });
    const bare = SERVICE.replace(/ {2}namespace:.*\n {2}labels:\n.*\n/, '');
    expect(await where({ otherwise }, bare)).toEqual({ project: 'myproject-a', region: 'asia-northeast1' });
    const nothing = { project: undefined, region: undefined, otherwise } as never;
    expect(await where(nothing, bare)).toEqual({ project: 'from-env', region: 'europe-west1' });
  });

  it('turns the check of invokers off by an annotation', async () => {
    const open = SERVICE.replace('ingress: all', "invoker-iam-disabled: 'True'");
    expect((await only(open)).request.invokerIamDisabled).toBe(true);
  });

  it('takes merged keys and its number of the project without quotes, as gcloud does', async () => {
    const merged = SERVICE.replace("'891566352225'", '891566352225').replace(
      '- image: us-docker.pkg.dev/myproject-a/r/web',
      '- <<: {image: us-docker.pkg.dev/myproject-a/r/web}',
    );
    const { request } = await only(merged);
    expect(request).toMatchObject({
      project: '891566352225',
      images: [expect.stringMatching(/web$/), 'nginx'],
    });
  });
});

describe('jobs and worker pools in v1', () => {
  it('are read with the paths at which they have what services have elsewhere', async () => {
    const job = `apiVersion: run.googleapis.com/v1
kind: Job
metadata: {name: nightly}
spec:
  template:
    spec:
      taskCount: 3
      template:
        spec:
          containers:
          - image: us-docker.pkg.dev/myproject-b/r/job
            env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: latest}}}]`;
    expect((await only(job)).request).toMatchObject({
      kind: 'job',
      apiVersion: 'v1',
      images: ['us-docker.pkg.dev/myproject-b/r/job'],
      secrets: [
        {
          field: 'spec.template.spec.template.spec.containers[0].env[0].value_from.secret_key_ref.name',
        },
      ],
    });
    const pool = `apiVersion: run.googleapis.com/v1
kind: WorkerPool
metadata: {name: queue}
spec: {template: {spec: {containers: [{image: nginx}]}}, instanceSplits: [{latestRevision: true, percent: 100}]}`;
    expect((await only(pool)).request).toMatchObject({ kind: 'workerPool', apiVersion: 'v2' });
  });
});

describe('v2', () => {
  const service = {
    name: 'projects/myproject-a/locations/us-central1/services/web',
    invokerIamDisabled: true,
    template: {
      serviceAccount: 'runtime@myproject-a.iam.gserviceaccount.com',
      encryptionKey: 'projects/p/locations/l/keyRings/r/cryptoKeys/k',
      vpcAccess: { egress: 'ALL_TRAFFIC' },
      containers: [
        {
          image: 'us-docker.pkg.dev/myproject-a/r/web',
          env: [
            { name: 'A', valueSource: { secretKeyRef: { secret: 'projects/p/secrets/s', version: '1' } } },
          ],
        },
      ],
      volumes: [
        { name: 'v', secret: { secret: 's' } },
        { name: 'b', gcs: { bucket: 'x' } },
      ],
    },
    uri: 'https://web-x.a.run.app',
  };

  it('says everything by its name', async () => {
    const { request } = await only(JSON.stringify(service, null, 2), {
      project: undefined,
      region: undefined,
    } as never);
    expect(request).toMatchObject({
      kind: 'service',
      apiVersion: 'v2',
      name: 'web',
      project: 'myproject-a',
      region: 'us-central1',
      invokerIamDisabled: true,
      secrets: [
        { env: 'A', name: 'projects/p/secrets/s', version: '1' },
        { mount: 'v', name: 's', version: 'latest' },
      ],
    });
    expect(request.open?.map(({ field, topic }) => [field, topic])).toEqual([
      ['template.encryptionKey', 'key'],
      ['template.volumes[1].gcs', 'bucket'],
    ]);
  });

  it('may spell fields as the protos do', async () => {
    const text = JSON.stringify({
      name: 'web',
      template: {
        max_instance_request_concurrency: 3,
        service_account: 'a@p.iam.gserviceaccount.com',
        containers: [{ image: 'nginx' }],
      },
    });
    expect((await only(text)).request.serviceAccount).toBe('a@p.iam.gserviceaccount.com');
  });

  it.each([
    ['job', { template: { template: { containers: [{ image: 'nginx' }] } } }],
    ['service', { template: { containers: [{ image: 'nginx' }], timeout: '5s' } }],
    ['service', { ingress: 'INGRESS_TRAFFIC_ALL', template: { containers: [{ image: 'nginx' }] } }],
    ['workerPool', { instanceSplits: [], template: { containers: [{ image: 'nginx' }] } }],
  ])('tells a %s by its fields', async (kind, body) => {
    expect((await only(JSON.stringify({ name: 'x', ...body }))).request.kind).toBe(kind);
  });

  it('wants a full name of what may be a service or a worker pool', async () => {
    const body = JSON.stringify({ name: 'x', template: { containers: [{ image: 'nginx' }] } });
    await expect(read(body)).rejects.toThrow('This may be a service or a worker pool');
  });
});

describe('a file', () => {
  it('may hold several documents, empty ones and lists', async () => {
    const second = SERVICE.replace('name: web', 'name: api');
    const { deploys } = await read(`---\n${SERVICE}---\n---\n${second}`);
    expect(
      deploys.map(({ request, origin }) => [request.name, origin?.label, origin?.places.resource?.line]),
    ).toEqual([
      ['web', 'web.yaml (web)', 5],
      ['api', 'web.yaml (api)', 41],
    ]);
  });

  it('passes over what is none of Cloud Run’s where a directory is read, and only there', async () => {
    const mixed = `${SERVICE}---\napiVersion: apps/v1\nkind: Deployment\n---\njust text\n`;
    expect(await read(mixed, { lenient: true })).toMatchObject({ deploys: [{}], others: 2 });
    await expect(read(mixed)).rejects.toThrow(
      'web.yaml:36:13: Deployment of apps/v1 is none of what is judged',
    );
  });
});
