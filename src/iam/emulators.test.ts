/**
 * Six wrong answers that a published emulator of IAM gives, each as the case in which it gives it, with what Google
 * Cloud answers (https://cloud.google.com/iam/docs/allow-policies, https://cloud.google.com/iam/docs/conditions-overview).
 */
import { describe, expect, it } from 'vitest';
import { ANONYMOUS, type Principal, projectName, type ResourceName, secretName } from '../names/index.js';
import { compilePolicy } from './compile.js';
import { decide, isGranted } from './decide.js';
import { groupDirectory } from './groups.js';
import { predefinedRoles } from './roles/index.js';
import type { Binding, Question } from './types.js';

const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const PROJECT = projectName('p');
const SECRET = secretName('p', 'db-password');
const reader = 'roles/secretmanager.viewer';
const READ = 'secretmanager.secrets.get';

/** Both ways to ask; they must agree. */
function granted(
  policies: readonly (readonly [ResourceName, readonly Binding[]])[],
  asked: Partial<Question> = {},
): boolean {
  const question: Question = {
    principal: ALICE,
    permission: READ,
    resource: SECRET,
    levels: policies.map(([resource, bindings]) => ({
      resource,
      policy: compilePolicy({ version: 3, etag: 'ACAB', bindings }, predefinedRoles),
    })),
    groups: groupDirectory({}),
    time: new Date('2026-06-01T00:00:00Z'),
    projectNumber: '1234',
    ...asked,
  };
  expect(decide(question).verdict).toBe(isGranted(question) ? 'granted' : 'denied');
  return isGranted(question);
}

const toAlice = (role: string, expression?: string): Binding => ({
  role,
  members: ['user:alice@example.com'],
  ...(expression === undefined ? {} : { condition: { title: 'when', expression } }),
});

describe('what a published emulator gets wrong', () => {
  it('1: a policy of the resource hides what is granted on the project', () => {
    const ofSecret: Binding[] = [{ role: reader, members: ['user:bob@example.com'] }];
    expect(
      granted([
        [SECRET, ofSecret],
        [PROJECT, [toAlice(reader)]],
      ]),
    ).toBe(true);
  });

  it('2: a binding whose condition fails ends the search, so that the order of bindings decides', () => {
    const expired = toAlice(reader, 'request.time < timestamp("2020-01-01T00:00:00Z")');
    const always = toAlice('roles/secretmanager.admin');
    expect(granted([[SECRET, [expired, always]]])).toBe(true);
    expect(granted([[SECRET, [always, expired]]])).toBe(true);
    expect(granted([[SECRET, [expired]]])).toBe(false);
  });

  it('3: a caller without an identity has whatever anybody has', () => {
    const bindings = [toAlice('roles/owner'), { role: reader, members: ['allAuthenticatedUsers'] }];
    expect(granted([[SECRET, bindings]], { principal: ANONYMOUS })).toBe(false);
    expect(granted([[SECRET, [{ role: reader, members: ['allUsers'] }]]], { principal: ANONYMOUS })).toBe(
      true,
    );
  });

  it.each([
    [true, 'resource.name.startsWith("projects/1234/secrets/db-")'],
    [false, '!resource.name.startsWith("projects/1234/secrets/db-")'],
    [false, 'resource.name.startsWith("projects/1234/secrets/db-") && resource.name.endsWith("/api-key")'],
    [true, 'resource.name.startsWith("projects/1234/secrets/api-") || resource.name.endsWith("password")'],
    [false, 'resource.name.startsWith("projects/9999/secrets/db-")'],
  ])('4: conditions are looked through for words, not evaluated: %s for %s', (answer, expression) => {
    expect(granted([[SECRET, [toAlice(reader, expression)]]])).toBe(answer);
  });

  it.each([
    'run.services.create',
    'artifactregistry.repositories.downloadArtifacts',
    'iam.serviceAccounts.actAs',
    'resourcemanager.projects.setIamPolicy',
    'logging.logEntries.list',
  ])('5: an owner has a handful of permissions, %s not among them', (permission) => {
    expect(granted([[PROJECT, [toAlice('roles/owner')]]], { permission, resource: PROJECT })).toBe(true);
  });
});
