/** `resourceAttributes` of a checked permission, for the services whose entries have them; those of others are empty. */
import type { JsonObject } from '../google/index.js';

const COLLECTIONS: Readonly<Record<string, string>> = {
  projects: 'Project',
  folders: 'Folder',
  organizations: 'Organization',
};

/**
 * google.rpc.context.AttributeContext.Resource, as entries of Resource Manager, Secret Manager and the IAM API have it.
 * @param resource as the API spells it
 */
export function resourceAttributes(service: string, permission: string, resource: string): JsonObject {
  switch (service) {
    case 'cloudresourcemanager.googleapis.com': {
      const [, collection = ''] = /^([a-z]+)\/[^/]+$/.exec(resource) ?? [];
      const type = Object.hasOwn(COLLECTIONS, collection) ? COLLECTIONS[collection] : undefined;
      return type === undefined ? {} : { service, name: resource, type: `${service}/${type}` };
    }
    case 'secretmanager.googleapis.com': {
      if (!resource.includes('/secrets/')) return {};
      const type = resource.includes('/versions/') ? 'SecretVersion' : 'Secret';
      return { service, name: resource, type: `${service}/${type}` };
    }
    case 'iam.googleapis.com':
      return permission === 'iam.serviceAccounts.create' ? { type: `${service}/ServiceAccount` } : {};
    default:
      return {};
  }
}
