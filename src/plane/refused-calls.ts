/**
 * The admin call that tells what a plane has refused, or what has failed on it, by its audit logs:
 * `POST /v1/refusals` takes `{}` and answers `{refusals: […]}`, the oldest first.
 */
import type { AccessControl } from '../access/index.js';
import type { Log, LogEntry } from '../audit/index.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../google/index.js';

export interface RefusedCall {
  readonly time: string;
  /** The caller's address; empty for what a service did by itself. */
  readonly principal: string;
  /** e.g. `google.cloud.run.v1.Services.CreateService` */
  readonly method: string;
  readonly resource: string;
  /** A code of google.rpc. */
  readonly code: number;
  readonly message: string;
  /** What the caller lacked, and on what. */
  readonly denied: readonly { readonly permission: string; readonly resource: string }[];
}

export interface RefusedCallDeps {
  readonly access: Pick<AccessControl, 'projects' | 'folders' | 'organizations'>;
  readonly log: Log;
  readonly clock: () => Date;
}

const PAGE = 1000;

export function refusalCalls(
  deps: RefusedCallDeps,
): Readonly<Record<string, (body: JsonObject) => Promise<unknown>>> {
  return { 'POST /v1/refusals': async () => ({ refusals: await refusedCalls(deps) }) };
}

async function refusedCalls({ access, log, clock }: RefusedCallDeps): Promise<readonly RefusedCall[]> {
  const projects = [
    ...(await access.projects.list()).map(({ projectId }) => projectId),
    ...(await access.folders.list()).map(({ id }) => `folders/${id}`),
    ...(await access.organizations.list()).map(({ id }) => `organizations/${id}`),
  ];
  if (projects.length === 0) return [];
  await log.flush();
  const found: RefusedCall[] = [];
  let pageToken: string | undefined;
  do {
    const page = await log.query({
      projects,
      filter: 'protoPayload.status.code > 0',
      order: 'asc',
      pageSize: PAGE,
      now: clock(),
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    found.push(...page.entries.flatMap(refusedCall));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

function refusedCall({ timestamp, protoPayload }: LogEntry): RefusedCall[] {
  if (protoPayload === undefined) return [];
  const { methodName, resourceName, status, authenticationInfo, authorizationInfo } = protoPayload;
  const { code, message } = objectOf(status);
  if (typeof code !== 'number') return [];
  const checked = Array.isArray(authorizationInfo) ? authorizationInfo.map(objectOf) : [];
  return [
    {
      time: timestamp,
      principal: textOf(objectOf(authenticationInfo).principalEmail),
      method: textOf(methodName),
      resource: textOf(resourceName),
      code,
      message: textOf(message),
      denied: checked
        .filter(({ granted }) => granted !== true)
        .map(({ permission, resource }) => ({ permission: textOf(permission), resource: textOf(resource) })),
    },
  ];
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
