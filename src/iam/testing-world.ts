/** For tests: what a world is in which the engine is asked a question, and the words of its roles and permissions. */
import { type Principal, projectName, type RequestContext, type ResourceName } from '../names/index.js';
import type { DenyRule } from './deny/index.js';
import type { EffectiveTag, Policy } from './types.js';

/** `maybe`: it cannot be known here. */
export type Answer = 'yes' | 'no' | 'maybe';

export const ROLES: Readonly<Record<string, readonly string[]>> = {
  'roles/reader': ['run.services.get'],
  'roles/writer': ['run.services.get', 'run.services.update', 'run.services.setIamPolicy'],
  'roles/other': ['run.jobs.get', 'resourcemanager.projects.get', 'run.routes.invoke'],
  'projects/p/roles/disabled': ['run.services.get', 'run.services.update'],
};
export const PROJECT = projectName('p');

/** The permissions that are asked about, with the version of boundaries that first blocks them. */
export const BLOCKED_SINCE: Readonly<Record<string, number>> = {
  'run.services.get': 1,
  'run.services.update': 1,
  'run.jobs.get': 1,
  'resourcemanager.projects.get': 2,
  'run.routes.invoke': Number.POSITIVE_INFINITY,
  'run.services.setIamPolicy': Number.POSITIVE_INFINITY,
};
/** Permissions of deny policies, with what they stand for. */
export const DENY_PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  'run.googleapis.com/services.get': ['run.services.get'],
  'run.googleapis.com/services.update': ['run.services.update'],
  'run.googleapis.com/services.*': ['run.services.get', 'run.services.update', 'run.services.setIamPolicy'],
  'run.googleapis.com/jobs.get': ['run.jobs.get'],
};

/** A policy of one rule, bound to a principal set. */
export interface WorldBoundary {
  readonly target: string;
  readonly resources: readonly ResourceName[];
  readonly version: string;
  readonly condition?: string;
}

export interface World {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly unreadable: readonly string[];
  readonly levels: readonly { readonly resource: ResourceName; readonly policy: Policy | 'unreadable' }[];
  /** Rules by level; each is a policy of its own. */
  readonly deny: readonly (readonly DenyRule[] | 'unreadable')[];
  readonly boundaries: readonly WorldBoundary[] | 'unreadable';
  readonly tags: readonly EffectiveTag[] | 'unknown';
  readonly principal: Principal;
  /** Whether it is known where the principal belongs. */
  readonly facts: 'known' | 'unknown';
  readonly permission: string;
  readonly resource: ResourceName;
  readonly context: RequestContext | 'unknown';
  readonly hour: number;
}
