/** Where principals belong, for the sets that policies name: out of what a source or an inventory says of them. */
import type { PrincipalFacts } from '../../iam/index.js';
import { type Principal, splitResource } from '../../names/index.js';
import { isUnknown } from '../rule.js';
import type { Absent, CustomerFacts, Known, ProjectFacts } from './types.js';

/** Somebody who is in no set of accounts. */
export const NOWHERE: PrincipalFacts = { containers: [], isAgent: false, customers: [] };

/** The number of the project whose workload identity pool an identity is of; undefined for a workforce's. */
export function projectOfPool({ pool }: Extract<Principal, { kind: 'federated' }>): string | undefined {
  return /\/projects\/(\d+)\//.exec(pool)?.[1];
}

/** A user's, by their customers. @returns undefined where these are not known */
export function inCustomers(customers: Known<readonly CustomerFacts[]>): PrincipalFacts | undefined {
  if (isUnknown(customers)) return undefined;
  return {
    ...NOWHERE,
    customers: customers.map(({ customer }) => customer),
    containers: customers.map(({ organization }) => organization),
  };
}

/** An account's, by its project and what is above it. @returns undefined where these are not known */
export function inProject(
  project: Known<ProjectFacts | Absent>,
  isAgent: boolean,
): PrincipalFacts | undefined {
  if (isUnknown(project) || project === 'absent' || isUnknown(project.above)) return undefined;
  if (project.number === undefined) return undefined;
  const above = project.above.map((name) => splitResource(name).path);
  return { ...NOWHERE, isAgent, containers: [`projects/${project.number}`, ...above] };
}
