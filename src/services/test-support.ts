/** For tests of the API folders: a plane's rooms in memory, and calls that go through route, rule and handler. */
import { type AccessControl, openAccess } from '../access/index.js';
import {
  type Api,
  type AuthorizationInfo,
  type Call,
  comparePathTemplates,
  compilePathTemplate,
  type JsonObject,
  type JsonValue,
  withoutSystemParameters,
} from '../google/index.js';
import { type Identity, openIdentity } from '../identity/index.js';
import { ANONYMOUS, type CredentialOrigin, type Principal, parsePrincipal } from '../names/index.js';
import { openSqlite, type Store, type Write } from '../store/index.js';

export const NOW = new Date('2026-01-02T03:04:05.678Z');

export interface Rooms {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: Identity;
}

/** Signing keys take a while to make: once for all tests of a file. */
let signingKeys: Promise<readonly Write[]> | undefined;

async function makeSigningKeys(): Promise<readonly Write[]> {
  const store = openSqlite(':memory:');
  await openIdentity({ store, clock: () => NOW });
  const rows = await store.list('');
  await store.close();
  return rows.map(({ key, value }) => ({ op: 'put', key, value }));
}

export async function openRooms(): Promise<Rooms> {
  const store = openSqlite(':memory:');
  signingKeys ??= makeSigningKeys();
  await store.commit(await signingKeys);
  const identity = await openIdentity({ store, clock: () => NOW });
  const access = openAccess({
    store,
    accountExists: async (email) => (await identity.accounts.get(email)) !== undefined,
    poolExists: (name) => identity.pools.exists(name),
  });
  return { store, access, identity };
}

export interface Answer {
  readonly json: JsonValue;
  readonly authorizations: readonly AuthorizationInfo[];
  /** The audit entry's parts; undefined where the method has no rule. */
  readonly audit: Promise<JsonObject> | undefined;
}

/**
 * Calls a method of the API by verb and URL (`/v1/projects?pageSize=1`) as a member. Throws what refuses the call.
 * @param location the region whose host is called; the global one when left out
 * @param origin how the member came by its credential
 */
export async function invoke(
  api: Api,
  access: AccessControl,
  member: string | Principal,
  verb: string,
  url: string,
  body?: JsonValue,
  location?: string,
  origin?: CredentialOrigin,
): Promise<Answer> {
  const principal = typeof member === 'string' ? (parsePrincipal(member) ?? ANONYMOUS) : member;
  const [path = '', query = ''] = url.split('?');
  const [match] = api.methods
    .flatMap((method) => method.bindings.map((binding) => ({ method, binding })))
    .filter(({ binding }) => binding.verb === verb)
    .map((route) => ({ ...route, template: compilePathTemplate(route.binding.template) }))
    .sort((a, b) => comparePathTemplates(a.template, b.template))
    .flatMap((route) => {
      const path_ = route.template.match(path);
      return path_ ? [{ ...route, variables: path_ }] : [];
    });
  if (!match) throw new Error(`${verb} ${path} has no route`);
  const { method, binding, variables } = match;
  const call: Call = {
    principal,
    ...(origin === undefined ? {} : { origin }),
    time: NOW,
    host: location === undefined ? api.host : `${location}-${api.host}`,
    ...(location === undefined ? {} : { location }),
    method: method.name,
    userAgent: 'test',
    callerIp: '127.0.0.1',
    signal: new AbortController().signal,
    authorizations: [],
  };
  if (method.implemented === false) await method.handle(undefined as never, call);
  const rule = api.access[method.name];
  if (!rule) throw new Error(`${method.name} has no access rule`);
  const parameters = withoutSystemParameters(new URLSearchParams(query));
  const request = method.decode({ path: variables, query: parameters, body, binding }) as never;
  if (rule.kind === 'permission') {
    for (const check of await rule.checks(request, call)) {
      const { permission, resource, context } = check;
      const granted = await access.isGranted(principal, permission, resource, NOW, context);
      call.authorizations.push({ permission, resource: check.label, granted });
      if (!granted) throw rule.refusal(check, call);
    }
  }
  const response = (await method.handle(request, call)) as never;
  const json = method.encode(response);
  const { audit } = method;
  const entry = async (rules: NonNullable<typeof audit>): Promise<JsonObject> => ({
    methodName: rules.methodName ?? method.name,
    serviceName: rules.serviceName,
    resourceName: rules.resourceName(request, call),
    project: await rules.project(request, call),
    resource: { ...rules.monitored(request, call) },
    ...(rules.request ? { request: rules.request(request, call) } : {}),
    ...(rules.response ? { response: rules.response(response, call) } : {}),
    ...rules.extra?.(request, response, call),
  });
  return { json, authorizations: call.authorizations, audit: audit && entry(audit) };
}
