/** Makes the fixes by the APIs, one after the other, and says exactly how far it came. */
import type { GrantStep, Step } from '../../../checkpoint/index.js';
import type { ResourceName } from '../../../names/index.js';
import {
  type Answer,
  type Api,
  CallRefused,
  createAccount,
  createAgent,
  createRole,
  enableApi,
  getOperation,
  getPolicy,
  getRole,
  type Json,
  refusalOf,
  setPolicy,
} from './api.js';
import { policyDiff, withGrants } from './policy.js';

/** Steps that are made by one write. */
export interface Change {
  readonly steps: readonly Step[];
  /** What is changed: a resource's policy, or what is made. */
  readonly what: string;
}

export interface Applied {
  readonly done: readonly Change[];
  /** There already, by somebody else's hand. */
  readonly unchanged: readonly Change[];
  readonly failed?: { readonly change: Change; readonly why: string };
  readonly notTried: readonly Change[];
}

const isGrant = (step: Step): step is GrantStep => step.kind === 'grant';

/** One change per policy, and one for everything else that is to be made; in the order of the steps. */
export function changesOf(steps: readonly Step[]): Change[] {
  const others = steps
    .filter((step) => !isGrant(step))
    .map((step) => ({ steps: [step], what: whatOf(step) }));
  const policies = new Map<ResourceName, Step[]>();
  for (const step of steps.filter(isGrant)) {
    policies.set(step.resource, [...(policies.get(step.resource) ?? []), step]);
  }
  return [...others, ...[...policies].map(([what, list]) => ({ steps: list, what }))];
}

function whatOf(step: Step): string {
  switch (step.kind) {
    case 'grant':
      return step.resource;
    case 'create-role':
      return step.role;
    case 'create-account':
      return step.email;
    case 'enable-api':
    case 'create-agent':
      return `${step.api} in ${step.project}`;
  }
}

export interface Diffs {
  readonly diffs: readonly string[];
  /** Why policies could not be read, one line each. */
  readonly unreadable: readonly string[];
}

/** What each change would come to, as a diff of its policy, or a line for what is made. */
export async function diffsOf(changes: readonly Change[], api: Api): Promise<Diffs> {
  const diffs: string[] = [];
  const unreadable: string[] = [];
  for (const { steps, what } of changes) {
    const grants = steps.filter(isGrant);
    const [first] = grants;
    if (!first) {
      diffs.push(`+ ${steps.map(({ kind }) => kind).join(', ')} ${what}`);
      continue;
    }
    // What an earlier change makes is not there to be read.
    const before = await api(getPolicy(first.resource));
    if (before.status !== 200 && before.status !== 404) {
      unreadable.push(`${what}: ${refusalOf(before).message}`);
      continue;
    }
    const policy = before.status === 404 ? {} : before.body;
    const after = withGrants(policy, grants);
    if (after) diffs.push(policyDiff(first.resource, policy, after));
  }
  return { diffs, unreadable };
}

/** Stops at the first change that cannot be made; what was made stays. */
export async function apply(changes: readonly Change[], api: Api, waitMs: number): Promise<Applied> {
  const done: Change[] = [];
  const unchanged: Change[] = [];
  for (const [index, change] of changes.entries()) {
    try {
      (await made(change, api, waitMs)) ? done.push(change) : unchanged.push(change);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { done, unchanged, failed: { change, why }, notTried: changes.slice(index + 1) };
    }
  }
  return { done, unchanged, notTried: [] };
}

/** @returns false when it is so already */
async function made({ steps }: Change, api: Api, waitMs: number): Promise<boolean> {
  const [step] = steps;
  switch (step?.kind) {
    case undefined:
      return false;
    case 'grant':
      return granted(step.resource, steps.filter(isGrant), api);
    case 'enable-api':
      return operated(await asked(api(enableApi(step.project, step.api))), 'v1', api, waitMs);
    case 'create-agent':
      return operated(await asked(api(createAgent(step.project, step.api))), 'v1beta1', api, waitMs);
    case 'create-account': {
      const id = step.email.replace(/@.*/, '');
      return (await asked(api(createAccount(step.project, id)), [409])).status !== 409;
    }
    case 'create-role':
      return roleMade(step, api);
  }
}

/** The same permissions have the same role: one that is there is this one, unless somebody has changed it. */
async function roleMade(
  { project, role, permissions }: Extract<Step, { kind: 'create-role' }>,
  api: Api,
): Promise<boolean> {
  const id = role.slice(role.lastIndexOf('/') + 1);
  const answer = await asked(api(createRole(project, id, permissions)), [409]);
  if (answer.status !== 409) return true;
  const { includedPermissions, deleted } = (await asked(api(getRole(role)))).body;
  const held = Array.isArray(includedPermissions) ? [...includedPermissions].sort().join() : '';
  if (deleted !== true && held === [...permissions].sort().join()) return false;
  throw new CallRefused(409, `${role} is there, and does not hold ${permissions.join(', ')}`);
}

/** How often a policy that somebody else changes meanwhile is read and written again. */
const ATTEMPTS = 5;

/** Read, changed and written back with its etag: nobody's change is lost. @throws CallRefused */
async function granted(resource: ResourceName, grants: readonly GrantStep[], api: Api): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const { body } = await asked(api(getPolicy(resource)));
    const next = withGrants(body, grants);
    if (!next) return false;
    const answer = await asked(api(setPolicy(resource, next)), attempt < ATTEMPTS ? [409] : []);
    if (answer.status !== 409) return true;
  }
}

/** A minute and a half at a second each: enabling an API takes seconds. */
const LOOKS = 90;

async function operated(
  begun: Answer,
  version: 'v1' | 'v1beta1',
  api: Api,
  waitMs: number,
): Promise<boolean> {
  let operation: Json = begun.body;
  for (let look = 0; operation.done !== true && typeof operation.name === 'string'; look++) {
    if (look === LOOKS) throw new CallRefused(504, `${operation.name} has not ended`);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    operation = (await asked(api(getOperation(version, operation.name)))).body;
  }
  if (operation.error !== undefined) throw refusalOf({ status: 500, body: operation });
  return true;
}

/** @param accepted statuses beside 200 that are an answer as well */
async function asked(answering: Promise<Answer>, accepted: readonly number[] = []): Promise<Answer> {
  const answer = await answering;
  if (answer.status === 200 || accepted.includes(answer.status)) return answer;
  throw refusalOf(answer);
}
