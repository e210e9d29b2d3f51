import { expect, it } from 'vitest';
import { listResourceDescriptors } from './resource-descriptors.js';

it('lists the types of monitored resources with their labels, by pages', () => {
  const first = listResourceDescriptors({ pageSize: 3, pageToken: '' });
  expect(first.resourceDescriptors.map(({ type }) => type)).toEqual([
    'audited_resource',
    'cloud_run_job',
    'cloud_run_revision',
  ]);
  expect(first.resourceDescriptors[2]?.labels.map(({ key }) => key)).toEqual([
    'project_id',
    'location',
    'service_name',
    'revision_name',
    'configuration_name',
  ]);
  // "Non-positive values are ignored."
  const rest = listResourceDescriptors({ pageSize: -1, pageToken: first.nextPageToken });
  expect(rest.resourceDescriptors.map(({ type }) => type)).toContain('service_account');
  expect(rest.nextPageToken).toBe('');
});
