/**
 * getIamPolicy, setIamPolicy and testIamPermissions, once for every kind of resource that has a policy
 * (google.iam.v1.IAMPolicy, https://cloud.google.com/iam/docs/reference/rest/v1/Policy).
 */
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import {
  type GetIamPolicyRequestSchema,
  IAMPolicy,
  type SetIamPolicyRequestSchema,
  type TestIamPermissionsRequestSchema,
  type TestIamPermissionsResponseSchema,
} from '../google/gen/google/iam/v1/iam_policy_pb.js';
import { PolicySchema } from '../google/gen/google/iam/v1/policy_pb.js';
import {
  type AccessRule,
  type ApiMethod,
  type AuditRule,
  type Call,
  type HttpBinding,
  invalidArgument,
  isJsonObject,
  type JsonObject,
  type MonitoredResource,
  messageToJson,
  type PermissionCheck,
  protoMethods,
} from '../google/index.js';
import {
  isPolicyVersion,
  MODIFIED_GRANTS,
  mergeBindings,
  type Policy,
  type PolicyVersion,
  policyResourceType,
  takesAuditConfigs,
  viewPolicy,
} from '../iam/index.js';
import type { ResourceName } from '../names/index.js';
import { modifiedRoles, policyDelta } from './policy-delta.js';
import { policyMessage, policyUpdate } from './policy-proto.js';
import type { AccessControl, PolicyAcceptance, PolicyUpdate } from './types.js';

type GetRequest = MessageShape<typeof GetIamPolicyRequestSchema>;
type SetRequest = MessageShape<typeof SetIamPolicyRequestSchema>;
type TestRequest = MessageShape<typeof TestIamPermissionsRequestSchema>;
type PolicyAnswer = MessageInitShape<typeof PolicySchema>;
type TestAnswer = MessageInitShape<typeof TestIamPermissionsResponseSchema>;

/** The resource that a call names: the one whose policy is meant, and how the API spells it to its callers. */
export interface Located {
  readonly resource: ResourceName;
  /** As refusals and audit entries of this API spell it. */
  readonly label: string;
  /** In whose log the audit entry lies: a project (id), `folders/N` or `organizations/N`. */
  readonly project: string;
}

/** What differs between the kinds of resource. */
export interface PolicyResource {
  readonly permissions: Readonly<Record<'get' | 'set', string>>;
  /** Reads the `resource` of a request; it need not exist. @throws the API's error for a malformed name */
  readonly locate: (resource: string, call: Call) => Located | Promise<Located>;
  /** Called before a policy is read or written. @throws the API's NOT_FOUND when the resource is not there */
  readonly mustExist: (located: Located, call: Call) => Promise<void>;
  /** What the API asks of a policy beyond what IAM asks of every one. */
  readonly accept?: (located: Located) => Promise<PolicyAcceptance | undefined>;
  readonly refusal: (check: PermissionCheck, call: Call) => Error;
  readonly audit: {
    readonly serviceName: string;
    /** The methodName of setIamPolicy's entry; the method's own when left out. */
    readonly methodName?: string;
    /** The entry's resourceName; the label when left out. */
    readonly resourceName?: (located: Located) => string;
    readonly monitored: (located: Located) => MonitoredResource;
    /** True where the entry carries the change as serviceData (Resource Manager, IAM). */
    readonly policyDelta?: boolean;
  };
}

export interface PolicyMethods {
  /** For protoMethods(): a service whose proto has the three methods takes them as they are. */
  readonly handlers: {
    readonly getIamPolicy: (request: GetRequest, call: Call) => Promise<PolicyAnswer>;
    readonly setIamPolicy: (request: SetRequest, call: Call) => Promise<PolicyAnswer>;
    readonly testIamPermissions: (request: TestRequest, call: Call) => Promise<TestAnswer>;
  };
  /** For protoMethods()' `audit`. */
  readonly audit: { readonly setIamPolicy: AuditRule };
  readonly rules: Readonly<Record<'getIamPolicy' | 'setIamPolicy' | 'testIamPermissions', AccessRule>>;
}

/** What is found out about a request on its way: rule, handler and audit entry agree on it. */
interface Progress {
  located: Located;
  before?: Policy;
  after?: Policy;
}

/** The three methods for one kind of resource: handlers, access rules and the audit entry of setIamPolicy. */
export function policyMethods(access: AccessControl, spec: PolicyResource): PolicyMethods {
  const progress = new WeakMap<object, Progress>();
  const locate = async (request: { readonly resource: string }, call: Call): Promise<Progress> => {
    const known = progress.get(request);
    if (known) return known;
    const found = { located: await spec.locate(request.resource, call) };
    progress.set(request, found);
    return found;
  };
  const rule = (verb: 'get' | 'set'): AccessRule => ({
    kind: 'permission',
    type: verb === 'get' ? 'ADMIN_READ' : 'ADMIN_WRITE',
    checks: async (request: GetRequest | SetRequest, call) => {
      const { resource, label } = (await locate(request, call)).located;
      const check = { permission: spec.permissions[verb], resource, label };
      if (verb === 'get') return [check];
      return [{ ...check, context: { apiAttributes: await grantsIn(request as SetRequest, resource) } }];
    },
    refusal: spec.refusal,
  });
  /** What conditions may ask of the change. Without a policy nothing changes: it is refused later. */
  const grantsIn = async (request: SetRequest, resource: ResourceName) => {
    const { policy: before } = await access.policy(resource);
    const after = request.policy ? masked(request, before, resource).bindings : before.bindings;
    return { [MODIFIED_GRANTS]: modifiedRoles(before, { bindings: mergeBindings(after) }) };
  };
  return {
    handlers: {
      async getIamPolicy(request, call) {
        const { located } = await locate(request, call);
        const requested = requestedVersion(request);
        await spec.mustExist(located, call);
        return policyMessage(viewPolicy((await access.policy(located.resource)).policy, requested));
      },
      async setIamPolicy(request, call) {
        const state = await locate(request, call);
        const { resource } = state.located;
        await spec.mustExist(state.located, call);
        state.before = (await access.policy(resource)).policy;
        const update = masked(request, state.before, resource);
        const accept = await spec.accept?.(state.located);
        state.after = await access.setPolicy(resource, update, call.time, accept);
        return policyMessage(state.after);
      },
      async testIamPermissions(request, call) {
        const { resource } = (await locate(request, call)).located;
        return { permissions: await access.held(call.principal, request.permissions, resource, call.time) };
      },
    },
    audit: { setIamPolicy: setAudit(spec, progress) },
    rules: {
      getIamPolicy: rule('get'),
      setIamPolicy: rule('set'),
      testIamPermissions: {
        kind: 'authenticated',
        why: 'testIamPermissions needs no permission: it answers with those that the caller holds',
      },
    },
  };
}

function requestedVersion(request: GetRequest): PolicyVersion {
  const version = request.options?.requestedPolicyVersion ?? 0;
  // "Valid values are 0, 1, and 3. Requests specifying an invalid value will be rejected." (GetPolicyOptions)
  if (isPolicyVersion(version)) return version;
  throw invalidArgument(`Invalid requested policy version: ${version}. Valid values are 0, 1 and 3.`);
}

const MASKABLE = ['version', 'etag', 'bindings', 'audit_configs'];

/** "If no mask is provided, the following default mask is used: `bindings, etag`" (SetIamPolicyRequest). */
function masked(request: SetRequest, before: Policy, resource: ResourceName): PolicyUpdate {
  if (!request.policy) throw invalidArgument('The policy is required.');
  const update = policyUpdate(request.policy);
  const paths = request.updateMask?.paths ?? [];
  const unknown = paths.find((path) => !MASKABLE.includes(path));
  if (unknown !== undefined) throw invalidArgument(`Invalid update mask: policies have no '${unknown}'.`);
  const { auditConfigs, ...others } = update;
  // Where policies have none, they are refused; elsewhere they are for the mask to let in, as any other field.
  const type = policyResourceType(resource);
  const asked = paths.includes('audit_configs') || type === undefined || !takesAuditConfigs(type);
  const wanted = asked ? { ...others, auditConfigs } : others;
  return paths.length === 0 || paths.includes('bindings')
    ? wanted
    : { ...wanted, version: before.version, bindings: before.bindings };
}

function setAudit(spec: PolicyResource, progress: WeakMap<object, Progress>): AuditRule {
  // A name that could not be read was refused before anything was located; its entry lies in no project's log.
  const located = (request: SetRequest): Located =>
    progress.get(request)?.located ?? { resource: '//', label: request.resource, project: '' };
  const { audit } = spec;
  return {
    ...(audit.methodName === undefined ? {} : { methodName: audit.methodName }),
    serviceName: audit.serviceName,
    resourceName: (request: SetRequest) => audit.resourceName?.(located(request)) ?? located(request).label,
    monitored: (request: SetRequest) => audit.monitored(located(request)),
    project: (request: SetRequest) => located(request).project,
    request: (request: SetRequest): JsonObject => ({
      '@type': 'type.googleapis.com/google.iam.v1.SetIamPolicyRequest',
      resource: request.resource,
      ...(request.policy === undefined ? {} : { policy: policyJson(request.policy) }),
    }),
    response: (answer: PolicyAnswer): JsonObject => ({
      '@type': 'type.googleapis.com/google.iam.v1.Policy',
      ...policyJson(answer),
    }),
    extra: (request: SetRequest): JsonObject => {
      const { before, after } = progress.get(request) ?? {};
      return audit.policyDelta === true && before && after ? { serviceData: policyDelta(before, after) } : {};
    },
  };
}

function policyJson(policy: PolicyAnswer): JsonObject {
  const json = messageToJson(PolicySchema, policy);
  return isJsonObject(json) ? json : {};
}

/** A method that a hand-written table names and routes; its templates have one variable, `resource`. */
export interface NamedRoute {
  /** The method's full name: its key in the access table and its name in audit entries. */
  readonly name: string;
  readonly bindings: readonly HttpBinding[];
}

/** The three methods for an API without protos: names and routes by hand, messages as everywhere. */
export function iamMethods(
  access: AccessControl,
  spec: PolicyResource,
  routes: Readonly<Record<'getIamPolicy' | 'setIamPolicy' | 'testIamPermissions', NamedRoute>>,
): { readonly methods: readonly ApiMethod[]; readonly access: Readonly<Record<string, AccessRule>> } {
  const { handlers, audit, rules } = policyMethods(access, spec);
  const verbs = ['getIamPolicy', 'setIamPolicy', 'testIamPermissions'] as const;
  const bindings = Object.fromEntries(verbs.map((verb) => [verb, routes[verb].bindings]));
  const methods = protoMethods(IAMPolicy, handlers, { audit, bindings });
  return {
    methods: methods.map(({ descriptor, ...method }) => {
      const verb = verbs.find((candidate) => candidate === descriptor?.localName);
      return verb === undefined ? method : { ...method, name: routes[verb].name };
    }),
    access: Object.fromEntries(verbs.map((verb) => [routes[verb].name, rules[verb]])),
  };
}
