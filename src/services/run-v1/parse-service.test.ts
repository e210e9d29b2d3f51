import { describe, expect, it } from 'vitest';
import type { ServiceRecord } from '../../deployments/index.js';
import { GoogleError, type JsonObject } from '../../google/index.js';
import { INVOKER_IAM_DISABLED } from './annotations.js';
import { parseService } from './parse-service.js';
import { decodeTarget } from './requests.js';
import { parseSelector } from './selectors.js';
import { resourceVersion, serviceView, versionOf } from './view.js';

const IMAGE = 'asia-northeast1-docker.pkg.dev/demo-project/docker-repo/my-app:latest';

/** What gcloud sends for a first deploy. */
function service(container: JsonObject = {}, template: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: 'my-app',
      namespace: 'demo-project',
      labels: {},
      annotations: { 'run.googleapis.com/client-name': 'gcloud' },
    },
    spec: {
      template: {
        metadata: {
          labels: { 'client.knative.dev/nonce': 'ndyabtxbau' },
          annotations: { 'run.googleapis.com/startup-cpu-boost': 'True' },
        },
        spec: { containers: [{ image: IMAGE, name: '', ...container }], nodeSelector: {}, ...template },
      },
      ...spec,
    },
    status: { address: {} },
  };
}

function refusal(body: JsonObject): string {
  try {
    parseService(body, '42');
  } catch (error) {
    if (error instanceof GoogleError) return error.message;
    throw error;
  }
  throw new Error('accepted');
}

describe('parseService', () => {
  it("fills in Cloud Run's defaults", () => {
    const { spec, name, namespace } = parseService(service(), '42');
    expect({ name, namespace }).toEqual({ name: 'my-app', namespace: 'demo-project' });
    expect(spec.traffic).toEqual([{ percent: 100, revision: { latest: true } }]);
    expect(spec.template).toMatchObject({
      serviceAccount: '42-compute@developer.gserviceaccount.com',
      concurrency: 80,
      timeoutSeconds: 300,
      maxInstances: 100,
      containers: [
        {
          name: 'my-app-1',
          image: IMAGE,
          port: { number: 8080, protocol: 'http1' },
          cpu: '1000m',
          memory: '512Mi',
        },
      ],
    });
  });

  it('reads the object it showed as the same template, so that a traffic change makes no revision', () => {
    const { spec } = parseService(
      service({ env: [{ name: 'A', value: 'b' }], args: ['x'], ports: [{ containerPort: 9000 }] }),
      '42',
    );
    const record: ServiceRecord = {
      project: 'demo-project',
      location: 'asia-northeast1',
      name: 'my-app',
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
      latestCreatedRevision: 'my-app-00001-abc',
      traffic: [],
    };
    const view = serviceView({ value: record, version: 7 });
    const again = parseService(view, '42');
    expect(again.spec.template).toEqual(spec.template);
    expect(again.spec.traffic).toEqual(spec.traffic);
    expect(versionOf(again.resourceVersion ?? '')).toBe(7);
  });

  it.each<[string, JsonObject, RegExp]>([
    ['an unknown field', service({ imagee: 'x' }), /containers\[0\]\.imagee: .*Unknown name "imagee"/],
    [
      'a volume of another driver',
      service({}, { volumes: [{ name: 'v', csi: { driver: 'gcsfuse.run.googleapis.com' } }] }),
      /^spec\.template\.spec\.volumes\[0\]\.csi: This field is not supported/,
    ],
    [
      'a reserved variable',
      service({ env: [{ name: 'PORT', value: '1' }] }),
      /^spec\.template\.spec\.containers\[0\]\.env: The following reserved env names were provided: PORT\. These values are automatically set by the system\.$/,
    ],
    [
      'a value that would be cut short',
      service({ env: [{ name: 'A', value: 'kept\0lost' }] }),
      /^spec\.template\.spec\.containers\[0\]\.env\[0\]\.value: A string must not contain the character NUL/,
    ],
    [
      'an argument that would be cut short',
      service({ args: ['whole', 'kept\0lost'] }),
      /args\[1\]: A string must not contain the character NUL/,
    ],
    [
      'more variables than a container has',
      service({ env: Array.from({ length: 1001 }, (_, index) => ({ name: `V${index}`, value: '' })) }),
      /\.env: 1001 environment variables are given; 1000 is the most\.$/,
    ],
    [
      'a port out of range',
      service({ ports: [{ containerPort: 70000 }] }),
      /containerPort: Invalid value 70000/,
    ],
    ['too little memory', service({ resources: { limits: { memory: '1Mi' } } }), /limits\.memory/],
    ['a foreign kind', { ...service(), kind: 'Job' }, /^kind: Expected 'Service' but obtained 'Job'/],
    ['no container', service({}, { containers: [] }), /At least one container/],
    [
      'percentages that miss 100',
      service({}, {}, { traffic: [{ latestRevision: true, percent: 90 }] }),
      /add up to 90/,
    ],
    [
      'both kinds of target at once',
      service({}, {}, { traffic: [{ latestRevision: true, revisionName: 'x', percent: 100 }] }),
      /Exactly one of/,
    ],
    [
      'a tag twice',
      service(
        {},
        {},
        {
          traffic: [
            { latestRevision: true, percent: 100, tag: 't' },
            { latestRevision: true, percent: 0, tag: 't' },
          ],
        },
      ),
      /^spec\.traffic\[1\]\.tag: The tag 't' is given more than once/,
    ],
    [
      'a tag that makes too long a host of the name',
      service({}, {}, { traffic: [{ latestRevision: true, percent: 100, tag: 't'.repeat(44) }] }),
      /^spec\.traffic\.tag: traffic tag 't{44}' and service name 'my-app' together are too long\. Combined traffic tag and service name cannot exceed 46 characters\.$/,
    ],
    [
      'a secret without a name',
      service({ env: [{ name: 'A', valueFrom: { secretKeyRef: { key: 'latest' } } }] }),
      /secretKeyRef\.name: This field is required/,
    ],
    [
      'a probe that outlasts its period',
      service({ startupProbe: { tcpSocket: {}, timeoutSeconds: 5, periodSeconds: 2 } }),
      /startupProbe\.timeoutSeconds: timeoutSeconds must not be greater than periodSeconds/,
    ],
    [
      'a relative path to probe',
      service({ startupProbe: { httpGet: { path: 'ready' } } }),
      /httpGet\.path: The path must start with/,
    ],
    [
      'a label key with blanks',
      { ...service(), metadata: { name: 'my-app', labels: { 'a b': 'c' } } },
      /^metadata\.labels\[a b\]: Invalid label key 'a b'/,
    ],
    [
      'a switch that is neither on nor off',
      { ...service(), metadata: { name: 'my-app', annotations: { [INVOKER_IAM_DISABLED]: 'perhaps' } } },
      /Invalid value 'perhaps': must be one of true, false/,
    ],
    [
      'an unknown generation of the execution environment',
      service(
        {},
        {},
        {
          template: {
            metadata: { annotations: { 'run.googleapis.com/execution-environment': 'gen3' } },
            spec: { containers: [{ image: IMAGE }] },
          },
        },
      ),
      /must be one of gen1, gen2/,
    ],
  ])('refuses %s by name', (_, body, message) => {
    expect(refusal(body)).toMatch(message);
  });

  it("reads Python's booleans, as gcloud writes them", () => {
    const body = {
      ...service(),
      metadata: { name: 'my-app', annotations: { [INVOKER_IAM_DISABLED]: 'True' } },
    };
    expect(parseService(body, '42').spec.invokerIamDisabled).toBe(true);
    expect(parseService(body, '42').spec.template.containers[0]?.startupCpuBoost).toBe(true);
  });

  it('refuses what is no object at all', () => {
    expect(() => parseService('x', '1')).toThrow(GoogleError);
    expect(() => parseService(undefined, '1')).toThrow(GoogleError);
  });
});

describe('decodeTarget', () => {
  const input = (query: string, body?: JsonObject) => ({
    path: { project: 'p' },
    query: new URLSearchParams(query),
    body,
    binding: { verb: 'GET', template: '/v1/projects/{project}/locations' } as const,
  });

  it('takes the parameters that the method has', () => {
    expect(decodeTarget({ query: ['limit'] })(input('limit=3')).project).toBe('p');
  });

  it('refuses a parameter that the method does not have', () => {
    expect(() => decodeTarget({ query: ['limit'] })(input('colour=red'))).toThrow(
      'Unknown name "colour": Cannot bind query parameter.',
    );
  });

  it('refuses a body where none is taken, but not an empty one', () => {
    expect(() => decodeTarget()(input('', { a: 1 }))).toThrow('The request body must be empty');
    expect(decodeTarget()(input('', {})).name).toBe('');
  });
});

describe('label selectors', () => {
  it.each([
    ['serving.knative.dev/service = web', true],
    ['serving.knative.dev/service=other', false],
    ['serving.knative.dev/service != other', true],
    ['serving.knative.dev/service in (a, web), client.knative.dev/nonce = n', true],
    ['serving.knative.dev/service notin (web)', false],
    ['missing', false],
    ['!missing', true],
    ['', true],
  ])('%s', (text, expected) => {
    const labels = { 'serving.knative.dev/service': 'web', 'client.knative.dev/nonce': 'n' };
    expect(parseSelector(text).matches(labels)).toBe(expected);
  });

  it('refuse what they cannot read', () => {
    expect(() => parseSelector('a b c')).toThrow(/cannot read 'a b c'/);
  });
});

describe('resource versions', () => {
  it('carry the row version and nothing else', () => {
    expect(versionOf(resourceVersion(123456))).toBe(123456);
    expect(versionOf('nonsense')).toBeUndefined();
  });
});
