import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { AccessControl, DenyPolicy } from '../../access/index.js';
import {
  type CreatePolicyRequest,
  type DeletePolicyRequest,
  type GetPolicyRequest,
  type ListPoliciesRequest,
  Policies,
  type UpdatePolicyRequest,
} from '../../google/gen/google/iam/v2/policy_pb.js';
import type { Operation } from '../../google/gen/google/longrunning/operations_pb.js';
import { type Api, type Call, invalidArgument, notFound, protoMethods } from '../../google/index.js';
import { isDenyPolicyId } from '../../iam/index.js';
import { projectOf, splitResource } from '../../names/index.js';
import type { Store, Write } from '../../store/index.js';
import type { OperationFamily } from '../operation-families.js';
import { page } from '../paging.js';
import { accessRules, auditRules, operationCheck, refusal } from './access.js';
import { policyMessage, policyMetadata, proposedPolicy } from './messages.js';
import { type Attachment, parseOperationName, parseParent, parsePolicyName } from './names.js';
import { doneOperation, keptOperation, operationTypes } from './operations.js';

export interface DenyPolicyDeps {
  readonly store: Store;
  readonly access: AccessControl;
}

/** The methods of google.iam.v2.Policies, and the operations that they answer with. */
export function denyPolicyMethods(
  deps: DenyPolicyDeps,
): Pick<Api, 'methods' | 'access'> & { readonly operations: OperationFamily } {
  const methods = protoMethods(
    Policies,
    { ...readers(deps), ...writers(deps) },
    { registry: operationTypes, audit: auditRules(deps.access) },
  );
  return { methods, access: accessRules, operations: operationFamily(deps) };
}

/** https://cloud.google.com/iam/docs/reference/rest#rest-resource:-v2.policies.operations */
function operationFamily({ store, access }: DenyPolicyDeps): OperationFamily {
  return {
    bindings: [{ verb: 'GET', template: '/v2/{name=policies/*/*/*/operations/*}' }],
    types: operationTypes,
    owns: (name) => name.startsWith('policies/'),
    check: operationCheck,
    refusal,
    get: async (name) => {
      const { resource, id, operation } = parseOperationName(name);
      const policy = await access.denyPolicies.nameOf(resource, id);
      return keptOperation(store, `${policy}/operations/${operation}`);
    },
  };
}

/** "IAM ignores this value and uses the value 1000." (ListPoliciesRequest.page_size) */
const PAGES = { default: 1000, max: 1000 };

function readers({ access: { denyPolicies } }: DenyPolicyDeps) {
  return {
    async listPolicies({ parent, pageToken }: ListPoliciesRequest) {
      const { resource } = parseParent(parent);
      const all = await denyPolicies.list(resource);
      const { items, nextPageToken } = page(all, ({ id }) => id, { pageSize: 0, pageToken }, PAGES);
      const policies = items.map(async (policy) =>
        policyMetadata(await denyPolicies.nameOf(resource, policy.id), policy),
      );
      return { policies: await Promise.all(policies), nextPageToken };
    },
    async getPolicy({ name }: GetPolicyRequest) {
      const { resource, id } = parsePolicyName(name);
      const fullName = await denyPolicies.nameOf(resource, id);
      const found = (await denyPolicies.list(resource)).find((policy) => policy.id === id);
      if (!found) throw notFound(`Policy "${fullName}" not found.`);
      return policyMessage(fullName, found);
    },
  };
}

function writers(deps: DenyPolicyDeps) {
  const { denyPolicies } = deps.access;
  return {
    async createPolicy({ parent, policy, policyId }: CreatePolicyRequest, { time }: Call) {
      const attachment = parseParent(parent);
      if (!isDenyPolicyId(policyId)) throw badId(policyId);
      await requireName(deps, policy?.name ?? '', attachment, policyId);
      const proposed = proposedPolicy(policy);
      await requireAttachment(deps, attachment);
      const change = await started(deps, attachment, policyId, time);
      await denyPolicies.create(attachment.resource, policyId, proposed, time, change.keep);
      return change.operation();
    },
    async updatePolicy({ policy }: UpdatePolicyRequest, { time }: Call) {
      const { id, ...attachment } = parsePolicyName(policy?.name ?? '');
      const proposed = proposedPolicy(policy);
      await requireUid(deps, policy?.uid ?? '', attachment, id);
      const change = await started(deps, attachment, id, time);
      const etag = etagIn(policy?.etag);
      await denyPolicies.update(attachment.resource, id, proposed, etag, time, change.keep);
      return change.operation();
    },
    async deletePolicy({ name, etag }: DeletePolicyRequest, { time }: Call) {
      const { id, ...attachment } = parsePolicyName(name);
      const change = await started(deps, attachment, id, time, { deleted: true });
      await denyPolicies.remove(attachment.resource, id, etagIn(etag), change.keep);
      return change.operation();
    },
  };
}

/** The name is the parent's and the id's: another one in the policy would be passed over. @throws INVALID_ARGUMENT */
async function requireName(
  { access: { denyPolicies } }: DenyPolicyDeps,
  name: string,
  { resource }: Attachment,
  id: string,
): Promise<void> {
  if (name === '') return;
  const named = parsePolicyName(name);
  const [sent, wanted] = [
    await denyPolicies.nameOf(named.resource, named.id),
    await denyPolicies.nameOf(resource, id),
  ];
  if (sent !== wanted) throw invalidArgument(`policy.name: "${name}" is not the name that was asked for.`);
}

/** @throws GoogleError INVALID_ARGUMENT for the unique id of another policy; those that are not there, others refuse */
async function requireUid(
  { access: { denyPolicies } }: DenyPolicyDeps,
  uid: string,
  { resource }: Attachment,
  id: string,
): Promise<void> {
  const current = (await denyPolicies.list(resource)).find((policy) => policy.id === id);
  if (uid === '' || !current || current.uid === uid) return;
  throw invalidArgument('policy.uid: the unique ID of a policy cannot be changed.');
}

/** Empty stands for one that was not sent. */
const etagIn = (etag: string | undefined) => (etag === undefined || etag === '' ? undefined : etag);

const badId = (id: string) =>
  invalidArgument(
    `policy_id: "${id}" is not valid. A policy's ID must be 3 to 63 characters: lowercase letters, numbers, dashes and periods, beginning with a letter.`,
  );

/** An operation that is done once the change is: its write goes into the change's transaction. */
interface StartedChange {
  readonly keep: (policy: DenyPolicy) => readonly Write[];
  /** Once the change is made. */
  readonly operation: () => Operation;
}

async function started(
  { access }: DenyPolicyDeps,
  { resource }: Attachment,
  id: string,
  time: Date,
  { deleted = false } = {},
): Promise<StartedChange> {
  const name = await access.denyPolicies.nameOf(resource, id);
  let operation: Operation | undefined;
  return {
    keep: (policy) => {
      const message = policyMessage(name, policy);
      const left = deleted ? { ...message, deleteTime: timestampFromDate(time) } : message;
      const done = doneOperation(name, left, time);
      operation = done.operation;
      return [done.keep];
    },
    operation: () => {
      if (!operation) throw new Error(`the change of ${name} was never made`);
      return operation;
    },
  };
}

/** @throws GoogleError NOT_FOUND for a project, folder or organization that does not exist */
async function requireAttachment({ store, access }: DenyPolicyDeps, attachment: Attachment): Promise<void> {
  const { resource, label } = attachment;
  const project = projectOf(resource);
  const exists =
    project === undefined
      ? await store.get(splitResource(resource).path)
      : await access.projects.get(project);
  if (!exists) throw notFound(`Resource "${label}" not found.`);
}
