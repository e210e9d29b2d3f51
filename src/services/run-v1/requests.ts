/** What a v1 call is about: its path, with project ids and numbers made one, and the checks that all calls share. */
import type { Project, Projects } from '../../access/index.js';
import {
  badField,
  type Call,
  type HttpInput,
  invalidArgument,
  isJsonObject,
  type PermissionCheck,
  permissionDenied,
  unknownParameter,
} from '../../google/index.js';
import { projectName, RUN_COLLECTION, type RunKind, runResourceName } from '../../names/index.js';
import { projectIdOf, requireRegion } from '../run/context.js';

/** A call's path, as the templates of the table name its parts. */
export interface Target {
  /** Id or number, as the client wrote it. */
  readonly project: string;
  /** The service, job, revision, …; empty for collections. */
  readonly name: string;
  /** From a `projects/…/locations/…` path; otherwise the regional host says it. */
  readonly location: string | undefined;
  readonly input: HttpInput;
}

/** What a method takes beside its path: nothing else is accepted. */
export interface Takes {
  readonly query?: readonly string[];
  readonly body?: true;
}

/** How a method reads its request. The decoder throws INVALID_ARGUMENT for what the method does not take. */
export function decodeTarget({ query = [], body }: Takes = {}): (input: HttpInput) => Target {
  return (input) => {
    for (const name of input.query.keys()) if (!query.includes(name)) throw unknownParameter(name);
    const empty =
      input.body === undefined || (isJsonObject(input.body) && Object.keys(input.body).length === 0);
    if (!body && !empty) throw invalidArgument('The request body must be empty for this method.');
    const { project = '', name = '', location } = input.path;
    return { project, name, location, input };
  };
}

/** The location a call acts in. @throws INVALID_ARGUMENT on the global host, where namespaced paths name none */
export function locationOf(target: Target, call: Call): string {
  const location = target.location ?? call.location;
  if (location === undefined) {
    throw badField(
      'location',
      `The host ${call.host} names no region: use a regional endpoint such as us-central1-run.googleapis.com.`,
    );
  }
  requireRegion(location);
  return location;
}

/** The project, once the caller has been checked. @throws PERMISSION_DENIED when it does not exist */
export async function projectOfCall(projects: Projects, target: Target): Promise<Project> {
  const project = await projects.get(target.project);
  if (!project) throw permissionDenied(`Permission denied on resource project ${target.project}.`);
  return project;
}

/** The check of a call on one service, job or worker pool. */
export async function resourceCheck(
  kind: RunKind,
  projects: Projects,
  permission: string,
  target: Target,
  call: Call,
  name = target.name,
): Promise<PermissionCheck> {
  const project = await projectIdOf(projects, target.project);
  return {
    permission,
    resource: runResourceName(kind, project, locationOf(target, call), name),
    label: `namespaces/${project}/${RUN_COLLECTION[kind].toLowerCase()}/${name}`,
  };
}

/** The check of a call on the project: lists, operations, locations. */
export async function projectCheck(
  projects: Projects,
  permission: string,
  target: Target,
  collection: string,
): Promise<PermissionCheck> {
  const project = await projectIdOf(projects, target.project);
  return { permission, resource: projectName(project), label: `namespaces/${project}/${collection}` };
}

/** True where the call is to be judged only. @throws INVALID_ARGUMENT */
export function dryRun(target: Target): boolean {
  const value = target.input.query.get('dryRun') ?? '';
  if (value !== '' && value !== 'all')
    throw invalidArgument(`Invalid value '${value}' for dryRun: only 'all' is supported.`);
  return value === 'all';
}
