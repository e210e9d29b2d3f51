/** Cloud Run: services, jobs, worker pools, instances. */
import { all, permissions } from '../notation.js';

/** Everything that can be looked at, policies included. */
export const read = permissions('run', {
  'configurations revisions routes executions tasks operations': 'get list',
  'services jobs': 'get list getIamPolicy listTagBindings listEffectiveTags',
  'workerpools instances': 'get list getIamPolicy',
  locations: 'list',
  prompts: 'get',
});

export const sshRead = permissions('run', { 'services jobs workerpools instances': 'sshRead' });
export const sshRoot = permissions('run', { 'services jobs workerpools instances': 'sshRoot' });

/** Send requests to services and instances, start jobs as they are. */
export const invoke = all('run.routes.invoke', 'run.instances.invoke', 'run.jobs.run');

/** Start jobs and stop their executions. */
export const runJobs = permissions('run', { jobs: 'run', executions: 'cancel' });
export const runJobsWithOverrides = all(runJobs, 'run.jobs.runWithOverrides');

/** Deploy, change, run and delete everything, but decide about nobody's access. */
export const develop = all(
  read,
  sshRead,
  sshRoot,
  invoke,
  runJobsWithOverrides,
  permissions('run', {
    'services jobs workerpools': 'create update delete',
    instances: 'create update delete start stop',
    'revisions executions operations': 'delete',
    locations: 'uploadSource',
  }),
);

export const everything = all(
  develop,
  permissions('run', {
    'services jobs workerpools instances': 'setIamPolicy',
    'services jobs': 'createTagBinding deleteTagBinding',
  }),
);
