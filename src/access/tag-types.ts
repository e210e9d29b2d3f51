/** Tags: their keys and values, what they are attached to, and what holds them (https://cloud.google.com/resource-manager/docs/tags/tags-overview). */
import type { EffectiveTag } from '../iam/index.js';
import type { ResourceName } from '../names/index.js';
import type { Write } from '../store/index.js';

/** A tag key, or a value of one. */
export interface TagDefinition {
  /** The number after `tagKeys/` or `tagValues/`. */
  readonly id: string;
  /** Of a key `organizations/N` or `projects/P` (by its id), of a value `tagKeys/N`. */
  readonly parent: string;
  readonly shortName: string;
  /** Empty when there is none. */
  readonly description: string;
  /** base64 */
  readonly etag: string;
  readonly createTime: string;
  readonly updateTime: string;
}

/** What a change does besides: the write that keeps its operation. Called with what the change leaves. */
export type WithTag<T> = (tag: T) => readonly Write[];

export interface NewTag extends Pick<TagDefinition, 'parent' | 'shortName' | 'description'> {
  /** Drawn at random when left out, as it always is for callers of the API. */
  readonly id?: string;
}

/** The keys, or the values. That a parent is there is the caller's to know. */
export interface TagDefinitions {
  get(id: string): Promise<TagDefinition | undefined>;
  /** Those of a parent, by their short names. */
  list(parent: string): Promise<readonly TagDefinition[]>;
  named(parent: string, shortName: string): Promise<TagDefinition | undefined>;
  /**
   * What creating one would make, once that is found possible.
   * @throws GoogleError INVALID_ARGUMENT, ALREADY_EXISTS, RESOURCE_EXHAUSTED
   */
  prepare(wanted: NewTag, time: Date): Promise<TagDefinition>;
  /** @throws GoogleError as prepare() does; ABORTED when the parent is changed at the same time */
  create(wanted: NewTag, time: Date, also: WithTag<TagDefinition>): Promise<TagDefinition>;
  /**
   * @param etag left out, whatever is there is changed
   * @param also undefined: nothing is stored, and what would be is given
   * @throws GoogleError INVALID_ARGUMENT, NOT_FOUND, ABORTED for a stale etag
   */
  update(
    id: string,
    description: string,
    etag: string | undefined,
    time: Date,
    also: WithTag<TagDefinition> | undefined,
  ): Promise<TagDefinition>;
  /**
   * @param also undefined: nothing is removed
   * @returns what was removed
   * @throws GoogleError NOT_FOUND, ABORTED; FAILED_PRECONDITION for a key with values, a value in use
   */
  remove(
    id: string,
    etag: string | undefined,
    also: WithTag<TagDefinition> | undefined,
  ): Promise<TagDefinition>;
}

/** A use of a value that is no binding; the value cannot be deleted while there is one. */
export interface TagHold {
  readonly id: string;
  /** The value's number. */
  readonly value: string;
  readonly holder: string;
  readonly origin: string;
  readonly helpLink: string;
  readonly createTime: string;
}

/** A tag that a resource has: attached to itself, or to what it lies in. */
export interface BoundTag {
  readonly tag: EffectiveTag;
  readonly key: TagDefinition;
  readonly value: TagDefinition;
  /** What it is attached to. */
  readonly from: ResourceName;
}

/** Resources go by their canonical names here: projects by id, service accounts by e-mail address. */
export interface Tags {
  readonly keys: TagDefinitions;
  readonly values: TagDefinitions;
  /** `123/env`, `my-project/env`: the number of the organization or the id of the project, and the short name. */
  namespacedName(key: TagDefinition): string;
  /** Those attached to the resource itself, by their keys. */
  bindings(resource: ResourceName): Promise<readonly BoundTag[]>;
  /** Its own and those of what it lies in; the nearest of each key. */
  effective(resource: ResourceName): Promise<readonly BoundTag[]>;
  /**
   * Attaches a value to a resource.
   * @param also undefined: nothing is stored
   * @throws GoogleError NOT_FOUND for the value, ALREADY_EXISTS, FAILED_PRECONDITION for another value of the key and
   *   for a tag of somebody else's, RESOURCE_EXHAUSTED, ABORTED
   */
  bind(resource: ResourceName, valueId: string, also: (() => readonly Write[]) | undefined): Promise<void>;
  /** @throws GoogleError NOT_FOUND, ABORTED */
  unbind(resource: ResourceName, valueId: string, also: (() => readonly Write[]) | undefined): Promise<void>;
  /** By their ids. */
  holds(valueId: string): Promise<readonly TagHold[]>;
  /** @throws GoogleError NOT_FOUND for the value, ALREADY_EXISTS for the same holder and origin, ABORTED */
  hold(
    hold: Omit<TagHold, 'id' | 'createTime'>,
    time: Date,
    also: WithTag<TagHold> | undefined,
  ): Promise<TagHold>;
  /** @throws GoogleError NOT_FOUND */
  release(valueId: string, id: string, also: (() => readonly Write[]) | undefined): Promise<void>;
}
