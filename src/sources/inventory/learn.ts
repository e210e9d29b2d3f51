/** An inventory that is read as it is asked: what was asked of it and is not known is read from a source. */
import type {
  Absent,
  AccountFacts,
  BoundaryFacts,
  CustomerFacts,
  Inventory,
  InventoryGroups,
  InventoryRun,
  Known,
  ManifestFact,
  ProjectFacts,
  RepositoryFacts,
  RunResourceFacts,
  SecretFact,
  Source,
  Unknown,
} from '../../checkpoint/index.js';
import { isUnknown } from '../../checkpoint/index.js';
import type { DenyRules, EffectiveTag, Policy, Role } from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import { inventoryGroups } from './inventory.js';

export interface Learning {
  readonly name: string;
  readonly runs: readonly InventoryRun[];
  /** Asked for what `base` does not know. */
  readonly source: Source;
  /** What is known without a question to anybody; runs and groups aside. */
  readonly base?: Inventory;
  /** A group's address → its members, as somebody knows them. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Who is in a group, by its address; without those of groups in it. */
  readonly membersOf: (group: string) => Promise<Known<readonly string[]>>;
  /** Asks the inventory everything that will be asked of it. It is called until it asks for nothing new. */
  readonly ask: (inventory: Inventory) => Promise<unknown>;
}

const NOT_ASKED: Unknown = { unknown: true, why: 'it was not asked for while the estate was read' };

/**
 * The inventory of what `ask` asks for: an estate is too large to be read as a whole, and its audit needs little of it.
 * Each round reads what the last one lacked, so that there are as many as one answer leads to another question.
 * @throws what the source throws: nothing can be read then
 */
export async function learnedInventory(learning: Learning): Promise<Inventory> {
  const memory = new Memory(learning);
  for (;;) {
    const inventory = memory.inventory();
    await learning.ask(inventory);
    if (!(await memory.learn())) return inventory;
  }
}

/** Answers of one kind, by what they were asked about. */
class Answers<T> {
  readonly #known = new Map<string, T | Unknown>();
  readonly #open = new Map<string, () => Promise<T | Unknown>>();

  /** @returns the answer; unknown for now when it is the first time */
  of(about: string, read: () => Promise<T | Unknown>): T | Unknown {
    const known = this.#known.get(about);
    if (known !== undefined) return known;
    this.#open.set(about, read);
    return NOT_ASKED;
  }

  /** @returns whether anything was learned */
  async learn(): Promise<boolean> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map(async ([about, read]) => this.#known.set(about, await read())));
    return open.length > 0;
  }
}

class Memory {
  readonly #learning: Learning;
  readonly #projects = new Answers<ProjectFacts | Absent>();
  readonly #policies = new Answers<Policy | Absent>();
  readonly #deny = new Answers<readonly DenyRules[]>();
  readonly #above = new Answers<readonly ResourceName[]>();
  readonly #boundaries = new Answers<BoundaryFacts>();
  readonly #roles = new Answers<Role | Absent>();
  readonly #members = new Answers<readonly string[]>();
  readonly #tags = new Answers<readonly EffectiveTag[]>();
  readonly #apis = new Answers<boolean>();
  readonly #accounts = new Answers<AccountFacts | Absent>();
  readonly #customers = new Answers<readonly CustomerFacts[]>();
  readonly #repositories = new Answers<RepositoryFacts | Absent>();
  readonly #manifests = new Answers<ManifestFact>();
  readonly #secrets = new Answers<SecretFact>();
  readonly #resources = new Answers<RunResourceFacts | Absent>();
  /** Groups that could be read, told ones included. */
  readonly #groups: Record<string, readonly string[]>;

  constructor(learning: Learning) {
    this.#learning = learning;
    this.#groups = Object.fromEntries(
      Object.entries(learning.groups).map(([group, members]) => [group.toLowerCase(), members]),
    );
  }

  /** @returns whether anything was learned */
  async learn(): Promise<boolean> {
    const all: readonly { learn(): Promise<boolean> }[] = [
      ...[this.#projects, this.#policies, this.#deny, this.#boundaries, this.#roles, this.#members],
      ...[this.#above, this.#tags, this.#apis, this.#accounts, this.#customers, this.#repositories],
      ...[this.#manifests, this.#secrets, this.#resources],
    ];
    return (await Promise.all(all.map((answers) => answers.learn()))).includes(true);
  }

  inventory(): Inventory {
    const { name, runs, source, base } = this.#learning;
    const by = <T>(
      answers: Answers<T>,
      known: Known<T> | undefined,
      about: string,
      read: () => Promise<Known<T>>,
    ) => (known === undefined || isUnknown(known) ? answers.of(about, read) : known);
    return {
      name,
      runs,
      ...(source.ownRoles === undefined ? {} : { ownRoles: source.ownRoles }),
      groups: this.#groupDirectory(),
      project: (id) => by(this.#projects, base?.project(id), id, () => source.project(id)),
      policy: (of) => by(this.#policies, base?.policy(of), of, () => source.policy(of)),
      denyPolicies: (of) => by(this.#deny, base?.denyPolicies(of), of, () => source.denyPolicies(of)),
      above: (of) => by(this.#above, base?.above(of), of, () => source.above(of)),
      boundaries: (id) => by(this.#boundaries, base?.boundaries(id), id, () => source.boundaries(id)),
      role: (id) => by(this.#roles, base?.role(id), id, () => source.role(id)),
      tags: (of) => by(this.#tags, base?.tags(of), of, () => source.tags(of)),
      apiEnabled: (project, api) =>
        by(this.#apis, base?.apiEnabled(project, api), `${project} ${api}`, () =>
          source.apiEnabled(project, api),
        ),
      account: (email) => by(this.#accounts, base?.account(email), email, () => source.account(email)),
      customers: (email) => by(this.#customers, base?.customers(email), email, () => source.customers(email)),
      repository: (of) => by(this.#repositories, base?.repository(of), of, () => source.repository(of)),
      manifest: (image, platform) =>
        by<ManifestFact>(this.#manifests, base?.manifest(image, platform), `${image.text} ${platform}`, () =>
          source.manifest(image, platform),
        ),
      secret: (of, version) =>
        by<SecretFact>(this.#secrets, base?.secret(of, version), `${of} ${version}`, () =>
          source.secret(of, version),
        ),
      runResource: (of) => by(this.#resources, base?.runResource(of), of, () => source.runResource(of)),
    };
  }

  #groupDirectory(): InventoryGroups {
    const groups = inventoryGroups(this.#groups, (group) => this.#missingMembers(group));
    return {
      ...groups,
      membersOf: (group) => {
        const members = groups.membersOf(group);
        // One that is known may hold another that is not: that one is asked about by itself.
        if (members === undefined && !Object.hasOwn(this.#groups, addressOf(group)))
          this.#missingMembers(group);
        return members;
      },
    };
  }

  /** @param group as a member; none that was told or read is asked about */
  #missingMembers(group: string): Unknown {
    const address = addressOf(group);
    const members = this.#members.of(address, async () => {
      const read = await this.#learning.membersOf(address);
      if (!isUnknown(read)) this.#groups[address] = read;
      return read;
    });
    return isUnknown(members) ? members : NOT_ASKED;
  }
}

const addressOf = (group: string) => group.slice('group:'.length);
