/** Tags that resources have or inherit: attached to the copies themselves, which comes to the same. */

import type { TagKeyDocument, TagsDocument } from '../../estate-file/index.js';
import type { EffectiveTag } from '../../iam/index.js';
import { projectName, type ResourceName } from '../../names/index.js';
import { type Copying, known } from './copying.js';
import type { ProjectCopy } from './document.js';

/** Tags of resources, and the keys that these have to come from, as an estate file has them. */
export class CopiedTags {
  readonly #attached = new Map<ResourceName, Readonly<Record<string, string>>>();
  /** By namespaced name. */
  readonly #keys = new Map<string, TagKeyDocument>();

  add(resource: ResourceName, tags: readonly EffectiveTag[]): void {
    for (const { key, keyId, value, valueId } of tags) {
      this.#attached.set(resource, { ...this.#attached.get(resource), [key]: value });
      const values = this.#keys.get(key)?.values?.filter(({ id }) => id !== value) ?? [];
      this.#keys.set(key, {
        id: key.slice(key.indexOf('/') + 1),
        number: numberOf(keyId),
        values: [...values, { id: value, number: numberOf(valueId) }],
      });
    }
  }

  /** What a resource has. */
  of(resource: ResourceName): { readonly tags?: TagsDocument } {
    const tags = this.#attached.get(resource);
    return tags ? { tags } : {};
  }

  /** @param parent what keys are defined in, as their names begin: a project's id or an organization's number */
  keysOf(parent: string): { readonly tagKeys?: readonly TagKeyDocument[] } {
    const tagKeys = [...this.#keys].flatMap(([name, key]) => (name.startsWith(`${parent}/`) ? [key] : []));
    return tagKeys.length > 0 ? { tagKeys } : {};
  }

  /** Namespaced names of all keys. */
  keys(): Iterable<string> {
    return this.#keys.keys();
  }
}

/** `tagKeys/1` → `1` */
const numberOf = (name: string): string => name.slice(name.indexOf('/') + 1);

export interface TagsCopy {
  /** What a project (by id) or an organization (by number) has of tags: those attached, and the keys it defines. */
  of(parent: string): Pick<ProjectCopy, 'tags' | 'tagKeys'>;
}

export async function copyTags(projects: readonly string[], { source, gap }: Copying): Promise<TagsCopy> {
  const copied = new CopiedTags();
  for (const project of projects) {
    const name = projectName(project);
    copied.add(name, known(await source.tags(name), `the tags of ${project}`, [], gap));
  }
  return { of: (parent) => ({ ...copied.of(projectName(parent)), ...copied.keysOf(parent) }) };
}
