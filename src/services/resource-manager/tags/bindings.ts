/** google.cloud.resourcemanager.v3.TagBindings: which resources have which values. */
import type { AccessControl } from '../../../access/index.js';
import {
  type CreateTagBindingRequest,
  type DeleteTagBindingRequest,
  type ListEffectiveTagsRequest,
  type ListTagBindingsRequest,
  type TagBinding,
  TagBindingSchema,
  TagBindings,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_bindings_pb.js';
import { type Api, badField, type Call, type PermissionCheck, protoMethods } from '../../../google/index.js';
import { page } from '../../paging.js';
import { check, denied } from '../deps.js';
import { bindingMessage, effectiveMessage } from './messages.js';
import { idIn, valueNamed } from './names.js';
import { doneAtOnce, NOTHING, tagOperationTypes } from './operations.js';
import { requireLocation, requireTaggable, type TagDeps, type Taggable, taggable } from './resources.js';
import { audited, rule } from './rules.js';
import { PAGES } from './updates.js';

const SERVICE = 'google.cloud.resourcemanager.v3.TagBindings';

interface ByParent {
  readonly parent: string;
}

export function bindingMethods(deps: TagDeps): Pick<Api, 'methods' | 'access'> {
  const { access } = deps;
  const containerOf = async (fullName: string) =>
    (await taggable(deps, fullName).catch(() => undefined))?.container ?? '';
  const methods = protoMethods(TagBindings, handlers(deps), {
    registry: tagOperationTypes,
    audit: {
      createTagBinding: audited(
        'TagBindings.CreateTagBinding',
        ({ tagBinding }: CreateTagBindingRequest) => tagBinding?.parent ?? '',
        ({ tagBinding }) => containerOf(tagBinding?.parent ?? ''),
      ),
      deleteTagBinding: audited(
        'TagBindings.DeleteTagBinding',
        ({ name }: DeleteTagBindingRequest) => name,
        ({ name }) => containerOf(splitName(name)?.parent ?? ''),
      ),
    },
  });
  const onParent = (verb: string) =>
    rule('ADMIN_READ', async ({ parent }: ByParent) => [onResource(await taggable(deps, parent), verb)]);
  return {
    methods,
    access: {
      [`${SERVICE}.ListTagBindings`]: onParent('listTagBindings'),
      [`${SERVICE}.ListEffectiveTags`]: onParent('listEffectiveTags'),
      [`${SERVICE}.CreateTagBinding`]: rule(
        'ADMIN_WRITE',
        async ({ tagBinding }: CreateTagBindingRequest) => {
          const resource = await taggable(deps, tagBinding?.parent ?? '', 'tag_binding.parent');
          const value = await valueIn(access, tagBinding);
          return [
            check('resourcemanager.tagValueBindings.create', `tagValues/${value}`),
            onResource(resource, 'createTagBinding'),
          ];
        },
      ),
      [`${SERVICE}.DeleteTagBinding`]: rule('ADMIN_WRITE', async ({ name }: DeleteTagBindingRequest) => {
        const { parent, value } = parseName(name);
        return [
          check('resourcemanager.tagValueBindings.delete', `tagValues/${value}`),
          onResource(await taggable(deps, parent, 'name'), 'deleteTagBinding'),
        ];
      }),
    },
  };
}

/** A permission on the resource that has tags, or is to have them. */
function onResource({ resource, name, permissions }: Taggable, verb: string): PermissionCheck {
  return { permission: `${permissions}.${verb}`, resource, label: name };
}

/**
 * The number of the value that a binding names, by its name or by its namespaced name.
 * @throws GoogleError INVALID_ARGUMENT for both and for neither; PERMISSION_DENIED for a value that is not there
 */
async function valueIn(access: AccessControl, binding: TagBinding | undefined): Promise<string> {
  const { tagValue = '', tagValueNamespacedName = '' } = binding ?? {};
  if ((tagValue === '') === (tagValueNamespacedName === '')) {
    throw badField(
      'tag_binding.tag_value',
      'Exactly one of tag_value and tag_value_namespaced_name is to be given.',
    );
  }
  if (tagValue !== '') return idIn(tagValue, 'tagValues', 'tag_binding.tag_value');
  const found = await valueNamed(access, tagValueNamespacedName, 'tag_binding.tag_value_namespaced_name');
  if (!found) throw denied(tagValueNamespacedName);
  return found.id;
}

interface BindingName {
  /** The resource's full name. */
  readonly parent: string;
  /** The value's number. */
  readonly value: string;
}

/** `tagBindings/RESOURCE/tagValues/N`, the resource's full name encoded or not: URLs come decoded from some clients. */
function splitName(name: string): BindingName | undefined {
  const [, encoded, value] = /^tagBindings\/(.+)\/tagValues\/([1-9]\d*)$/.exec(name) ?? [];
  if (encoded === undefined || value === undefined) return undefined;
  try {
    return { parent: encoded.startsWith('//') ? encoded : decodeURIComponent(encoded), value };
  } catch {
    return undefined;
  }
}

/** @throws GoogleError INVALID_ARGUMENT */
function parseName(name: string): BindingName {
  const parsed = splitName(name);
  if (parsed) return parsed;
  throw badField(
    'name',
    `"${name}" is not of the form tagBindings/ENCODED_FULL_RESOURCE_NAME/tagValues/NUMBER.`,
  );
}

function handlers(deps: TagDeps) {
  const { access } = deps;
  const { tags } = access;
  return {
    async listTagBindings(request: ListTagBindingsRequest, { location }: Call) {
      const resource = await taggable(deps, request.parent);
      requireLocation(resource, location);
      const all = await tags.bindings(resource.resource);
      const { items, nextPageToken } = page(all, ({ key }) => key.id, request, PAGES);
      return {
        tagBindings: items.map(({ tag, value }) =>
          bindingMessage(resource, value.id, `${tag.key}/${tag.value}`),
        ),
        nextPageToken,
      };
    },
    async listEffectiveTags(request: ListEffectiveTagsRequest, { location }: Call) {
      const resource = await taggable(deps, request.parent);
      requireLocation(resource, location);
      const all = await tags.effective(resource.resource);
      const { items, nextPageToken } = page(all, ({ key }) => key.id, request, PAGES);
      const effectiveTags = items.map((bound) => effectiveMessage(access, bound, resource));
      return { effectiveTags: await Promise.all(effectiveTags), nextPageToken };
    },
    async createTagBinding({ tagBinding, validateOnly }: CreateTagBindingRequest, { location }: Call) {
      const resource = await taggable(deps, tagBinding?.parent ?? '', 'tag_binding.parent');
      await requireTaggable(resource, location);
      const id = await valueIn(access, tagBinding);
      await tags.bind(resource.resource, id, validateOnly ? undefined : () => []);
      const value = await tags.values.get(id);
      const key = value && (await tags.keys.get(value.parent.slice('tagKeys/'.length)));
      const named = value && key ? `${tags.namespacedName(key)}/${value.shortName}` : '';
      return doneAtOnce({ schema: TagBindingSchema, message: bindingMessage(resource, id, named) });
    },
    async deleteTagBinding({ name }: DeleteTagBindingRequest, { location }: Call) {
      const { parent, value } = parseName(name);
      const resource = await taggable(deps, parent, 'name');
      requireLocation(resource, location);
      await tags.unbind(resource.resource, value, () => []);
      return doneAtOnce(NOTHING);
    },
  };
}
