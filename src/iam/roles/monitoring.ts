/** Cloud Monitoring. */
import type { Role } from '../types.js';
import { role } from './notation.js';
import { monitoring, resourceManager, serviceUsage } from './permissions/index.js';

export const monitoringRoles: readonly Role[] = [
  role(
    'roles/monitoring.metricWriter',
    'Monitoring Metric Writer',
    'Write-only access to metrics.  This provides exactly the permissions needed by the Stackdriver agent and other systems that send metrics.',
    monitoring.write,
  ),
  role(
    'roles/monitoring.viewer',
    'Monitoring Viewer',
    'Read-only access to get and list information about all monitoring data and configuration.',
    monitoring.read,
    resourceManager.seeProjects,
  ),
  role(
    'roles/monitoring.admin',
    'Monitoring Admin',
    'All current and future monitoring permissions.',
    serviceUsage.enable,
    monitoring.everything,
    resourceManager.seeProjects,
  ),
  role(
    'roles/monitoring.editor',
    'Monitoring Editor',
    'Read/write access to all monitoring data and configuration.',
    serviceUsage.enable,
    monitoring.everything,
    resourceManager.seeProjects,
  ),
];
