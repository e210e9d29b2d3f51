/** Groups what log entries say, in memory that is bounded by the number of groups, not of entries. */
import { cloudRunAgent } from '../../names/index.js';
import { type ReadEntry, readEntry } from './entry.js';
import { type Recognised, recognise } from './recognise.js';
import type { Outcome, ScanGroup } from './types.js';
import { type Sighting, sightingOf } from './unmet.js';

/** About 100 MB of groups. */
const MAX_GROUPS = 50_000;
const MAX_THROUGH = 3;

/** What became of one value that was read. */
export type Seen = 'found' | 'elsewhere' | 'nothing' | 'no-entry';

interface Group {
  readonly sighting: Sighting;
  readonly outcomes: Partial<Record<Outcome, number>>;
  count: number;
  first: number;
  last: number;
  readonly through: Set<string>;
}

/** What is kept must not keep the whole message with it that it was cut out of. */
const detached = (text: string) => Buffer.from(text).toString();

export class LogScan {
  readonly #groups = new Map<string, Group>();
  /** Numbers of projects, as entries tell them. */
  readonly #numbers = new Map<string, string>();
  readonly #maxGroups: number;
  #elsewhere = 0;
  #ungrouped = 0;

  /** @param maxGroups entries about what would be yet another group are counted, and no more */
  constructor(maxGroups = MAX_GROUPS) {
    this.#maxGroups = maxGroups;
  }

  /** Takes one parsed value: a LogEntry, or something else. */
  add(value: unknown): Seen {
    const entry = readEntry(value);
    if (!entry) return 'no-entry';
    const said = new Map<string, Recognised>();
    for (const message of entry.messages) {
      const recognised = recognise(message);
      if (recognised) said.set(JSON.stringify(recognised), recognised);
    }
    const sightings = new Map<string, Sighting>();
    for (const recognised of said.values()) {
      const sighting = sightingOf(recognised, entry);
      if (sighting) sightings.set(keyOf(sighting), sighting);
    }
    if (sightings.size === 0) {
      if (said.size === 0 && entry.messages.length > 0) return 'nothing';
      this.#elsewhere += 1;
      return 'elsewhere';
    }
    for (const [key, sighting] of sightings) this.#count(key, sighting, entry);
    return 'found';
  }

  #count(key: string, sighting: Sighting, entry: ReadEntry): void {
    this.#learn(sighting, entry);
    let group = this.#groups.get(key);
    if (!group) {
      if (this.#groups.size >= this.#maxGroups) {
        this.#ungrouped += 1;
        return;
      }
      group = newGroup(sighting);
      this.#groups.set(detached(key), group);
    }
    group.count += 1;
    group.outcomes[sighting.outcome] = (group.outcomes[sighting.outcome] ?? 0) + 1;
    if (entry.time !== undefined) {
      group.first = Math.min(group.first, entry.time);
      group.last = Math.max(group.last, entry.time);
    }
    for (const member of entry.through) if (group.through.size < MAX_THROUGH) group.through.add(member);
  }

  /** An agent's address tells the number of the project that it acts for. */
  #learn({ target, principal, id }: Sighting, { projectNumber }: ReadEntry): void {
    if (this.#numbers.has(target.project) || this.#numbers.size >= this.#maxGroups) return;
    const number =
      projectNumber ??
      (id === 'deployer-reads-image'
        ? undefined
        : /^serviceAccount:service-(\d+)@/.exec(principal ?? '')?.[1]);
    if (number !== undefined) this.#numbers.set(detached(target.project), detached(number));
  }

  get elsewhere(): number {
    return this.#elsewhere;
  }

  get ungrouped(): number {
    return this.#ungrouped;
  }

  /**
   * The groups, those with the most entries first. Agents whose address no message gave go by the number of their
   * project, where another entry told it.
   */
  groups(): readonly ScanGroup[] {
    const found = [...this.#groups.values()].map((group) => toScanGroup(group, this.#numbers));
    return merged(found).sort((a, b) => b.count - a.count || (orderOf(a) < orderOf(b) ? -1 : 1));
  }
}

function newGroup(sighting: Sighting): Group {
  return {
    sighting: JSON.parse(JSON.stringify(sighting)),
    outcomes: {},
    count: 0,
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    through: new Set(),
  };
}

/** What is the same for all entries of a group. */
function keyOf({ id, principal, resource, image, target }: Sighting): string {
  const { kind, project, location, name } = target;
  return [id, principal ?? '', resource ?? image, kind, project, location, name].join(' ');
}

const orderOf = ({ principal, resource, target }: ScanGroup) =>
  `${principal ?? ''} ${resource ?? ''} ${target.project} ${target.location} ${target.name}`;

function toScanGroup(
  { sighting, outcomes, count, first, last, through }: Group,
  numbers: ReadonlyMap<string, string>,
): ScanGroup {
  const { id, target, permission, resource, image, account } = sighting;
  const number = numbers.get(target.project);
  const isAgent = id !== 'deployer-reads-image';
  const agent = isAgent && number !== undefined ? `serviceAccount:${cloudRunAgent(number)}` : undefined;
  const principal = sighting.principal ?? agent;
  return {
    id,
    ...(principal !== undefined && { principal }),
    ...(isAgent && { agentOf: target.project }),
    permission,
    ...(resource !== undefined && { resource }),
    target,
    outcomes,
    count,
    ...(Number.isFinite(first) && {
      first: new Date(first).toISOString(),
      last: new Date(last).toISOString(),
    }),
    ...(image !== undefined && { image }),
    ...(account !== undefined && { account }),
    ...(through.size > 0 && { through: [...through] }),
  };
}

/** An agent that some entries name and others do not makes two groups until its address is known: then it is one. */
function merged(groups: readonly ScanGroup[]): ScanGroup[] {
  const byKey = new Map<string, ScanGroup>();
  for (const group of groups) {
    const key = `${group.id} ${group.resource ?? group.image} ${group.target.kind} ${orderOf(group)}`;
    const other = byKey.get(key);
    byKey.set(key, other ? joined(other, group) : group);
  }
  return [...byKey.values()];
}

function joined(a: ScanGroup, b: ScanGroup): ScanGroup {
  const outcomes: Partial<Record<Outcome, number>> = { ...a.outcomes };
  for (const outcome of ['warned', 'refused', 'failed'] as const) {
    const sum = (a.outcomes[outcome] ?? 0) + (b.outcomes[outcome] ?? 0);
    if (sum > 0) outcomes[outcome] = sum;
  }
  const firsts = [a.first, b.first].filter((time) => time !== undefined).sort();
  const lasts = [a.last, b.last].filter((time) => time !== undefined).sort();
  const through = [...new Set([...(a.through ?? []), ...(b.through ?? [])])].slice(0, MAX_THROUGH);
  return {
    ...a,
    outcomes,
    count: a.count + b.count,
    ...(firsts[0] !== undefined && { first: firsts[0] }),
    ...(lasts.at(-1) !== undefined && { last: lasts.at(-1) as string }),
    ...(through.length > 0 && { through }),
  };
}
