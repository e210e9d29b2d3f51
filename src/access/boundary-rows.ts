/**
 * Boundaries as rows: `boundaries/NAME` for policies and bindings alike. Each change writes `boundary-changes` too, so
 * that limits hold over all rows, and transactions can depend on none of them having changed.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { aborted, type GoogleError } from '../google/index.js';
import {
  type BoundaryPolicy,
  type CompiledBoundaries,
  compileBoundaries,
  DEFAULT_VERSION,
  readEligible,
} from '../iam/index.js';
import type { ResourceName } from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import type { KeptBoundaryPolicy, KeptPolicyBinding } from './boundary-types.js';
import type { RowReader } from './propagation.js';

const PREFIX = 'boundaries/';
const CHANGES = 'boundary-changes';
/** Others change boundaries meanwhile: the whole is put together anew as often. */
const ATTEMPTS = 5;

/** All policies and bindings, by name. */
export interface BoundaryRows {
  readonly policies: ReadonlyMap<string, KeptBoundaryPolicy>;
  readonly bindings: ReadonlyMap<string, KeptPolicyBinding>;
}

/** A policy or binding that becomes another, or (undefined) goes. */
export type Edit = readonly [name: string, value: KeptBoundaryPolicy | KeptPolicyBinding | undefined];

const isPolicy = (value: KeptBoundaryPolicy | KeptPolicyBinding): value is KeptBoundaryPolicy =>
  value.name.includes('/principalAccessBoundaryPolicies/');

export async function readRows(reader: Pick<RowReader, 'list'>): Promise<BoundaryRows> {
  const rows = await reader.list<KeptBoundaryPolicy | KeptPolicyBinding>(PREFIX);
  const policies = new Map<string, KeptBoundaryPolicy>();
  const bindings = new Map<string, KeptPolicyBinding>();
  for (const { value } of rows) {
    if (isPolicy(value)) policies.set(value.name, value);
    else bindings.set(value.name, value);
  }
  return { policies, bindings };
}

/**
 * Reads, changes and writes, anew when somebody else wrote meanwhile.
 * @param decide what to write; the rest of the answer is passed on. No edits: nothing is written.
 */
export async function changeRows<T>(
  store: Store,
  decide: (rows: BoundaryRows) => Promise<{
    readonly result: T;
    readonly edits: readonly Edit[];
    readonly also: readonly Write[];
  }>,
): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ifVersion = await changesVersion(store);
    const { result, edits, also } = await decide(await readRows(store));
    if (edits.length === 0) return result;
    const writes = edits.map(([name, value]): Write => {
      const key = PREFIX + name;
      return value === undefined ? { op: 'delete', key } : { op: 'put', key, value };
    });
    try {
      await store.commit([
        { op: 'put', key: CHANGES, value: newBoundaryEtag(), ifVersion },
        ...writes,
        ...also,
      ]);
      return result;
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
  throw staleBoundary();
}

async function changesVersion(store: Pick<Store, 'get'>): Promise<number> {
  return (await store.get(CHANGES))?.version ?? 0;
}

export function staleBoundary(): GoogleError {
  return aborted(
    'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
  );
}

/** As Google's answers show them: weak validators (RFC 9110). */
export const newBoundaryEtag = (): string => `W/"${randomBytes(16).toString('base64')}"`;

/** @param kind `p` for policies, `b` for bindings */
export function newBoundaryUid(kind: 'p' | 'b'): string {
  const digits = Array.from({ length: 19 }, (_, index) => randomInt(index === 0 ? 1 : 0, 10));
  return `${kind}uid_${digits.join('')}`;
}

/** What decisions go by: compiled once, until a boundary changes, or a project, whose ids and numbers rules name. */
export class BoundaryDecisions {
  #made: { readonly compiled: CompiledBoundaries | undefined } | undefined;
  #changes = 0;

  constructor(
    private readonly store: Store,
    private readonly effective: RowReader,
    private readonly canonical: (resource: ResourceName) => Promise<ResourceName>,
  ) {
    effective.watch(PREFIX, () => this.forget());
  }

  forget(): void {
    this.#changes++;
    this.#made = undefined;
  }

  /** Undefined when nothing is bound to anybody. */
  async compiled(): Promise<CompiledBoundaries | undefined> {
    if (this.#made) return this.#made.compiled;
    const before = this.#changes;
    const { policies, bindings } = await readRows(this.effective);
    const compiled =
      bindings.size === 0
        ? undefined
        : compileBoundaries(await Promise.all([...policies.values()].map((each) => this.#ready(each))), [
            ...bindings.values(),
          ]);
    if (before === this.#changes) this.#made = { compiled };
    return compiled;
  }

  async #ready({ name, details }: KeptBoundaryPolicy): Promise<BoundaryPolicy> {
    const rules = (details?.rules ?? []).map(async ({ description, resources }) => ({
      ...(description === undefined ? {} : { description }),
      resources: await Promise.all(
        resources.flatMap((text) => readEligible(text) ?? []).map((resource) => this.canonical(resource)),
      ),
    }));
    return {
      name,
      rules: await Promise.all(rules),
      enforcementVersion: details?.enforcementVersion ?? DEFAULT_VERSION,
    };
  }

  /** The write that fails a transaction when a boundary has changed since it was read. */
  async check(): Promise<Write> {
    return { op: 'check', key: CHANGES, ifVersion: await changesVersion(this.store) };
  }
}
