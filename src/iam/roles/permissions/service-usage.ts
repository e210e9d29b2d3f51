/** Service Usage: which APIs a project has, and the limits and policies on them. */
import { all, permissions } from '../notation.js';

const policyAnalysis = permissions('serviceusage', {
  consumerpolicy: 'get analyze',
  effectivepolicy: 'get',
  groups: 'list listMembers listExpandedMembers',
  values: 'test',
});

/** Which APIs are on, with quotas and consumer policy: the part that other services' viewers have too. */
export const inspect = all(
  policyAnalysis,
  permissions('serviceusage', { services: 'get list', quotas: 'get' }),
);

/** Turn APIs on, by whichever of the two ways. */
export const enable = all(
  policyAnalysis,
  permissions('serviceusage', { consumerpolicy: 'update', services: 'get enable' }),
);

/** The two together. */
export const inspectAndEnable = all(inspect, enable);

export const read = all(
  inspect,
  permissions('serviceusage', { 'contentsecuritypolicy mcppolicy effectivemcppolicy operations': 'get' }),
);

/** `read`, and charge the project's quota with one's calls. */
export const consume = all(read, 'serviceusage.services.use');

export const administer = all(
  consume,
  enable,
  permissions('serviceusage', {
    services: 'disable',
    'contentsecuritypolicy mcppolicy quotas': 'update',
  }),
);

export const apiKeys = permissions('serviceusage', { apiKeys: 'regenerate revert', operations: 'get' });

export const everything = all(administer, apiKeys);
