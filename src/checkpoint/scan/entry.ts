/** What a log entry says about deploys: its messages, who called, and what was to be deployed. */
import {
  isEmail,
  memberOf,
  parsePrincipal,
  principalOfEmail,
  type RunKind,
  type SignedIn,
} from '../../names/index.js';
import type { ScanTarget } from './types.js';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isFields(inner) ? inner[key] : undefined), value);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A LogEntry (https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry), as far as a scan needs it. */
export interface ReadEntry {
  readonly messages: readonly string[];
  /** Undefined for what the system did by itself, and for callers whom the entry does not name. */
  readonly caller?: SignedIn;
  /** The API that was called; empty for what is no audit entry. */
  readonly api: string;
  /** Who called through the caller, by impersonation. */
  readonly through: readonly string[];
  readonly target?: ScanTarget;
  /** Of the target, where the entry tells. */
  readonly projectNumber?: string;
  /** Milliseconds since the epoch. */
  readonly time?: number;
}

/** @returns undefined for what is no log entry */
export function readEntry(value: unknown): ReadEntry | undefined {
  if (!isFields(value) || !isFields(value.resource) || typeof value.logName !== 'string') return undefined;
  // Sinks to BigQuery rename the payload (https://cloud.google.com/logging/docs/export/bigquery).
  const audit = value.protoPayload ?? value.protopayload_auditlog;
  const caller = isFields(audit) ? callerOf(audit) : undefined;
  const target = targetOf(value, audit);
  const projectNumber = numberIn(audit);
  const time = Date.parse(text(value.timestamp) || text(value.receiveTimestamp));
  return {
    messages: isFields(audit) ? auditMessages(audit) : systemMessages(value),
    ...(caller && { caller }),
    api: text(at(audit, 'serviceName')),
    through: list(at(audit, 'authenticationInfo', 'serviceAccountDelegationInfo')).flatMap(delegate),
    ...(target && { target }),
    ...(projectNumber !== undefined && { projectNumber }),
    ...(Number.isNaN(time) ? {} : { time }),
  };
}

function auditMessages(audit: Fields): readonly string[] {
  const { status, response } = audit;
  const conditions = [
    at(response, 'status', 'conditions'),
    at(response, 'conditions'),
    [at(response, 'terminalCondition')],
  ].flatMap(list);
  return [
    at(status, 'message'),
    at(response, 'error', 'message'),
    ...conditions.map((condition) => at(condition, 'message')),
  ].flatMap((message) => (typeof message === 'string' && message !== '' ? [message] : []));
}

/** Cloud Run's own words; what containers print and what was requested of them is somebody else's. */
function systemMessages({ logName, textPayload, jsonPayload }: Fields): readonly string[] {
  const log = decoded(text(logName).split('/logs/')[1] ?? '');
  if (!log.startsWith('run.googleapis.com/') || /\/(?:stdout|stderr|requests)$/.test(log)) return [];
  const message = text(textPayload) || text(at(jsonPayload, 'message'));
  return message === '' ? [] : [message];
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog#AuthenticationInfo */
function callerOf(audit: Fields): SignedIn | undefined {
  const email = text(at(audit, 'authenticationInfo', 'principalEmail'));
  if (isEmail(email)) return principalOfEmail(email);
  const subject = parsePrincipal(text(at(audit, 'authenticationInfo', 'principalSubject')));
  return subject?.kind === 'anonymous' ? undefined : subject;
}

function delegate(authority: unknown): readonly string[] {
  const email = text(at(authority, 'firstPartyPrincipal', 'principalEmail'));
  const principal = isEmail(email)
    ? principalOfEmail(email)
    : parsePrincipal(text(at(authority, 'principalSubject')));
  const member = principal && memberOf(principal);
  return member === undefined ? [] : [member];
}

const KINDS: Readonly<Record<string, readonly [RunKind, string]>> = {
  cloud_run_revision: ['service', 'service_name'],
  cloud_run_job: ['job', 'job_name'],
  cloud_run_worker_pool: ['workerPool', 'worker_pool_name'],
};

const COLLECTIONS: Readonly<Record<string, RunKind>> = {
  services: 'service',
  jobs: 'job',
  workerpools: 'workerPool',
};

/** By the monitored resource's labels; what they leave empty, by the name that was called. */
function targetOf({ resource, logName }: Fields, audit: unknown): ScanTarget | undefined {
  const labels = at(resource, 'labels');
  const named = called(text(at(audit, 'resourceName')));
  const [kind, label] = KINDS[text(at(resource, 'type'))] ?? [named.kind, ''];
  const project =
    text(at(labels, 'project_id')) || named.project || /^projects\/([^/]+)\//.exec(text(logName))?.[1];
  if (kind === undefined || !project) return undefined;
  const location =
    text(at(labels, 'location')) ||
    named.location ||
    text(list(at(audit, 'resourceLocation', 'currentLocations'))[0]);
  return {
    kind,
    project,
    location,
    name: text(at(labels, label)) || (named.kind === kind ? named.name : ''),
  };
}

interface CalledName {
  readonly kind?: RunKind;
  readonly project: string;
  readonly location: string;
  readonly name: string;
}

/** `namespaces/P/services/S`, or `projects/P/locations/L/services/S`. */
function called(resourceName: string): CalledName {
  const [, project = '', location = '', collection = '', name = ''] =
    /^(?:namespaces|projects)\/([^/]+)(?:\/locations\/([^/]+))?\/([^/]+)\/([^/]+)/.exec(resourceName) ?? [];
  const kind = COLLECTIONS[collection.toLowerCase()];
  return { ...(kind && { kind }), project, location, name };
}

/** v1 calls the project by its number in `metadata.namespace` of what it answers. */
function numberIn(audit: unknown): string | undefined {
  const namespace = text(at(audit, 'response', 'metadata', 'namespace'));
  return /^\d+$/.test(namespace) ? namespace : undefined;
}
