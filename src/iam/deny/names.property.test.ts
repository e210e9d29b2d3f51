/** Identifiers and permissions of deny policies: what is read is what was written, and nothing else is read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMember } from '../../names/index.js';
import { permissionParts } from '../permission-name.js';
import { knownPermissions } from '../roles/index.js';
import {
  canBeDenied,
  deniablePermissions,
  denyIdentifier,
  denyPermissionOf,
  parseDenyPermission,
  parseDenyPrincipal,
} from './index.js';
import { deniedBy } from './permissions.js';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const address = fc.tuple(word, word).map(([name, domain]) => `${name}@${domain}.com`);
const member = fc.oneof(
  address.map((email) => `user:${email}`),
  address.map((email) => `group:${email}`),
  fc.tuple(word, word).map(([name, project]) => `serviceAccount:${name}@${project}.iam.gserviceaccount.com`),
);

describe('an identifier', () => {
  it('stands for the member it was made of', () => {
    fc.assert(
      fc.property(member, (text) => {
        expect(parseDenyPrincipal(denyIdentifier(text) ?? '')).toEqual({ kind: 'member', member: text });
      }),
    );
  });

  it('of somebody deleted stands for nobody, and says who that was', () => {
    fc.assert(
      fc.property(member, fc.bigInt({ min: 1n, max: 10n ** 21n }), (text, uid) => {
        const identifier = denyIdentifier(`deleted:${text}?uid=${uid}`);
        expect(parseDenyPrincipal(identifier ?? '')).toEqual({
          kind: 'deleted',
          member: text,
          uid: `${uid}`,
        });
      }),
    );
  });

  it('is read as a member that an allow policy could name, whatever the text', () => {
    const prefixes = [
      'principal://goog/subject/',
      'principalSet://goog/group/',
      'principal://iam.googleapis.com/projects/-/serviceAccounts/',
      '',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), fc.string(), (prefix, rest) => {
        const read = parseDenyPrincipal(prefix + rest);
        if (read?.kind === 'member') expect(parseMember(read.member)).toBeDefined();
      }),
    );
  });

  it.each([
    ['principalSet://goog/public:all', { kind: 'everybody' }],
    ['principal://goog/subject/Alice@Example.com', { kind: 'member', member: 'user:alice@example.com' }],
    ['principalSet://goog/cloudIdentityCustomerId/C01Abc35', { kind: 'customer', id: 'C01Abc35' }],
    [
      'principalSet://cloudresourcemanager.googleapis.com/folders/1/type/ServiceAgent',
      { kind: 'serviceAccountSet', container: 'folders/1', agents: true },
    ],
    [
      'principal://iam.googleapis.com/locations/global/workforcePools/pool/subject/alice',
      { kind: 'federated', id: 'locations/global/workforcePools/pool/subject/alice' },
    ],
    [
      'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/*',
      { kind: 'federated', id: 'projects/1/locations/global/workloadIdentityPools/pool/*' },
    ],
  ])('%s is read', (text, read) => {
    expect(parseDenyPrincipal(text)).toEqual(read);
  });

  it.each([
    'user:alice@example.com',
    'allUsers',
    'principalSet://goog/public:some',
    'principal://goog/subject/alice',
    'principal://goog/group/admins@example.com',
    'principal://goog/subject/runtime@p.iam.gserviceaccount.com',
    'principal://iam.googleapis.com/projects/-/serviceAccounts/alice@example.com',
    'principal://iam.googleapis.com/projects/p/serviceAccounts/runtime@p.iam.gserviceaccount.com',
    'principalSet://cloudresourcemanager.googleapis.com/projects/my-project/type/ServiceAccount',
    'deleted:principal://goog/subject/alice@example.com',
  ])('%s is none', (text) => {
    expect(parseDenyPrincipal(text)).toBeUndefined();
  });
});

describe('a permission', () => {
  it('of a role has one spelling in deny policies, which is read back', () => {
    for (const name of deniablePermissions) {
      const permission = parseDenyPermission(denyPermissionOf(name));
      expect(permission && deniedBy(permission)).toEqual([name]);
    }
  });

  it('is one that roles know, however they spell it', () => {
    const unknown = [...deniablePermissions].filter((name) => !knownPermissions.has(name));
    expect(unknown.filter((name) => /^iam[./]/.test(name))).toEqual([]);
    expect(deniedBy({ service: 'iam', resource: 'workloadIdentityPools', verb: '*' })).toEqual(
      expect.arrayContaining([
        'iam.googleapis.com/workloadIdentityPools.create',
        'iam.workloadIdentityPools.createPolicyBinding',
      ]),
    );
  });

  it('goes by the host of its service', () => {
    expect(denyPermissionOf('run.services.create')).toBe('run.googleapis.com/services.create');
    expect(denyPermissionOf('resourcemanager.projects.setIamPolicy')).toBe(
      'cloudresourcemanager.googleapis.com/projects.setIamPolicy',
    );
    expect(parseDenyPermission('resourcemanager.googleapis.com/projects.setIamPolicy')).toBeUndefined();
  });

  it('is denied by the groups that it belongs to', () => {
    fc.assert(
      fc.property(fc.constantFrom(...deniablePermissions), fc.boolean(), fc.boolean(), (name, any, every) => {
        const { service, resource, verb } = permissionParts(name);
        const group = { service, resource: any ? '*' : resource, verb: every ? '*' : verb };
        expect(deniedBy(group)).toContain(name);
        expect(deniedBy({ ...group, service: 'other' })).toEqual([]);
      }),
    );
  });

  it.each([
    'run.services.create',
    'run.googleapis.com/services',
    'run.googleapis.com/*',
    'run/services.get',
    '',
  ])('%j has not the form of one', (text) => {
    expect(parseDenyPermission(text)).toBeUndefined();
  });

  it.each([
    ['run.googleapis.com/services.create', true],
    ['run.googleapis.com/services.*', true],
    ['cloudresourcemanager.googleapis.com/folders.*', true],
    ['binaryauthorization.googleapis.com/*.*', true],
    ['run.googleapis.com/services.fly', false],
    ['iam.googleapis.com/denypolicies.delete', false],
    ['iam.googleapis.com/denypolicies.*', false],
    // Not all of these services' permissions can be denied.
    ['iam.googleapis.com/*.*', false],
    ['artifactregistry.googleapis.com/*.*', false],
    ['compute.googleapis.com/instances.create', false],
  ])('%s: may it stand in a deny policy? %s', (text, may) => {
    const permission = parseDenyPermission(text);
    expect(permission && canBeDenied(permission)).toBe(may);
  });

  it('of every kind that a deploy needs can be denied', () => {
    const needed = [
      'run.services.create',
      'run.services.update',
      'run.routes.invoke',
      'iam.serviceAccounts.actAs',
      'iam.serviceAccounts.getAccessToken',
      'artifactregistry.repositories.downloadArtifacts',
      'secretmanager.versions.access',
    ];
    for (const name of needed) {
      expect(knownPermissions.has(name)).toBe(true);
      expect(deniablePermissions.has(name)).toBe(true);
    }
  });
});
