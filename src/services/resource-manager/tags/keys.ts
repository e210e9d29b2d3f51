/** google.cloud.resourcemanager.v3.TagKeys. */
import { findContainer, type TagDefinition } from '../../../access/index.js';
import {
  type CreateTagKeyRequest,
  type DeleteTagKeyRequest,
  type ListTagKeysRequest,
  Purpose,
  type TagKey,
  TagKeySchema,
  TagKeys,
  type UpdateTagKeyRequest,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_keys_pb.js';
import { type Api, badField, type Call, protoMethods, unimplemented } from '../../../google/index.js';
import { page } from '../../paging.js';
import { check, denied } from '../deps.js';
import { keyMessage } from './messages.js';
import { canonicalParent, idIn, keyNamed, parentName, requireDefiner } from './names.js';
import { asOperation, tagOperationTypes } from './operations.js';
import { tagPolicies } from './policies.js';
import type { TagDeps } from './resources.js';
import { audited, containerOfTag, logOf, onOne, rule, whoseTag } from './rules.js';
import { changeIn, etagIn, PAGES, requireUnchanged } from './updates.js';

const SERVICE = 'google.cloud.resourcemanager.v3.TagKeys';

interface Named {
  readonly name: string;
}

const named = ({ name }: Named) => `tagKeys/${idIn(name, 'tagKeys')}`;
const updated = ({ tagKey }: UpdateTagKeyRequest) =>
  `tagKeys/${idIn(tagKey?.name ?? '', 'tagKeys', 'tag_key.name')}`;

export function keyMethods(deps: TagDeps): Pick<Api, 'methods' | 'access'> {
  const { access } = deps;
  const policies = tagPolicies(access, 'tagKeys');
  const created = ({ tagKey }: CreateTagKeyRequest) => requireDefiner(tagKey?.parent ?? '');
  // Once a key is gone, nothing says whose it was.
  const remembered = whoseTag(access);
  const onKey = (name: string) => containerOfTag(access, name);
  const methods = protoMethods(
    TagKeys,
    { ...readers(deps), ...writers(deps), ...policies.handlers },
    {
      registry: tagOperationTypes,
      audit: {
        createTagKey: audited(
          'TagKeys.CreateTagKey',
          ({ tagKey }: CreateTagKeyRequest) => tagKey?.parent ?? '',
          async ({ tagKey }) => logOf(await canonicalParent(access, tagKey?.parent ?? '')),
        ),
        updateTagKey: audited(
          'TagKeys.UpdateTagKey',
          ({ tagKey }: UpdateTagKeyRequest) => tagKey?.name ?? '',
          ({ tagKey }) => onKey(tagKey?.name ?? ''),
        ),
        deleteTagKey: audited('TagKeys.DeleteTagKey', ({ name }: Named) => name, remembered),
        ...policies.audit,
      },
    },
  );
  return {
    methods,
    access: {
      [`${SERVICE}.ListTagKeys`]: onOne('ADMIN_READ', 'tagKeys.list', ({ parent }: ListTagKeysRequest) =>
        requireDefiner(parent),
      ),
      [`${SERVICE}.GetTagKey`]: onOne('ADMIN_READ', 'tagKeys.get', named),
      // "This method will return PERMISSION_DENIED if the key does not exist."
      [`${SERVICE}.GetNamespacedTagKey`]: rule('ADMIN_READ', async ({ name }: Named) => {
        const key = await keyNamed(access, name);
        return [check('resourcemanager.tagKeys.get', `tagKeys/${key?.id ?? '-'}`)];
      }),
      [`${SERVICE}.CreateTagKey`]: onOne('ADMIN_WRITE', 'tagKeys.create', created),
      [`${SERVICE}.UpdateTagKey`]: onOne('ADMIN_WRITE', 'tagKeys.update', updated),
      [`${SERVICE}.DeleteTagKey`]: onOne('ADMIN_WRITE', 'tagKeys.delete', async (request: Named) => {
        await remembered(request);
        return named(request);
      }),
      [`${SERVICE}.GetIamPolicy`]: policies.rules.getIamPolicy,
      [`${SERVICE}.SetIamPolicy`]: policies.rules.setIamPolicy,
      [`${SERVICE}.TestIamPermissions`]: policies.rules.testIamPermissions,
    },
  };
}

function readers({ access }: TagDeps) {
  const { keys } = access.tags;
  const shown = async (key: TagDefinition) => keyMessage(access, key, await parentName(access, key));
  return {
    async listTagKeys(request: ListTagKeysRequest) {
      const all = await keys.list(await canonicalParent(access, request.parent));
      const { items, nextPageToken } = page(all, ({ shortName }) => shortName, request, PAGES);
      return { tagKeys: await Promise.all(items.map(shown)), nextPageToken };
    },
    async getTagKey({ name }: Named) {
      const key = await keys.get(idIn(name, 'tagKeys'));
      if (!key) throw denied(name);
      return shown(key);
    },
    async getNamespacedTagKey({ name }: Named) {
      const key = await keyNamed(access, name);
      if (!key) throw denied(name);
      return shown(key);
    },
  };
}

/** What is meant for firewalls has no meaning here. @throws GoogleError UNIMPLEMENTED */
function requireNoPurpose({ purpose, purposeData }: TagKey): void {
  if (purpose !== Purpose.PURPOSE_UNSPECIFIED)
    throw unimplemented(`tag_key.purpose: ${Purpose[purpose] ?? purpose} is not served.`);
  if (Object.keys(purposeData).length > 0)
    throw unimplemented('tag_key.purpose_data: purposes are not served.');
}

function writers({ access }: TagDeps) {
  const { keys } = access.tags;
  const carry = async (parent: string) => {
    const name = await parentName(access, { parent });
    return (key: TagDefinition) => ({ schema: TagKeySchema, message: keyMessage(access, key, name) });
  };
  const parentOf = async (id: string) => (await keys.get(id))?.parent ?? '';
  return {
    async createTagKey({ tagKey, validateOnly }: CreateTagKeyRequest, call: Call) {
      if (!tagKey) throw badField('tag_key', 'The tag key is required.');
      requireNoPurpose(tagKey);
      const parent = await canonicalParent(access, requireDefiner(tagKey.parent));
      if ((await findContainer(access, logOf(parent))) === undefined) throw denied(tagKey.parent);
      const { shortName, description } = tagKey;
      const wanted = { parent, shortName, description };
      return asOperation('createKey', { call, validateOnly }, await carry(parent), (also) =>
        also ? keys.create(wanted, call.time, also) : keys.prepare(wanted, call.time),
      );
    },
    async updateTagKey({ tagKey, updateMask, validateOnly }: UpdateTagKeyRequest, call: Call) {
      const id = idIn(tagKey?.name ?? '', 'tagKeys', 'tag_key.name');
      const current = await keys.get(id);
      if (!tagKey || !current) throw denied(tagKey?.name ?? '');
      requireUnchanged(tagKey, current);
      const { description, etag } = changeIn(tagKey, updateMask, current);
      return asOperation('updateKey', { call, validateOnly }, await carry(current.parent), (also) =>
        keys.update(id, description, etag, call.time, also),
      );
    },
    async deleteTagKey(request: DeleteTagKeyRequest, call: Call) {
      const id = idIn(request.name, 'tagKeys');
      const removal = access.removal(`//cloudresourcemanager.googleapis.com/tagKeys/${id}`);
      return asOperation('deleteKey', { ...request, call }, await carry(await parentOf(id)), (also) =>
        keys.remove(id, etagIn(request.etag), also && ((key) => [...also(key), removal])),
      );
    },
  };
}
