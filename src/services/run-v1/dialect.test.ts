/** What v1 says of instances in annotations. */
import { describe, expect, it } from 'vitest';
import type { InstanceTemplate } from '../../deployments/index.js';
import { GoogleError, type JsonObject } from '../../google/index.js';
import { Fields } from '../run/fields.js';
import { parseInstance } from '../run/instance.js';
import { AnnotationReader } from './annotation-reader.js';
import { v1Dialect } from './dialect.js';
import { instanceAnnotations, readInstanceAnnotations } from './instance-annotations.js';
import { instanceSpecView } from './instance-view.js';

const image = 'gcr.io/a/b';
const DEPENDENCIES = 'run.googleapis.com/container-dependencies';
const SECRETS = 'run.googleapis.com/secrets';

function parse(spec: JsonObject, annotations: Readonly<Record<string, string>>): InstanceTemplate {
  const read = new AnnotationReader(annotations, 'template', 'annotations', []);
  const dialect = v1Dialect(readInstanceAnnotations(read));
  const owner = { kind: 'service', name: 'web', projectNumber: '42' } as const;
  return parseInstance(Fields.of(spec, 'spec'), owner, dialect);
}

function refusal(spec: JsonObject, annotations: Readonly<Record<string, string>>): string {
  try {
    parse(spec, annotations);
  } catch (error) {
    if (error instanceof GoogleError) return error.message;
    throw error;
  }
  throw new Error('accepted');
}

const two: JsonObject = {
  containers: [
    { image, name: 'app', ports: [{ containerPort: 8080 }] },
    { image, name: 'proxy', startupProbe: { tcpSocket: { port: 8888 } } },
  ],
};

describe('the containers that others wait for', () => {
  it('stand in an annotation, by names', () => {
    const { containers } = parse(two, { [DEPENDENCIES]: '{"app":["proxy"]}' });
    expect(containers.map(({ dependsOn }) => dependsOn)).toEqual([['proxy'], []]);
  });

  it.each([
    ['no JSON', '{', /Expected a JSON object of arrays of strings/],
    ['a list', '["proxy"]', /Expected a JSON object of arrays of strings/],
    ['a name for a list', '{"app":"proxy"}', /Expected a JSON object of arrays of strings/],
    [
      'what is no container',
      '{"gone":["app"]}',
      /^annotations\[run.*\]: 'gone' is no container of the template/,
    ],
    ['a wait for what is no container', '{"app":["gone"]}', /depends on 'gone'/],
  ])('are not %s', (_, value, message) => {
    expect(refusal(two, { [DEPENDENCIES]: value })).toMatch(message);
  });
});

describe('secrets of other projects', () => {
  const spec = (name: string): JsonObject => ({
    containers: [
      {
        image,
        env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name, key: '2' } } }],
        volumeMounts: [{ name: 's', mountPath: '/s' }],
      },
    ],
    volumes: [{ name: 's', secret: { secretName: name, items: [{ key: 'latest', path: 'p' }] } }],
  });

  it('are known in full, whatever the client called them', () => {
    const template = parse(spec('mine'), { [SECRETS]: 'mine:projects/123/secrets/db-password' });
    expect(template.containers[0]?.env).toEqual([
      { name: 'PASSWORD', secret: { name: 'projects/123/secrets/db-password', version: '2' } },
    ]);
    expect(template.volumes).toMatchObject([{ secret: 'projects/123/secrets/db-password' }]);
  });

  it('are shown by an alias that the annotation explains, as gcloud expects it', () => {
    const template = parse(spec('mine'), { [SECRETS]: 'mine:projects/123/secrets/db-password' });
    const [alias = ''] = (instanceAnnotations(template)[SECRETS] ?? '').split(':');
    expect(instanceAnnotations(template)[SECRETS]).toBe(`${alias}:projects/123/secrets/db-password`);
    expect(alias).toMatch(/^db-pa-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(JSON.stringify(instanceSpecView(template))).toContain(
      `"secretKeyRef":{"name":"${alias}","key":"2"}`,
    );
    expect(JSON.stringify(instanceSpecView(template))).toContain(`"secretName":"${alias}"`);
  });

  it('are told from the project’s own', () => {
    const template = parse(spec('own'), {});
    expect(template.volumes).toMatchObject([{ secret: 'own' }]);
    expect(instanceAnnotations(template)[SECRETS]).toBeUndefined();
  });

  it.each([
    ['without an alias', 'projects/123/secrets/s', {}, /no name of a secret, nor of an alias/],
    ['with half an entry', 'a', { [SECRETS]: 'a' }, /Invalid entry 'a'/],
    ['by a version', 'a', { [SECRETS]: 'a:projects/1/secrets/s/versions/1' }, /Invalid entry/],
    [
      'by one alias for two',
      'a',
      { [SECRETS]: 'a:projects/1/secrets/s,a:projects/1/secrets/t' },
      /Invalid entry/,
    ],
  ])('are not named %s', (_, name, annotations, message) => {
    expect(refusal(spec(name), annotations)).toMatch(message);
  });
});
