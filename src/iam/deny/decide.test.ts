import { describe, expect, it } from 'vitest';
import { type Principal, projectName } from '../../names/index.js';
import { compilePolicy } from '../compile.js';
import { decide, isGranted } from '../decide.js';
import { groupDirectory } from '../groups.js';
import { predefinedRoles } from '../roles/index.js';
import type { PrincipalFacts, Question } from '../types.js';
import { compileDenyPolicies } from './compile.js';

const P = projectName('p');
const ALL = 'principalSet://goog/public:all';
const POOL = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github';
const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const RUNTIME: Principal = { kind: 'serviceAccount', email: 'runtime@p.iam.gserviceaccount.com' };
const ACTION: Principal = {
  kind: 'federated',
  pool: POOL,
  subject: 'repo:o/r',
  groups: ['deployers'],
  attributes: { ref: 'refs/heads/main' },
};
const everybody = { role: 'roles/run.viewer', members: ['allUsers'] };
const policy = compilePolicy({ version: 1, etag: 'x', bindings: [everybody] }, predefinedRoles);

const facts = (change: Partial<PrincipalFacts>): PrincipalFacts => ({
  containers: [],
  isAgent: false,
  customers: [],
  ...change,
});
const IN_P = facts({ containers: ['projects/1', 'folders/2', 'organizations/3'] });

function verdict(
  principal: Principal,
  known: PrincipalFacts | undefined,
  deniedPrincipals: readonly string[],
  exceptionPrincipals: readonly string[] = [],
) {
  const rule = {
    deniedPrincipals,
    exceptionPrincipals,
    deniedPermissions: ['run.googleapis.com/services.get'],
    exceptionPermissions: [],
  };
  const question: Question = {
    principal,
    permission: 'run.services.get',
    resource: P,
    levels: [{ resource: P, policy }],
    deny: [{ resource: P, policies: compileDenyPolicies([{ id: 'rule', rules: [rule] }]) }],
    groups: groupDirectory({}),
    ...(known === undefined ? {} : { facts: known }),
    time: new Date(0),
  };
  const decision = decide(question);
  expect(isGranted(question)).toBe(decision.verdict === 'granted');
  return decision.verdict;
}

const sets = (container: string, type: string) =>
  `principalSet://cloudresourcemanager.googleapis.com/${container}/type/${type}`;
const customer = 'principalSet://goog/cloudIdentityCustomerId/C01Abc35';
const OURS = facts({ customers: ['C01Abc35'] });

describe('a deny rule', () => {
  it.each<[string, Principal, PrincipalFacts | undefined, string]>([
    [sets('projects/1', 'ServiceAccount'), RUNTIME, IN_P, 'denied'],
    [sets('organizations/3', 'ServiceAccount'), RUNTIME, IN_P, 'denied'],
    [sets('organizations/4', 'ServiceAccount'), RUNTIME, IN_P, 'granted'],
    [sets('projects/1', 'ServiceAgent'), RUNTIME, IN_P, 'granted'],
    [sets('projects/1', 'ServiceAgent'), RUNTIME, { ...IN_P, isAgent: true }, 'denied'],
    [sets('projects/1', 'ServiceAccount'), RUNTIME, undefined, 'unknown'],
    [sets('projects/1', 'ServiceAccount'), ALICE, undefined, 'granted'],
    [customer, ALICE, OURS, 'denied'],
    [customer, ALICE, facts({ customers: ['C0other'] }), 'granted'],
    [customer, ALICE, undefined, 'unknown'],
    [customer, RUNTIME, undefined, 'granted'],
    [`principal:${POOL}/subject/repo:o/r`, ACTION, undefined, 'denied'],
    [`principal:${POOL}/subject/repo:o/other`, ACTION, undefined, 'granted'],
    [`principalSet:${POOL}/group/deployers`, ACTION, undefined, 'denied'],
    [`principalSet:${POOL}/attribute.ref/refs/heads/main`, ACTION, undefined, 'denied'],
    [`principalSet:${POOL}/attribute.ref/refs/heads/dev`, ACTION, undefined, 'granted'],
    [`principalSet:${POOL}/*`, ACTION, undefined, 'denied'],
    [`principalSet:${POOL}/*`, RUNTIME, IN_P, 'granted'],
  ])('for %s: %o who belongs to %j is %s', (denied, principal, known, expected) => {
    expect(verdict(principal, known, [denied])).toBe(expected);
  });

  it('lets go whom an exception certainly covers, and perhaps whom it may', () => {
    const accounts = sets('projects/1', 'ServiceAccount');
    expect(verdict(RUNTIME, IN_P, [ALL], [accounts])).toBe('granted');
    expect(verdict(RUNTIME, undefined, [ALL], [accounts])).toBe('unknown');
    expect(verdict(ALICE, OURS, [ALL], [customer])).toBe('granted');
    expect(verdict(ACTION, undefined, [ALL], [`principalSet:${POOL}/*`])).toBe('granted');
    expect(verdict(ACTION, undefined, [ALL], [accounts])).toBe('denied');
  });
});
