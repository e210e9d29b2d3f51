import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LazySet } from './lazy-set.js';
import { all, betaRole, permissions, role, withVerbs } from './notation.js';

describe('permissions', () => {
  it('stands for each verb on each resource', () => {
    expect(permissions('run', { 'jobs services': 'get list', routes: 'invoke' }).permissions).toEqual(
      new Set([
        'run.jobs.get',
        'run.jobs.list',
        'run.services.get',
        'run.services.list',
        'run.routes.invoke',
      ]),
    );
  });

  it('writes a host name before a slash', () => {
    expect([...permissions('iam.googleapis.com', { workforcePools: 'get' }).permissions]).toEqual([
      'iam.googleapis.com/workforcePools.get',
    ]);
  });
});

const word = fc.stringMatching(/^[a-z]{1,4}$/);
const group = fc
  .dictionary(word, fc.array(word, { minLength: 1, maxLength: 3 }), { maxKeys: 4, noNullPrototype: true })
  .map((verbs) =>
    permissions(
      's',
      Object.fromEntries(Object.entries(verbs).map(([resource, list]) => [resource, list.join(' ')])),
    ),
  );

describe('all', () => {
  it('is the union of its parts', () => {
    fc.assert(
      fc.property(fc.array(group), fc.array(word), (groups, words) => {
        expect(all(...groups, ...words).permissions).toEqual(
          new Set([...groups.flatMap((part) => [...part.permissions]), ...words]),
        );
      }),
    );
  });
});

describe('withVerbs', () => {
  it('keeps exactly the permissions whose last word is asked for', () => {
    fc.assert(
      fc.property(group, fc.array(word), (from, verbs) => {
        expect([...withVerbs(from, ...verbs).permissions]).toEqual(
          [...from.permissions].filter((name) => verbs.includes(name.split('.').at(-1) ?? '')),
        );
      }),
    );
  });

  it('does not take getIamPolicy for get', () => {
    const some = permissions('run', { services: 'get getIamPolicy' });
    expect([...withVerbs(some, 'get').permissions]).toEqual(['run.services.get']);
  });
});

describe('role', () => {
  it('takes groups, single permissions and other roles as parts', () => {
    const reader = role('roles/x.reader', 'Reader', 'Reads.', permissions('x', { things: 'get' }));
    const writer = betaRole('roles/x.writer', 'Writer', 'Writes.', reader, 'x.things.update');
    expect(writer).toEqual({
      name: 'roles/x.writer',
      title: 'Writer',
      description: 'Writes.',
      stage: 'BETA',
      permissions: new Set(['x.things.get', 'x.things.update']),
    });
    expect(reader.stage).toBe('GA');
  });
});

describe('LazySet', () => {
  it('is made once, when first used, and then behaves as the set', () => {
    let made = 0;
    const set = new LazySet(() => {
      made += 1;
      return new Set(['a', 'b']);
    });
    expect(made).toBe(0);
    expect(set.has('a')).toBe(true);
    expect(set.has('c')).toBe(false);
    expect(set.size).toBe(2);
    expect([...set]).toEqual(['a', 'b']);
    expect([...set.keys()]).toEqual([...set.values()]);
    expect([...set.entries()]).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    const seen: string[] = [];
    set.forEach((value) => {
      seen.push(value);
    });
    expect(seen).toEqual(['a', 'b']);
    expect(made).toBe(1);
  });
});
