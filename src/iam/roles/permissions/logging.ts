/** Cloud Logging: entries, the logs and buckets that hold them, and what routes them. */
import { all, permissions } from '../notation.js';

export const write = permissions('logging', { logEntries: 'create route' });

/** Entries of every log but the private ones (data access), with the configuration around them. */
const readLogs = permissions('logging', {
  'logEntries logs logServices logServiceIndexes': 'list',
  'buckets views links sinks exclusions logMetrics locations operations': 'get list',
  queries: 'getShared listShared usePrivate',
  usage: 'get',
});

export const read = all(readLogs, permissions('logging', { logScopes: 'get list' }));

export const readPrivate = all(readLogs, 'logging.privateLogEntries.list', 'logging.views.access');

/** Look into one log view. */
export const accessView = permissions('logging', {
  views: 'access listLogs listResourceKeys listResourceValues',
  logEntries: 'download',
});

/** Everything that a viewer of the whole project sees. */
export const inspect = all(
  read,
  permissions('logging', {
    notificationRules: 'get list',
    buckets: 'copyLogEntries listTagBindings listEffectiveTags',
    logEntries: 'download',
    settings: 'get',
    views: 'getIamPolicy listLogs listResourceKeys listResourceValues',
  }),
);

export const sqlAlerts = permissions('logging', { sqlAlerts: 'create update' });

/** Change what an editor of the whole project may: not where logs go (sinks, buckets, exclusions). */
export const edit = all(
  inspect,
  write,
  sqlAlerts,
  permissions('logging', {
    'logMetrics logScopes notificationRules views': 'create update delete',
    links: 'create delete',
    logs: 'delete',
    operations: 'cancel',
    settings: 'update',
  }),
);

/** Where logs go and what is made of them, without reading an entry. */
export const configure = all(
  sqlAlerts,
  permissions('logging', {
    'sinks exclusions logMetrics logScopes notificationRules': 'create get list update delete',
    views: 'create get list update delete getIamPolicy',
    buckets: 'create get list update delete undelete',
    links: 'create get list delete',
    operations: 'get list cancel',
    locations: 'get list',
    settings: 'get update',
    'logs logServices logServiceIndexes': 'list',
  }),
  permissions('logging', {
    buckets: 'createTagBinding deleteTagBinding listTagBindings listEffectiveTags',
  }),
);

export const administer = all(
  edit,
  configure,
  readPrivate,
  permissions('logging', {
    fields: 'access',
    queries: 'share updateShared deleteShared',
    views: 'setIamPolicy',
  }),
);

/** Writing straight into a bucket is left to routers, even for an administrator. */
export const bucketWrite = permissions('logging', { buckets: 'write' });

export const everything = all(administer, bucketWrite);
