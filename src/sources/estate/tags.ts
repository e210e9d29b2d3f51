/** The tags that projects have or inherit: attached to the copies themselves, which comes to the same. */

import type { TagKeyDocument } from '../../estate-file/index.js';
import { projectName } from '../../names/index.js';
import { type Copying, known } from './copying.js';
import type { ProjectCopy } from './document.js';

export interface TagsCopy {
  /** What a project (by id) or an organization (by number) has of tags: those attached, and the keys it defines. */
  of(parent: string): Pick<ProjectCopy, 'tags' | 'tagKeys'>;
}

export async function copyTags(projects: readonly string[], { source, gap }: Copying): Promise<TagsCopy> {
  const attached = new Map<string, Record<string, string>>();
  /** By namespaced name. */
  const keys = new Map<string, TagKeyDocument>();
  for (const project of projects) {
    const found = known(await source.tags(projectName(project)), `the tags of ${project}`, [], gap);
    for (const { key, keyId, value, valueId } of found) {
      attached.set(project, { ...attached.get(project), [key]: value });
      const values = keys.get(key)?.values?.filter(({ id }) => id !== value) ?? [];
      keys.set(key, {
        id: key.slice(key.indexOf('/') + 1),
        number: numberOf(keyId),
        values: [...values, { id: value, number: numberOf(valueId) }],
      });
    }
  }
  return {
    of(parent) {
      const tags = attached.get(parent);
      const tagKeys = [...keys].flatMap(([name, key]) => (name.startsWith(`${parent}/`) ? [key] : []));
      return { ...(tags ? { tags } : {}), ...(tagKeys.length > 0 ? { tagKeys } : {}) };
    },
  };
}

/** `tagKeys/1` → `1` */
const numberOf = (name: string): string => name.slice(name.indexOf('/') + 1);
