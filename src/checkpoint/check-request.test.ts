import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadCheckRequest, parseCheckRequest } from './check-request.js';

const request = {
  kind: 'service',
  apiVersion: 'v1',
  name: 'web',
  project: 'myproject-a',
  region: 'asia-northeast1',
  as: 'alice@example.com',
  images: ['us-docker.pkg.dev/p-12345/r/i'],
};

describe('a request to check', () => {
  it('is read with its deployer as a member', () => {
    expect(
      parseCheckRequest({
        ...request,
        serviceAccount: 'runtime@myproject-a.iam.gserviceaccount.com',
        allowUnauthenticated: true,
        secrets: [{ env: 'PASSWORD', name: 'db-password', version: 'latest' }],
      }),
    ).toEqual({
      ...request,
      as: 'user:alice@example.com',
      serviceAccount: 'runtime@myproject-a.iam.gserviceaccount.com',
      allowUnauthenticated: true,
      secrets: [{ env: 'PASSWORD', name: 'db-password', version: 'latest' }],
    });
    expect(parseCheckRequest({ ...request, as: 'ci@p.iam.gserviceaccount.com' }).as).toBe(
      'serviceAccount:ci@p.iam.gserviceaccount.com',
    );
  });

  it.each([
    ['kind', { kind: 'function' }],
    ['kind', { kind: 'toString' }],
    ['apiVersion', { apiVersion: 'v3' }],
    ['name', { name: 'Web' }],
    ['name', { name: undefined }],
    ['project', { project: '../x' }],
    ['region', { region: '' }],
    ['as', { as: 'group:all@example.com' }],
    ['images', { images: [] }],
    ['images', { images: [1] }],
    ['images', { images: 'nginx' }],
    ['serviceAccount', { serviceAccount: 'alice@example.com' }],
    ['allowUnauthenticated', { allowUnauthenticated: 'yes' }],
    ['version', { secrets: [{ env: 'A', name: 'b' }] }],
    ['replaces', { replaces: 1 }],
    ['invokerIamDisabled', { invokerIamDisabled: 'no' }],
    ['open\\[0\\].topic', { open: [{ field: 'f', why: 'w', topic: 'weather' }] }],
    ['imagess', { imagess: [] }],
  ])('is refused for a bad %s (%j)', (field, change) => {
    expect(() => parseCheckRequest({ ...request, ...change })).toThrow(BadCheckRequest);
    expect(() => parseCheckRequest({ ...request, ...change })).toThrow(new RegExp(`^${field}: `));
  });

  it('is read back as it was written, by flags or from a file', () => {
    const whole = {
      ...request,
      as: 'user:alice@example.com',
      project: '891566352225',
      secrets: [{ env: 'A', name: 'b', version: '1', field: 'spec.x' }],
      invokerIamDisabled: false,
      replaces: true,
      open: [{ field: '--network', why: 'w', topic: 'network' }],
    };
    expect(parseCheckRequest(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
  });

  it('is either read or refused, whatever comes in', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ ...recordOf(request) }, { requiredKeys: [] })),
        (json) => {
          try {
            const read = parseCheckRequest(json);
            expect(parseCheckRequest(JSON.parse(JSON.stringify(read)))).toEqual(read);
          } catch (error) {
            expect(error).toBeInstanceOf(BadCheckRequest);
          }
        },
      ),
    );
  });
});

/** For each field its good value, or anything. */
function recordOf(good: Record<string, unknown>) {
  return Object.fromEntries(
    Object.entries(good).map(([key, value]) => [key, fc.oneof(fc.constant(value), fc.jsonValue())]),
  );
}
