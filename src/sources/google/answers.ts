/** What Google's refusals mean, in a sentence (https://cloud.google.com/apis/design/errors). */
import { type Fields, fieldsIn, isFields, listIn, textIn } from './fields.js';
import type { Received } from './transport.js';

export interface Asked {
  /** Who asked, e.g. `alice@example.com`. */
  readonly caller: string;
  readonly host: string;
  /** What the method needs, where that is one permission. */
  readonly permission: string | undefined;
  /** On what, e.g. `projects/my-project`. */
  readonly resource: string;
}

/** Why an answer that is an error gives no fact: the permission that lacks, the API to enable, or Google's own words. */
export function refusalOf({ status, body }: Received, asked: Asked): string {
  const error = errorIn(body);
  const info =
    listIn(error, 'details').find((detail) => textIn(detail, '@type')?.endsWith('.ErrorInfo')) ?? {};
  const reason = textIn(info, 'reason');
  const metadata = fieldsIn(info, 'metadata');
  if (reason === 'SERVICE_DISABLED') return disabled(metadata, asked);
  // Who calls on behalf of a project must be allowed to: that is another permission than the method's.
  if (status === 403 && reason !== 'USER_PROJECT_DENIED') return lacking(metadata, error, asked);
  const message = textIn(error, 'message')?.split('\n', 1)[0] ?? '';
  return `${asked.host} answered ${status}${message === '' ? '' : `: ${message}`}`;
}

function errorIn(body: string): Fields {
  try {
    const json: unknown = JSON.parse(body);
    return isFields(json) ? fieldsIn(json, 'error') : {};
  } catch {
    return {};
  }
}

function disabled(metadata: Fields, { host }: Asked): string {
  const api = textIn(metadata, 'service') ?? host;
  const project = textIn(metadata, 'consumer')?.replace(/^projects\//, '');
  const where = project === undefined ? '' : ` --project=${project}`;
  return `${api} is not enabled${project === undefined ? '' : ` in project ${project}`}: gcloud services enable ${api}${where}`;
}

function lacking(metadata: Fields, error: Fields, { caller, permission, resource, host }: Asked): string {
  const lacked = textIn(metadata, 'permission') ?? permission;
  if (lacked === undefined) {
    const message = textIn(error, 'message')?.split('\n', 1)[0] ?? '';
    return `${caller} may not ask ${host}${resource === '' ? '' : ` about ${resource}`}${message === '' ? '' : `: ${message}`}`;
  }
  const on = textIn(metadata, 'resource')?.replace(/^\/\/[^/]+\//, '') ?? resource;
  return `${caller} lacks ${lacked} on ${on} (or it does not exist)`;
}
