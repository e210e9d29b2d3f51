import { describe, expect, it } from 'vitest';
import { knownPermissions } from '../roles/index.js';
import { blockablePermissions, DEFAULT_VERSION, isEnforcementVersion } from './enforcement-versions.js';

/** The versions that can block a permission, in digits. */
const versions = (permission: string) =>
  ['1', '2', '3', '4'].filter((version) => blockablePermissions(version).has(permission)).join('');

describe('an enforcement version', () => {
  it.each([
    ['run.services.create', '1234'],
    ['run.revisions.delete', '1234'],
    ['run.jobs.run', '1234'],
    // Google's table leaves these out.
    ['run.jobs.update', ''],
    ['run.routes.invoke', ''],
    ['run.services.setIamPolicy', ''],
    ['run.workerpools.create', ''],
    ['resourcemanager.projects.get', '234'],
    ['resourcemanager.projects.createPolicyBinding', ''],
    ['artifactregistry.repositories.downloadArtifacts', '34'],
    ['iam.serviceAccounts.actAs', '34'],
    ['iam.serviceAccounts.createTagBinding', ''],
    ['iam.principalaccessboundarypolicies.update', ''],
    ['iam.googleapis.com/workloadIdentityPools.create', '4'],
    ['iam.googleapis.com/workforcePools.updatePolicyBinding', ''],
    ['iam.workloadIdentityPools.deletePolicyBinding', ''],
    ['secretmanager.versions.access', '4'],
    ['serviceusage.services.enable', '4'],
    ['logging.logEntries.create', '1234'],
    ['logging.logEntries.list', ''],
  ])('%s can be blocked by %s', (permission, blocking) => {
    expect(versions(permission)).toBe(blocking);
  });

  it('blocks what the ones before it block', () => {
    for (const permission of knownPermissions) {
      expect('1234'.endsWith(versions(permission)), permission).toBe(true);
    }
  });

  it('is 4 where it is the latest', () => {
    expect(DEFAULT_VERSION).toBe('4');
    for (const permission of knownPermissions) {
      expect(blockablePermissions('latest').has(permission)).toBe(blockablePermissions('4').has(permission));
    }
    expect(['1', '4', 'latest'].every(isEnforcementVersion)).toBe(true);
    expect(['', '0', '5', '01', 'Latest'].some(isEnforcementVersion)).toBe(false);
  });
});
