/** The principal sets that hold somebody (https://cloud.google.com/iam/docs/principal-identifiers#v1). */
import type { FederatedPrincipal, SignedIn } from '../names/index.js';
import type { PrincipalFacts } from './types.js';

const NONE: readonly string[] = [];
const CONTAINERS = 'principalSet://cloudresourcemanager.googleapis.com';

/** What was put together for principals already met: they ask many questions. */
const federated = new WeakMap<FederatedPrincipal, readonly string[]>();
const held = new WeakMap<PrincipalFacts, readonly string[]>();

/**
 * The members of kind principalSet that cover the principal: the pool, groups and attributes of a federated one; all
 * service accounts, or service agents, below a project, folder or organization. Users are in none.
 *
 * @param facts undefined when it is not known where the principal belongs; then no set of service accounts is named
 */
export function principalSets(principal: SignedIn, facts: PrincipalFacts | undefined): readonly string[] {
  if (principal.kind === 'user') return NONE;
  if (principal.kind === 'federated') return cached(federated, principal, () => setsOfFederated(principal));
  if (facts === undefined) return NONE;
  return cached(held, facts, () => {
    const type = facts.isAgent ? 'ServiceAgent' : 'ServiceAccount';
    return facts.containers.map((container) => `${CONTAINERS}/${container}/type/${type}`);
  });
}

function setsOfFederated({ pool, groups, attributes }: FederatedPrincipal): readonly string[] {
  return [
    ...groups.map((group) => `principalSet:${pool}/group/${group}`),
    ...Object.entries(attributes).map(([name, value]) => `principalSet:${pool}/attribute.${name}/${value}`),
    `principalSet:${pool}/*`,
  ];
}

function cached<K extends object>(
  cache: WeakMap<K, readonly string[]>,
  key: K,
  make: () => readonly string[],
): readonly string[] {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}
