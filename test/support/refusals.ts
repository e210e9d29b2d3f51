/** Google's error bodies as they are expected, whole: a test that compares them sees every field that is new or gone. */
import type { Answer } from './rest.js';

/** An answer as one value to compare. */
export const told = ({ status, body }: Answer) => ({ http: status, body });

const REASONS = {
  INVALID_ARGUMENT: [400, 'badRequest'],
  PERMISSION_DENIED: [403, 'forbidden'],
  NOT_FOUND: [404, 'notFound'],
  ALREADY_EXISTS: [409, 'alreadyExists'],
  ABORTED: [409, 'aborted'],
} as const;

/** An error as Google's REST APIs word it (https://cloud.google.com/apis/design/errors#http_mapping). */
export function refusal(status: keyof typeof REASONS, message: string) {
  const [code, reason] = REASONS[status];
  return {
    http: code,
    body: { error: { code, message, errors: [{ message, domain: 'global', reason }], status } },
  };
}

/** An INVALID_ARGUMENT that names a field, of which gcloud prints `FIELD: DESCRIPTION`. */
export function badField(field: string, description: string) {
  return violation(`${field}: ${description}`, { field, description });
}

/** A request that is no good JSON for its message; `field` is where, empty at the top. */
export function badJson(problem: string, field = '') {
  const description = `Invalid JSON payload received. ${problem}`;
  return violation(description, { ...(field === '' ? {} : { field }), description });
}

function violation(message: string, detail: { readonly field?: string; readonly description: string }) {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [detail] }];
  return { http: 400, body: { error: { code: 400, message, status: 'INVALID_ARGUMENT', details } } };
}

/** A 401, with the ErrorInfo that says why. */
export function unauthenticated(message: string, reason: string, service: string, method: string) {
  const rest =
    'Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata: { service, method },
  };
  return {
    http: 401,
    body: { error: { code: 401, message: `${message} ${rest}`, status: 'UNAUTHENTICATED', details: [info] } },
  };
}

/** A method that exists and is not served. */
export function unimplemented(message: string) {
  // Not 501, at which clients would try again for half a minute.
  return { http: 400, body: { error: { code: 501, message, status: 'UNIMPLEMENTED' } } };
}
