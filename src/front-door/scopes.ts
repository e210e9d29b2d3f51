/** Which OAuth scopes let a token call a method (https://developers.google.com/identity/protocols/oauth2/scopes). */
import { getOption } from '@bufbuild/protobuf';
import { oauth_scopes } from '../google/gen/google/api/client_pb.js';
import { type AccessRule, type Api, type ApiMethod, errorInfo, GoogleError } from '../google/index.js';
import type { Caller } from '../identity/index.js';

const PREFIX = 'https://www.googleapis.com/auth/';
const ALL = `${PREFIX}cloud-platform`;
const ALL_READ = `${PREFIX}cloud-platform.read-only`;

/**
 * Scopes that the APIs' references name beside those of their protos, e.g.
 * https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services/list (Authorization scopes).
 */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  'run.googleapis.com': [`${PREFIX}run`, `${PREFIX}run.readonly`],
  'iam.googleapis.com': [`${PREFIX}iam`],
  'iamcredentials.googleapis.com': [`${PREFIX}iam`],
};

/**
 * Any of these lets a token call the method. A service's scopes stand for all its methods, so those for reading
 * are left out where the method writes.
 */
function acceptedScopes(api: Api, method: ApiMethod, rule: AccessRule): readonly string[] {
  const own = method.scopes ?? [...serviceScopes(method), ...(DOCUMENTED[api.host] ?? [])];
  const all = new Set([ALL, ALL_READ, ...own]);
  return isRead(rule) ? [...all] : [...all].filter((scope) => !/[./](?:read-?only|read)$/.test(scope));
}

function serviceScopes({ descriptor }: ApiMethod): readonly string[] {
  const text = descriptor ? getOption(descriptor.parent, oauth_scopes) : '';
  return text === '' ? [] : text.split(',').map((scope) => scope.trim());
}

/** Methods that any signed-in caller may use (testIamPermissions, lists of one's own) show and change nothing. */
function isRead(rule: AccessRule): boolean {
  return rule.kind === 'public' || rule.kind === 'authenticated' || rule.type.endsWith('_READ');
}

/** @throws GoogleError PERMISSION_DENIED for a token that has none of the method's scopes */
export function requireScope(caller: Caller, api: Api, method: ApiMethod, rule: AccessRule): void {
  if (rule.kind === 'public' || caller.scopes.includes(ALL)) return;
  const accepted = acceptedScopes(api, method, rule);
  if (caller.scopes.some((scope) => accepted.includes(scope))) return;
  throw new GoogleError('PERMISSION_DENIED', 'Request had insufficient authentication scopes.', {
    challenge: `Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="${accepted.join(' ')}"`,
    details: [
      errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'googleapis.com', {
        service: api.host,
        method: method.name,
      }),
    ],
  });
}
