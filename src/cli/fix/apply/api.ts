/** The few calls by which fixes are made, the same on a plane and on Google Cloud; and nothing but these. */
import { type ResourceName, splitResource } from '../../../names/index.js';

export type Json = Readonly<Record<string, unknown>>;

export interface Call {
  readonly verb: 'GET' | 'POST';
  /** e.g. `run.googleapis.com` */
  readonly host: string;
  /** With its query. */
  readonly path: string;
  readonly body?: Json;
}

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** Whoever sends the calls: to a plane, or to Google. */
export type Api = (call: Call) => Promise<Answer>;

/** Google's word on why a call did not succeed. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function refusalOf({ status, body }: Answer): CallRefused {
  const { error } = body;
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : undefined;
  return new CallRefused(status, message ?? `HTTP ${status}`);
}

/** Which version of an API has the policies of its resources. */
const VERSIONS: Readonly<Record<string, string>> = {
  'cloudresourcemanager.googleapis.com': 'v3',
  'iam.googleapis.com': 'v1',
  'artifactregistry.googleapis.com': 'v1',
  'secretmanager.googleapis.com': 'v1',
  'run.googleapis.com': 'v2',
};

const placeOf = (resource: ResourceName) => {
  const { service, path } = splitResource(resource);
  const version = VERSIONS[service];
  if (version === undefined) throw new Error(`no policy of ${service} is ever changed`);
  return { host: service, path: `/${version}/${path}` };
};

/**
 * Reads a policy with its conditions (version 3): what leaves them out would take them away when it is written back
 * (https://cloud.google.com/iam/docs/policies#versions).
 */
export function getPolicy(resource: ResourceName): Call {
  const { host, path } = placeOf(resource);
  switch (host) {
    case 'cloudresourcemanager.googleapis.com':
      return {
        verb: 'POST',
        host,
        path: `${path}:getIamPolicy`,
        body: { options: { requestedPolicyVersion: 3 } },
      };
    case 'iam.googleapis.com':
      return { verb: 'POST', host, path: `${path}:getIamPolicy?options.requestedPolicyVersion=3`, body: {} };
    default:
      return { verb: 'GET', host, path: `${path}:getIamPolicy?options.requestedPolicyVersion=3` };
  }
}

export function setPolicy(resource: ResourceName, policy: Json): Call {
  const { host, path } = placeOf(resource);
  return { verb: 'POST', host, path: `${path}:setIamPolicy`, body: { policy } };
}

export const enableApi = (project: string, api: string): Call => ({
  verb: 'POST',
  host: 'serviceusage.googleapis.com',
  path: `/v1/projects/${project}/services/${api}:enable`,
  body: {},
});

export const createAgent = (project: string, api: string): Call => ({
  verb: 'POST',
  host: 'serviceusage.googleapis.com',
  path: `/v1beta1/projects/${project}/services/${api}:generateServiceIdentity`,
  body: {},
});

/** @param name e.g. `operations/acat.p2-…`, as the call that began it answered */
export const getOperation = (version: 'v1' | 'v1beta1', name: string): Call => ({
  verb: 'GET',
  host: 'serviceusage.googleapis.com',
  path: `/${version}/${name}`,
});

export const createAccount = (project: string, id: string): Call => ({
  verb: 'POST',
  host: 'iam.googleapis.com',
  path: `/v1/projects/${project}/serviceAccounts`,
  body: { accountId: id },
});

export const createRole = (project: string, id: string, permissions: readonly string[]): Call => ({
  verb: 'POST',
  host: 'iam.googleapis.com',
  path: `/v1/projects/${project}/roles`,
  body: { roleId: id, role: { title: id, includedPermissions: permissions, stage: 'GA' } },
});

export const getRole = (name: string): Call => ({
  verb: 'GET',
  host: 'iam.googleapis.com',
  path: `/v1/${name}`,
});

const CHANGES = [
  /^(?:cloudresourcemanager|iam|artifactregistry|secretmanager|run)\.googleapis\.com\/v\d\/projects\/[^?]+:setIamPolicy$/,
  /^serviceusage\.googleapis\.com\/v1\/projects\/[^/?]+\/services\/[a-z.]+:enable$/,
  /^serviceusage\.googleapis\.com\/v1beta1\/projects\/[^/?]+\/services\/[a-z.]+:generateServiceIdentity$/,
  /^iam\.googleapis\.com\/v1\/projects\/[^/?]+\/(?:serviceAccounts|roles)$/,
];
const READS = [
  /^(?:cloudresourcemanager|iam|artifactregistry|secretmanager|run)\.googleapis\.com\/v\d\/projects\/[^?]+:getIamPolicy(?:\?options\.requestedPolicyVersion=3)?$/,
  /^serviceusage\.googleapis\.com\/v1(?:beta1)?\/operations\/[^/?]+$/,
  /^iam\.googleapis\.com\/v1\/projects\/[^/?]+\/roles\/[^/?]+$/,
];

/** What a fix may ask and change; anything else is a programming error, and is not sent. @throws TypeError */
export function requireAllowed({ verb, host, path }: Call): void {
  const target = `${host}${path}`;
  const reads = READS.some((form) => form.test(target));
  if (!reads && !(verb === 'POST' && CHANGES.some((form) => form.test(target)))) {
    throw new TypeError(`no fix makes the call ${verb} ${target}`);
  }
}
