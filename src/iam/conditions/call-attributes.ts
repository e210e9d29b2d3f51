/** What conditions see of the call itself, beside its time: its URL and what it is about to change. */
import type { CelInput } from '@bufbuild/cel';
import { splitResource } from '../../names/index.js';
import { MODIFIED_GRANTS } from './signatures.js';
import type { ConditionFacts } from './types.js';

export interface CallAttributes {
  readonly values: Readonly<Record<string, CelInput>>;
  /** Attributes that Google provides here but whose value we do not know. */
  readonly unknown: readonly string[];
}

/** The name under which the attributes of `api.getAttribute()` are kept. */
export const API = 'api';
const NOTHING: CallAttributes = { values: {}, unknown: [] };
const INVOKE = 'run.routes.invoke';

/**
 * The attributes of the call that a condition finds
 * (https://cloud.google.com/iam/docs/conditions-attribute-reference#request). Access levels, and the destination's
 * address and port, are those of Identity-Aware Proxy: no service here provides them. Who calls is for bindings of
 * principal access boundary policies to ask.
 */
export function callAttributes(facts: ConditionFacts): CallAttributes {
  const parts = [urlAttributes(facts), apiAttributes(facts)];
  return {
    values: Object.assign({}, ...parts.map(({ values }) => values)),
    unknown: parts.flatMap(({ unknown }) => unknown),
  };
}

/** Of an invocation of a Cloud Run service. */
function urlAttributes({ permission, context }: ConditionFacts): CallAttributes {
  if (permission !== INVOKE) return NOTHING;
  if (context === undefined) return { values: {}, unknown: ['request.host', 'request.path'] };
  const { host, path } = context;
  return {
    values: {
      ...(host === undefined ? {} : { 'request.host': host }),
      ...(path === undefined ? {} : { 'request.path': path }),
    },
    unknown: [],
  };
}

/** Services whose setIamPolicy tells conditions which roles it gives or takes. */
const TELL_MODIFIED_GRANTS: readonly string[] = [
  'cloudresourcemanager.googleapis.com',
  'iam.googleapis.com',
  'run.googleapis.com',
  'secretmanager.googleapis.com',
];

/**
 * What `api.getAttribute()` finds. A call that changes no policy has no modified grants, so that the default holds:
 * an administrator of a few roles may read policies. Where a service does not tell them, setIamPolicy is refused
 * (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).
 */
function apiAttributes({ permission, resource, context }: ConditionFacts): CallAttributes {
  if (!permission.endsWith('.setIamPolicy')) return { values: { [API]: NO_API_ATTRIBUTES }, unknown: [] };
  if (!TELL_MODIFIED_GRANTS.includes(splitResource(resource).service)) return NOTHING;
  const roles = context?.apiAttributes?.[MODIFIED_GRANTS];
  if (roles === undefined) return { values: {}, unknown: [API] };
  return { values: { [API]: new Map([[MODIFIED_GRANTS, roles]]) }, unknown: [] };
}

export const NO_API_ATTRIBUTES: ReadonlyMap<string, CelInput> = new Map();
