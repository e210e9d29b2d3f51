/** For tests: what a plane's methods ask of their callers, as their rules and handlers are seen to ask it. */
import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { vi } from 'vitest';
import {
  type AccessRule,
  type Call,
  GoogleError,
  type PermissionCheck,
  type PermissionType,
} from '../google/index.js';
import { type Principal, policyHolder, type ResourceName, splitResource } from '../names/index.js';
import { OWNER, type Route, STRANGER, type TestRoutes } from './testing-plane.js';

/** A permission that a method asks for, and the kind of resource whose policies decide. */
export interface Asked {
  readonly permission: string;
  /** e.g. `service`, `project` */
  readonly on: string;
  /** Whom it is asked of, where that is not the caller. */
  readonly of?: string;
}

/** What a method asks, by all ways to it. */
export interface MethodAccess {
  /** Of its rule. */
  readonly kind: AccessRule['kind'];
  /** Of the audit log, where the rule has one. */
  readonly type?: PermissionType;
  readonly asked: readonly Asked[];
}

/** By the API's host and the method's full name. */
export type AccessTable = Readonly<Record<string, Readonly<Record<string, MethodAccess>>>>;

/** `services` → `service`, `policies` → `policy`. */
const singular = (collection: string) =>
  collection === 'policies' || collection === 'repositories' || collection === 'entries'
    ? collection.replace(/ies$/, 'y')
    : collection.replace(/s$/, '');

/** The kind of the resource whose policy decides: its collection's name in the singular. */
export function kindOf(resource: ResourceName): string {
  const collection = splitResource(policyHolder(resource)).path.split('/').at(-2) ?? '';
  return singular(collection).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Finds out what each method asks, one route after the other: those that change nothing first. */
export async function recordAccess(plane: TestRoutes): Promise<AccessTable> {
  const found: Record<string, Record<string, MethodAccess>> = {};
  for (const route of plane.routes().toSorted((a, b) => handlersLast(a) - handlersLast(b))) {
    const { method, api, rule } = route;
    if (rule === undefined) continue;
    const asked = await askedBy(plane, route);
    const methods = found[api.host] ?? {};
    found[api.host] = methods;
    const type = rule.kind === 'permission' || rule.kind === 'handler' ? { type: rule.type } : {};
    const before = methods[method.name]?.asked ?? [];
    methods[method.name] = { kind: rule.kind, ...type, asked: unique([...before, ...asked]) };
  }
  return found;
}

const handlersLast = ({ rule }: Route) => (rule?.kind === 'permission' ? 0 : 1);

export function unique(asked: readonly Asked[]): Asked[] {
  return [...new Map(asked.map((each) => [JSON.stringify(each), each])).values()];
}

async function askedBy(plane: TestRoutes, route: Route): Promise<readonly Asked[]> {
  // What testIamPermissions asks is what its caller names.
  if (/\.TestIamPermissions$/i.test(route.method.name)) return [];
  return route.rule?.kind === 'permission' ? checksOf(plane, route) : questionsOf(plane, route);
}

/** What the route's rule checks; the call goes no further. */
async function checksOf(plane: TestRoutes, route: Route): Promise<Asked[]> {
  const { api, method, rule } = route;
  if (rule?.kind !== 'permission') return [];
  const seen: PermissionCheck[] = [];
  if (method.stream && method.descriptor) {
    // Streams are opened over gRPC alone; their rule is asked of each request.
    const request = fromJson(method.descriptor.input, plane.bodyOf(route) as JsonValue);
    seen.push(...(await rule.checks(request as never, CALL)));
  } else {
    api.access[method.name] = {
      ...rule,
      checks: async (request, call) => {
        seen.push(...(await rule.checks(request, call)));
        throw new GoogleError('CANCELLED', 'seen');
      },
    };
    await plane.ask('owner', route);
    api.access[method.name] = rule;
  }
  return seen.map(({ permission, resource }) => ({ permission, on: kindOf(resource) }));
}

const CALL: Call = {
  principal: OWNER,
  time: new Date(0),
  host: 'localhost',
  method: '',
  userAgent: '',
  callerIp: '127.0.0.1',
  signal: new AbortController().signal,
  authorizations: [],
};

/** What the route's handler asks while everything is granted. */
function questionsOf(plane: TestRoutes, route: Route): Promise<Asked[]> {
  return questionsWhile(plane, () => plane.ask('stranger', route));
}

/** What is asked while everything is granted to whoever shows a credential. */
export async function questionsWhile(plane: TestRoutes, run: () => Promise<unknown>): Promise<Asked[]> {
  const asked: Asked[] = [];
  const see = (principal: Principal, permission: string, resource: ResourceName) => {
    // What the owner does prepares the call.
    if ('email' in principal && principal.email === OWNER.email) return;
    const of = roleOf(principal);
    asked.push({ permission, on: kindOf(resource), ...(of === undefined ? {} : { of }) });
  };
  const { access } = plane.rooms;
  const decide = access.decide.bind(access);
  vi.spyOn(access, 'isGranted').mockImplementation(async (principal, permission, resource) => {
    see(principal, permission, resource);
    return principal.kind !== 'anonymous';
  });
  vi.spyOn(access, 'decide').mockImplementation(async (principal, permission, resource, time) => {
    see(principal, permission, resource);
    return { ...(await decide(OWNER, permission, resource, time)), verdict: 'granted' };
  });
  try {
    await run();
  } finally {
    vi.restoreAllMocks();
  }
  return asked;
}

/** Whom a question is about, in the words of deploys; undefined for the caller. */
function roleOf(principal: Principal): string | undefined {
  if (principal.kind === 'anonymous' || principal.kind === 'federated') return principal.kind;
  if (principal.email === STRANGER.email) return undefined;
  return /@serverless-robot-prod\./.test(principal.email) ? 'service agent' : 'runtime account';
}
