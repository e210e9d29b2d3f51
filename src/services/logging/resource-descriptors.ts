/**
 * The monitored resources that entries of this plane are about
 * (https://cloud.google.com/logging/docs/api/v2/resource-list).
 */
import { LabelDescriptor_ValueType } from '../../google/gen/google/api/label_pb.js';
import type { PageRequest } from '../paging.js';
import { page } from '../paging.js';

interface Described {
  readonly type: string;
  readonly displayName: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
}

const PROJECT = { project_id: 'The identifier of the GCP project associated with this resource.' };
const RUN = {
  ...PROJECT,
  location: 'The region in which the resource runs.',
};

/** In the order of their types, by which they are paged. */
const RESOURCES: readonly Described[] = [
  {
    type: 'audited_resource',
    displayName: 'Audited Resource',
    description: 'A resource of a service that is described by its audit entries alone.',
    labels: {
      ...PROJECT,
      service: 'The name of the API service.',
      method: 'The full name of the method called.',
    },
  },
  {
    type: 'cloud_run_job',
    displayName: 'Cloud Run Job',
    description: 'A job in Cloud Run.',
    labels: { ...RUN, job_name: 'The name of the job.' },
  },
  {
    type: 'cloud_run_revision',
    displayName: 'Cloud Run Revision',
    description: 'A revision in Cloud Run.',
    labels: {
      ...RUN,
      service_name: 'The name of the service.',
      revision_name: 'The name of the revision.',
      configuration_name: 'The name of the configuration which created the revision.',
    },
  },
  {
    type: 'cloud_run_worker_pool',
    displayName: 'Cloud Run Worker Pool',
    description: 'A worker pool in Cloud Run.',
    labels: {
      ...RUN,
      worker_pool_name: 'The name of the worker pool.',
      revision_name: 'The name of the revision.',
    },
  },
  {
    type: 'gce_instance',
    displayName: 'VM Instance',
    description: 'A virtual machine instance.',
    labels: {
      ...PROJECT,
      instance_id: 'The numeric identifier of the instance.',
      zone: 'The zone of the instance.',
    },
  },
  {
    type: 'folder',
    displayName: 'Folder',
    description: 'A folder in an organization.',
    labels: { folder_id: 'The identifier of the folder.' },
  },
  {
    type: 'global',
    displayName: 'Global',
    description: 'A resource type for entries that belong to no specific resource.',
    labels: PROJECT,
  },
  {
    type: 'organization',
    displayName: 'Organization',
    description: 'An organization.',
    labels: { organization_id: 'The identifier of the organization.' },
  },
  {
    type: 'project',
    displayName: 'Project',
    description: 'A Google Cloud project.',
    labels: PROJECT,
  },
  {
    type: 'service_account',
    displayName: 'Service Account',
    description: 'A service account.',
    labels: {
      ...PROJECT,
      email_id: 'The email of the service account.',
      unique_id: 'The unique identifier of the service account.',
    },
  },
];

/** One page of them. @throws GoogleError INVALID_ARGUMENT for a token of somebody else's making */
export function listResourceDescriptors(request: PageRequest) {
  // ListMonitoredResourceDescriptorsRequest.page_size: "Non-positive values are ignored."
  const { items, nextPageToken } = page(
    RESOURCES,
    ({ type }) => type,
    { pageSize: Math.max(0, request.pageSize), pageToken: request.pageToken },
    { default: 50, max: 1000 },
  );
  const resourceDescriptors = items.map(({ labels, ...resource }) => ({
    ...resource,
    labels: Object.entries(labels).map(([key, description]) => ({
      key,
      description,
      valueType: LabelDescriptor_ValueType.STRING,
    })),
  }));
  return { resourceDescriptors, nextPageToken };
}
