import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceSchema } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import {
  GoogleError,
  isJsonObject,
  type JsonObject,
  messageFromJson,
  messageToJson,
} from '../../google/index.js';
import { etagOf, matchEtag } from './etag.js';
import { masked, outputOnly } from './mask.js';
import { parseService } from './parse-service.js';

const IMAGE = 'asia-northeast1-docker.pkg.dev/demo-project/docker-repo/my-app:latest';
const CONTEXT = {
  name: 'web',
  projectNumber: '42',
  request: 'CreateServiceRequest',
  template: undefined,
} as const;
const AT = 'Violation in CreateServiceRequest.service';

/** A service as it arrives: read as its message, and written as JSON again. */
const arrived = (json: JsonObject): JsonObject => {
  const read = messageToJson(ServiceSchema, messageFromJson(ServiceSchema, json));
  return isJsonObject(read) ? read : {};
};
const service = (container: JsonObject = {}, template: JsonObject = {}, more: JsonObject = {}) =>
  arrived({ template: { containers: [{ image: IMAGE, ...container }], ...template }, ...more });

function refusal(json: JsonObject): string {
  try {
    parseService(json, CONTEXT);
  } catch (error) {
    if (error instanceof GoogleError && error.status === 'INVALID_ARGUMENT') return error.message;
    throw error;
  }
  throw new Error('accepted');
}

describe('parseService', () => {
  it("fills in Cloud Run's defaults", () => {
    expect(parseService(service(), CONTEXT)).toMatchObject({
      ingress: 'all',
      launchStage: 'GA',
      traffic: [{ percent: 100, revision: { latest: true } }],
      template: {
        serviceAccount: '42-compute@developer.gserviceaccount.com',
        concurrency: 80,
        timeoutSeconds: 300,
        minInstances: 0,
        maxInstances: 100,
        containers: [
          {
            name: 'web-1',
            port: { number: 8080, protocol: 'http1' },
            cpu: '1000m',
            memory: '512Mi',
            cpuIdle: true,
          },
        ],
      },
    });
  });

  it('takes CPU as always allocated where resources are given without a word on it, as Google does', () => {
    const { containers } = parseService(service({ resources: { limits: { cpu: '2' } } }), CONTEXT).template;
    expect(containers[0]).toMatchObject({
      cpu: '2',
      memory: '512Mi',
      cpuIdle: false,
      startupCpuBoost: false,
    });
  });

  it('reads a revision’s full name in traffic as the revision', () => {
    const target = {
      type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION',
      revision: 'projects/p/locations/l/services/web/revisions/web-one',
      percent: 100,
    };
    const { traffic } = parseService(service({}, {}, { traffic: [target] }), CONTEXT);
    expect(traffic).toEqual([{ percent: 100, revision: { name: 'web-one' } }]);
  });

  const latest = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
  it.each<[string, JsonObject, string]>([
    ['no template', {}, 'template: required field not present.'],
    ['no container', { template: {} }, 'template.containers: At least one container is required.'],
    ['no image', service({ image: '' }), 'template.containers[0].image: An image is required.'],
    [
      'a port too many',
      service({ ports: [{}, {}] }),
      'template.containers[0].ports: ports should contain 0 or 1 port.',
    ],
    [
      'a reserved variable',
      service({ env: [{ name: 'PORT', value: '1' }] }),
      'template.containers[0].env: The following reserved env names were provided: PORT. These values are automatically set by the system.',
    ],
    [
      'a secret without a name',
      service({ env: [{ name: 'S', valueSource: { secretKeyRef: {} } }] }),
      'template.containers[0].env[0].value_source.secret_key_ref.secret: required field not present.',
    ],
    [
      'too much memory',
      service({ resources: { limits: { memory: '33Gi' } } }),
      "template.containers[0].resources.limits.memory: Invalid value specified for memory: '33Gi'. The most is 32Gi.",
    ],
    ...[
      ['baseImageUri', 'base_image_uri', 'x'],
      ['sourceCode', 'source_code', { cloudStorageSource: { bucket: 'b', object: 'o' } }],
    ].map(([json, proto, value]): [string, JsonObject, string] => [
      `${proto}`,
      service({ [`${json}`]: value as JsonObject }),
      `template.containers[0].${proto}: This field is not supported.`,
    ]),
    ...[
      ['vpcAccess', 'vpc_access', { connector: 'c' }],
      ['encryptionKey', 'encryption_key', 'k'],
      ['serviceMesh', 'service_mesh', { mesh: 'm' }],
      ['nodeSelector', 'node_selector', { accelerator: 'nvidia-l4' }],
    ].map(([json, proto, value]): [string, JsonObject, string] => [
      `${proto}`,
      service({}, { [`${json}`]: value as JsonObject }),
      `template.${proto}: This field is not supported.`,
    ]),
    ...[
      ['binaryAuthorization', 'binary_authorization', { useDefault: true }],
      ['iapEnabled', 'iap_enabled', true],
      ['buildConfig', 'build_config', { imageUri: 'x' }],
      ['multiRegionSettings', 'multi_region_settings', { regions: ['us-central1'] }],
    ].map(([json, proto, value]): [string, JsonObject, string] => [
      `${proto}`,
      service({}, {}, { [`${json}`]: value as JsonObject }),
      `${proto}: This field is not supported.`,
    ]),
    [
      'manual scaling without a count',
      service({}, {}, { scaling: { scalingMode: 'MANUAL' } }),
      'scaling.manual_instance_count: required field not present.',
    ],
    [
      'a count without manual scaling',
      service({}, {}, { scaling: { manualInstanceCount: 2 } }),
      'scaling.manual_instance_count: May only be set when scaling_mode is MANUAL.',
    ],
    [
      'manual scaling between bounds',
      service({}, {}, { scaling: { scalingMode: 'MANUAL', manualInstanceCount: 2, maxInstanceCount: 3 } }),
      'scaling: min_instance_count and max_instance_count do not go with manual scaling.',
    ],
    [
      'a floor of the service’s own over its ceiling',
      service({}, {}, { scaling: { minInstanceCount: 3, maxInstanceCount: 2 } }),
      'scaling.min_instance_count: min_instance_count must not be greater than max_instance_count.',
    ],
    [
      'a timeout of hours',
      service({}, { timeout: '3601s' }),
      'template.timeout: maximum allowed time is one hour.',
    ],
    [
      'half a second',
      service({}, { timeout: '0.500s' }),
      "template.timeout: Invalid value '0.500s': expected a positive number of whole seconds.",
    ],
    [
      'more instances at least than at most',
      service({}, { scaling: { minInstanceCount: 3, maxInstanceCount: 2 } }),
      'template.scaling.min_instance_count: min_instance_count must not be greater than max_instance_count.',
    ],
    [
      'another service’s revision',
      service({}, { revision: 'other-one' }),
      "template.revision: Invalid revision name 'other-one': must start with 'web-', hold only lower-case letters, digits and dashes, and be at most 63 characters.",
    ],
    [
      'no account',
      service({}, { serviceAccount: 'nobody' }),
      "template.service_account: 'nobody' is no service account's address.",
    ],
    [
      'an annotation of the system’s',
      service({}, {}, { annotations: { 'run.googleapis.com/ingress': 'all' } }),
      "annotations[run.googleapis.com/ingress]: The annotation 'run.googleapis.com/ingress' is reserved for the system: use the field that stands for it.",
    ],
    [
      'a label of the system’s',
      service({}, { labels: { 'autoscaling.knative.dev/x': 'y' } }),
      "template.labels[autoscaling.knative.dev/x]: The label 'autoscaling.knative.dev/x' is reserved for the system.",
    ],
    [
      'no ingress at all',
      service({}, {}, { ingress: 'INGRESS_TRAFFIC_NONE' }),
      "ingress: Invalid value 'INGRESS_TRAFFIC_NONE': must be one of INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_ONLY, INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER.",
    ],
    [
      'a novel for a description',
      service({}, {}, { description: 'a'.repeat(513) }),
      'description: maximum length is 512 characters.',
    ],
    [
      'traffic of no type',
      service({}, {}, { traffic: [{ percent: 100 }] }),
      'traffic[0].type: required field not present.',
    ],
    [
      'a latest revision with a name',
      service({}, {}, { traffic: [{ type: latest, revision: 'web-one', percent: 100 }] }),
      'traffic[0].revision: The latest revision goes without a name.',
    ],
    [
      'traffic that misses 100',
      service({}, {}, { traffic: [{ type: latest, percent: 99 }] }),
      'traffic: Traffic targets must add up to 100 percent, but add up to 99.',
    ],
  ])('refuses %s by its field', (_, json, message) => {
    expect(refusal(json)).toBe(`${AT}.${message}`);
  });
});

describe('a field mask', () => {
  const current = {
    description: 'old',
    labels: { a: '1', b: '2' },
    template: { timeout: '60s', revision: 'r' },
  };

  it('takes from the update exactly what it names', () => {
    const paths = ['description', 'labels', 'template.timeout', 'template.revision', 'ingress'];
    fc.assert(
      fc.property(fc.subarray(paths, { minLength: 1 }), (mask) => {
        const given = { description: 'new', template: { timeout: '90s' }, ingress: 'INGRESS_TRAFFIC_ALL' };
        const has = (path: string) => mask.includes(path);
        expect(masked(ServiceSchema, current, given, mask)).toEqual({
          description: has('description') ? 'new' : 'old',
          ...(has('labels') ? {} : { labels: current.labels }),
          template: {
            timeout: has('template.timeout') ? '90s' : '60s',
            ...(has('template.revision') ? {} : { revision: 'r' }),
          },
          ...(has('ingress') ? { ingress: 'INGRESS_TRAFFIC_ALL' } : {}),
        });
      }),
    );
  });

  it('reaches into maps by key, and passes over what the server sets', () => {
    const given = { labels: { a: '3' }, uid: 'mine', template: { timeout: '1s' } };
    expect(masked(ServiceSchema, current, given, ['labels.a', 'uid', 'name'])).toEqual({
      ...current,
      labels: { a: '3', b: '2' },
    });
    expect(outputOnly(ServiceSchema)).toContain('terminalCondition');
  });

  it('takes keys in backticks for what is between them', () => {
    const given = { labels: { 'example.com/a.b': '3' } };
    expect(masked(ServiceSchema, current, given, ['labels.`example.com/a.b`', 'labels.`a`'])).toEqual({
      ...current,
      labels: { 'example.com/a.b': '3', b: '2' },
    });
  });

  it.each([[[]], [['*']]])('%j is the whole service', (paths) => {
    expect(masked(ServiceSchema, current, { description: 'new' }, paths)).toEqual({ description: 'new' });
  });
});

describe('an etag', () => {
  const version = { name: 'projects/p/locations/l/services/web', generation: 1 };

  it('differs between any two generations and times', () => {
    const times = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
    const facts = fc.record({ time: times, generation: fc.integer({ min: 1, max: 999_999 }) });
    fc.assert(
      fc.property(facts, facts, (one, other) => {
        const [a, b] = [one, other].map(({ time, generation }) =>
          etagOf({ ...version, generation, updateTime: time.toISOString() }),
        );
        const same = one.time.getTime() === other.time.getTime() && one.generation === other.generation;
        expect(a === b).toBe(same);
      }),
    );
  });

  it('has Google’s form', () => {
    const etag = etagOf({ ...version, updateTime: '2024-08-15T19:27:20.687Z' });
    expect(etag).toMatch(/^"CJit-bUG[\w-]+\/cHJvamVjdHMvcC9sb2NhdGlvbnMvbC9zZXJ2aWNlcy93ZWI="$/);
  });

  it('is not compared when there is none, and is refused when it is stale or no etag', () => {
    const now = { ...version, updateTime: '2026-01-02T03:04:05.678Z' };
    const status = (etag: string) => {
      try {
        matchEtag(etag, now, 'web');
        return 'fine';
      } catch (error) {
        return error instanceof GoogleError ? error.status : error;
      }
    };
    expect([
      status(''),
      status(etagOf(now)),
      status(etagOf({ ...now, generation: 2 })),
      status('"x"'),
    ]).toEqual(['fine', 'fine', 'ABORTED', 'INVALID_ARGUMENT']);
    fc.assert(
      fc.property(fc.string(), (text) =>
        ['fine', 'ABORTED', 'INVALID_ARGUMENT'].includes(String(status(text))),
      ),
    );
  });
});
