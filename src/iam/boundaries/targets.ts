/**
 * Principal sets as policy bindings name them, and who is in them
 * (https://cloud.google.com/iam/docs/principal-access-boundary-policies#principal-sets).
 */
import type { Principal } from '../../names/index.js';
import type { PrincipalFacts } from '../types.js';

export type Target =
  /** By its id or number, as it was written; folders and organizations by their number. */
  | {
      readonly kind: 'container';
      readonly container: `${'projects' | 'folders' | 'organizations'}/${string}`;
    }
  /** The project by its id or number. */
  | { readonly kind: 'workloadPool'; readonly project: string; readonly pool: string }
  | { readonly kind: 'workforcePool'; readonly pool: string }
  | { readonly kind: 'workspace'; readonly customer: string };

const CONTAINERS = '//cloudresourcemanager.googleapis.com/';
const WORKSPACE = '//iam.googleapis.com/locations/global/workspace/';
const CONTAINER =
  /^\/\/cloudresourcemanager\.googleapis\.com\/(projects\/[a-z0-9][a-z0-9.:-]*|(?:folders|organizations)\/\d+)$/;
const WORKLOAD =
  /^\/\/iam\.googleapis\.com\/projects\/([a-z0-9][a-z0-9.:-]*)\/locations\/global\/workloadIdentityPools\/([a-z][a-z0-9-]*)$/;
const WORKFORCE = /^\/\/iam\.googleapis\.com\/locations\/global\/workforcePools\/([a-z][a-z0-9-]*)$/;
const CUSTOMER = /^\/\/iam\.googleapis\.com\/locations\/global\/workspace\/(C[0-9A-Za-z]+)$/;

/** Reads a principal set; undefined for what is none that boundaries can be bound to. */
export function readTarget(text: string): Target | undefined {
  const container = CONTAINER.exec(text)?.[1];
  if (container !== undefined) {
    return { kind: 'container', container: container as Extract<Target, { kind: 'container' }>['container'] };
  }
  const [, project, pool] = WORKLOAD.exec(text) ?? [];
  if (project !== undefined && pool !== undefined) return { kind: 'workloadPool', project, pool };
  const workforce = WORKFORCE.exec(text)?.[1];
  if (workforce !== undefined) return { kind: 'workforcePool', pool: workforce };
  const customer = CUSTOMER.exec(text)?.[1];
  return customer === undefined ? undefined : { kind: 'workspace', customer };
}

/** The principal set of a project (by number), folder or organization. @param container e.g. `projects/1` */
export const containerTarget = (container: string): string => CONTAINERS + container;

/**
 * The principal sets that certainly hold the principal, projects by number. Service agents are in none: they are
 * Google's accounts, not the project's that they act for.
 */
export function targetsOf(principal: Principal, facts: PrincipalFacts | undefined): readonly string[] {
  switch (principal.kind) {
    case 'anonymous':
      return [];
    case 'user':
      return facts === undefined
        ? []
        : [...facts.customers.map((id) => WORKSPACE + id), ...containers(facts)];
    case 'serviceAccount':
      return facts === undefined || facts.isAgent ? [] : containers(facts);
    case 'federated': {
      if (facts !== undefined) return [principal.pool, ...containers(facts)];
      const [, project] = /^\/\/iam\.googleapis\.com\/(projects\/\d+)\//.exec(principal.pool) ?? [];
      return project === undefined ? [principal.pool] : [principal.pool, containerTarget(project)];
    }
  }
}

const containers = (facts: PrincipalFacts) => facts.containers.map(containerTarget);

/** Is it not known whether a principal set holds the principal, other than those of targetsOf()? */
export function mayBeIn(target: string, principal: Principal, facts: PrincipalFacts | undefined): boolean {
  if (principal.kind === 'anonymous') return false;
  if (principal.kind === 'federated') {
    // An organization's set holds its workforce pools; whose a pool is nothing here says.
    const workforce = principal.pool.includes('/workforcePools/');
    if (workforce) return target.startsWith(`${CONTAINERS}organizations/`);
    return facts === undefined && /\/(?:folders|organizations)\/\d+$/.test(target);
  }
  if (facts !== undefined) return false;
  if (principal.kind === 'serviceAccount') return target.startsWith(CONTAINERS);
  return target.startsWith(WORKSPACE) || target.startsWith(`${CONTAINERS}organizations/`);
}
