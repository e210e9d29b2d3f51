/**
 * The data access log's entries of pulls and pushes, where policies ask for them
 * (https://cloud.google.com/artifact-registry/docs/audit-logging).
 */
import type { AccessControl } from '../access/index.js';
import { activityEntry, type Log } from '../audit/index.js';
import { repositoryName } from '../names/index.js';
import { type Action, PERMISSION } from './authorization.js';
import type { SignedExchange } from './exchange.js';
import { OciError } from './oci-errors.js';
import type { Target } from './route.js';

const API = 'artifactregistry.googleapis.com';

interface Operation {
  readonly method: string;
  readonly action: Action;
}

/** The documented operations, by what is asked of which end point; deletions of manifests and tags alike. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET manifest': { method: 'Docker-GetManifest', action: 'download' },
  'HEAD manifest': { method: 'Docker-HeadManifest', action: 'download' },
  'PUT manifest': { method: 'Docker-PutManifest', action: 'upload' },
  'DELETE manifest': { method: 'Docker-DeleteManifest', action: 'delete' },
  'GET blob': { method: 'Docker-ServeBlob', action: 'download' },
  'HEAD blob': { method: 'Docker-HeadBlob', action: 'download' },
  'DELETE blob': { method: 'Docker-DeleteBlob', action: 'delete' },
  'GET tags': { method: 'Docker-GetTags', action: 'download' },
  'POST uploads': { method: 'Docker-StartUpload', action: 'upload' },
  'PUT upload': { method: 'Docker-FinishUpload', action: 'upload' },
  'DELETE upload': { method: 'Docker-CancelUpload', action: 'upload' },
};

/** google.rpc.Code of the registry's refusals. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 3,
  416: 11,
  500: 13,
  507: 8,
};

export interface DataAccessOptions {
  readonly access: Pick<AccessControl, 'projects' | 'isDataAccessLogged'>;
  readonly log: Pick<Log, 'write'>;
}

/**
 * Writes the entry of a request that has been served, or refused.
 * @param error what refused it
 */
export async function recordDataAccess(
  { access, log }: DataAccessOptions,
  exchange: SignedExchange,
  target: Target,
  error?: unknown,
): Promise<void> {
  if (!('path' in target)) return;
  const { request, context, principal, origin, time } = exchange;
  const operation = operationOf(request.method ?? '', target);
  if (!operation) return;
  const named = target.path.repository;
  const project = (await access.projects.get(named.project))?.projectId;
  if (project === undefined) return;
  const { location, repository } = named;
  const type = operation.action === 'download' ? 'DATA_READ' : 'DATA_WRITE';
  const resource = repositoryName(project, location, repository);
  if (!(await access.isDataAccessLogged(principal, API, type, resource))) return;
  const path = `projects/${project}/locations/${location}/repositories/${repository}`;
  const refusal = error === undefined ? undefined : statusOf(error);
  const entry = activityEntry({
    project,
    serviceName: API,
    methodName: operation.method,
    resourceName: resourceNameOf(path, target),
    monitored: {
      type: 'audited_resource',
      labels: { method: operation.method, project_id: project, service: API },
    },
    permissionType: type,
    caller: { principal, ...(origin === undefined ? {} : { origin }) },
    authorizations: [
      {
        permission: PERMISSION[operation.action],
        resource: path,
        granted: !(error instanceof OciError && error.code === 'DENIED'),
      },
    ],
    callerIp: context.callerIp,
    userAgent: request.headers['user-agent'] ?? '',
    ...(refusal === undefined ? {} : { status: refusal }),
    location,
    time,
  });
  await log.write(project, [entry], time);
}

function operationOf(method: string, target: Target): Operation | undefined {
  const key = `${method} ${target.kind}`;
  const operation = Object.hasOwn(OPERATIONS, key) ? OPERATIONS[key] : undefined;
  const deletesTag =
    key === 'DELETE manifest' && target.kind === 'manifest' && !target.reference.includes(':');
  return operation && deletesTag ? { ...operation, method: 'Docker-DeleteTag' } : operation;
}

function resourceNameOf(
  path: string,
  target: Target & { readonly path: { readonly image: string } },
): string {
  const image = `${path}/dockerImages/${encodeURIComponent(target.path.image)}`;
  if (target.kind === 'manifest') {
    return `${image}${target.reference.includes(':') ? '@' : ':'}${target.reference}`;
  }
  return target.kind === 'blob' ? `${image}@${target.digest}` : image;
}

function statusOf(error: unknown): { readonly code: number; readonly message: string } {
  return error instanceof OciError
    ? { code: CODES[error.status] ?? 2, message: error.message }
    : { code: 13, message: 'Internal error encountered.' };
}
