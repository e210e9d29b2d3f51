/** A running plane as a source: its facts one by one, as its own decisions go by them. */
import type {
  AccountFacts,
  BoundaryFacts,
  CustomerFacts,
  Known,
  ManifestFact,
  ProjectFacts,
  RepositoryFacts,
  RunResourceFacts,
  SecretFact,
  Source,
} from '../../checkpoint/index.js';
import type { DenyRules, EffectiveTag, Policy, Role } from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import { callPlane, isFields, type PlaneAddress } from './call.js';

type Ask = readonly [fact: string, ...args: unknown[]];

/** What a plane answers of a role. */
type RoleAnswer = Omit<Role, 'permissions'> & { readonly permissions: readonly string[] };

interface Facts {
  readonly ownRoles: boolean;
  readonly answers: readonly unknown[];
}

function readFacts(body: unknown): Facts | undefined {
  if (!isFields(body) || !Array.isArray(body.answers)) return undefined;
  return { ownRoles: body.ownRoles === true, answers: body.answers };
}

/** Asks that are made at the same time go in one call. Each is asked once: a source lives as long as a check. */
class Asker {
  readonly #address: PlaneAddress;
  readonly #kept = new Map<string, Promise<unknown>>();
  #waiting: { readonly asks: Ask[]; readonly answers: Promise<readonly unknown[]> } | undefined;

  constructor(address: PlaneAddress) {
    this.#address = address;
  }

  /** The plane's answer is taken at its word: it comes from the same program. */
  ask<T>(...ask: Ask): Promise<T> {
    const key = JSON.stringify(ask);
    const kept = this.#kept.get(key) as Promise<T> | undefined;
    if (kept) return kept;
    const waiting = this.#waiting ?? this.#gather();
    const index = waiting.asks.push(ask) - 1;
    const answer = waiting.answers.then((answers) => answers[index] as T);
    this.#kept.set(key, answer);
    return answer;
  }

  #gather() {
    const asks: Ask[] = [];
    const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      this.#waiting = undefined;
      const facts = await callPlane(this.#address, 'facts', { asks }, readFacts);
      if (facts.answers.length === asks.length) return facts.answers;
      throw new Error(`The plane answered ${facts.answers.length} of ${asks.length} questions.`);
    });
    const waiting = { asks, answers };
    this.#waiting = waiting;
    return waiting;
  }
}

/**
 * A running plane as a source. While changes of access propagate there, its facts are those in effect.
 * @throws PlaneError when nobody answers or the secret is not the plane's; its methods too, should the plane go away
 */
export async function planeSource(address: PlaneAddress): Promise<Source> {
  const { ownRoles } = await callPlane(address, 'facts', { asks: [] }, readFacts);
  const asker = new Asker(address);
  return {
    name: `the plane at ${address.url}`,
    ownRoles,
    project: (id) => asker.ask<Known<ProjectFacts | 'absent'>>('project', id),
    policy: (resource) => asker.ask<Known<Policy | 'absent'>>('policy', resource),
    denyPolicies: (resource) => asker.ask<Known<readonly DenyRules[]>>('denyPolicies', resource),
    above: (container) => asker.ask<Known<readonly ResourceName[]>>('above', container),
    boundaries: (place) => asker.ask<Known<BoundaryFacts>>('boundaries', place),
    async role(name) {
      const role = await asker.ask<Known<RoleAnswer | 'absent'>>('role', name);
      return role === 'absent' || 'unknown' in role
        ? role
        : { ...role, permissions: new Set(role.permissions) };
    },
    async memberships(principal, groups) {
      const answers = await asker.ask<readonly Known<boolean>[]>('memberships', principal, groups);
      return new Map(groups.map((group, index) => [group, answers[index] ?? false]));
    },
    tags: (resource) => asker.ask<Known<readonly EffectiveTag[]>>('tags', resource),
    apiEnabled: (project, api) => asker.ask<Known<boolean>>('apiEnabled', project, api),
    account: (email) => asker.ask<Known<AccountFacts | 'absent'>>('account', email),
    customers: (email) => asker.ask<Known<readonly CustomerFacts[]>>('customers', email),
    repository: (resource) => asker.ask<Known<RepositoryFacts | 'absent'>>('repository', resource),
    manifest: (image, platform) => asker.ask<ManifestFact>('manifest', image.text, platform),
    secret: (resource, version) => asker.ask<SecretFact>('secret', resource, version),
    runResource: (resource) => asker.ask<Known<RunResourceFacts | 'absent'>>('runResource', resource),
  };
}
