import { describe, expect, it } from 'vitest';
import { predefinedRoles } from '../../iam/index.js';
import {
  projectName,
  type ResourceName,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
} from '../../names/index.js';
import { smallestRoleFor } from './index.js';

const USER = 'user:alice@example.com';
const project = projectName('myproject-a');
const account = serviceAccountName('myproject-a', 'runtime@myproject-a.iam.gserviceaccount.com');
const repository = repositoryName('myproject-b', 'us', 'myrepo');
const secret = secretName('myproject-a', 'db-password');
const service = runResourceName('service', 'myproject-a', 'us-central1', 'web');
const roleFor = (permissions: readonly string[], on: ResourceName, member = USER) =>
  smallestRoleFor(permissions, on, member)?.role;

describe('the smallest predefined role', () => {
  it.each<[string, ResourceName, string]>([
    ['run.services.get', project, 'roles/run.viewer'],
    ['run.services.get', service, 'roles/run.viewer'],
    ['run.services.create', project, 'roles/run.developer'],
    ['run.services.update', service, 'roles/run.developer'],
    ['run.services.setIamPolicy', service, 'roles/run.admin'],
    ['run.operations.get', project, 'roles/run.viewer'],
    ['run.jobs.create', project, 'roles/run.developer'],
    ['run.workerpools.create', project, 'roles/run.developer'],
    ['iam.serviceAccounts.actAs', account, 'roles/iam.serviceAccountUser'],
    ['iam.serviceAccounts.getAccessToken', account, 'roles/iam.serviceAccountTokenCreator'],
    ['artifactregistry.repositories.downloadArtifacts', repository, 'roles/artifactregistry.reader'],
    ['secretmanager.versions.access', secret, 'roles/secretmanager.secretAccessor'],
  ])('that carries %s on %s is what Google’s pages tell people to grant: %s', (permission, on, role) => {
    expect(roleFor([permission], on)).toBe(role);
  });

  it('stays within the service, though a role across services would be smaller', () => {
    const builder = predefinedRoles.get('roles/run.builder');
    const reader = predefinedRoles.get('roles/artifactregistry.reader');
    expect(builder?.permissions.has('artifactregistry.repositories.downloadArtifacts')).toBe(true);
    expect(builder?.permissions.size ?? 0).toBeLessThan(reader?.permissions.size ?? 0);
    expect(builder?.permissions.has('artifactregistry.repositories.deleteArtifacts')).toBe(true);
  });

  it('leaves the role of federated identities to them', () => {
    const federated =
      'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject/x';
    const token = ['iam.serviceAccounts.getAccessToken'];
    expect(roleFor(token, account, federated)).toBe('roles/iam.workloadIdentityUser');
    expect(roleFor(token, account)).toBe('roles/iam.serviceAccountTokenCreator');
  });

  it('carries several permissions at once, and does not exist for what no service shares', () => {
    expect(roleFor(['run.services.create', 'run.operations.get', 'run.services.get'], project)).toBe(
      'roles/run.developer',
    );
    expect(roleFor(['run.services.create', 'secretmanager.versions.access'], project)).toBeUndefined();
    expect(roleFor(['storage.buckets.nonsense'], project)).toBeUndefined();
  });
});
