import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_APIS, KNOWN_APIS } from './catalogue.js';
import { dependentsOf, withDependencies } from './dependencies.js';

const full = (...shorts: string[]) => shorts.map((short) => `${short}.googleapis.com`);

describe('APIs', () => {
  it('bring what they need, and what that needs', () => {
    expect(withDependencies(full('container'))).toEqual(full('container', 'compute', 'oslogin'));
    expect(withDependencies(full('run'))).toEqual(full('run'));
  });

  it('are needed by those that are enabled and need them, directly or not', () => {
    const enabled = full('container', 'compute', 'oslogin', 'run');
    expect(dependentsOf(full('oslogin'), enabled)).toEqual(full('compute', 'container'));
    expect(dependentsOf(full('oslogin'), full('oslogin', 'container'))).toEqual([]);
    expect(dependentsOf(full('bigquery'), DEFAULT_APIS)).toEqual(full('bigquerystorage', 'cloudapis'));
  });

  it('are complete from the start', () => {
    expect([...withDependencies(DEFAULT_APIS)].sort()).toEqual([...DEFAULT_APIS].sort());
  });

  it('and all they need are known; without its dependents nothing keeps one enabled', () => {
    const known = KNOWN_APIS.map(({ name }) => name);
    fc.assert(
      fc.property(fc.subarray(known), fc.constantFrom(...known), (some, api) => {
        const enabled = withDependencies([...some, api]);
        expect(known).toEqual(expect.arrayContaining([...enabled]));
        const dependents = dependentsOf([api], enabled);
        const left = enabled.filter((each) => each !== api && !dependents.includes(each));
        expect(withDependencies(left)).toHaveLength(left.length);
      }),
    );
  });
});
