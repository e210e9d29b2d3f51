/** Tag keys and tag values as rows: `tag-keys/ID`, `tag-values/ID`, and `tag-names/PARENT/SHORTNAME` → id. */
import { randomInt } from 'node:crypto';
import {
  aborted,
  alreadyExists,
  badField,
  failedPrecondition,
  GoogleError,
  notFound,
} from '../google/index.js';
import { newEtag } from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { concurrentChange, sameEtag } from './etags.js';
import type { NewTag, TagDefinition, TagDefinitions, WithTag } from './tag-types.js';
import { type Kept, WatchedRows } from './watched-rows.js';

const NAMES = 'tag-names/';
export const KEYS = 'tag-keys/';
export const VALUES = 'tag-values/';

/** What is particular to keys or to values. */
export interface DefinitionKind {
  /** What rows begin with. */
  readonly prefix: typeof KEYS | typeof VALUES;
  readonly noun: 'TagKey' | 'TagValue';
  readonly collection: 'tagKeys' | 'tagValues';
  /** What uses one, in words, so that it cannot be deleted; undefined when nothing does. */
  readonly usedBy: (id: string) => Promise<string | undefined>;
}

/** "A maximum of 1000 TagKeys can exist under a parent", "… TagValues can exist under a TagKey at any given time". */
const MAX_PER_PARENT = 1000;
/** "Must not exceed 256 characters." */
const MAX_DESCRIPTION = 256;
/**
 * "1-63 characters, beginning and ending with an alphanumeric character with dashes, underscores, dots, and
 * alphanumerics between" (google.cloud.resourcemanager.v3.TagKey.short_name).
 */
const SHORT_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/;

export class StoredTagDefinitions implements TagDefinitions {
  readonly #rows: WatchedRows<TagDefinition>;

  /** @param changed called after each commit that touches one */
  constructor(
    private readonly store: Store,
    private readonly kind: DefinitionKind,
    changed: () => void,
  ) {
    this.#rows = new WatchedRows(store, kind.prefix, (value) => value as TagDefinition, changed);
  }

  async get(id: string): Promise<TagDefinition | undefined> {
    return (await this.#rows.get(id))?.value;
  }

  async list(parent: string): Promise<readonly TagDefinition[]> {
    const names = await this.store.list<string>(`${NAMES}${parent}/`);
    const found = await Promise.all(names.map(({ value }) => this.get(value)));
    return found.flatMap((definition) => (definition ? [definition] : []));
  }

  async named(parent: string, shortName: string): Promise<TagDefinition | undefined> {
    const name = await this.store.get<string>(`${NAMES}${parent}/${shortName}`);
    return name && this.get(name.value);
  }

  async prepare({ id, parent, shortName, description }: NewTag, time: Date): Promise<TagDefinition> {
    const { noun } = this.kind;
    if (!SHORT_NAME.test(shortName)) {
      throw badField(
        'short_name',
        'short_name must be 1 to 63 characters, beginning and ending with an alphanumeric character, with dashes, underscores, dots and alphanumerics between.',
      );
    }
    requireDescription(description);
    if (await this.named(parent, shortName)) {
      throw alreadyExists(`A ${noun} with the short name ${shortName} already exists under ${parent}.`);
    }
    if (id !== undefined && (await this.get(id))) {
      throw alreadyExists(`${this.kind.collection}/${id} is another ${noun} already.`);
    }
    if ((await this.list(parent)).length >= MAX_PER_PARENT) {
      throw new GoogleError(
        'RESOURCE_EXHAUSTED',
        `${parent} has ${MAX_PER_PARENT} ${noun}s, which is as many as there can be.`,
      );
    }
    const now = time.toISOString();
    return {
      id: id ?? newTagId(),
      parent,
      shortName,
      description,
      etag: newEtag(),
      createTime: now,
      updateTime: now,
    };
  }

  async create(wanted: NewTag, time: Date, also: WithTag<TagDefinition>): Promise<TagDefinition> {
    const definition = await this.prepare(wanted, time);
    const { id, parent, shortName } = definition;
    await commit(this.store, [
      { op: 'put', key: this.kind.prefix + id, value: definition, ifVersion: 0 },
      { op: 'put', key: `${NAMES}${parent}/${shortName}`, value: id, ifVersion: 0 },
      ...(await this.#touchParent(parent)),
      ...also(definition),
    ]);
    return definition;
  }

  /** A value's key is written anew as it is, so that it cannot be deleted at the same time. */
  async #touchParent(parent: string): Promise<Write[]> {
    const [, keyId] = /^tagKeys\/(.+)$/.exec(parent) ?? [];
    if (keyId === undefined) return [];
    const row = await this.store.get(KEYS + keyId);
    if (!row) throw notFound(`${parent} not found.`);
    return [{ op: 'put', key: KEYS + keyId, value: row.value, ifVersion: row.version }];
  }

  async update(
    id: string,
    description: string,
    etag: string | undefined,
    time: Date,
    also: WithTag<TagDefinition> | undefined,
  ): Promise<TagDefinition> {
    requireDescription(description);
    const { value, version } = await this.#current(id, etag);
    const next = { ...value, description, etag: newEtag(), updateTime: time.toISOString() };
    if (!also) return next;
    const key = this.kind.prefix + id;
    await commit(this.store, [{ op: 'put', key, value: next, ifVersion: version }, ...also(next)]);
    return next;
  }

  async remove(
    id: string,
    etag: string | undefined,
    also: WithTag<TagDefinition> | undefined,
  ): Promise<TagDefinition> {
    // The version first: whoever uses it meanwhile changes that.
    const { value, version } = await this.#current(id, etag);
    const use = await this.kind.usedBy(id);
    if (use !== undefined) {
      throw failedPrecondition(`Cannot delete ${this.kind.collection}/${id}: ${use}.`);
    }
    if (!also) return value;
    await commit(this.store, [
      { op: 'delete', key: this.kind.prefix + id, ifVersion: version },
      { op: 'delete', key: `${NAMES}${value.parent}/${value.shortName}` },
      ...also(value),
    ]);
    return value;
  }

  /** From the store itself: what is kept may be older. */
  async #current(id: string, etag: string | undefined): Promise<Kept<TagDefinition>> {
    const row = await this.store.get<TagDefinition>(this.kind.prefix + id);
    if (!row) throw notFound(`${this.kind.collection}/${id} not found.`);
    if (etag !== undefined && !sameEtag(etag, row.value.etag)) throw concurrentChange();
    return row;
  }
}

/** @throws GoogleError ABORTED when somebody else wrote the same rows meanwhile */
export async function commit(store: Store, writes: readonly Write[]): Promise<void> {
  try {
    await store.commit(writes);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    throw aborted('There were concurrent changes to the tag. Please retry.');
  }
}

function requireDescription(description: string): void {
  if (description.length <= MAX_DESCRIPTION) return;
  throw badField('description', `description must not exceed ${MAX_DESCRIPTION} characters.`);
}

/** "Globally unique and can never be reused": 15 digits, as Google's are. */
export function newTagId(): string {
  return String(2 ** 48 + randomInt(2 ** 40));
}
