/** The methods of google.iam.v3.PolicyBindings. */
import { create } from '@bufbuild/protobuf';
import { anyPack, EmptySchema } from '@bufbuild/protobuf/wkt';
import type { KeptPolicyBinding } from '../../access/index.js';
import {
  type PolicyBinding,
  PolicyBindingSchema,
} from '../../google/gen/google/iam/v3/policy_binding_resources_pb.js';
import {
  type CreatePolicyBindingRequest,
  type DeletePolicyBindingRequest,
  type GetPolicyBindingRequest,
  type ListPolicyBindingsRequest,
  PolicyBindings,
  type SearchTargetPolicyBindingsRequest,
  type UpdatePolicyBindingRequest,
} from '../../google/gen/google/iam/v3/policy_bindings_service_pb.js';
import { type ApiMethod, type Call, invalidArgument, protoMethods } from '../../google/index.js';
import { isBoundaryId, type ProposedPolicyBinding } from '../../iam/index.js';
import { page } from '../paging.js';
import { auditRule, BINDING_SERVICE, bindingName } from './access.js';
import { type BoundaryDeps, badId, etagIn, PAGES, requireName, started } from './changes.js';
import { bindingFilter } from './filter.js';
import { masked } from './masks.js';
import { bindingMessage, proposedBinding } from './messages.js';
import { BINDINGS, nameIn, parseParent } from './names.js';
import { operationTypes } from './operations.js';

export function bindingMethods(deps: BoundaryDeps): readonly ApiMethod[] {
  const audit = <R>(method: string, nameOf: (request: R) => string) =>
    auditRule(deps.access, `${BINDING_SERVICE}.${method}`, nameOf);
  return protoMethods(
    PolicyBindings,
    { ...readers(deps), ...writers(deps) },
    {
      registry: operationTypes,
      audit: {
        createPolicyBinding: audit('CreatePolicyBinding', ({ parent }: CreatePolicyBindingRequest) => parent),
        updatePolicyBinding: audit(
          'UpdatePolicyBinding',
          ({ policyBinding }: UpdatePolicyBindingRequest) => policyBinding?.name ?? '',
        ),
        deletePolicyBinding: audit('DeletePolicyBinding', ({ name }: DeletePolicyBindingRequest) => name),
      },
    },
  );
}

function readers({ access: { boundaries, projects } }: BoundaryDeps) {
  const under = async (parent: string) => {
    const prefix = await bindingName(projects, `${parent}/${BINDINGS}/-`);
    return (await boundaries.listBindings()).filter(({ name }) => name.startsWith(prefix.slice(0, -1)));
  };
  return {
    async getPolicyBinding({ name }: GetPolicyBindingRequest) {
      return bindingMessage(await boundaries.getBinding(await bindingName(projects, name)));
    },
    async listPolicyBindings({ parent, pageSize, pageToken, filter }: ListPolicyBindingsRequest) {
      const test = bindingFilter(filter);
      const all = (await under(parent)).filter(test);
      const request = { pageSize, pageToken, query: JSON.stringify([parent, filter]) };
      const { items, nextPageToken } = page(all, ({ name }) => name, request, PAGES);
      return { policyBindings: items.map(bindingMessage), nextPageToken };
    },
    async searchTargetPolicyBindings(request: SearchTargetPolicyBindingsRequest) {
      const { parent, target, pageSize, pageToken } = request;
      const wanted = await boundaries.canonicalTarget(target);
      const all = (await under(parent)).filter((binding) => binding.target === wanted);
      const asked = { pageSize, pageToken, query: JSON.stringify([parent, target]) };
      const { items, nextPageToken } = page(all, ({ name }) => name, asked, PAGES);
      return { policyBindings: items.map(bindingMessage), nextPageToken };
    },
  };
}

const packed = (binding: KeptPolicyBinding) =>
  anyPack(PolicyBindingSchema, create(PolicyBindingSchema, bindingMessage(binding)));

/** @throws GoogleError INVALID_ARGUMENT */
function sent(message: PolicyBinding | undefined): PolicyBinding {
  if (!message) throw invalidArgument('policy_binding: the binding is required.');
  return message;
}

function writers({ access: { boundaries, projects } }: BoundaryDeps) {
  return {
    async createPolicyBinding(request: CreatePolicyBindingRequest, { time }: Call) {
      const { parent, policyBindingId: id, validateOnly } = request;
      const message = sent(request.policyBinding);
      if (!isBoundaryId(id)) throw badId('policy_binding_id', id);
      const name = await bindingName(projects, nameIn(parseParent(parent), BINDINGS, id));
      if (message.name !== '') {
        requireName('policy_binding', await bindingName(projects, message.name), name);
      }
      const { change, operation } = started<KeptPolicyBinding>('create', packed, time, validateOnly);
      return operation(await boundaries.createBinding(name, proposedBinding(message), time, change));
    },
    async updatePolicyBinding(request: UpdatePolicyBindingRequest, { time }: Call) {
      const message = sent(request.policyBinding);
      const name = await bindingName(projects, message.name);
      const edit = edited(request.updateMask?.paths ?? [], message);
      const { change, operation } = started<KeptPolicyBinding>('update', packed, time, request.validateOnly);
      return operation(await boundaries.updateBinding(name, edit, etagIn(message.etag), time, change));
    },
    async deletePolicyBinding({ name, etag, validateOnly }: DeletePolicyBindingRequest, { time }: Call) {
      const full = await bindingName(projects, name);
      const gone = () => anyPack(EmptySchema, create(EmptySchema));
      const { change, operation } = started<KeptPolicyBinding>('delete', gone, time, validateOnly);
      return operation(await boundaries.removeBinding(full, etagIn(etag), change));
    },
  };
}

/** Target, policy and kind may be named: they cannot become others. */
const FIELDS = [
  'displayName',
  'annotations',
  'condition',
  'condition.expression',
  'condition.title',
  'condition.description',
  'policy',
  'policyKind',
  'target',
  'target.principalSet',
];

/** @throws GoogleError INVALID_ARGUMENT for a mask that names other fields */
function edited(
  paths: readonly string[],
  message: PolicyBinding,
): (current: KeptPolicyBinding) => ProposedPolicyBinding {
  const isSent = masked(paths, FIELDS);
  return (current) => {
    const { displayName, annotations, principalSet, policy, condition } = current;
    // What is not sent, and need not be, is as it was.
    const proposed = proposedBinding({
      ...message,
      policy: message.policy === '' ? policy : message.policy,
      target: message.target ?? create(PolicyBindingSchema, bindingMessage(current)).target,
    });
    const part = (key: 'expression' | 'title' | 'description') =>
      (isSent(`condition.${key}`) ? proposed.condition : condition)?.[key] ?? '';
    const [expression, title, description] = [part('expression'), part('title'), part('description')];
    return {
      displayName: isSent('displayName') ? proposed.displayName : displayName,
      annotations: isSent('annotations') ? proposed.annotations : annotations,
      principalSet: isSent('target.principalSet') ? proposed.principalSet : principalSet,
      policy: isSent('policy') ? proposed.policy : policy,
      ...(expression === '' && title === '' && description === ''
        ? {}
        : { condition: { title, expression, ...(description === '' ? {} : { description }) } }),
    };
  };
}
