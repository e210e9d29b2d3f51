/** The methods of google.iam.v3.PrincipalAccessBoundaryPolicies. */
import { create } from '@bufbuild/protobuf';
import { anyPack, EmptySchema } from '@bufbuild/protobuf/wkt';
import type { KeptBoundaryPolicy } from '../../access/index.js';
import {
  type CreatePrincipalAccessBoundaryPolicyRequest,
  type DeletePrincipalAccessBoundaryPolicyRequest,
  type GetPrincipalAccessBoundaryPolicyRequest,
  type ListPrincipalAccessBoundaryPoliciesRequest,
  PrincipalAccessBoundaryPolicies,
  type SearchPrincipalAccessBoundaryPolicyBindingsRequest,
  type UpdatePrincipalAccessBoundaryPolicyRequest,
} from '../../google/gen/google/iam/v3/principal_access_boundary_policies_service_pb.js';
import {
  type PrincipalAccessBoundaryPolicy,
  PrincipalAccessBoundaryPolicySchema,
} from '../../google/gen/google/iam/v3/principal_access_boundary_policy_resources_pb.js';
import { type ApiMethod, type Call, invalidArgument, protoMethods } from '../../google/index.js';
import { isBoundaryId, type ProposedBoundaryPolicy } from '../../iam/index.js';
import { page } from '../paging.js';
import { auditRule, POLICY_SERVICE } from './access.js';
import { type BoundaryDeps, badId, etagIn, PAGES, requireName, started } from './changes.js';
import { masked } from './masks.js';
import { bindingMessage, policyMessage, proposedPolicy } from './messages.js';
import { nameIn, POLICIES, parseName, parseOrganization } from './names.js';
import { operationTypes } from './operations.js';

export function policyMethods(deps: BoundaryDeps): readonly ApiMethod[] {
  const audit = <R>(method: string, nameOf: (request: R) => string) =>
    auditRule(deps.access, `${POLICY_SERVICE}.${method}`, nameOf);
  return protoMethods(
    PrincipalAccessBoundaryPolicies,
    { ...readers(deps), ...writers(deps) },
    {
      registry: operationTypes,
      audit: {
        createPrincipalAccessBoundaryPolicy: audit(
          'CreatePrincipalAccessBoundaryPolicy',
          ({ parent }: CreatePrincipalAccessBoundaryPolicyRequest) => parent,
        ),
        updatePrincipalAccessBoundaryPolicy: audit(
          'UpdatePrincipalAccessBoundaryPolicy',
          ({ principalAccessBoundaryPolicy: policy }: UpdatePrincipalAccessBoundaryPolicyRequest) =>
            policy?.name ?? '',
        ),
        deletePrincipalAccessBoundaryPolicy: audit(
          'DeletePrincipalAccessBoundaryPolicy',
          ({ name }: DeletePrincipalAccessBoundaryPolicyRequest) => name,
        ),
      },
    },
  );
}

function readers({ access: { boundaries } }: BoundaryDeps) {
  return {
    async getPrincipalAccessBoundaryPolicy({ name }: GetPrincipalAccessBoundaryPolicyRequest) {
      return policyMessage(await boundaries.getPolicy(name));
    },
    async listPrincipalAccessBoundaryPolicies({
      parent,
      pageSize,
      pageToken,
    }: ListPrincipalAccessBoundaryPoliciesRequest) {
      const all = await boundaries.listPolicies(parseOrganization(parent));
      const request = { pageSize, pageToken, query: parent };
      const { items, nextPageToken } = page(all, ({ name }) => name, request, PAGES);
      return { principalAccessBoundaryPolicies: items.map(policyMessage), nextPageToken };
    },
    async searchPrincipalAccessBoundaryPolicyBindings({
      name,
      pageSize,
      pageToken,
    }: SearchPrincipalAccessBoundaryPolicyBindingsRequest) {
      await boundaries.getPolicy(name);
      const bound = (await boundaries.listBindings()).filter(({ policy }) => policy === name);
      const request = { pageSize, pageToken, query: name };
      const { items, nextPageToken } = page(bound, (binding) => binding.name, request, PAGES);
      return { policyBindings: items.map(bindingMessage), nextPageToken };
    },
  };
}

const packed = (policy: KeptBoundaryPolicy) =>
  anyPack(
    PrincipalAccessBoundaryPolicySchema,
    create(PrincipalAccessBoundaryPolicySchema, policyMessage(policy)),
  );

/** @throws GoogleError INVALID_ARGUMENT */
function sent(message: PrincipalAccessBoundaryPolicy | undefined): PrincipalAccessBoundaryPolicy {
  if (!message) throw invalidArgument('principal_access_boundary_policy: the policy is required.');
  return message;
}

function writers({ access: { boundaries } }: BoundaryDeps) {
  return {
    async createPrincipalAccessBoundaryPolicy(
      request: CreatePrincipalAccessBoundaryPolicyRequest,
      { time }: Call,
    ) {
      const { parent, principalAccessBoundaryPolicyId: id, validateOnly } = request;
      const message = sent(request.principalAccessBoundaryPolicy);
      const organization = parseOrganization(parent);
      if (!isBoundaryId(id)) throw badId('principal_access_boundary_policy_id', id);
      const name = nameIn({ kind: 'organizations', id: organization }, POLICIES, id);
      requireName('principal_access_boundary_policy', message.name, name);
      const { change, operation } = started<KeptBoundaryPolicy>('create', packed, time, validateOnly);
      return operation(await boundaries.createPolicy(name, proposedPolicy(message), time, change));
    },
    async updatePrincipalAccessBoundaryPolicy(
      request: UpdatePrincipalAccessBoundaryPolicyRequest,
      { time }: Call,
    ) {
      const message = sent(request.principalAccessBoundaryPolicy);
      const { name } = message;
      const paths = request.updateMask?.paths ?? [];
      const edit = edited(paths, message);
      const { change, operation } = started<KeptBoundaryPolicy>('update', packed, time, request.validateOnly);
      return operation(await boundaries.updatePolicy(name, edit, etagIn(message.etag), time, change));
    },
    async deletePrincipalAccessBoundaryPolicy(
      { name, etag, force, validateOnly }: DeletePrincipalAccessBoundaryPolicyRequest,
      { time }: Call,
    ) {
      parseName(name, POLICIES);
      const gone = () => anyPack(EmptySchema, create(EmptySchema));
      const { change, operation } = started<KeptBoundaryPolicy>('delete', gone, time, validateOnly);
      return operation(await boundaries.removePolicy(name, { etag: etagIn(etag), force }, change));
    },
  };
}

const FIELDS = ['displayName', 'annotations', 'details', 'details.rules', 'details.enforcementVersion'];

/** @throws GoogleError INVALID_ARGUMENT for a mask that names other fields */
function edited(
  paths: readonly string[],
  message: PrincipalAccessBoundaryPolicy,
): (current: KeptBoundaryPolicy) => ProposedBoundaryPolicy {
  const isSent = masked(paths, FIELDS);
  const proposed = proposedPolicy(message);
  return (current) => {
    const rules = isSent('details.rules') ? proposed.details?.rules : current.details?.rules;
    const version = (isSent('details.enforcementVersion') ? proposed : current).details?.enforcementVersion;
    return {
      displayName: (isSent('displayName') ? proposed : current).displayName,
      annotations: (isSent('annotations') ? proposed : current).annotations,
      ...(rules === undefined && version === undefined
        ? {}
        : { details: { rules: rules ?? [], enforcementVersion: version ?? '' } }),
    };
  };
}
