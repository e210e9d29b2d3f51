import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folderName, organizationName, type Principal, projectName } from '../../names/index.js';
import { compilePolicy } from '../compile.js';
import { decide, isGranted } from '../decide.js';
import { groupDirectory } from '../groups.js';
import { predefinedRoles } from '../roles/index.js';
import type { PrincipalFacts, Question } from '../types.js';
import { compileBoundaries } from './compile.js';
import type { BoundaryBinding, BoundaryPolicy } from './types.js';

const P = projectName('p');
const ORGANIZATION = organizationName('3');
const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const RUNTIME: Principal = { kind: 'serviceAccount', email: 'runtime@p.iam.gserviceaccount.com' };
const GITHUB = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github';
const ACTION: Principal = { kind: 'federated', pool: GITHUB, subject: 'main', groups: [], attributes: {} };

const facts = (change: Partial<PrincipalFacts>): PrincipalFacts => ({
  containers: [],
  isAgent: false,
  customers: [],
  ...change,
});
const IN_P = facts({ containers: ['projects/1', 'folders/2', 'organizations/3'] });

const everybody = { role: 'roles/run.admin', members: ['allUsers'] };
const policy = compilePolicy({ version: 1, etag: 'x', bindings: [everybody] }, predefinedRoles);
const levels = [P, folderName('2'), ORGANIZATION].map((resource) => ({ resource, policy }));

const POLICIES = 'organizations/3/locations/global/principalAccessBoundaryPolicies';
const boundary = (id: string, resources: BoundaryPolicy['rules'][number]['resources'], version = '4') => ({
  name: `${POLICIES}/${id}`,
  rules: [{ resources }],
  enforcementVersion: version,
});
const ELSEWHERE = boundary('elsewhere', [projectName('other')]);
const HERE = boundary('here', [projectName('other'), P]);
const BELOW_ORGANIZATION = boundary('ours', [ORGANIZATION]);
const bind = ({ name }: BoundaryPolicy, target: string, condition?: string): BoundaryBinding => ({
  name: `organizations/3/locations/global/policyBindings/${name.split('/').at(-1)}`,
  target: target.startsWith('//') ? target : `//cloudresourcemanager.googleapis.com/${target}`,
  policy: name,
  ...(condition === undefined ? {} : { condition: { title: '', expression: condition } }),
});

function question(bindings: readonly BoundaryBinding[], change: Partial<Question> = {}): Question {
  const boundaries = compileBoundaries([ELSEWHERE, HERE, BELOW_ORGANIZATION], bindings);
  return {
    principal: RUNTIME,
    permission: 'run.services.create',
    resource: P,
    levels,
    groups: groupDirectory({}),
    facts: IN_P,
    boundaries,
    time: new Date(0),
    ...change,
  };
}
/** The verdict; isGranted() must say the same. */
function verdict(asked: Question) {
  const { verdict: found } = decide(asked);
  expect(isGranted(asked)).toBe(found === 'granted');
  return found;
}

describe('a principal access boundary', () => {
  it('keeps its principals from what its rules do not name, whatever is granted', () => {
    const asked = question([bind(ELSEWHERE, 'projects/1')]);
    expect(verdict(asked)).toBe('denied');
    expect(decide(asked).reasons[0]).toEqual({
      kind: 'boundary',
      level: P,
      bindings: ['organizations/3/locations/global/policyBindings/elsewhere'],
      policies: [`${POLICIES}/elsewhere`],
      blocks: true,
    });
  });

  it('lets them reach what a rule names, itself or above it', () => {
    expect(verdict(question([bind(HERE, 'projects/1')]))).toBe('granted');
    expect(verdict(question([bind(BELOW_ORGANIZATION, 'projects/1')]))).toBe('granted');
  });

  it('grants nothing by itself', () => {
    const none = compilePolicy({ version: 1, etag: 'x', bindings: [] }, predefinedRoles);
    const asked = question([bind(HERE, 'projects/1')], { levels: [{ resource: P, policy: none }] });
    expect(verdict(asked)).toBe('denied');
    expect(decide(asked).reasons).toEqual([{ kind: 'no-binding', level: P }]);
  });

  it('adds to the others: one that makes the resource eligible is enough', () => {
    const both = [bind(ELSEWHERE, 'projects/1'), bind(HERE, 'folders/2')];
    expect(verdict(question(both))).toBe('granted');
    expect(verdict(question(both.toReversed()))).toBe('granted');
  });

  it('leaves permissions alone that its version cannot block', () => {
    const old = boundary('old', [projectName('other')], '2');
    const boundaries = compileBoundaries([old], [bind(old, 'projects/1')]);
    const role = { role: 'roles/artifactregistry.reader', members: ['allUsers'] };
    const reader = compilePolicy({ version: 1, etag: 'x', bindings: [role] }, predefinedRoles);
    const permission = 'artifactregistry.repositories.downloadArtifacts';
    const asked = question([], { boundaries, permission, levels: [{ resource: P, policy: reader }] });
    expect(verdict(asked)).toBe('granted');
    expect(verdict(question([], { boundaries }))).toBe('denied');
  });

  it('holds where a condition is true, or cannot be evaluated', () => {
    const type = (name: string) => `principal.type == 'iam.googleapis.com/${name}'`;
    const bound = (condition: string) => verdict(question([bind(ELSEWHERE, 'projects/1', condition)]));
    expect(bound(type('ServiceAccount'))).toBe('denied');
    expect(bound(type('WorkspaceIdentity'))).toBe('granted');
    expect(bound('principal.shoeSize == 43')).toBe('denied');
  });
});

describe('the principal set', () => {
  const ask = (target: string, principal: Principal, change: Partial<Question>) =>
    verdict(question([bind(ELSEWHERE, target)], { principal, ...change }));

  it.each(['projects/1', 'folders/2', 'organizations/3'])('of %s holds accounts and pools', (target) => {
    expect(ask(target, RUNTIME, {})).toBe('denied');
    expect(ask(target, ACTION, {})).toBe('denied');
    expect(ask(target, RUNTIME, { facts: facts({ containers: ['projects/9'] }) })).toBe('granted');
    expect(ask(target, RUNTIME, { facts: { ...IN_P, isAgent: true } })).toBe('granted');
    expect(ask(target, { kind: 'anonymous' }, {})).toBe('granted');
  });

  it('of a pool holds its identities', () => {
    expect(ask(GITHUB, ACTION, {})).toBe('denied');
    expect(ask(`${GITHUB}-2`, ACTION, {})).toBe('granted');
  });

  it('of a customer, and of its organization, holds its users', () => {
    const mine = { facts: facts({ customers: ['C01'], containers: ['organizations/3'] }) };
    for (const target of ['//iam.googleapis.com/locations/global/workspace/C01', 'organizations/3']) {
      expect(ask(target, ALICE, mine)).toBe('denied');
      expect(ask(target, ALICE, { facts: facts({}) })).toBe('granted');
    }
  });

  it.each<[Principal, string, string]>([
    [RUNTIME, 'projects/1', 'unknown'],
    [RUNTIME, '//iam.googleapis.com/locations/global/workspace/C01', 'granted'],
    [ALICE, 'organizations/3', 'unknown'],
    [ALICE, '//iam.googleapis.com/locations/global/workspace/C01', 'unknown'],
    [ALICE, 'folders/2', 'granted'],
    [ACTION, 'projects/1', 'denied'],
    [ACTION, 'folders/2', 'unknown'],
  ])('where nobody knows where %o belongs: %s is %s', (principal, target, expected) => {
    const { facts: _, ...asked } = question([bind(ELSEWHERE, target)], { principal });
    expect(verdict(asked)).toBe(expected);
  });

  it('that may hold somebody may make the resource eligible as well', () => {
    const { facts: _, ...asked } = question([bind(ELSEWHERE, GITHUB), bind(HERE, 'folders/2')], {
      principal: ACTION,
    });
    expect(verdict(asked)).toBe('unknown');
  });
});

it('nothing is granted while boundaries cannot be read, but to callers whom none covers', () => {
  expect(verdict(question([], { boundaries: 'unreadable' }))).toBe('unknown');
  const stranger: Principal = { kind: 'anonymous' };
  expect(verdict(question([], { boundaries: 'unreadable', principal: stranger }))).toBe('granted');
});

it('with boundaries, whoever is subject to one of them reaches what one of theirs names, and nothing else', () => {
  const targets = ['projects/1', 'folders/2', 'organizations/3', 'projects/8', GITHUB];
  const resources = [P, folderName('2'), ORGANIZATION, projectName('other'), folderName('7')];
  const bound = fc.array(
    fc.record({ target: fc.constantFrom(...targets), eligible: fc.subarray(resources, { minLength: 1 }) }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(bound, fc.constantFrom(RUNTIME, ACTION), (chosen, principal) => {
      const policies = chosen.map(({ eligible }, index) => boundary(`b${index}`, eligible));
      const bindings = policies.map((each, index) => bind(each, chosen[index]?.target ?? ''));
      const mine = chosen.filter(
        ({ target }) => target !== 'projects/8' && (target !== GITHUB || principal === ACTION),
      );
      const above = [P, folderName('2'), ORGANIZATION];
      const reaches =
        mine.length === 0 || mine.some(({ eligible }) => above.some((each) => eligible.includes(each)));
      const boundaries = compileBoundaries(policies, bindings);
      expect(verdict(question([], { boundaries, principal }))).toBe(reaches ? 'granted' : 'denied');
    }),
  );
});
