import { describe, expect, it } from 'vitest';
import {
  ANONYMOUS,
  type Principal,
  projectName,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
} from '../names/index.js';
import { describeReason, describeResource } from './describe.js';
import { policyResourceType } from './resource-types.js';
import type { Reason } from './types.js';

const level = projectName('myproject-a');
const alice: Principal = { kind: 'user', email: 'alice@example.com' };
const binding = {
  kind: 'binding',
  level,
  role: 'roles/run.developer',
  member: 'user:alice@example.com',
  grants: true,
} as const;
const condition = { title: 'office hours', expression: 'true' };

describe('describeReason', () => {
  it.each<[Reason, string]>([
    [binding, 'roles/run.developer on project myproject-a (user:alice@example.com)'],
    [
      { ...binding, condition: { ...condition, value: 'true' } },
      'roles/run.developer on project myproject-a (user:alice@example.com), as its condition "office hours" is met',
    ],
    [
      { ...binding, grants: false, condition: { ...condition, value: 'false' } },
      'roles/run.developer on project myproject-a (user:alice@example.com), but its condition "office hours" is not met',
    ],
    [
      { ...binding, grants: false, condition: { ...condition, value: 'error', note: 'no such zone' } },
      'roles/run.developer on project myproject-a (user:alice@example.com), but its condition "office hours" cannot be evaluated and so never grants: no such zone',
    ],
    [
      { ...binding, grants: false, condition: { ...condition, value: 'unknown', note: 'tags' } },
      'roles/run.developer on project myproject-a (user:alice@example.com), if its condition "office hours" is met, which is not known: tags',
    ],
    [
      { kind: 'roles-lack-permission', level, roles: ['roles/run.viewer'] },
      'roles/run.viewer on project myproject-a lacks run.services.create',
    ],
    [
      { kind: 'roles-lack-permission', level, roles: ['roles/a', 'roles/b'] },
      'roles/a, roles/b on project myproject-a lack run.services.create',
    ],
    [{ kind: 'no-binding', level }, 'no role on project myproject-a for user:alice@example.com'],
    [
      {
        kind: 'deny-rule',
        level,
        policy: 'no-deploys',
        rule: 2,
        principal: 'principalSet://goog/public:all',
        denies: true,
      },
      'rule 2 of deny policy no-deploys on project myproject-a denies run.services.create to principalSet://goog/public:all',
    ],
    [
      {
        kind: 'deny-rule',
        level,
        policy: 'no-deploys',
        rule: 1,
        principal: 'principalSet://goog/group/g@x.y',
        denies: false,
      },
      'rule 1 of deny policy no-deploys on project myproject-a may deny run.services.create to principalSet://goog/group/g@x.y',
    ],
    [
      { kind: 'unreadable-deny-policies', level },
      'the deny policies on project myproject-a could not be read',
    ],
    [{ kind: 'unreadable-policy', level }, 'the policy on project myproject-a could not be read'],
    [
      { kind: 'unreadable-group', level, role: 'roles/a', member: 'group:g@x.y' },
      'roles/a on project myproject-a is granted to group:g@x.y, whose members are not known',
    ],
    [
      { kind: 'unknown-role', level, role: 'roles/a', member: 'allUsers' },
      'roles/a on project myproject-a (allUsers) is a role whose permissions are not known',
    ],
    [{ kind: 'anonymous' }, 'the caller sent no credential, so only allUsers covers it'],
  ])('%o reads %s', (reason, text) => {
    expect(describeReason(reason, alice, 'run.services.create')).toBe(text);
  });

  it('speaks of callers without a credential', () => {
    expect(describeReason({ kind: 'no-binding', level }, ANONYMOUS, 'a.b.c')).toBe(
      'no role on project myproject-a for callers without a credential',
    );
  });
});

describe('a resource by its full name', () => {
  it.each([
    [level, 'project myproject-a', 'project'],
    [
      serviceAccountName('p', 'a@p.iam.gserviceaccount.com'),
      'service account a@p.iam.gserviceaccount.com',
      'serviceAccount',
    ],
    [repositoryName('p', 'us', 'r'), 'repository r of p', 'repository'],
    [runResourceName('service', 'p', 'us-central1', 's'), 'service s of p', 'service'],
    [runResourceName('job', 'p', 'us-central1', 'j'), 'job j of p', 'job'],
    [runResourceName('workerPool', 'p', 'us-central1', 'w'), 'worker pool w of p', 'workerPool'],
    [secretName('p', 's'), 'secret s of p', 'secret'],
    ['//cloudresourcemanager.googleapis.com/folders/1', 'folder 1', 'folder'],
    ['//cloudresourcemanager.googleapis.com/organizations/1', 'organization 1', 'organization'],
    ['//storage.googleapis.com/b', '//storage.googleapis.com/b', undefined],
  ] as const)('%s is described and typed', (name, text, type) => {
    expect(describeResource(name)).toBe(text);
    expect(policyResourceType(name)).toBe(type);
  });
});
