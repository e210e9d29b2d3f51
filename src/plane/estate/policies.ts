/** Gives every resource of an estate its policy. What setIamPolicy would refuse is refused here too. */
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { requirePool } from '../../access/index.js';
import {
  type Binding,
  mergeAuditConfigs,
  mergeBindings,
  policyResourceType,
  validatePolicy,
} from '../../iam/index.js';
import { parseMember, projectOf, type ResourceName } from '../../names/index.js';
import { PUBLIC_PROJECT } from '../../registry/index.js';
import { everyBinding } from './build.js';
import type { BuildOptions } from './build-options.js';
import type { Estate } from './estate.js';
import { type Problems, within } from './problems.js';
import { type EstateResource, estateResources } from './resources.js';
import type { Rooms } from './rooms.js';
import { PREFIX } from './rows.js';

export interface PolicyOptions extends Pick<BuildOptions, 'exact' | 'time' | 'problems'> {
  /** The bindings that a resource had in the plane before anything was built. */
  readonly before: (resource: ResourceName) => readonly Binding[];
  /** The bindings that come to a resource by themselves; asked only when the estate is exact. */
  readonly automatic: (resource: ResourceName) => readonly Binding[];
}

/** Sets the policies of all resources that the estate names; an exact one empties all others. */
export async function setPolicies(estate: Estate, rooms: Rooms, options: PolicyOptions): Promise<void> {
  const { store, access } = rooms;
  await requireMembers(estate, rooms, options.problems);
  const resources = await estateResources(estate, rooms, options.problems);
  for (const [index, resource] of resources.entries()) {
    await setPolicy(resource, rooms, options);
    // As in building: others are served meanwhile.
    if (index % 20 === 0) await setImmediate();
  }
  if (!options.exact) return;
  const named = new Set<string>(resources.map(({ resource }) => resource));
  for (const { key } of await store.list(PREFIX.policies)) {
    const resource = key.slice(PREFIX.policies.length) as ResourceName;
    if (named.has(resource) || projectOf(resource) === PUBLIC_PROJECT) continue;
    await store.commit([access.removal(resource)]);
  }
}

async function setPolicy(wanted: EstateResource, { access }: Rooms, options: PolicyOptions): Promise<void> {
  const { resource, iam, place, auditConfigs: audited = [] } = wanted;
  const { problems, time } = options;
  const { bindings: current, auditConfigs: kept = [] } = (await access.policy(resource)).policy;
  const auditConfigs = mergeAuditConfigs([
    ...(options.exact ? [] : kept),
    ...audited.map(({ value }) => value),
  ]);
  const own = iam.map(({ value }) => value);
  const bindings = mergeBindings([...baseOf(wanted, current, options), ...own]);
  if (isDeepStrictEqual([bindings, auditConfigs], [mergeBindings(current), kept])) return;
  const type = policyResourceType(resource);
  let good = true;
  for (const binding of iam) {
    // Each by itself, so that a user learns which one it is; then the whole, for IAM's limits.
    const checked = type && validatePolicy({ version: 3, bindings: [binding.value] }, access.roles, type);
    if (!checked || checked.ok) continue;
    good = false;
    for (const { message } of checked.problems) problems.add(binding.place, message);
  }
  if (good)
    await problems.attempt(place, () =>
      access.setPolicy(resource, { version: 3, bindings, auditConfigs }, time),
    );
}

/** What stays of a policy beside the bindings that are wanted. */
function baseOf(
  { resource, defaults }: EstateResource,
  current: readonly Binding[],
  { exact, before, automatic }: PolicyOptions,
): readonly Binding[] {
  if (exact) return defaults ? automatic(resource) : [];
  return defaults ? current : before(resource);
}

/** Users need no registration; service accounts, groups and pools must exist, or come with the estate. */
async function requireMembers(estate: Estate, { store, identity }: Rooms, problems: Problems): Promise<void> {
  for (const { value, place } of everyBinding(estate)) {
    for (const [index, text] of value.members.entries()) {
      const member = parseMember(text);
      const at = within(place, 'members', index);
      if (member?.kind === 'group' && !(await store.get(PREFIX.groups + member.id))) {
        problems.add(at, `Group ${member.id} does not exist.`);
      }
      await problems.attempt(at, () =>
        requirePool(text, { poolExists: (name) => identity.pools.exists(name) }),
      );
      // GKE's `P.svc.id.goog[NAMESPACE/NAME]` has no address.
      if (member?.kind !== 'serviceAccount' || !member.id.includes('@')) continue;
      if (!(await identity.accounts.get(member.id))) {
        problems.add(at, `Service account ${member.id} does not exist.`);
      }
    }
  }
}
