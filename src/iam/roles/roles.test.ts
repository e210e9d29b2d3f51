import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Role } from '../types.js';
import { isServiceAgentRole, knownPermissions, predefinedRoles } from './index.js';

const download = 'artifactregistry.repositories.downloadArtifacts';
const getAccessToken = 'iam.serviceAccounts.getAccessToken';

function permissionsOf(name: string): ReadonlySet<string> {
  const role = predefinedRoles.get(name);
  if (role === undefined) throw new Error(`no role ${name}`);
  return role.permissions;
}

function missing(from: string, of: string): string[] {
  const held = permissionsOf(from);
  return [...permissionsOf(of)].filter((permission) => !held.has(permission));
}

describe('the catalogue as a whole', () => {
  const roles = predefinedRoles.list();

  it('gives every role that it lists under its name, and each name once', () => {
    expect(new Set(roles.map((role) => role.name)).size).toBe(roles.length);
    for (const role of roles) expect(predefinedRoles.get(role.name)).toBe(role);
  });

  it('has no role for a name that Google does not define', () => {
    for (const name of ['roles/run.owner', 'run.admin', 'roles/Run.admin', '', 'toString']) {
      expect(predefinedRoles.get(name)).toBeUndefined();
    }
  });

  it('gives every role a name, a title, a description and a stage', () => {
    for (const role of roles) {
      expect(role.name).toMatch(/^roles\/[A-Za-z.]+$/);
      expect(role.title.trim()).not.toBe('');
      expect(role.description.trim()).not.toBe('');
      expect(['GA', 'BETA']).toContain(role.stage);
    }
  });

  it('spells every permission as service.resource.verb, or under the host of the newer IAM API', () => {
    for (const permission of knownPermissions) {
      expect(permission).toMatch(/^([a-z]+\.|iam\.googleapis\.com\/)[a-zA-Z]+\.[a-zA-Z]+$/);
    }
  });

  it('carries only permissions that are known', () => {
    for (const role of roles) {
      const unknown = [...role.permissions].filter((permission) => !knownPermissions.has(permission));
      expect([role.name, unknown]).toEqual([role.name, []]);
    }
  });

  it('keeps a role whole when it is copied, and always answers with the same set', () => {
    const role = predefinedRoles.get('roles/run.invoker');
    expect({ ...role }.permissions).toEqual(
      new Set(['run.routes.invoke', 'run.instances.invoke', 'run.jobs.run']),
    );
    expect(role?.permissions).toBe(role?.permissions);
  });
});

describe('roles that contain each other', () => {
  it.each([
    ['roles/viewer', 'roles/editor'],
    ['roles/editor', 'roles/owner'],
    ['roles/run.viewer', 'roles/run.developer'],
    ['roles/run.developer', 'roles/run.admin'],
    ['roles/run.developer', 'roles/run.sourceDeveloper'],
    ['roles/artifactregistry.reader', 'roles/artifactregistry.writer'],
    ['roles/artifactregistry.writer', 'roles/artifactregistry.repoAdmin'],
    ['roles/artifactregistry.repoAdmin', 'roles/artifactregistry.admin'],
    ['roles/artifactregistry.reader', 'roles/run.serviceAgent'],
    ['roles/artifactregistry.reader', 'roles/run.sourceDeveloper'],
    ['roles/secretmanager.viewer', 'roles/secretmanager.admin'],
    ['roles/iam.securityReviewer', 'roles/iam.securityAuditor'],
    ['roles/resourcemanager.folderViewer', 'roles/resourcemanager.folderEditor'],
    ['roles/cloudbuild.builds.viewer', 'roles/cloudbuild.builds.editor'],
  ])('%s is in %s, and smaller', (smaller, larger) => {
    expect(missing(larger, smaller)).toEqual([]);
    expect(missing(smaller, larger)).not.toEqual([]);
  });

  it('gives the project owner all of Cloud Run, Artifact Registry and Secret Manager', () => {
    for (const admin of ['run.admin', 'artifactregistry.admin', 'secretmanager.admin']) {
      expect(missing('roles/owner', `roles/${admin}`)).toEqual([]);
    }
  });
});

describe('what decides a deploy', () => {
  it('lets the developer deploy, but not decide about access, attach an identity or pull an image', () => {
    const developer = permissionsOf('roles/run.developer');
    for (const verb of ['get', 'create', 'update']) {
      for (const resource of ['services', 'jobs', 'workerpools']) {
        expect(developer).toContain(`run.${resource}.${verb}`);
      }
    }
    expect(developer).toContain('run.operations.get');
    expect([...developer].filter((permission) => permission.endsWith('.setIamPolicy'))).toEqual([]);
    expect(developer).not.toContain('iam.serviceAccounts.actAs');
    expect(developer).not.toContain(download);
  });

  it('lets only the Cloud Run admin set a policy on a service', () => {
    expect(permissionsOf('roles/run.admin')).toContain('run.services.setIamPolicy');
    expect(permissionsOf('roles/run.editor')).not.toContain('run.services.setIamPolicy');
  });

  it('lets the invoker invoke and nothing else be seen', () => {
    expect(permissionsOf('roles/run.invoker')).toContain('run.routes.invoke');
    expect(permissionsOf('roles/run.invoker')).not.toContain('run.services.get');
    expect([...permissionsOf('roles/run.servicesInvoker')]).toEqual(['run.routes.invoke']);
  });

  it('lets all three basic roles pull images, and Editor and Owner act as service accounts', () => {
    for (const name of ['roles/viewer', 'roles/editor', 'roles/owner']) {
      expect(permissionsOf(name)).toContain(download);
    }
    expect(permissionsOf('roles/viewer')).not.toContain('iam.serviceAccounts.actAs');
    expect(permissionsOf('roles/editor')).toContain('iam.serviceAccounts.actAs');
    expect(permissionsOf('roles/owner')).toContain('iam.serviceAccounts.actAs');
  });

  it('lets no basic role become a service account', () => {
    for (const name of ['roles/viewer', 'roles/editor', 'roles/owner']) {
      for (const verb of ['getAccessToken', 'getOpenIdToken', 'signBlob', 'signJwt', 'implicitDelegation']) {
        expect(permissionsOf(name)).not.toContain(`iam.serviceAccounts.${verb}`);
      }
    }
  });

  it('separates attaching a service account from minting its tokens', () => {
    expect(permissionsOf('roles/iam.serviceAccountUser')).toContain('iam.serviceAccounts.actAs');
    expect(permissionsOf('roles/iam.serviceAccountUser')).not.toContain(getAccessToken);
    expect(permissionsOf('roles/iam.serviceAccountTokenCreator')).toContain(getAccessToken);
    expect(permissionsOf('roles/iam.serviceAccountTokenCreator')).not.toContain('iam.serviceAccounts.actAs');
  });

  it('gives the Cloud Run agent what it needs in its own project, under either name', () => {
    for (const name of ['roles/run.serviceAgent', 'roles/serverless.serviceAgent']) {
      expect(permissionsOf(name)).toContain(download);
      expect(permissionsOf(name)).toContain(getAccessToken);
      expect(permissionsOf(name)).toContain('iam.serviceAccounts.actAs');
      expect(permissionsOf(name)).not.toContain('secretmanager.versions.access');
    }
  });

  it('lets functions, source deploys and builds pass the image check by their own roles', () => {
    for (const name of [
      'roles/cloudfunctions.developer',
      'roles/cloudfunctions.serviceAgent',
      'roles/run.sourceDeveloper',
      'roles/cloudbuild.builds.builder',
      'roles/firebaseapphosting.computeRunner',
      'roles/firebaseapphosting.serviceAgent',
    ]) {
      expect(permissionsOf(name)).toContain(download);
    }
  });

  it('shows the value of a secret to the accessor, the admin and the owner only', () => {
    const holders = predefinedRoles
      .list()
      .filter((role) => role.permissions.has('secretmanager.versions.access'))
      .map((role) => role.name);
    expect(holders.sort()).toEqual([
      'roles/owner',
      'roles/secretmanager.admin',
      'roles/secretmanager.secretAccessor',
    ]);
  });
});

describe('isServiceAgentRole', () => {
  it('knows the agents of this catalogue and of services outside it, however they are capitalised', () => {
    for (const name of [
      'roles/run.serviceAgent',
      'roles/containerregistry.ServiceAgent',
      'roles/cloudbuild.loggingServiceAgent',
      'roles/cloudfunctions.standardServiceAgent',
      'roles/pubsub.serviceAgent',
    ]) {
      expect(isServiceAgentRole(name)).toBe(true);
    }
  });

  it('leaves roles for people and for workloads alone', () => {
    for (const name of ['roles/run.admin', 'roles/iam.serviceAccountUser', 'projects/p/roles/serviceAgent']) {
      expect(isServiceAgentRole(name)).toBe(false);
    }
  });
});

/**
 * The catalogue beside a list of roles from elsewhere, e.g. one drawn from Google's `roles.list` and restricted
 * to the services here: SEKISHO_ROLES_YARDSTICK names a JSON file
 * `{"roles": [{"name", "title", "description", "stage", "includedPermissions"}]}`. Without it there is nothing
 * to compare with, and no test.
 */
interface Yardstick {
  readonly roles: readonly (Omit<Role, 'permissions'> & {
    readonly includedPermissions: readonly string[];
  })[];
}

const yardstickFile = process.env.SEKISHO_ROLES_YARDSTICK ?? '';

if (yardstickFile !== '') {
  const yardstick = JSON.parse(readFileSync(yardstickFile, 'utf8')) as Yardstick;

  describe('beside the yardstick', () => {
    it('the catalogue has exactly the same roles', () => {
      const names = (roles: readonly { readonly name: string }[]) => roles.map((role) => role.name).sort();
      expect(names(predefinedRoles.list())).toEqual(names(yardstick.roles));
    });

    it.each(yardstick.roles.map((role) => [role.name, role] as const))('%s is the same', (name, expected) => {
      const role = predefinedRoles.get(name);
      expect({ ...role, permissions: [...(role?.permissions ?? [])].sort() }).toEqual({
        name,
        title: expected.title,
        description: expected.description,
        stage: expected.stage,
        permissions: [...expected.includedPermissions].sort(),
      });
    });
  });
}
