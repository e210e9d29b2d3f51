/** Policies of tag keys and tag values. */
import {
  type AccessControl,
  type PolicyMethods,
  policyMethods,
  resourceManagerRefusal,
} from '../../../access/index.js';
import { monitoredContainer } from '../../../audit/index.js';
import { denied } from '../deps.js';
import { idIn } from './names.js';
import { containerOfTag } from './rules.js';

export function tagPolicies(access: AccessControl, collection: 'tagKeys' | 'tagValues'): PolicyMethods {
  const definitions = collection === 'tagKeys' ? access.tags.keys : access.tags.values;
  const service = collection === 'tagKeys' ? 'TagKeys' : 'TagValues';
  return policyMethods(access, {
    permissions: {
      get: `resourcemanager.${collection}.getIamPolicy`,
      set: `resourcemanager.${collection}.setIamPolicy`,
    },
    locate: async (resource) => {
      const label = `${collection}/${idIn(resource, collection, 'resource')}`;
      const project = await containerOfTag(access, label);
      return { resource: `//cloudresourcemanager.googleapis.com/${label}`, label, project };
    },
    mustExist: async ({ label }) => {
      if (!(await definitions.get(label.slice(collection.length + 1)))) throw denied(label);
    },
    refusal: resourceManagerRefusal,
    audit: {
      serviceName: 'cloudresourcemanager.googleapis.com',
      methodName: `google.cloud.resourcemanager.v3.${service}.SetIamPolicy`,
      monitored: ({ project }) => monitoredContainer(project),
      policyDelta: true,
    },
  });
}
