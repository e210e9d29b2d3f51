/** What tags resources have, read from rows: as these are stored, or as decisions take them. */
import type { ResourceName } from '../names/index.js';
import type { RowReader } from './propagation.js';
import { KEYS, VALUES } from './tag-definitions.js';
import type { BoundTag, TagDefinition } from './tag-types.js';
import { WatchedRows } from './watched-rows.js';

export const BINDINGS = 'tag-bindings/';

/** Key id → value id. */
export type BindingsRow = Readonly<Record<string, string>>;

/** Shared by all resources without tags. */
const NONE: readonly BoundTag[] = [];

/** `123/env`, `my-project/env`: the number of the organization or the id of the project, and the short name. */
export const namespacedName = ({ parent, shortName }: TagDefinition): string =>
  `${parent.slice(parent.indexOf('/') + 1)}/${shortName}`;

export class BoundTags {
  readonly #bindings: WatchedRows<BindingsRow>;
  readonly #keys: WatchedRows<TagDefinition>;
  readonly #values: WatchedRows<TagDefinition>;

  /** @param changed called whenever a resource may have other tags than before */
  constructor(rows: RowReader, changed: () => void) {
    const definition = (value: unknown) => value as TagDefinition;
    this.#bindings = new WatchedRows(rows, BINDINGS, (value) => value as BindingsRow, changed);
    this.#keys = new WatchedRows(rows, KEYS, definition, changed);
    this.#values = new WatchedRows(rows, VALUES, definition, changed);
  }

  /** @param lineage a resource and what it lies in, nearest first. @returns by key; always the same list for none */
  async in(lineage: readonly ResourceName[]): Promise<readonly BoundTag[]> {
    const found = new Map<string, BoundTag>();
    for (const from of lineage) {
      for (const [keyId, valueId] of Object.entries((await this.#bindings.get(from))?.value ?? {})) {
        const bound = found.has(keyId) ? undefined : await this.#bound(keyId, valueId, from);
        if (bound) found.set(keyId, bound);
      }
    }
    return found.size === 0 ? NONE : [...found.values()].sort((a, b) => (a.key.id < b.key.id ? -1 : 1));
  }

  async #bound(keyId: string, valueId: string, from: ResourceName): Promise<BoundTag | undefined> {
    const key = (await this.#keys.get(keyId))?.value;
    const value = (await this.#values.get(valueId))?.value;
    if (!key || !value) return undefined;
    const tag = {
      keyId: `tagKeys/${keyId}`,
      key: namespacedName(key),
      valueId: `tagValues/${valueId}`,
      value: value.shortName,
    };
    return { tag, key, value, from };
  }

  /** The version of the row of what is attached to a resource; 0 when there is none. */
  async version(resource: ResourceName): Promise<number> {
    return (await this.#bindings.get(resource))?.version ?? 0;
  }
}
