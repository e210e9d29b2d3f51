/**
 * What tags are attached to: a row `tag-bindings/RESOURCE` holds all of a resource's, by key; and what holds values,
 * `tag-holds/VALUE/ID`. Nothing is attached to a value that is being deleted: whoever uses one writes its row anew.
 */
import { alreadyExists, failedPrecondition, GoogleError, notFound } from '../google/index.js';
import type { EffectiveTag } from '../iam/index.js';
import { organizationName, projectName, type ResourceName } from '../names/index.js';
import type { Row, Store, Write } from '../store/index.js';
import { BINDINGS, type BindingsRow, BoundTags, namespacedName } from './bound-tags.js';
import type { RowReader } from './propagation.js';
import { commit, KEYS, newTagId, StoredTagDefinitions, VALUES } from './tag-definitions.js';
import type { BoundTag, TagDefinition, TagHold, Tags, WithTag } from './tag-types.js';

const HOLDS = 'tag-holds/';
/** https://cloud.google.com/resource-manager/docs/limits#tags */
const MAX_PER_RESOURCE = 50;

export interface TagsDeps {
  readonly store: Store;
  /** What decisions go by: the store itself where changes take effect at once. */
  readonly effective: RowReader;
  /** What a resource lies in, itself first. */
  readonly lineage: (resource: ResourceName) => Promise<readonly ResourceName[]>;
  /** Called after each commit that changes what tags a resource has. */
  readonly changed: () => void;
}

/** Shared by all resources without tags. */
export const NO_TAGS: readonly EffectiveTag[] = [];

export class StoredTags implements Tags {
  readonly keys: StoredTagDefinitions;
  readonly values: StoredTagDefinitions;
  readonly #deps: TagsDeps;
  readonly #bound: BoundTags;
  /** The same as decisions take it. */
  readonly #inEffect: BoundTags;

  constructor(deps: TagsDeps) {
    const { store, effective, changed } = deps;
    this.#deps = deps;
    this.keys = new StoredTagDefinitions(
      store,
      {
        prefix: KEYS,
        noun: 'TagKey',
        collection: 'tagKeys',
        usedBy: async (id) => {
          const { length } = await this.values.list(`tagKeys/${id}`);
          return length === 0 ? undefined : `it has ${length} TagValues, which must be deleted first`;
        },
      },
      changed,
    );
    this.values = new StoredTagDefinitions(
      store,
      { prefix: VALUES, noun: 'TagValue', collection: 'tagValues', usedBy: (id) => this.#usersOf(id) },
      changed,
    );
    this.#bound = new BoundTags(store, changed);
    this.#inEffect = effective === store ? this.#bound : new BoundTags(effective, changed);
  }

  async #usersOf(valueId: string): Promise<string | undefined> {
    const [held] = await this.#deps.store.list(`${HOLDS}${valueId}/`);
    if (held) return 'it has TagHolds, which must be deleted first';
    const rows = await this.#deps.store.list<BindingsRow>(BINDINGS);
    return rows.some(({ value }) => Object.values(value).includes(valueId))
      ? 'it is still attached to resources'
      : undefined;
  }

  namespacedName(key: TagDefinition): string {
    return namespacedName(key);
  }

  async bindings(resource: ResourceName): Promise<readonly BoundTag[]> {
    return this.#bound.in([resource]);
  }

  async effective(resource: ResourceName): Promise<readonly BoundTag[]> {
    return this.#bound.in(await this.#deps.lineage(resource));
  }

  /**
   * Those that decisions go by.
   * @param lineage a resource and what it lies in, nearest first
   * @returns by key; always the same list for none
   */
  effectiveIn(lineage: readonly ResourceName[]): Promise<readonly BoundTag[]> {
    return this.#inEffect.in(lineage);
  }

  async bind(
    resource: ResourceName,
    valueId: string,
    also: (() => readonly Write[]) | undefined,
  ): Promise<void> {
    const use = await this.#use(valueId);
    const key = await this.keys.get(use.keyId);
    if (!key) throw notFound(`tagKeys/${use.keyId} not found.`);
    await this.#requireWithin(resource, key);
    const row = await this.#row(resource);
    const bound = row?.value ?? {};
    const other = bound[use.keyId];
    if (other === valueId) {
      throw alreadyExists('A binding already exists between the given resource and TagValue.');
    }
    if (other !== undefined) {
      throw failedPrecondition(
        `The resource has another value of ${this.namespacedName(key)} already, tagValues/${other}; a resource has at most one value of each key.`,
      );
    }
    if (Object.keys(bound).length >= MAX_PER_RESOURCE) {
      throw new GoogleError('RESOURCE_EXHAUSTED', `A resource can have at most ${MAX_PER_RESOURCE} tags.`);
    }
    if (!also) return;
    const value = { ...bound, [use.keyId]: valueId };
    const write: Write = { op: 'put', key: BINDINGS + resource, value, ifVersion: row?.version ?? 0 };
    await commit(this.#deps.store, [write, use.write, ...also()]);
  }

  /** A tag is for what lies in the organization or project that its key is defined in. */
  async #requireWithin(resource: ResourceName, key: TagDefinition): Promise<void> {
    const [kind, id = ''] = key.parent.split('/');
    const parent = kind === 'projects' ? projectName(id) : organizationName(id);
    if ((await this.#deps.lineage(resource)).includes(parent)) return;
    throw failedPrecondition(
      `The TagKey ${this.namespacedName(key)} is defined in ${key.parent}; it can be attached to resources there only.`,
    );
  }

  async unbind(
    resource: ResourceName,
    valueId: string,
    also: (() => readonly Write[]) | undefined,
  ): Promise<void> {
    const row = await this.#row(resource);
    const rest = Object.entries(row?.value ?? {}).filter(([, bound]) => bound !== valueId);
    if (!row || rest.length === Object.keys(row.value).length) {
      throw notFound(`tagValues/${valueId} is not attached to the resource.`);
    }
    if (!also) return;
    const key = BINDINGS + resource;
    const write: Write =
      rest.length === 0
        ? { op: 'delete', key, ifVersion: row.version }
        : { op: 'put', key, value: Object.fromEntries(rest), ifVersion: row.version };
    await commit(this.#deps.store, [write, ...also()]);
  }

  #row(resource: ResourceName): Promise<Row<BindingsRow> | undefined> {
    return this.#deps.store.get<BindingsRow>(BINDINGS + resource);
  }

  /** The write that keeps a value from being deleted at the same time. @throws GoogleError NOT_FOUND */
  async #use(valueId: string): Promise<{ readonly keyId: string; readonly write: Write }> {
    const row = await this.#deps.store.get<TagDefinition>(VALUES + valueId);
    if (!row) throw notFound(`tagValues/${valueId} not found.`);
    const write: Write = { op: 'put', key: VALUES + valueId, value: row.value, ifVersion: row.version };
    return { keyId: row.value.parent.slice('tagKeys/'.length), write };
  }

  async holds(valueId: string): Promise<readonly TagHold[]> {
    return (await this.#deps.store.list<TagHold>(`${HOLDS}${valueId}/`)).map(({ value }) => value);
  }

  async hold(
    wanted: Omit<TagHold, 'id' | 'createTime'>,
    time: Date,
    also: WithTag<TagHold> | undefined,
  ): Promise<TagHold> {
    const { write } = await this.#use(wanted.value);
    const same = ({ holder, origin }: TagHold) => holder === wanted.holder && origin === wanted.origin;
    if ((await this.holds(wanted.value)).some(same)) {
      throw alreadyExists(`A TagHold of ${wanted.holder} with the same origin exists already.`);
    }
    const hold = { id: newTagId(), ...wanted, createTime: time.toISOString() };
    if (!also) return hold;
    const key = `${HOLDS}${hold.value}/${hold.id}`;
    await commit(this.#deps.store, [{ op: 'put', key, value: hold, ifVersion: 0 }, write, ...also(hold)]);
    return hold;
  }

  async release(valueId: string, id: string, also: (() => readonly Write[]) | undefined): Promise<void> {
    const key = `${HOLDS}${valueId}/${id}`;
    const row = await this.#deps.store.get(key);
    if (!row) throw notFound(`tagValues/${valueId}/tagHolds/${id} not found.`);
    if (also) await commit(this.#deps.store, [{ op: 'delete', key, ifVersion: row.version }, ...also()]);
  }

  /** The write that detaches everything from a resource that goes. */
  removal(resource: ResourceName): Write {
    return { op: 'delete', key: BINDINGS + resource };
  }

  /** The write that fails a transaction when what is attached to the resource has changed since it was read. */
  async check(resource: ResourceName): Promise<Write> {
    return {
      op: 'check',
      key: BINDINGS + resource,
      ifVersion: await this.#bound.version(resource),
    };
  }

  /** What a key or a value lies in: `projects/P`, `organizations/N`, `tagKeys/N`. @param path e.g. `tagValues/1` */
  async parentOf(path: string): Promise<string | undefined> {
    const [collection, id = ''] = path.split('/');
    if (collection === 'tagKeys') return (await this.keys.get(id))?.parent;
    return collection === 'tagValues' ? (await this.values.get(id))?.parent : undefined;
  }
}
