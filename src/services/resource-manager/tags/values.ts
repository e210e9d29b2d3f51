/** google.cloud.resourcemanager.v3.TagValues. */
import type { AccessControl, TagDefinition } from '../../../access/index.js';
import {
  type CreateTagValueRequest,
  type DeleteTagValueRequest,
  type ListTagValuesRequest,
  TagValueSchema,
  TagValues,
  type UpdateTagValueRequest,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_values_pb.js';
import { type Api, badField, type Call, protoMethods } from '../../../google/index.js';
import { page } from '../../paging.js';
import { check, denied } from '../deps.js';
import { valueMessage } from './messages.js';
import { idIn, valueNamed } from './names.js';
import { asOperation, tagOperationTypes } from './operations.js';
import { tagPolicies } from './policies.js';
import type { TagDeps } from './resources.js';
import { audited, containerOfTag, onOne, rule, whoseTag } from './rules.js';
import { changeIn, etagIn, PAGES, requireUnchanged } from './updates.js';

const SERVICE = 'google.cloud.resourcemanager.v3.TagValues';

interface Named {
  readonly name: string;
}

const named = ({ name }: Named) => `tagValues/${idIn(name, 'tagValues')}`;
const updated = ({ tagValue }: UpdateTagValueRequest) =>
  `tagValues/${idIn(tagValue?.name ?? '', 'tagValues', 'tag_value.name')}`;
/** Values are listed and made by leave of their key. */
const ofKey = (parent: string) => `tagKeys/${idIn(parent, 'tagKeys', 'parent')}`;

export function valueMethods(deps: TagDeps): Pick<Api, 'methods' | 'access'> {
  const { access } = deps;
  const policies = tagPolicies(access, 'tagValues');
  // Once a value is gone, nothing says whose it was.
  const remembered = whoseTag(access);
  const methods = protoMethods(
    TagValues,
    { ...readers(deps), ...writers(deps), ...policies.handlers },
    {
      registry: tagOperationTypes,
      audit: {
        createTagValue: audited(
          'TagValues.CreateTagValue',
          ({ tagValue }: CreateTagValueRequest) => tagValue?.parent ?? '',
          ({ tagValue }) => containerOfTag(access, tagValue?.parent ?? ''),
        ),
        updateTagValue: audited(
          'TagValues.UpdateTagValue',
          ({ tagValue }: UpdateTagValueRequest) => tagValue?.name ?? '',
          ({ tagValue }) => containerOfTag(access, tagValue?.name ?? ''),
        ),
        deleteTagValue: audited('TagValues.DeleteTagValue', ({ name }: Named) => name, remembered),
        ...policies.audit,
      },
    },
  );
  return {
    methods,
    access: {
      [`${SERVICE}.ListTagValues`]: onOne(
        'ADMIN_READ',
        'tagValues.list',
        ({ parent }: ListTagValuesRequest) => ofKey(parent),
      ),
      [`${SERVICE}.GetTagValue`]: onOne('ADMIN_READ', 'tagValues.get', named),
      // "This method will return PERMISSION_DENIED if the value does not exist."
      [`${SERVICE}.GetNamespacedTagValue`]: rule('ADMIN_READ', async ({ name }: Named) => {
        const value = await valueNamed(access, name);
        return [check('resourcemanager.tagValues.get', `tagValues/${value?.id ?? '-'}`)];
      }),
      [`${SERVICE}.CreateTagValue`]: onOne(
        'ADMIN_WRITE',
        'tagValues.create',
        ({ tagValue }: CreateTagValueRequest) => ofKey(tagValue?.parent ?? ''),
      ),
      [`${SERVICE}.UpdateTagValue`]: onOne('ADMIN_WRITE', 'tagValues.update', updated),
      [`${SERVICE}.DeleteTagValue`]: onOne('ADMIN_WRITE', 'tagValues.delete', async (request: Named) => {
        await remembered(request);
        return named(request);
      }),
      [`${SERVICE}.GetIamPolicy`]: policies.rules.getIamPolicy,
      [`${SERVICE}.SetIamPolicy`]: policies.rules.setIamPolicy,
      [`${SERVICE}.TestIamPermissions`]: policies.rules.testIamPermissions,
    },
  };
}

/** The key of a value. @param parent `tagKeys/N`. @throws GoogleError PERMISSION_DENIED where there is none */
async function keyOf({ tags }: AccessControl, parent: string): Promise<TagDefinition> {
  const key = await tags.keys.get(idIn(parent, 'tagKeys', 'parent'));
  if (!key) throw denied(parent);
  return key;
}

function readers({ access }: TagDeps) {
  const { values } = access.tags;
  const shown = async (value: TagDefinition | undefined, name: string) => {
    if (!value) throw denied(name);
    return valueMessage(access, await keyOf(access, value.parent), value);
  };
  return {
    async listTagValues(request: ListTagValuesRequest) {
      const key = await keyOf(access, request.parent);
      const all = await values.list(`tagKeys/${key.id}`);
      const { items, nextPageToken } = page(all, ({ shortName }) => shortName, request, PAGES);
      return { tagValues: items.map((value) => valueMessage(access, key, value)), nextPageToken };
    },
    getTagValue: async ({ name }: Named) => shown(await values.get(idIn(name, 'tagValues')), name),
    getNamespacedTagValue: async ({ name }: Named) => shown(await valueNamed(access, name), name),
  };
}

function writers({ access }: TagDeps) {
  const { values } = access.tags;
  const carry = (key: TagDefinition) => (value: TagDefinition) => ({
    schema: TagValueSchema,
    message: valueMessage(access, key, value),
  });
  const existing = async (id: string) => {
    const value = await values.get(id);
    if (!value) throw denied(`tagValues/${id}`);
    return value;
  };
  return {
    async createTagValue({ tagValue, validateOnly }: CreateTagValueRequest, call: Call) {
      if (!tagValue) throw badField('tag_value', 'The tag value is required.');
      const key = await keyOf(access, tagValue.parent);
      const { shortName, description } = tagValue;
      const wanted = { parent: `tagKeys/${key.id}`, shortName, description };
      return asOperation('createValue', { call, validateOnly }, carry(key), (also) =>
        also ? values.create(wanted, call.time, also) : values.prepare(wanted, call.time),
      );
    },
    async updateTagValue({ tagValue, updateMask, validateOnly }: UpdateTagValueRequest, call: Call) {
      const id = idIn(tagValue?.name ?? '', 'tagValues', 'tag_value.name');
      const current = await existing(id);
      if (!tagValue) throw badField('tag_value', 'The tag value is required.');
      requireUnchanged(tagValue, current);
      const { description, etag } = changeIn(tagValue, updateMask, current);
      const key = await keyOf(access, current.parent);
      return asOperation('updateValue', { call, validateOnly }, carry(key), (also) =>
        values.update(id, description, etag, call.time, also),
      );
    },
    async deleteTagValue({ name, etag, validateOnly }: DeleteTagValueRequest, call: Call) {
      const id = idIn(name, 'tagValues');
      const key = await keyOf(access, (await existing(id)).parent);
      const removal = access.removal(`//cloudresourcemanager.googleapis.com/tagValues/${id}`);
      return asOperation('deleteValue', { call, validateOnly }, carry(key), (also) =>
        values.remove(id, etagIn(etag), also && ((value) => [...also(value), removal])),
      );
    },
  };
}
