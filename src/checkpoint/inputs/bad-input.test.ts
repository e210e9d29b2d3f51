import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpenTopic } from '../open-topics.js';
import { readResourceFile } from './resource-file.js';
import { BadInput } from './text.js';

const read = (content: string | Uint8Array) =>
  readResourceFile(
    { bytes: typeof content === 'string' ? Buffer.from(content) : content, file: 'f.yaml' },
    { as: 'user:alice@example.com', project: 'myproject-a', region: 'us-central1' },
  );

const GOOD = `apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - image: nginx
`;

const changed = (from: string, to: string) => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

const BOMB = `a: &a [x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
e: [*d, *d, *d, *d, *d, *d, *d, *d, *d]
`;

describe('a file that cannot be judged is refused by name and place', () => {
  it.each([
    ['unknown field', changed('kind: Service', 'kind: Service\nspek: {}'), 'f.yaml:3:1: spek is no field'],
    ['case of a field', changed('- image:', '- Image:'), 'Did you mean image?'],
    [
      'a letter too few',
      changed('containers:', 'serviceAcountName: x\n      containers:'),
      'Did you mean serviceAccountName?',
    ],
    [
      'unknown field in an element',
      changed('- image: nginx', '- image: nginx\n        imag: x'),
      'f.yaml:10:9: spec.template.spec.containers[0].imag is no field',
    ],
    [
      'another version',
      changed('serving.knative.dev/v1', 'serving.knative.dev/v1beta1'),
      'f.yaml:1:13: Service of serving.knative.dev/v1beta1',
    ],
    ['another kind', changed('kind: Service', 'kind: Route'), 'Route of serving.knative.dev/v1'],
    ['no name', changed('name: web', 'labels: {}'), 'metadata.name is missing'],
    ['a bad name', changed('name: web', 'name: Web_1'), "f.yaml:4:9: 'Web_1' is no name"],
    [
      'no image',
      changed('- image: nginx', '- name: app'),
      'f.yaml:9:9: spec.template.spec.containers[0].image is missing',
    ],
    ['no containers', changed('      - image: nginx', '        []'), 'at least one container is required'],
    [
      'a number for a text',
      changed('image: nginx', 'image: 5'),
      'containers[0].image must be a string: put it in quotes',
    ],
    [
      'a text for an object',
      changed('spec:\n      containers', 'spec: x\n    metadata:\n      annotations'),
      'f.yaml:7',
    ],
    [
      'an odd account',
      changed('containers:', 'serviceAccountName: alice@example.com\n      containers:'),
      "f.yaml:8:27: 'alice@example.com' is no service account's address",
    ],
    [
      'an annotation that is no text',
      changed('name: web', 'name: web\n  annotations: {run.googleapis.com/ingress: 1}'),
      'must be a string',
    ],
    [
      'a bad alias',
      changed('    spec:', '    metadata: {annotations: {run.googleapis.com/secrets: x}}\n    spec:'),
      "'x' is not of the form ALIAS:projects",
    ],
    [
      'a key twice',
      changed('  name: web', '  name: web\n  name: api'),
      'f.yaml:5:3: Map keys must be unique',
    ],
    ['no YAML', 'a: [1, 2', 'f.yaml:1:'],
    ['no object', 'just text', 'must be an object'],
    ['nothing', '', 'holds no resource'],
    ['nothing but separators', '---\n---\n', 'holds no resource'],
    ['aliases that grow', BOMB, 'f.yaml: Excessive alias count'],
    ['nesting without end', '['.repeat(200_000), 'f.yaml: is nested too deeply'],
    ['nesting that is too deep', '{"a":'.repeat(9000), 'is nested too deeply'],
    ['truncated JSON', '{"name": "web", "templ', 'f.yaml:1:'],
    ['Latin-1', Buffer.from('a: b\nc: caf\u00e9', 'latin1'), 'f.yaml:2:7: is not in UTF-8 (perhaps'],
    ['UTF-16', Buffer.from('\ufeffa: b', 'utf16le'), 'f.yaml: is in UTF-16 (little-endian)'],
    ['UTF-16 without a mark', Buffer.from('a: b', 'utf16le'), 'f.yaml: is in UTF-16'],
    ['a zero byte', Buffer.from('abc: d\ne: \0'), 'f.yaml:2:4: holds a zero byte'],
    ['a huge file', Buffer.alloc((4 << 20) + 1, 'a'), 'has 4194305 bytes; 4194304 are the most'],
  ])('%s', async (_, content, says) => {
    const error = await read(content).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BadInput);
    expect(String(error)).toContain(says);
    expect(String(error)).toContain('f.yaml');
  });

  it('but a byte order mark in UTF-8 is none of its faults', async () => {
    expect((await read(`\ufeff${GOOD}`)).deploys).toHaveLength(1);
  });
});

describe('whatever comes in', () => {
  const refusedOrRead = async (content: string | Uint8Array) => {
    try {
      for (const { request } of (await read(content)).deploys) {
        expect(request.images.length).toBeGreaterThan(0);
        for (const { topic } of request.open ?? []) expect(isOpenTopic(topic ?? '')).toBe(true);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(BadInput);
    }
  };

  it('bytes are read or refused', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), refusedOrRead));
  });

  it('JSON is read or refused', async () => {
    await fc.assert(fc.asyncProperty(fc.json(), refusedOrRead));
  });

  it('a good file with a piece exchanged is read or refused', async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('*a', '&a', '{', '- ', '\t', '---\n', '<<: ', '!!x '),
    );
    const cut = fc.tuple(fc.nat(GOOD.length), fc.nat(20), piece);
    await fc.assert(
      fc.asyncProperty(cut, ([at, length, text]) =>
        refusedOrRead(GOOD.slice(0, at) + text + GOOD.slice(at + length)),
      ),
    );
  });
});
