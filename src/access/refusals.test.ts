import { describe, expect, it } from 'vitest';
import { ANONYMOUS, projectName } from '../names/index.js';
import {
  artifactRegistryRefusal,
  dockerRefusal,
  iamRefusal,
  resourceManagerRefusal,
  serviceUsageRefusal,
} from './refusals.js';

const check = (permission: string, label = '') => ({ permission, label, resource: projectName('p') });

describe('refusals', () => {
  it('of Resource Manager tell nothing about the project', () => {
    expect(resourceManagerRefusal(check('resourcemanager.projects.get')).message).toBe(
      'The caller does not have permission',
    );
    expect(resourceManagerRefusal(check('resourcemanager.projects.setIamPolicy')).message).toBe(
      'Policy update access denied.',
    );
  });

  it('of IAM name the permission in an ErrorInfo', () => {
    expect(iamRefusal(check('iam.serviceAccounts.create')).toJson()).toEqual({
      error: {
        code: 403,
        message: "Permission 'iam.serviceAccounts.create' denied on resource (or it may not exist).",
        status: 'PERMISSION_DENIED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'IAM_PERMISSION_DENIED',
            domain: 'iam.googleapis.com',
            metadata: { permission: 'iam.serviceAccounts.create' },
          },
        ],
      },
    });
  });

  it('of Artifact Registry quote singly in REST and doubly in the registry protocol', () => {
    const path = 'projects/p/locations/us/repositories/r';
    const rest = check('artifactregistry.repositories.get', `//artifactregistry.googleapis.com/${path}`);
    expect(artifactRegistryRefusal(rest).message).toBe(
      `Permission 'artifactregistry.repositories.get' denied on resource '//artifactregistry.googleapis.com/${path}' (or it may not exist).`,
    );
    const download = 'artifactregistry.repositories.downloadArtifacts';
    expect(dockerRefusal({ kind: 'user', email: 'a@example.com' }, download, path)).toBe(
      `Permission "${download}" denied on resource "${path}" (or it may not exist)`,
    );
    expect(dockerRefusal(ANONYMOUS, download, path)).toBe(
      `Unauthenticated request. Unauthenticated requests do not have permission "${download}" on resource "${path}" (or it may not exist)`,
    );
  });

  it('of Service Usage name the API or the consumer', () => {
    expect(
      serviceUsageRefusal(
        check('serviceusage.services.enable', 'projectnumbers/1/services/run.googleapis.com'),
      ).message,
    ).toBe('Permission denied to enable service [run.googleapis.com]');
    expect(serviceUsageRefusal(check('serviceusage.services.list', 'projectnumbers/1')).message).toBe(
      'Permission denied to list services for consumer container [projects/1]',
    );
  });
});
