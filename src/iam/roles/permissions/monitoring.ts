/** Cloud Monitoring: metrics, as far as roles for the services here carry them. */
import { all, permissions } from '../notation.js';

const describe = permissions('monitoring', { 'metricDescriptors monitoredResourceDescriptors': 'get list' });

export const read = all(describe, 'monitoring.timeSeries.list');

export const write = all(
  describe,
  permissions('monitoring', { metricDescriptors: 'create', timeSeries: 'create' }),
);

/** What is measured, by name only, and adding to it: other services' administrators have it. */
export const listAndReport = permissions('monitoring', {
  'metricDescriptors monitoredResourceDescriptors': 'list',
  timeSeries: 'list create',
});

export const everything = all(read, write, 'monitoring.metricDescriptors.delete');
