/** How audit entries of v1's calls name things: calls are known by their paths, entries of refused ones too. */
import {
  type AuditRule,
  type Call,
  isJsonObject,
  type JsonObject,
  type MonitoredResource,
} from '../../google/index.js';
import { API, type RunDependencies } from '../run/context.js';
import type { Target } from './requests.js';

/** What a call is about, as far as it says. */
export interface AuditedName {
  readonly project: string;
  readonly location: string;
  readonly name: string;
}

export interface AuditedCall {
  /** The request's type: `CreateServiceRequest`. */
  readonly request: string;
  /** As v2 spells it: `services`. */
  readonly collection: string;
  /** The field of the request that the body is; undefined where it is the request itself. */
  readonly body?: string;
  readonly monitored: (name: AuditedName) => MonitoredResource;
  /** The entry's response; none when left out. */
  readonly response?: (answer: never) => JsonObject | undefined;
}

/** The location a call acts in, as far as it names one. */
export const locationIn = (target: Target, call: Call): string => target.location ?? call.location ?? '';

/** The object's name, which a create has in its body only. */
export function nameIn(target: Target): string {
  if (target.name !== '') return target.name;
  const { body } = target.input;
  const metadata = isJsonObject(body) ? body.metadata : undefined;
  const name = isJsonObject(metadata) ? metadata.name : undefined;
  return typeof name === 'string' ? name : '';
}

/** The audit entry of a call that changes something. */
export function auditOf(
  { access }: RunDependencies,
  { request, collection, body, monitored, response = () => undefined }: AuditedCall,
): AuditRule {
  return {
    serviceName: API,
    resourceName: (target: Target) =>
      `namespaces/${target.project}/${collection.toLowerCase()}/${nameIn(target)}`,
    monitored: (target: Target, call) =>
      monitored({ project: target.project, location: locationIn(target, call), name: nameIn(target) }),
    project: async (target: Target) =>
      (await access.projects.get(target.project))?.projectId ?? target.project,
    request: (target: Target, call) => ({
      '@type': `type.googleapis.com/google.cloud.run.v1.${request}`,
      name: `projects/${target.project}/locations/${locationIn(target, call)}/${collection}/${nameIn(target)}`,
      region: locationIn(target, call),
      ...given(target, body),
    }),
    response,
  };
}

function given({ input }: Target, field: string | undefined): JsonObject {
  if (!isJsonObject(input.body)) return {};
  return field === undefined ? input.body : { [field]: input.body };
}

/** An answer of v1's as an entry has it. */
export const typedResponse = (kind: string, view: JsonObject): JsonObject => ({
  '@type': `type.googleapis.com/google.cloud.run.v1.${kind}`,
  ...view,
});
