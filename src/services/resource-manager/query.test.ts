import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Project } from '../../access/index.js';
import { GoogleError } from '../../google/index.js';
import { parseQuery } from './query.js';

const project = (projectId: string, more: Partial<Project> = {}): Project => ({
  projectId,
  number: '111111111111',
  name: projectId,
  state: 'ACTIVE',
  createTime: '2026-01-01T00:00:00.000Z',
  labels: {},
  services: {},
  ...more,
});

const PROJECTS = [
  project('web', { name: 'How to', labels: { color: 'red', size: 'small' } }),
  project('shop', { name: 'Howl', labels: { color: 'blue' }, parent: 'folders/123' }),
  project('lab', { name: 'lab', state: 'DELETE_REQUESTED', parent: 'organizations/456' }),
];

const found = (query: string) => PROJECTS.filter(parseQuery(query)).map(({ projectId }) => projectId);

describe('a query finds', () => {
  it.each<[string, string[]]>([
    ['', ['web', 'shop', 'lab']],
    ['name:how*', ['web', 'shop']],
    ['name:Howl', ['shop']],
    ['NAME:howl', ['shop']],
    ['displayName="how to"', ['web']],
    ['id:shop', ['shop']],
    ['projectId=LAB', ['lab']],
    ['state:DELETE_REQUESTED', ['lab']],
    ['lifecycleState:ACTIVE', ['web', 'shop']],
    ['labels.color:*', ['web', 'shop']],
    ['labels.color:red', ['web']],
    ['labels:small', ['web']],
    ['labels:color', ['web', 'shop']],
    ['labels.color:blue labels.size:small', ['web', 'shop']],
    ['labels.color:blue OR labels.size:small', ['web', 'shop']],
    ['labels.color:blue AND labels.size:small', []],
    ['parent:folders/123', ['shop']],
    ['parent:organizations/*', ['lab']],
    ['parent.type:folder', ['shop']],
    ['parent.type:folder parent.id:456', []],
    ['parent.type:organization parent.id:456', ['lab']],
    ['lifecycleState:ACTIVE AND (id:web id:lab)', ['web']],
    ['NOT name:how*', ['lab']],
    ['-id:web', ['shop', 'lab']],
    ['-(id:web OR id:lab)', ['shop']],
    ['id:web OR id:shop AND labels.color:blue', ['shop']],
    ['name:h.w*', []],
  ])('by %s', (query, expected) => {
    expect(found(query)).toEqual(expected);
  });
});

describe('a query is refused', () => {
  it.each([
    'colour:red',
    'name',
    'name:',
    'name!=x',
    'name>x',
    '(id:x',
    'id:x)',
    '()',
    'id:x AND',
    'OR id:x',
    'NOT',
    '"quoted"',
    `${'('.repeat(60)}id:x${')'.repeat(60)}`,
    'labels.__proto__',
    'constructor:x',
  ])('rather than ignored: %s', (query) => {
    expect(() => parseQuery(query)).toThrow(GoogleError);
  });
});

it('any text is a query or an INVALID_ARGUMENT', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'AND',
      'OR',
      'NOT',
      '-',
      '(',
      ')',
      'id:web',
      'name:*',
      'labels.color:red',
      'x:y',
      '"',
      ':',
    ),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      try {
        for (const each of PROJECTS) expect(typeof parseQuery(words.join(' '))(each)).toBe('boolean');
      } catch (error) {
        expect(error).toMatchObject({ status: 'INVALID_ARGUMENT' });
      }
    }),
  );
});

it('means the same in parentheses, and the opposite after NOT', () => {
  const comparison = fc.constantFrom('id:web', 'id:shop', 'name:how*', 'labels.color:red', 'state:ACTIVE');
  const joined = fc.array(comparison, { minLength: 1, maxLength: 4 }).map((words) => words.join(' AND '));
  fc.assert(
    fc.property(joined, joined, (one, other) => {
      const query = `(${one}) OR (${other})`;
      expect(found(query).sort()).toEqual([...new Set([...found(one), ...found(other)])].sort());
      expect(found(`NOT (${one})`)).toEqual(
        PROJECTS.map(({ projectId }) => projectId).filter((id) => !found(one).includes(id)),
      );
    }),
  );
});
