/**
 * Names of IAM v2: `policies/ATTACHMENT_POINT/denypolicies/POLICY_ID`, the attachment point being a full resource
 * name without its slashes at the beginning, URL-encoded
 * (https://cloud.google.com/iam/docs/deny-overview#attachment-point).
 */
import { invalidArgument, unimplemented } from '../../google/index.js';
import { isProjectId, isProjectNumber, type ResourceName } from '../../names/index.js';

/** What a name says. A project goes by what the caller wrote, its id or its number. */
export interface Attachment {
  readonly resource: ResourceName;
  /** As refusals spell it: `cloudresourcemanager.googleapis.com/projects/P`. */
  readonly label: string;
}

export interface PolicyName extends Attachment {
  readonly id: string;
}

export interface OperationName extends PolicyName {
  readonly operation: string;
}

const DENY = 'denypolicies';

/** @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED for policies of another kind */
export function parseParent(parent: string): Attachment {
  const [policies, attachment = '', kind = '', ...rest] = parent.split('/');
  if (policies !== 'policies' || rest.length > 0) throw badName(parent);
  return attachmentOf(attachment, kind, parent);
}

/** @throws GoogleError as parseParent() does */
export function parsePolicyName(name: string): PolicyName {
  const [policies, attachment = '', kind = '', id = '', ...rest] = name.split('/');
  if (policies !== 'policies' || id === '' || rest.length > 0) throw badName(name);
  return { ...attachmentOf(attachment, kind, name), id };
}

/** @throws GoogleError as parseParent() does */
export function parseOperationName(name: string): OperationName {
  const [, policy = '', operation = ''] = /^(.*)\/operations\/([^/]+)$/.exec(name) ?? [];
  if (operation === '') throw badName(name);
  return { ...parsePolicyName(policy), operation };
}

function attachmentOf(encoded: string, kind: string, name: string): Attachment {
  const label = decoded(encoded);
  const [host, collection = '', id = '', ...rest] = label?.split('/') ?? [];
  const known = { projects: isProject, folders: isProjectNumber, organizations: isProjectNumber };
  const isId = Object.hasOwn(known, collection) ? known[collection as keyof typeof known] : undefined;
  if (host !== 'cloudresourcemanager.googleapis.com' || rest.length > 0 || !isId?.(id)) throw badName(name);
  if (kind !== DENY) throw unimplemented(`Policies of the kind "${kind}" are not implemented.`);
  return { resource: `//${host}/${collection}/${id}`, label: `${host}/${collection}/${id}` };
}

const isProject = (text: string) => isProjectId(text) || isProjectNumber(text);

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const badName = (name: string) =>
  invalidArgument(
    `Invalid name: "${name}". Names are of the form policies/ATTACHMENT_POINT/denypolicies/POLICY_ID, with a URL-encoded attachment point such as cloudresourcemanager.googleapis.com%2Fprojects%2FPROJECT_ID.`,
  );
