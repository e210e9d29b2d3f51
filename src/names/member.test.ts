import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudRunAgent, projectOfServiceAccount, serviceAgentOf } from './agents.js';
import { isProjectId, isServiceName, newEtag, newRevisionName, newUniqueId } from './ids.js';
import { normalizeMember, parseMember, parsePrincipal } from './member.js';
import { parentInProject, projectName, projectOf, repositoryName, splitResource } from './resource.js';

describe('members', () => {
  it.each([
    'user:alice@example.com',
    'user:alice.o_b-c+tag%d=e@example.com',
    'user:アリス@example.com',
    'serviceAccount:a@p.iam.gserviceaccount.com',
    'group:g@example.com',
    'domain:example.com',
    'allUsers',
    'allAuthenticatedUsers',
    'deleted:user:a@example.com?uid=1',
    'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*',
    'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/group/admins',
    'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.repository/o/r',
    'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/repo:o/r:ref:refs/heads/main',
    'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog/subject/ns/n/sa/k',
    'principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/alice@example.com',
    'principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/admins',
    'principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount',
    'principalSet://cloudresourcemanager.googleapis.com/organizations/1/type/ServiceAgent',
    'deleted:principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/alice@example.com',
  ])('accepts %s', (text) => {
    expect(parseMember(text)).toBeDefined();
  });

  it.each([
    'alice@example.com',
    'user:',
    'user:alice',
    'allusers',
    'robot:x@example.com',
    'domain:x',
    'user:a b@example.com',
    'user:../../a@example.com',
    'group:$(a)@example.com',
    'user:a\u0000b@example.com',
    'principal://iam.googleapis.com/projects/p/locations/global/workloadIdentityPools/pool/subject/s',
    'principal://iam.googleapis.com/projects/1/locations/eu/workloadIdentityPools/pool/subject/s',
    'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/subject/',
    'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/subject/a b',
    'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/*',
    'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/subject/s',
    'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool',
    'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/attribute.Upper/x',
    'principalSet://cloudresourcemanager.googleapis.com/projects/name/type/ServiceAccount',
    'principalSet://cloudresourcemanager.googleapis.com/projects/1',
    'principal://goog/subject/alice@example.com',
    'deleted:principal:whatever',
    '',
  ])('refuses %s', (text) => {
    expect(parseMember(text)).toBeUndefined();
  });

  it('folds the case of addresses and nothing else', () => {
    expect(normalizeMember('user:Alice@Example.com')).toBe('user:alice@example.com');
    expect(normalizeMember('allUsers')).toBe('allUsers');
  });

  it('takes a bare address as a user, or as a service account by its domain', () => {
    expect(parsePrincipal('alice@example.com')).toEqual({ kind: 'user', email: 'alice@example.com' });
    expect(parsePrincipal('1-compute@developer.gserviceaccount.com')?.kind).toBe('serviceAccount');
    expect(parsePrincipal('group:g@example.com')).toBeUndefined();
  });

  it('never throws on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseMember(text)));
  });
});

describe('service agents', () => {
  it('are found by a table, not by a formula', () => {
    expect(cloudRunAgent('891566352225')).toBe(
      'service-891566352225@serverless-robot-prod.iam.gserviceaccount.com',
    );
    expect(serviceAgentOf(cloudRunAgent('42'))).toMatchObject({
      projectNumber: '42',
      agent: { api: 'run.googleapis.com' },
    });
    expect(serviceAgentOf('service-42@gcp-sa-run.iam.gserviceaccount.com')).toBeUndefined();
  });

  it('do not name a project of the user in their address', () => {
    expect(projectOfServiceAccount('a@my-proj.iam.gserviceaccount.com')).toBe('my-proj');
    expect(projectOfServiceAccount('42-compute@developer.gserviceaccount.com')).toBeUndefined();
  });
});

describe('ids', () => {
  it('are made as Google makes them', () => {
    expect(newRevisionName('web', 3)).toMatch(/^web-00003-[bcdfghjklmnpqrstvwxz24-9]{3}$/);
    expect(newUniqueId()).toMatch(/^1\d{20}$/);
    expect(Buffer.from(newEtag(), 'base64')).toHaveLength(8);
  });

  it('are checked by Google’s limits', () => {
    expect(isProjectId('myproject-a')).toBe(true);
    expect(isProjectId('short')).toBe(false);
    expect(isProjectId('example.com:my-project')).toBe(true);
    expect(isServiceName('a'.repeat(49))).toBe(true);
    expect(isServiceName('a'.repeat(50))).toBe(false);
    expect(isServiceName('web-')).toBe(false);
  });
});

describe('resource names', () => {
  const repository = repositoryName('p', 'us', 'r');
  it('know their project and their parent', () => {
    expect(projectOf(repository)).toBe('p');
    expect(parentInProject(repository)).toBe(projectName('p'));
    expect(parentInProject(projectName('p'))).toBeUndefined();
    expect(splitResource(repository)).toEqual({
      service: 'artifactregistry.googleapis.com',
      path: 'projects/p/locations/us/repositories/r',
    });
  });
});
