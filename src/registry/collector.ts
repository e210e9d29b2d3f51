/**
 * Clears away blobs that nothing refers to any more: no manifest of a repository that holds them, and no revision of
 * Cloud Run, whose instances start from its own copy of an image. Rows go first and files after them, so a kill in
 * between leaves files without rows, which the next run finds.
 */
import { type Row, type Store, VersionConflict } from '../store/index.js';
import type { BlobGuard } from './blob-guard.js';
import type { BlobStore } from './blob-store.js';
import type { LinkRow, ManifestRow } from './image-rows.js';
import { ALL_LINKS, manifestsPrefixOfLink } from './keys.js';

/** How long a blob that was pushed, or asked for by a client that pushes, waits for its manifest. */
export const GRACE_MS = 60 * 60 * 1000;
/** Cloud Run's rows: revisions, executions and whatever else starts containers. */
const CLOUD_RUN = 'run/';
const DIGEST = /sha256:[a-f0-9]{64}/g;
/** Somebody else may write the same rows at the same moment. */
const ATTEMPTS = 5;

export interface Collected {
  /** Blobs that repositories no longer hold. */
  readonly unlinked: number;
  /** Blobs whose files are gone. */
  readonly removed: number;
}

/** What may go, as the rows stand now. */
interface Survey {
  readonly links: readonly Row<LinkRow>[];
  readonly files: readonly string[];
}

export interface CollectorOptions {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly guard: BlobGuard;
  readonly clock: () => Date;
}

export class Collector {
  readonly #options: CollectorOptions;
  #running: Promise<Collected> | undefined;
  #again = false;
  #closed = false;
  #onError: (error: unknown) => void = () => {};

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Where the failures of runs go that nobody waits for. */
  reportTo(onError: (error: unknown) => void): void {
    this.#onError = onError;
  }

  /** Asks for a run in the background: something was deleted. */
  request(): void {
    if (this.#closed) return;
    if (this.#running) this.#again = true;
    else this.collect().catch(this.#onError);
  }

  /** No further runs in the background; resolves when the one under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }

  /**
   * Runs now, or after the run under way.
   * @param seenToo also clears away what somebody was told is here in the last hour, and will not come back for
   */
  async collect(seenToo = false): Promise<Collected> {
    await this.settled();
    if (seenToo) this.#options.guard.forgetSeen();
    const run = this.#attempts().finally(() => {
      if (this.#running === run) this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.request();
    });
    this.#running = run;
    return run;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running.catch(() => undefined);
  }

  async #attempts(): Promise<Collected> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#collect();
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #collect(): Promise<Collected> {
    const { guard, clock } = this.#options;
    const limit = new Date(clock().getTime() - GRACE_MS);
    guard.forgetBefore(limit);
    const { links, files } = await this.#survey(limit);
    const digests = new Set([...links.map(({ key }) => digestOfKey(key)), ...files]);
    if (digests.size === 0) return { unlinked: 0, removed: 0 };
    return guard.exclusively([...digests], (free) => this.#remove(free, limit));
  }

  /** Looks again, for a manifest may have been pushed before the blobs were ours alone. */
  async #remove(free: ReadonlySet<string>, limit: Date): Promise<Collected> {
    const { store, blobs } = this.#options;
    const survey = await this.#survey(limit);
    const links = survey.links.filter(({ key }) => free.has(digestOfKey(key)));
    const files = survey.files.filter((digest) => free.has(digest));
    if (links.length > 0) {
      await store.commit(links.map(({ key, version }) => ({ op: 'delete', key, ifVersion: version })));
    }
    for (const digest of files) await blobs.remove(digest);
    return { unlinked: links.length, removed: files.length };
  }

  async #survey(limit: Date): Promise<Survey> {
    const { store, blobs, guard } = this.#options;
    const idle: Row<LinkRow>[] = [];
    const held = new Set<string>();
    const needed = new Map<string, Set<string>>();
    for (const link of await store.list<LinkRow>(ALL_LINKS)) {
      const digest = digestOfKey(link.key);
      const prefix = manifestsPrefixOfLink(link.key);
      const inUse = needed.get(prefix) ?? (await this.#needed(prefix));
      needed.set(prefix, inUse);
      const { pending } = link.value;
      const awaited = pending !== undefined && Date.parse(pending.since) >= limit.getTime();
      if (inUse.has(digest) || awaited || guard.sawSince(digest, limit)) held.add(digest);
      else idle.push(link);
    }
    const started = await this.#started();
    const files = (await blobs.list()).filter(
      (digest) => !held.has(digest) && !started.has(digest) && !guard.sawSince(digest, limit),
    );
    return { links: idle, files };
  }

  /** The blobs that the manifests of one repository refer to. */
  async #needed(prefix: string): Promise<Set<string>> {
    const manifests = await this.#options.store.list<ManifestRow>(prefix);
    return new Set(manifests.flatMap(({ value }) => value.blobs.map(({ digest }) => digest)));
  }

  /**
   * What containers start from. Every digest that Cloud Run's rows name is taken for one: too many rather than too
   * few, whatever kinds of resources there come to be.
   */
  async #started(): Promise<Set<string>> {
    const rows = await this.#options.store.list(CLOUD_RUN);
    return new Set(rows.flatMap(({ value }) => JSON.stringify(value).match(DIGEST) ?? []));
  }
}

const digestOfKey = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
