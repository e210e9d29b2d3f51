import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupDirectory } from './groups.js';

describe('groupDirectory', () => {
  it('finds groups through groups', () => {
    const groups = groupDirectory({
      'a@x.y': ['group:b@x.y', 'serviceAccount:r@p.iam.gserviceaccount.com'],
      'b@x.y': ['user:Alice@x.y'],
    });
    expect(new Set(groups.groupsOf('user:alice@x.y'))).toEqual(new Set(['group:a@x.y', 'group:b@x.y']));
    expect(groups.groupsOf('serviceAccount:r@p.iam.gserviceaccount.com')).toEqual(['group:a@x.y']);
    expect(groups.groupsOf('user:nobody@x.y')).toEqual([]);
  });

  it('takes groups by address or as members, in any case', () => {
    const groups = groupDirectory({ 'group:A@x.y': ['user:a@x.y'], 'B@X.Y': ['group:a@X.y'] });
    expect(new Set(groups.groupsOf('user:a@x.y'))).toEqual(new Set(['group:a@x.y', 'group:b@x.y']));
  });

  it('ends in cycles', () => {
    const groups = groupDirectory({
      'a@x.y': ['group:b@x.y'],
      'b@x.y': ['group:a@x.y', 'group:b@x.y', 'user:u@x.y'],
    });
    expect(new Set(groups.groupsOf('user:u@x.y'))).toEqual(new Set(['group:a@x.y', 'group:b@x.y']));
  });

  it('finds a group that holds an unreadable one unreadable too', () => {
    const groups = groupDirectory(
      { 'outer@x.y': ['group:hidden@x.y'], 'other@x.y': [] },
      { unreadable: ['hidden@x.y'] },
    );
    expect(groups.isReadable('group:hidden@x.y')).toBe(false);
    expect(groups.isReadable('group:outer@x.y')).toBe(false);
    expect(groups.isReadable('group:other@x.y')).toBe(true);
    expect(groups.isReadable('group:unlisted@x.y')).toBe(true);
  });

  it.each(['alice@x.y', 'allUsers', 'domain:x.y', 'user:'])('refuses a group that holds %s', (member) => {
    expect(() => groupDirectory({ 'a@x.y': [member] })).toThrow(`group a@x.y cannot hold ${member}`);
  });

  it('agrees with following each group upwards step by step', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const edges = fc.array(fc.tuple(name, fc.oneof(name, fc.constantFrom('u', 'v'))), { maxLength: 20 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const record: Record<string, string[]> = {};
        const memberName = (n: string) => `${n < 'u' ? 'group' : 'user'}:${n}@x.y`;
        for (const [group, member] of pairs) {
          record[`${group}@x.y`] = [...(record[`${group}@x.y`] ?? []), memberName(member)];
        }
        const reached = new Set<string>();
        for (let round = 0; round < 6; round++)
          for (const [group, member] of pairs) if (member === 'u' || reached.has(member)) reached.add(group);
        expect(new Set(groupDirectory(record).groupsOf('user:u@x.y'))).toEqual(
          new Set([...reached].map(memberName)),
        );
      }),
    );
  });
});
