import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALLS, type CallName, type GoogleCall } from './calls.js';
import { requestOf, resourceOf } from './request.js';

const all = Object.entries(CALLS) as [CallName, GoogleCall][];
/** POSTs of Google's that read. */
const READING_POSTS = /:(?:getIamPolicy|getAncestry)$|^\/v2\/entries:list$/;
/** Reads that give away what is secret, or that change something on their way. */
const NEVER = /:access|:(?:set|test|generate|sign|create|delete|update|patch|undelete|add|remove)/i;

function parametersOf({ host, path }: GoogleCall, value: string): Record<string, string> {
  const names = [...`${host}${path}`.matchAll(/\{\+?(\w+)\}/g)].map(([, name]) => name ?? '');
  return Object.fromEntries(names.map((name) => [name, value]));
}
const filled = (call: GoogleCall, value: string) => ({
  ...parametersOf(call, value),
  ...(call.host === '{host}' ? { host: 'us-docker.pkg.dev' } : {}),
  ...(call.host.startsWith('{location}') ? { location: 'us' } : {}),
});

describe('the list of calls', () => {
  it.each(all)('has reads alone: %s', (_, { verb, path }) => {
    expect(path).not.toMatch(NEVER);
    if (verb !== 'GET') expect(path).toMatch(READING_POSTS);
  });

  it('is all that can be sent, whatever the parameters are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.string({ minLength: 1, unit: 'binary' }),
        ([name, call], value) => {
          let request: ReturnType<typeof requestOf>;
          try {
            request = requestOf(name, filled(call, value));
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            return;
          }
          expect(request.verb).toBe(call.verb);
          expect(request.body).toBe(call.body);
          const template = call.path.replace(/[.*?^$()|[\]\\]/g, '\\$&').replace(/\{\+\w+\}/g, '.+');
          expect(request.url.pathname).toMatch(new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`));
          expect(request.url.hash).toBe('');
        },
      ),
    );
  });

  it('takes no field of a body but those that a call names, and none of them changes another', () => {
    const anything = fc.dictionary(fc.string(), fc.jsonValue());
    const named = fc.record({ filter: fc.jsonValue(), pageToken: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.oneof(anything, named), ([name, call], given) => {
        const strange = Object.keys(given).some((field) => !call.takes?.includes(field));
        const request = () => requestOf(name, filled(call, 'x'), {}, given);
        if (strange) expect(request).toThrow(TypeError);
        else if (call.takes === undefined) expect(request().body).toBe(call.body);
        else {
          const fixed: object = JSON.parse(call.body ?? '{}');
          expect(JSON.parse(request().body ?? '')).toEqual(
            JSON.parse(JSON.stringify({ ...given, ...fixed })),
          );
        }
      }),
    );
  });

  it('takes in what to look for by one call alone', () => {
    expect(all.flatMap(([name, { takes = [] }]) => (takes.length > 0 ? [[name, takes]] : []))).toEqual([
      ['logEntries', ['resourceNames', 'filter', 'pageToken']],
    ]);
  });

  it('sends nothing to hosts that are not Google’s', () => {
    const image = { image: 'p/r/i', reference: 'latest', repository: 'x' };
    for (const host of [
      'evil.com',
      'us-docker.pkg.dev.evil.com',
      'us-docker.pkg.dev@evil.com',
      'docker.io',
    ]) {
      expect(() => requestOf('manifest', { host, ...image })).toThrow(TypeError);
    }
  });
});

it('a refusal names what the permission is checked on', () => {
  const attachment = 'cloudresourcemanager.googleapis.com/projects/p';
  expect(resourceOf('denyPolicies', { attachment })).toBe('projects/p');
  expect(resourceOf('projectPolicy', { project: 'p' })).toBe('projects/p');
  expect(resourceOf('accounts', { project: 'p' })).toBe('projects/p');
  const tagged = '//run.googleapis.com/projects/1/locations/l/services/s';
  expect(resourceOf('logEntries', { container: 'projects/p' })).toBe('projects/p');
  expect(resourceOf('effectiveTags', { parent: tagged })).toBe('projects/1/locations/l/services/s');
});
