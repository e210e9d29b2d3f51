import { describe, expect, it } from 'vitest';
import type { Known, Source } from '../../checkpoint/index.js';
import { principalOfEmail, type ResourceName } from '../../names/index.js';
import { assuming, withGroups } from './index.js';

const UNKNOWN = { unknown: true, why: 'you lack a permission' } as const;
const alice = principalOfEmail('alice@example.com');

/** A source that knows of no group but what is said here; everything else of it is not asked. */
function source(memberships: Readonly<Record<string, Known<boolean>>>, seen: string[] = []): Source {
  return {
    name: 'Google Cloud',
    denyPolicies: async () => UNKNOWN,
    boundaries: async () => UNKNOWN,
    memberships: async (_, groups) => {
      seen.push(...groups);
      return new Map(groups.map((group) => [group, memberships[group] ?? false]));
    },
  } as Partial<Source> as Source;
}

const ask = async (asked: Source, ...groups: string[]) =>
  Object.fromEntries(await asked.memberships(alice, groups));

describe('groups that the user tells', () => {
  const given = {
    'outer@example.com': ['group:inner@example.com', 'group:far@example.com'],
    'inner@example.com': ['user:alice@example.com', 'group:outer@example.com'],
    'empty@example.com': [],
    'doubtful@example.com': ['group:far@example.com'],
  };

  it('hold groups, in circles too', async () => {
    const helped = withGroups(source({}), given);
    expect(
      await ask(helped, 'group:inner@example.com', 'group:outer@example.com', 'group:empty@example.com'),
    ).toEqual({
      'group:inner@example.com': true,
      'group:outer@example.com': true,
      'group:empty@example.com': false,
    });
  });

  it('leave others to the source, also those that they hold', async () => {
    const seen: string[] = [];
    const far = (answer: Known<boolean>) =>
      ask(
        withGroups(source({ 'group:far@example.com': answer }, seen), given),
        'group:doubtful@example.com',
        'group:far@example.com',
      );
    const both = (answer: Known<boolean>) => ({
      'group:doubtful@example.com': answer,
      'group:far@example.com': answer,
    });
    expect(await far(true)).toEqual(both(true));
    expect(await far(false)).toEqual(both(false));
    expect(await far(UNKNOWN)).toEqual(both(UNKNOWN));
    expect(seen).not.toContain('group:doubtful@example.com');
  });

  it('never turn doubt into a no, nor a yes into doubt', async () => {
    const helped = withGroups(source({ 'group:far@example.com': UNKNOWN }), given);
    expect(await ask(helped, 'group:outer@example.com')).toEqual({ 'group:outer@example.com': true });
  });
});

describe('assumptions', () => {
  const project: ResourceName = '//cloudresourcemanager.googleapis.com/projects/p';

  it('fill what the source cannot tell, and are named with it', async () => {
    const assumed = assuming(source({}), ['no-deny-policies', 'no-boundaries']);
    expect(assumed.name).toBe('Google Cloud (assuming no-deny-policies, no-boundaries)');
    expect(await assumed.denyPolicies(project)).toEqual([]);
    expect(await assumed.boundaries('p')).toEqual({ policies: [], bindings: [] });
    const one = assuming(source({}), ['no-boundaries']);
    expect(await one.denyPolicies(project)).toEqual(UNKNOWN);
    expect(assuming(source({}), []).name).toBe('Google Cloud');
  });

  it('never contradict what the source knows', async () => {
    const policies = [{ name: 'p', rules: [] }] as never;
    const knowing = { ...source({}), denyPolicies: async () => policies };
    expect(await assuming(knowing, ['no-deny-policies']).denyPolicies(project)).toBe(policies);
  });
});
