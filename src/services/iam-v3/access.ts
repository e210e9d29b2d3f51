/**
 * What each method of IAM v3 needs (https://cloud.google.com/iam/docs/principal-access-boundary-policies-create#required-permissions
 * and its neighbours), and how its writes are audited.
 */
import { type AccessControl, iamRefusal } from '../../access/index.js';
import {
  type AccessRule,
  type AuditRule,
  invalidArgument,
  type PermissionCheck,
} from '../../google/index.js';
import { readTarget, type Target } from '../../iam/index.js';
import {
  BINDINGS,
  type Container,
  POLICIES,
  parseName,
  parseOrganization,
  parseParent,
  resourceOf,
} from './names.js';

export const POLICY_SERVICE = 'google.iam.v3.PrincipalAccessBoundaryPolicies';
export const BINDING_SERVICE = 'google.iam.v3.PolicyBindings';
const API = 'iam.googleapis.com';

interface ByName {
  readonly name: string;
}
interface ByParent {
  readonly parent: string;
}
interface WithBinding {
  readonly policyBinding?:
    | {
        readonly name: string;
        readonly policy: string;
        readonly target?:
          | { readonly target: { readonly case: string | undefined; readonly value?: string } }
          | undefined;
      }
    | undefined;
}
interface WithPolicy {
  readonly principalAccessBoundaryPolicy?: ByName | undefined;
}

const onPolicies = (verb: string, label: string, container: Container): PermissionCheck => ({
  permission: `iam.principalaccessboundarypolicies.${verb}`,
  resource: resourceOf(container),
  label,
});

function rule<R>(
  type: 'ADMIN_READ' | 'ADMIN_WRITE',
  checks: (request: R) => readonly PermissionCheck[] | Promise<readonly PermissionCheck[]>,
): AccessRule {
  return { kind: 'permission', type, checks, refusal: iamRefusal };
}

const policyByName = (type: 'ADMIN_READ' | 'ADMIN_WRITE', verb: string) =>
  rule(type, ({ name }: ByName) => [onPolicies(verb, name, parseName(name, POLICIES))]);

const policyByParent = (type: 'ADMIN_READ' | 'ADMIN_WRITE', verb: string) =>
  rule(type, ({ parent }: ByParent) => {
    const id = parseOrganization(parent);
    return [onPolicies(verb, parent, { kind: 'organizations', id })];
  });

/** What happens to the binding of a principal set. */
type Deed = 'createPolicyBinding' | 'updatePolicyBinding' | 'deletePolicyBinding' | 'searchPolicyBindings';

/**
 * The permission on the container that a principal set belongs to. Workforce pools and customers have no place in the
 * hierarchy: the organization that binds policies to them decides.
 */
function onTarget(target: Target, deed: Deed, parent: Container): PermissionCheck {
  switch (target.kind) {
    case 'container': {
      const [kind, id = ''] = target.container.split('/') as [Container['kind'], string];
      return onContainer({ kind, id }, deed);
    }
    case 'workloadPool': {
      const resource = resourceOf({ kind: 'projects', id: target.project });
      return { permission: `iam.workloadIdentityPools.${deed}`, resource, label: resource };
    }
    case 'workforcePool':
    case 'workspace': {
      const pools = target.kind === 'workspace' ? 'workspacePools' : 'workforcePools';
      const resource = resourceOf(parent);
      return { permission: `iam.googleapis.com/${pools}.${deed}`, resource, label: resource };
    }
  }
}

function onContainer(container: Container, deed: Deed): PermissionCheck {
  const resource = resourceOf(container);
  return { permission: `resourcemanager.${container.kind}.${deed}`, resource, label: resource };
}

/** @throws GoogleError INVALID_ARGUMENT */
function targetIn(text: string | undefined, place: string): Target {
  const target = text === undefined ? undefined : readTarget(text);
  if (!target)
    throw invalidArgument(`${place}: "${text ?? ''}" is no principal set that policies can be bound to.`);
  return target;
}

/** Of a binding that is there: its policy's organization and its target. Of none: the parent alone. */
function onBinding(
  { boundaries, projects }: Pick<AccessControl, 'boundaries' | 'projects'>,
  verb: 'bind' | 'unbind',
  deed: Deed,
): (name: string) => Promise<readonly PermissionCheck[]> {
  return async (name) => {
    const parent = parseName(name, BINDINGS);
    const full = await bindingName(projects, name);
    const binding = (await boundaries.listBindings()).find((each) => each.name === full);
    if (!binding) return [onContainer(parent, deed)];
    return [
      onPolicies(verb, binding.policy, parseName(binding.policy, POLICIES)),
      onTarget(targetIn(binding.target, 'target'), deed, parent),
    ];
  };
}

/** A binding's name, with the number of its project. @throws GoogleError INVALID_ARGUMENT */
export async function bindingName(projects: AccessControl['projects'], name: string): Promise<string> {
  const { kind, id } = parseName(name, BINDINGS);
  const number = kind === 'projects' ? (await projects.get(id))?.number : undefined;
  return number === undefined ? name : name.replace(`projects/${id}/`, `projects/${number}/`);
}

export function accessRules(
  access: Pick<AccessControl, 'boundaries' | 'projects'>,
): Readonly<Record<string, AccessRule>> {
  const updates = onBinding(access, 'bind', 'updatePolicyBinding');
  const deletes = onBinding(access, 'unbind', 'deletePolicyBinding');
  return {
    [`${POLICY_SERVICE}.CreatePrincipalAccessBoundaryPolicy`]: policyByParent('ADMIN_WRITE', 'create'),
    [`${POLICY_SERVICE}.GetPrincipalAccessBoundaryPolicy`]: policyByName('ADMIN_READ', 'get'),
    [`${POLICY_SERVICE}.UpdatePrincipalAccessBoundaryPolicy`]: rule(
      'ADMIN_WRITE',
      ({ principalAccessBoundaryPolicy: policy }: WithPolicy) => {
        const name = policy?.name ?? '';
        return [onPolicies('update', name, parseName(name, POLICIES))];
      },
    ),
    [`${POLICY_SERVICE}.DeletePrincipalAccessBoundaryPolicy`]: policyByName('ADMIN_WRITE', 'delete'),
    [`${POLICY_SERVICE}.ListPrincipalAccessBoundaryPolicies`]: policyByParent('ADMIN_READ', 'list'),
    [`${POLICY_SERVICE}.SearchPrincipalAccessBoundaryPolicyBindings`]: policyByName(
      'ADMIN_READ',
      'searchPolicyBindings',
    ),
    [`${BINDING_SERVICE}.CreatePolicyBinding`]: rule(
      'ADMIN_WRITE',
      ({ parent, policyBinding }: ByParent & WithBinding) => {
        const container = parseParent(parent);
        const policy = policyBinding?.policy ?? '';
        const target = targetIn(policyBinding?.target?.target.value, 'policy_binding.target.principal_set');
        return [
          onPolicies('bind', policy, parseName(policy, POLICIES)),
          onTarget(target, 'createPolicyBinding', container),
        ];
      },
    ),
    [`${BINDING_SERVICE}.GetPolicyBinding`]: rule('ADMIN_READ', ({ name }: ByName) => [
      onParent('get', name, parseName(name, BINDINGS)),
    ]),
    [`${BINDING_SERVICE}.UpdatePolicyBinding`]: rule('ADMIN_WRITE', ({ policyBinding }: WithBinding) =>
      updates(policyBinding?.name ?? ''),
    ),
    [`${BINDING_SERVICE}.DeletePolicyBinding`]: rule('ADMIN_WRITE', ({ name }: ByName) => deletes(name)),
    [`${BINDING_SERVICE}.ListPolicyBindings`]: rule('ADMIN_READ', ({ parent }: ByParent) => [
      onParent('list', parent, parseParent(parent)),
    ]),
    [`${BINDING_SERVICE}.SearchTargetPolicyBindings`]: rule(
      'ADMIN_READ',
      ({ parent, target }: ByParent & { readonly target: string }) => [
        onTarget(targetIn(target, 'target'), 'searchPolicyBindings', parseParent(parent)),
      ],
    ),
  };
}

const onParent = (verb: string, label: string, container: Container): PermissionCheck => ({
  permission: `iam.policybindings.${verb}`,
  resource: resourceOf(container),
  label,
});

/** Entries lie in the log of the organization, folder or project that the name begins with. */
export function auditRule<R>(
  { projects }: Pick<AccessControl, 'projects'>,
  methodName: string,
  nameOf: (request: R) => string,
): AuditRule {
  const container = (request: R) => nameOf(request).split('/').slice(0, 2).join('/');
  const projectIn = (request: R) => /^projects\/(.+)$/.exec(container(request))?.[1];
  return {
    methodName,
    serviceName: API,
    resourceName: nameOf,
    monitored: (request: R) => ({
      type: 'audited_resource',
      labels: { method: methodName, project_id: projectIn(request) ?? '', service: API },
    }),
    project: async (request: R) => {
      const project = projectIn(request);
      return project === undefined
        ? container(request)
        : ((await projects.get(project))?.projectId ?? project);
    },
  };
}
