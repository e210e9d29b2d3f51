import { describe, expect, it } from 'vitest';
import { ANONYMOUS, type Principal, projectName, runResourceName } from '../names/index.js';
import { roleCatalogue } from './catalogue.js';
import { compilePolicy } from './compile.js';
import { decide, isGranted } from './decide.js';
import { groupDirectory } from './groups.js';
import type { Binding, Decision, Role } from './types.js';

const role = (name: string, permissions: string[], stage: Role['stage'] = 'GA'): Role => ({
  name,
  title: name,
  description: '',
  stage,
  permissions: new Set(permissions),
});
const roles = roleCatalogue([
  role('roles/run.developer', ['run.services.create', 'run.services.get']),
  role('roles/run.viewer', ['run.services.get']),
  role('projects/p/roles/off', ['run.services.create'], 'DISABLED'),
]);
const project = projectName('p');
const service = runResourceName('service', 'p', 'us-central1', 's');
const alice: Principal = { kind: 'user', email: 'alice@example.com' };
const robot: Principal = { kind: 'serviceAccount', email: 'robot@p.iam.gserviceaccount.com' };
const noon = new Date('2026-01-15T12:00:00Z');

const grant = (role: string, member: string, expression?: string): Binding => ({
  role,
  members: [member],
  ...(expression === undefined ? {} : { condition: { title: 'when', expression } }),
});

interface Setting {
  principal?: Principal;
  permission?: string;
  groups?: ReturnType<typeof groupDirectory>;
  service?: Binding[];
  project: Binding[] | 'unreadable';
}

function ask(setting: Setting): Decision {
  const compiled = (bindings: Binding[] | 'unreadable') =>
    bindings === 'unreadable' ? 'unreadable' : compilePolicy({ version: 3, etag: 'ACAB', bindings }, roles);
  const question = {
    principal: setting.principal ?? alice,
    permission: setting.permission ?? 'run.services.create',
    resource: service,
    levels: [
      { resource: service, policy: compiled(setting.service ?? []) },
      { resource: project, policy: compiled(setting.project) },
    ] as const,
    groups: setting.groups ?? groupDirectory({}),
    time: noon,
  };
  const decision = decide(question);
  expect(isGranted(question)).toBe(decision.verdict === 'granted');
  return decision;
}

describe('a decision', () => {
  it('is granted by a role on the project, for a resource inside it', () => {
    expect(ask({ project: [grant('roles/run.developer', 'user:alice@example.com')] })).toEqual({
      verdict: 'granted',
      reasons: [
        { kind: 'no-binding', level: service },
        {
          kind: 'binding',
          level: project,
          role: 'roles/run.developer',
          member: 'user:alice@example.com',
          grants: true,
        },
      ],
    });
  });

  it('is denied without any binding, and says so at each level', () => {
    expect(ask({ project: [grant('roles/run.developer', 'user:bob@example.com')] })).toEqual({
      verdict: 'denied',
      reasons: [
        { kind: 'no-binding', level: service },
        { kind: 'no-binding', level: project },
      ],
    });
  });

  it('names the roles that the principal has but that lack the permission', () => {
    const decision = ask({ project: [grant('roles/run.viewer', 'user:alice@example.com')] });
    expect(decision.verdict).toBe('denied');
    expect(decision.reasons).toContainEqual({
      kind: 'roles-lack-permission',
      level: project,
      roles: ['roles/run.viewer'],
    });
  });

  it.each([
    ['USER@EXAMPLE.COM in another case', 'user:Alice@Example.COM', alice],
    ['the service account itself', 'serviceAccount:robot@p.iam.gserviceaccount.com', robot],
    ['the user’s domain', 'domain:Example.com', alice],
    ['any signed-in user', 'allAuthenticatedUsers', alice],
    ['any service account', 'allAuthenticatedUsers', robot],
    ['everybody', 'allUsers', alice],
    ['everybody, without a credential', 'allUsers', ANONYMOUS],
    ['a group that holds a group that holds the user', 'group:outer@example.com', alice],
    ['a principal spelt in capitals', 'user:alice@example.com', { kind: 'user', email: 'ALICE@example.com' }],
  ] as const)('covers %s', (_, member, principal) => {
    const groups = groupDirectory({
      'outer@example.com': ['group:inner@example.com'],
      'inner@example.com': ['user:alice@example.com'],
    });
    expect(ask({ project: [grant('roles/run.developer', member)], principal, groups }).verdict).toBe(
      'granted',
    );
  });

  it.each([
    ['another user’s', 'user:bob@example.com', alice],
    ['a service account spelt as a user', 'user:robot@p.iam.gserviceaccount.com', robot],
    ['a subdomain’s', 'domain:sub.example.com', alice],
    ['a parent domain’s', 'domain:com', alice],
    ['a domain, for a service account', 'domain:p.iam.gserviceaccount.com', robot],
    ['any signed-in principal, for an anonymous caller', 'allAuthenticatedUsers', ANONYMOUS],
    ['a deleted user’s', 'deleted:user:alice@example.com?uid=1', alice],
    ['the project’s owners', 'projectOwner:p', alice],
    [
      'a federated principal’s',
      'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x/subject/alice@example.com',
      alice,
    ],
    ['a group’s that the user is not in', 'group:others@example.com', alice],
  ] as const)('is not granted by %s binding', (_, member, principal) => {
    expect(ask({ project: [grant('roles/run.developer', member)], principal }).verdict).toBe('denied');
  });

  it('says that the caller is anonymous', () => {
    const decision = ask({ principal: ANONYMOUS, project: [] });
    expect(decision.reasons[0]).toEqual({ kind: 'anonymous' });
  });

  it('ignores a disabled role', () => {
    expect(ask({ project: [grant('projects/p/roles/off', 'user:alice@example.com')] }).verdict).toBe(
      'denied',
    );
  });

  it('reports a condition that keeps a binding from granting', () => {
    const decision = ask({
      project: [
        grant(
          'roles/run.developer',
          'user:alice@example.com',
          'request.time < timestamp("2026-01-01T00:00:00Z")',
        ),
      ],
    });
    expect(decision.verdict).toBe('denied');
    expect(decision.reasons[1]).toMatchObject({
      kind: 'binding',
      grants: false,
      condition: { title: 'when', value: 'false' },
    });
  });
});

describe('an unknown decision', () => {
  const [member, group] = ['user:alice@example.com', 'group:g@example.com'];
  const closed = groupDirectory({}, { unreadable: ['g@example.com'] });

  it('comes from a policy that could not be read', () => {
    expect(ask({ project: 'unreadable' })).toEqual({
      verdict: 'unknown',
      reasons: [
        { kind: 'no-binding', level: service },
        { kind: 'unreadable-policy', level: project },
      ],
    });
  });

  it('does not come up when another level grants', () => {
    expect(ask({ service: [grant('roles/run.developer', member)], project: 'unreadable' }).verdict).toBe(
      'granted',
    );
  });

  it('comes from a group whose members could not be read', () => {
    const decision = ask({ project: [grant('roles/run.developer', group)], groups: closed });
    expect(decision.verdict).toBe('unknown');
    expect(decision.reasons).toContainEqual({
      kind: 'unreadable-group',
      level: project,
      role: 'roles/run.developer',
      member: group,
    });
  });

  it('does not come from an unreadable group whose role lacks the permission or whose condition fails', () => {
    const project = [grant('roles/run.viewer', group), grant('roles/run.developer', group, 'false')];
    expect(ask({ project, groups: closed }).verdict).toBe('denied');
  });

  it('does not come from a group for an anonymous caller', () => {
    expect(
      ask({ principal: ANONYMOUS, project: [grant('roles/run.developer', group)], groups: closed }).verdict,
    ).toBe('denied');
  });

  it('comes from a role that is in no catalogue', () => {
    const decision = ask({ project: [grant('roles/new.thing', member)] });
    expect(decision.verdict).toBe('unknown');
    expect(decision.reasons).toContainEqual({
      kind: 'unknown-role',
      level: project,
      role: 'roles/new.thing',
      member,
    });
  });

  it('does not come from an unknown role whose condition is false', () => {
    expect(ask({ project: [grant('roles/new.thing', member, 'false')] }).verdict).toBe('denied');
  });

  it('comes from a condition on tags, which are not known here', () => {
    const decision = ask({
      project: [grant('roles/run.developer', member, "resource.matchTag('123/env', 'prod')")],
    });
    expect(decision.verdict).toBe('unknown');
    expect(decision.reasons[1]).toMatchObject({ grants: false, condition: { value: 'unknown' } });
  });

  it('comes from a set of service accounts, for service accounts only', () => {
    const project = [
      grant(
        'roles/run.developer',
        'principalSet://cloudresourcemanager.googleapis.com/projects/123/type/ServiceAccount',
      ),
    ];
    expect(ask({ principal: robot, project }).verdict).toBe('unknown');
    expect(ask({ principal: alice, project }).verdict).toBe('denied');
  });
});
