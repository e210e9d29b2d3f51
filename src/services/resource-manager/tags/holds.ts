/** google.cloud.resourcemanager.v3.TagHolds: uses of tag values by others than their bindings. */
import {
  type CreateTagHoldRequest,
  type DeleteTagHoldRequest,
  type ListTagHoldsRequest,
  TagHoldSchema,
  TagHolds,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_holds_pb.js';
import { type Api, badField, type Call, invalidArgument, protoMethods } from '../../../google/index.js';
import { page } from '../../paging.js';
import { denied } from '../deps.js';
import { holdMessage } from './messages.js';
import { idIn, parseHoldName } from './names.js';
import { asOperation, NOTHING, tagOperationTypes } from './operations.js';
import type { TagDeps } from './resources.js';
import { audited, containerOfTag, onOne } from './rules.js';
import { PAGES } from './updates.js';

const SERVICE = 'google.cloud.resourcemanager.v3.TagHolds';
/** "Must be less than 200 characters." */
const MAX_TEXT = 199;

const ofParent = ({ parent }: { readonly parent: string }) =>
  `tagValues/${idIn(parent, 'tagValues', 'parent')}`;
const ofName = ({ name }: { readonly name: string }) => `tagValues/${parseHoldName(name).value}`;

export function holdMethods(deps: TagDeps): Pick<Api, 'methods' | 'access'> {
  const { access } = deps;
  const methods = protoMethods(TagHolds, handlers(deps), {
    registry: tagOperationTypes,
    audit: {
      createTagHold: audited(
        'TagHolds.CreateTagHold',
        ({ parent }: CreateTagHoldRequest) => parent,
        ({ parent }) => containerOfTag(access, parent),
      ),
      deleteTagHold: audited(
        'TagHolds.DeleteTagHold',
        ({ name }: DeleteTagHoldRequest) => name,
        ({ name }) => containerOfTag(access, name.split('/').slice(0, 2).join('/')),
      ),
    },
  });
  return {
    methods,
    access: {
      [`${SERVICE}.CreateTagHold`]: onOne('ADMIN_WRITE', 'tagHolds.create', ofParent),
      [`${SERVICE}.DeleteTagHold`]: onOne('ADMIN_WRITE', 'tagHolds.delete', ofName),
      [`${SERVICE}.ListTagHolds`]: onOne('ADMIN_READ', 'tagHolds.list', ofParent),
    },
  };
}

function handlers({ access }: TagDeps) {
  const { tags } = access;
  const existing = async (name: string) => {
    const id = idIn(name, 'tagValues', 'parent');
    if (!(await tags.values.get(id))) throw denied(name);
    return id;
  };
  return {
    async createTagHold({ parent, tagHold, validateOnly }: CreateTagHoldRequest, call: Call) {
      const value = await existing(parent);
      const { holder = '', origin = '', helpLink = '' } = tagHold ?? {};
      if (holder === '') throw badField('tag_hold.holder', 'The holder is required.');
      requireShort('holder', holder);
      requireShort('origin', origin);
      return asOperation(
        'createHold',
        { call, validateOnly },
        (hold: Parameters<typeof holdMessage>[0]) => ({ schema: TagHoldSchema, message: holdMessage(hold) }),
        (also) => tags.hold({ value, holder, origin, helpLink }, call.time, also),
      );
    },
    async deleteTagHold({ name, validateOnly }: DeleteTagHoldRequest, call: Call) {
      const { value, id } = parseHoldName(name);
      return asOperation(
        'deleteHold',
        { call, validateOnly },
        () => NOTHING,
        (also) => tags.release(value, id, also && (() => also(undefined))),
      );
    },
    async listTagHolds(request: ListTagHoldsRequest) {
      const wanted = parseFilter(request.filter);
      const all = (await tags.holds(await existing(request.parent))).filter(
        (hold) =>
          (wanted.holder === undefined || hold.holder === wanted.holder) &&
          (wanted.origin === undefined || hold.origin === wanted.origin),
      );
      const { items, nextPageToken } = page(
        all,
        ({ id }) => id,
        { ...request, query: request.filter },
        PAGES,
      );
      return { tagHolds: items.map(holdMessage), nextPageToken };
    },
  };
}

function requireShort(field: string, text: string): void {
  if (text.length <= MAX_TEXT) return;
  throw badField(`tag_hold.${field}`, `${field} must be less than ${MAX_TEXT + 1} characters.`);
}

/**
 * "The holder and origin fields are supported for filtering. Currently only AND syntax is supported."
 * @throws GoogleError INVALID_ARGUMENT for anything else
 */
function parseFilter(filter: string): { readonly holder?: string; readonly origin?: string } {
  if (filter.trim() === '') return {};
  const wanted: Record<string, string> = {};
  for (const part of filter.trim().split(/\s+AND\s+/)) {
    const [, field, quoted, bare] = /^(holder|origin)\s*=\s*(?:"([^"]*)"|(\S+))$/.exec(part) ?? [];
    const value = quoted ?? bare;
    if (field === undefined || value === undefined || Object.hasOwn(wanted, field)) {
      throw invalidArgument(`filter: "${part}" is neither holder = HOLDER nor origin = ORIGIN.`);
    }
    wanted[field] = value;
  }
  return wanted;
}
