/** Where principals belong: the projects, folders and organizations whose sets hold them. */
import type { PrincipalFacts } from '../iam/index.js';
import { type Principal, projectName, splitResource } from '../names/index.js';
import type { Customers } from './customers.js';
import type { Hierarchies } from './hierarchy.js';
import type { StoredProjects } from './projects.js';

/** What is known of a service account: whose it is. */
export interface AccountHome {
  /** The project's id; for an agent, the project that it acts for. */
  readonly project: string;
  readonly isAgent: boolean;
}

export interface PrincipalFactsDeps {
  readonly projects: StoredProjects;
  readonly hierarchies: Pick<Hierarchies, 'lineage'>;
  /** Undefined when there is no such account. */
  readonly accountHome: (email: string) => Promise<AccountHome | undefined>;
  readonly customers: Pick<Customers, 'of'>;
}

/** Somebody who is in no set of accounts. */
const NOWHERE: PrincipalFacts = { containers: [], isAgent: false, customers: [] };

/** @returns undefined for a service account of which the plane knows nothing */
export async function factsOf(
  principal: Principal,
  deps: PrincipalFactsDeps,
): Promise<PrincipalFacts | undefined> {
  switch (principal.kind) {
    case 'anonymous':
      return NOWHERE;
    case 'user': {
      const theirs = await deps.customers.of(principal.email);
      return theirs
        ? { ...NOWHERE, customers: [theirs.customer], containers: [theirs.organization] }
        : NOWHERE;
    }
    case 'federated': {
      const [, number] = /\/projects\/(\d+)\//.exec(principal.pool) ?? [];
      if (number === undefined) return NOWHERE;
      return { ...NOWHERE, containers: await containersOf(number, deps) };
    }
    case 'serviceAccount': {
      const home = await deps.accountHome(principal.email);
      if (!home) return undefined;
      return { ...NOWHERE, isAgent: home.isAgent, containers: await containersOf(home.project, deps) };
    }
  }
}

/** The project, by its number, and what is above it. */
async function containersOf(idOrNumber: string, deps: PrincipalFactsDeps): Promise<readonly string[]> {
  const project = await deps.projects.get(idOrNumber);
  if (!project) return [];
  const [, ...above] = await deps.hierarchies.lineage(projectName(project.projectId));
  return [`projects/${project.number}`, ...above.map((name) => splitResource(name).path)];
}
