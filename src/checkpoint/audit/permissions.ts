/** What audits ask for: the permissions that the next deploy of a resource may demand of anybody. */
import { effectivePermissions, predefinedRoles } from '../../iam/index.js';
import {
  defaultComputeAccount,
  parseImage,
  type RunKind,
  repositoryName,
  secretName,
} from '../../names/index.js';
import { demandsOf } from '../judge.js';
import type { DeployPlan, ImageReadCheck } from '../types.js';

/** How audits judge. */
export const SETTINGS = { imageReadCheck: 'enforce' } as const satisfies { imageReadCheck: ImageReadCheck };

const KINDS: readonly RunKind[] = ['service', 'job', 'workerPool'];
const PROJECT = 'any-project';
const IMAGE = `us-docker.pkg.dev/${PROJECT}/any/image`;

/** A deploy that asks for all that one which changes nothing but the image may ask for. */
function anyDeploy(kind: RunKind, exists: boolean): DeployPlan {
  const through = repositoryName(PROJECT, 'us', 'any');
  return {
    apiVersion: 'v2',
    target: { kind, name: 'any', project: PROJECT, projectNumber: '1', location: 'us-central1' },
    exists,
    templateChanged: true,
    deployer: { kind: 'user', email: 'anybody@example.com' },
    runtimeIdentity: { email: defaultComputeAccount('1'), project: PROJECT },
    images: [parseImage(IMAGE)],
    upstreams: (['virtual', 'remote', 'credentials'] as const).map((behind) => ({
      ...{ image: IMAGE, through, projectNumber: '1', kind: behind },
      resource: behind === 'credentials' ? secretName(PROJECT, 'any') : through,
    })),
    secrets: [{ resource: secretName(PROJECT, 'any'), field: 'any', version: 'latest' }],
    publicAccess: false,
  };
}

/** In no particular order. */
export const auditedPermissions: readonly string[] = [
  ...new Set(
    KINDS.flatMap((kind) => [true, false].map((exists) => anyDeploy(kind, exists))).flatMap((plan) =>
      demandsOf(plan, SETTINGS).flatMap((demand) => (demand.kind === 'permission' ? demand.permission : [])),
    ),
  ),
];

/** The predefined roles that carry none of these permissions: bindings of them change no audit. */
export function rolesBesideAudits(): readonly string[] {
  return predefinedRoles
    .list()
    .filter((role) => {
      const permissions = effectivePermissions(role);
      return !auditedPermissions.some((permission) => permissions.has(permission));
    })
    .map(({ name }) => name);
}
