/** Tags as the messages of v3. */
import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { AccessControl, BoundTag, TagDefinition, TagHold } from '../../../access/index.js';
import {
  type EffectiveTag,
  EffectiveTagSchema,
  type TagBinding,
  TagBindingSchema,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_bindings_pb.js';
import { TagHoldSchema } from '../../../google/gen/google/cloud/resourcemanager/v3/tag_holds_pb.js';
import { TagKeySchema } from '../../../google/gen/google/cloud/resourcemanager/v3/tag_keys_pb.js';
import { TagValueSchema } from '../../../google/gen/google/cloud/resourcemanager/v3/tag_values_pb.js';
import { parentName } from './names.js';
import type { Taggable } from './resources.js';

const timestamp = (text: string) => timestampFromDate(new Date(text));

const texts = ({ shortName, description, etag, createTime, updateTime }: TagDefinition) => ({
  shortName,
  description,
  etag,
  createTime: timestamp(createTime),
  updateTime: timestamp(updateTime),
});

/** @param parent where the key is defined, as answers have it: see parentName() */
export function keyMessage({ tags }: AccessControl, key: TagDefinition, parent: string) {
  const name = `tagKeys/${key.id}`;
  return create(TagKeySchema, { name, parent, namespacedName: tags.namespacedName(key), ...texts(key) });
}

/** @param key the value's own */
export function valueMessage({ tags }: AccessControl, key: TagDefinition, value: TagDefinition) {
  return create(TagValueSchema, {
    name: `tagValues/${value.id}`,
    parent: value.parent,
    namespacedName: `${tags.namespacedName(key)}/${value.shortName}`,
    ...texts(value),
  });
}

export function holdMessage({ id, value, holder, origin, helpLink, createTime }: TagHold) {
  const name = `tagValues/${value}/tagHolds/${id}`;
  return create(TagHoldSchema, { name, holder, origin, helpLink, createTime: timestamp(createTime) });
}

/** The name of a binding holds the resource's, encoded. @param valueId without its collection */
export function bindingMessage(
  { name }: Pick<Taggable, 'name'>,
  valueId: string,
  namespacedName: string,
): TagBinding {
  return create(TagBindingSchema, {
    name: `tagBindings/${encodeURIComponent(name)}/tagValues/${valueId}`,
    parent: name,
    tagValue: `tagValues/${valueId}`,
    tagValueNamespacedName: namespacedName,
  });
}

export async function effectiveMessage(
  access: AccessControl,
  { tag, key, from }: BoundTag,
  { resource }: Pick<Taggable, 'resource'>,
): Promise<EffectiveTag> {
  return create(EffectiveTagSchema, {
    tagValue: tag.valueId,
    namespacedTagValue: `${tag.key}/${tag.value}`,
    tagKey: tag.keyId,
    namespacedTagKey: tag.key,
    tagKeyParentName: await parentName(access, key),
    inherited: from !== resource,
  });
}
