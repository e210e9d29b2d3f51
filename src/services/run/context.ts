/** What the folders of Cloud Run's API versions are made from and made into, and what all their calls share. */
import type { AccessControl, Projects } from '../../access/index.js';
import { cloudRunJob, cloudRunRevision, cloudRunWorkerPool } from '../../audit/index.js';
import { refusals } from '../../checkpoint/index.js';
import type { Deployments } from '../../deployments/index.js';
import {
  type AccessRule,
  type ApiMethod,
  GoogleError,
  type MonitoredResource,
  type PermissionCheck,
  permissionDenied,
} from '../../google/index.js';
import { isRegion, type RunKind } from '../../names/index.js';
import { requireEnabled } from '../service-usage/index.js';

export const API = 'run.googleapis.com';

export interface RunDependencies {
  readonly access: AccessControl;
  readonly deployments: Deployments;
}

/** Methods with what each needs, before they are spread over the front door's two tables. */
export interface MethodTable {
  readonly methods: readonly ApiMethod[];
  readonly access: Readonly<Record<string, AccessRule>>;
}

/** @throws NOT_FOUND for a location that is no region of Cloud Run's */
export function requireRegion(location: string): void {
  if (isRegion(location)) return;
  throw new GoogleError('NOT_FOUND', `Location ${location} is not found or access is unauthorized.`, {
    reason: 'notFound',
  });
}

/**
 * The project's id where there is one, given its id or number: refusals and policies go by it.
 * @throws PERMISSION_DENIED while the API is off
 */
export async function projectIdOf(projects: Projects, given: string): Promise<string> {
  const project = await projects.get(given);
  if (!project) return given;
  requireEnabled(project, API, 'Cloud Run Admin API');
  return project.projectId;
}

/** An access rule that asks for a permission. */
export type PermissionRule = Extract<AccessRule, { readonly kind: 'permission' }>;

/** How this API says no. */
export function runRefusal(check: PermissionCheck): Error {
  return permissionDenied(refusals.runPermissionDenied(check.permission, check.label));
}

/** Writes of services, jobs and worker pools are judged as deploys. */
export const judged: AccessRule = {
  kind: 'handler',
  type: 'ADMIN_WRITE',
  why: "the checkpoint's requirements decide, of which the run permission is one",
};

/**
 * How log entries name a service, job or worker pool.
 * @param revision for entries about one of its revisions
 */
export function runMonitored(
  kind: RunKind,
  { project, location, name }: { readonly project: string; readonly location: string; readonly name: string },
  revision = '',
): MonitoredResource {
  switch (kind) {
    case 'service':
      return cloudRunRevision({ project, location, service: name, revision });
    case 'job':
      return cloudRunJob({ project, location, job: name });
    case 'workerPool':
      return cloudRunWorkerPool({ project, location, workerPool: name, revision });
  }
}

/** Cloud Run's times have microseconds; ours are whole milliseconds. */
export const microseconds = (time: string): string => time.replace(/(\.\d{3})Z$/, '$1000Z');

/** Tables as one. */
export function mergeTables(tables: readonly MethodTable[]): MethodTable {
  return {
    methods: tables.flatMap((table) => table.methods),
    access: Object.assign({}, ...tables.map((table) => table.access)),
  };
}
