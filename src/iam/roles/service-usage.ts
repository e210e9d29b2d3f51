/** Service Usage and API keys. */
import type { Role } from '../types.js';
import { role } from './notation.js';
import { serviceUsage } from './permissions/index.js';

export const serviceUsageRoles: readonly Role[] = [
  role(
    'roles/serviceusage.apiKeysViewer',
    'API Keys Viewer',
    'Ability to get and list API keys for a project.',
  ),
  role(
    'roles/serviceusage.apiKeysAdmin',
    'API Keys Admin',
    'Ability to create, delete, update, get and list API keys for a project.',
    serviceUsage.apiKeys,
    'orgpolicy.policy.get',
  ),
  role(
    'roles/serviceusage.serviceUsageViewer',
    'Service Usage Viewer',
    'Ability to inspect service states and operations for a consumer project.',
    serviceUsage.read,
    'monitoring.timeSeries.list',
  ),
  role(
    'roles/serviceusage.serviceUsageConsumer',
    'Service Usage Consumer',
    'Ability to inspect service states and operations, and consume quota and billing for a consumer project.',
    serviceUsage.consume,
    'monitoring.timeSeries.list',
  ),
  role(
    'roles/serviceusage.serviceUsageAdmin',
    'Service Usage Admin',
    'Ability to enable, disable, and inspect service states, inspect operations, and consume quota and billing for a consumer project.',
    serviceUsage.administer,
    'monitoring.timeSeries.list',
  ),
];
