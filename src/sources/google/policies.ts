/** Allow policies, and the roles that they name. */
import { type Absent, isUnknown, type Known } from '../../checkpoint/index.js';
import {
  type Binding,
  type Condition,
  type Policy,
  parseCustomRoleName,
  type Role,
} from '../../iam/index.js';
import { type ResourceName, splitResource } from '../../names/index.js';
import type { CallName } from './calls.js';
import { type Fields, isFields, textIn } from './fields.js';
import type { GoogleReader } from './reader.js';
import type { Parameters } from './request.js';
import { roleOf } from './role.js';
import { notThereOrHidden, unknown } from './unknowns.js';

interface Reading {
  readonly call: CallName;
  readonly parameters: Parameters;
  /** Google answers 403, not 404, for one that is not there to somebody who may not see it; and it is never absent. */
  readonly container: boolean;
}

const LOCATED = /^projects\/([^/]+)\/locations\/([^/]+)\/(repositories|services|jobs|workerPools)\/([^/]+)$/;

const LOCATED_CALLS: Readonly<Record<string, { readonly call: CallName; readonly id: string }>> = {
  repositories: { call: 'repositoryPolicy', id: 'repository' },
  services: { call: 'servicePolicy', id: 'name' },
  jobs: { call: 'jobPolicy', id: 'name' },
  workerPools: { call: 'workerPoolPolicy', id: 'name' },
};

const CONTAINER_CALLS: Readonly<Record<string, { readonly call: CallName; readonly id: string }>> = {
  projects: { call: 'projectPolicy', id: 'project' },
  folders: { call: 'folderPolicy', id: 'folder' },
  organizations: { call: 'organizationPolicy', id: 'organization' },
};

function readingOf(resource: ResourceName): Reading | undefined {
  const { path } = splitResource(resource);
  const [, project, location, collection = '', id = ''] = LOCATED.exec(path) ?? [];
  const located = LOCATED_CALLS[collection];
  if (project !== undefined && location !== undefined && located) {
    const parameters = { project, location, [located.id]: id };
    return { call: located.call, parameters, container: false };
  }
  const [, kind = '', name = '', rest] = /^([a-z]+)\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  const container = CONTAINER_CALLS[kind];
  if (rest === undefined) {
    return container && { call: container.call, parameters: { [container.id]: name }, container: true };
  }
  const [, email] = /^serviceAccounts\/([^/]+)$/.exec(rest) ?? [];
  if (email !== undefined) {
    return { call: 'accountPolicy', parameters: { project: name, email }, container: false };
  }
  const [, secret] = /^secrets\/([^/]+)$/.exec(rest) ?? [];
  if (secret === undefined) return undefined;
  return { call: 'secretPolicy', parameters: { project: name, secret }, container: false };
}

/** The resource's own policy, in the form that shows conditions. */
export async function readPolicy(
  reader: GoogleReader,
  resource: ResourceName,
): Promise<Known<Policy | Absent>> {
  const reading = readingOf(resource);
  if (!reading) return unknown(`policies of ${resource} are not read from Google Cloud`);
  const { call, parameters, container } = reading;
  const answer = await reader.get(call, parameters);
  if (isUnknown(answer)) return answer;
  if (answer === 'absent') return container ? notThereOrHidden(splitResource(resource).path) : 'absent';
  return policyOf(answer) ?? unknown(`Google answered for ${resource} what is no policy`);
}

function policyOf(answer: Fields): Policy | undefined {
  const given = answer.bindings ?? [];
  if (!Array.isArray(given)) return undefined;
  const bindings = given.map(bindingOf).filter((binding) => binding !== undefined);
  if (bindings.length !== given.length) return undefined;
  const version = typeof answer.version === 'number' ? answer.version : 1;
  return { version, etag: textIn(answer, 'etag') ?? '', bindings };
}

/** A condition that is not understood must not be lost: the binding would grant without it. */
function bindingOf(given: unknown): Binding | undefined {
  if (!isFields(given)) return undefined;
  const { role, members = [], condition } = given;
  if (typeof role !== 'string' || !Array.isArray(members)) return undefined;
  if (!members.every((member) => typeof member === 'string')) return undefined;
  if (condition === undefined) return { role, members };
  const read = conditionOf(condition);
  return read && { role, members, condition: read };
}

export function conditionOf(given: unknown): Condition | undefined {
  if (!isFields(given) || typeof given.expression !== 'string') return undefined;
  const description = textIn(given, 'description');
  return {
    title: textIn(given, 'title') ?? '',
    expression: given.expression,
    ...(description === undefined ? {} : { description }),
  };
}

/** A role with its permissions; a deleted one, which can be restored for a week, grants nothing. */
export async function readRole(reader: GoogleReader, name: string): Promise<Known<Role | Absent>> {
  const answer = await askRole(reader, name);
  if (answer === undefined) return unknown(`${name} is no role's name`);
  if (isUnknown(answer) || answer === 'absent') return answer;
  if (answer.deleted === true) return 'absent';
  return roleOf(name, answer);
}

function askRole(reader: GoogleReader, name: string): Promise<Known<Fields | Absent>> | undefined {
  const custom = parseCustomRoleName(name);
  if (custom) {
    const [, container = ''] = custom.parent.split('/');
    return custom.level === 'project'
      ? reader.get('projectRole', { project: container, role: custom.id })
      : reader.get('organizationRole', { organization: container, role: custom.id });
  }
  const [, role] = /^roles\/([^/]+)$/.exec(name) ?? [];
  return role === undefined ? undefined : reader.get('predefinedRole', { role });
}
