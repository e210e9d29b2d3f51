/** Cloud Logging. Data-access logs are private: only privateLogViewer and admin read them. */
import type { Role } from '../types.js';
import { betaRole, role } from './notation.js';
import { logging, resourceManager } from './permissions/index.js';

export const loggingRoles: readonly Role[] = [
  role(
    'roles/logging.bucketWriter',
    'Logs Bucket Writer',
    'Ability to write logs to a log bucket.',
    logging.bucketWrite,
  ),
  role(
    'roles/logging.fieldAccessor',
    'Log Field Accessor',
    'Ability to read restricted fields in a log bucket.',
    'logging.fields.access',
  ),
  role(
    'roles/logging.linkViewer',
    'Log Link Accessor',
    'Ability to see links for a bucket.',
    'logging.links.get',
    'logging.links.list',
  ),
  role('roles/logging.logWriter', 'Logs Writer', 'Access to write logs.', logging.write),
  betaRole(
    'roles/logging.sqlAlertWriter',
    'SQL Alert Writer',
    'Ability to write SQL Alerts.',
    logging.sqlAlerts,
  ),
  role(
    'roles/logging.viewAccessor',
    'Logs View Accessor',
    'Ability to read logs in a view.',
    logging.accessView,
  ),
  role(
    'roles/logging.privateLogViewer',
    'Private Logs Viewer',
    'Access to view all logs, including logs with private contents.',
    logging.readPrivate,
    'resourcemanager.projects.get',
  ),
  role(
    'roles/logging.viewer',
    'Logs Viewer',
    'Access to view logs, except for logs with private contents.',
    logging.read,
    'resourcemanager.projects.get',
  ),
  role(
    'roles/logging.configWriter',
    'Logs Configuration Writer',
    'Access to configure log exporting and metrics.',
    logging.configure,
    resourceManager.seeProjects,
  ),
  role(
    'roles/logging.admin',
    'Logging Admin',
    'Access to all logging permissions, and dependent permissions.',
    logging.administer,
    resourceManager.seeProjects,
  ),
];
