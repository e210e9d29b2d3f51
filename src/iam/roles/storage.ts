/** Cloud Storage, where sources, build logs and the images of gcr.io lie. */
import type { Role } from '../types.js';
import { betaRole, permissions, role } from './notation.js';
import { monitoring, resourceManager, storage } from './permissions/index.js';

export const storageRoles: readonly Role[] = [
  role(
    'roles/storage.legacyObjectReader',
    'Storage Legacy Object Reader',
    'Grants permission to view objects and their metadata, excluding ACLs.',
    'storage.objects.get',
  ),
  betaRole(
    'roles/storage.bucketViewer',
    'Storage Bucket Viewer',
    'Grants permission to view buckets and their metadata, excluding IAM policies.',
    storage.bucketsRead,
  ),
  role(
    'roles/storage.legacyBucketReader',
    'Storage Legacy Bucket Reader',
    "Grants permission to list a bucket's contents and read bucket metadata, excluding IAM policies. Also grants permission to read object metadata when listing objects (excluding IAM policies).",
    'storage.buckets.get',
    'storage.objects.list',
  ),
  role(
    'roles/storage.legacyObjectOwner',
    'Storage Legacy Object Owner',
    'Grants permission to view and edit objects and their metadata, including ACLs.',
    'storage.objects.get',
    'storage.objects.update',
  ),
  role(
    'roles/storage.viewer',
    'Storage Viewer',
    'Viewer role for storage',
    'storage.buckets.list',
    resourceManager.seeProjects,
  ),
  role(
    'roles/storage.editor',
    'Storage Editor',
    'Editor role for storage',
    'storage.buckets.create',
    'storage.buckets.list',
    resourceManager.seeProjects,
  ),
  role(
    'roles/storage.legacyBucketWriter',
    'Storage Legacy Bucket Writer',
    'Grants permission to create, replace, and delete objects; list objects in a bucket; read object metadata when listing (excluding IAM policies); and read bucket metadata, excluding IAM policies.',
    permissions('storage', { buckets: 'get', objects: 'create list delete' }),
  ),
  role(
    'roles/storage.objectCreator',
    'Storage Object Creator',
    'Allows users to create objects. Does not give permission to view, delete, or replace objects.',
    'orgpolicy.policy.get',
    'storage.objects.create',
    resourceManager.seeProjects,
  ),
  role(
    'roles/storage.objectViewer',
    'Storage Object Viewer',
    'Grants access to view objects and their metadata, excluding ACLs. Can also list the objects in a bucket.',
    storage.objectsRead,
    resourceManager.seeProjects,
  ),
  role(
    'roles/storage.legacyBucketOwner',
    'Storage Legacy Bucket Owner',
    'Grants permission to create, replace, and delete objects; list objects in a bucket; create, delete, and list tag bindings; read object metadata when listing (excluding IAM policies); and read and edit bucket metadata, including IAM policies.',
    permissions('storage', { buckets: 'get getIamPolicy setIamPolicy', objects: 'create list delete' }),
  ),
  role(
    'roles/storage.objectAdmin',
    'Storage Object Admin',
    'Grants full control over objects, including listing, creating, viewing, and deleting objects.',
    storage.objectsEdit,
    'monitoring.timeSeries.create',
    'orgpolicy.policy.get',
    resourceManager.seeProjects,
  ),
  role(
    'roles/storage.objectUser',
    'Storage Object User',
    'Access to create, read, update and delete objects and multipart uploads in GCS.',
    storage.objectsEdit,
    'monitoring.timeSeries.create',
    'orgpolicy.policy.get',
    resourceManager.seeProjects,
  ),
  role(
    'roles/storage.admin',
    'Storage Admin',
    'Grants full control of buckets and objects.',
    storage.everything,
    monitoring.listAndReport,
    'orgpolicy.policy.get',
    'resourcemanager.hierarchyNodes.listEffectiveTags',
    resourceManager.seeProjects,
  ),
];
