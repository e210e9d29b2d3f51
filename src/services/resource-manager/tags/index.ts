/** Tags: keys, values, what they are attached to, and what holds them, as Resource Manager v3 serves them. */
import { type Api, unservedMethods } from '../../../google/index.js';
import { bindingMethods } from './bindings.js';
import { holdMethods } from './holds.js';
import { keyMethods } from './keys.js';
import type { TagDeps } from './resources.js';
import { valueMethods } from './values.js';

export { valueNamed } from './names.js';
export { keptTagOperation, tagOperationTypes } from './operations.js';
export type { TagDeps, TaggableRooms } from './resources.js';

const V3 = 'google.cloud.resourcemanager.v3';

/** The bindings of a resource as a whole, which Google does not publish protos of. */
const collections = unservedMethods({
  [`${V3}.TagBindingCollections.GetTagBindingCollection`]: [
    'GET /v3/{name=locations/*/tagBindingCollections/*}',
  ],
  [`${V3}.TagBindingCollections.UpdateTagBindingCollection`]: [
    'PATCH /v3/{name=locations/*/tagBindingCollections/*}',
  ],
  [`${V3}.TagBindingCollections.GetEffectiveTagBindingCollection`]: [
    'GET /v3/{name=locations/*/effectiveTagBindingCollections/*}',
  ],
});

export function tagMethods(deps: TagDeps): Pick<Api, 'methods' | 'access'> {
  const parts = [keyMethods(deps), valueMethods(deps), bindingMethods(deps), holdMethods(deps)];
  return {
    methods: [...parts.flatMap(({ methods }) => methods), ...collections],
    access: Object.assign({}, ...parts.map(({ access }) => access)),
  };
}
