// @google-cloud/run: a service's life, over gRPC through the proxy, or over REST to the plane's own address.
import { RevisionsClient, ServicesClient } from '@google-cloud/run';
import { connection, ended } from './client-run-options.mjs';
import { report, step } from './client-steps.mjs';

const [project, image, service, port, token] = process.argv.slice(2);
const library = '@google-cloud/run';
const way = port === undefined ? 'gRPC' : 'REST';
const parent = `projects/${project}/locations/asia-northeast1`;
const name = `${parent}/services/${service}`;

const services = new ServicesClient(connection(port, token));
const revisions = new RevisionsClient(connection(port, token));
const short = (full) => full.split('/').at(-1);
const call = (what, make) => step(library, `${what} (${way})`, make);

const template = { containers: [{ image, env: [{ name: 'GREETING', value: 'Good morning from' }] }] };

await call('createService', async () => {
  const created = await ended(
    services.createService({ parent, serviceId: service, service: { template, labels: { team: 'web' } } }),
  );
  return { name: created.name, state: created.terminalCondition.state, uri: created.uri !== '' };
});
await call('getService', async () => {
  const [got] = await services.getService({ name });
  return { labels: got.labels, urls: got.urls.length, etag: got.etag.startsWith('"') };
});
await call('updateService with a mask', async () => {
  const service = {
    name,
    description: 'masked',
    labels: { team: 'ops' },
    template: { timeout: { seconds: 60 } },
  };
  const updateMask = { paths: ['description', 'template.timeout'] };
  const updated = await ended(services.updateService({ service, updateMask }));
  const { description, labels } = updated;
  return { description, labels, timeout: Number(updated.template.timeout.seconds) };
});
await call('updateService with an old etag', async () => {
  const [read] = await services.getService({ name });
  await ended(services.updateService({ service: read }));
  await services.updateService({ service: read });
});
await call('updateService only validated', async () => {
  const [read] = await services.getService({ name });
  await ended(
    services.updateService({ service: { ...read, labels: { never: 'kept' } }, validateOnly: true }),
  );
  return (await services.getService({ name }))[0].labels;
});
await call('listServices', async () =>
  (await services.listServices({ parent, pageSize: 1 }))[0].map((listed) => short(listed.name)).sort(),
);
await call('setIamPolicy', async () => {
  const policy = { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] };
  return (await services.setIamPolicy({ resource: name, policy }))[0].bindings[0].members;
});
await call('getIamPolicy', async () => (await services.getIamPolicy({ resource: name }))[0].bindings[0].role);
await call('testIamPermissions', async () => {
  const request = { resource: name, permissions: ['run.services.get', 'run.services.update'] };
  return (await services.testIamPermissions(request))[0].permissions;
});
await call('listRevisions', async () => (await revisions.listRevisions({ parent: name }))[0].length);
await call('deleteRevision', async () => {
  const [all] = await revisions.listRevisions({ parent: name });
  const deleted = await ended(revisions.deleteRevision({ name: all.at(-1).name }));
  return {
    same: deleted.name === all.at(-1).name,
    left: (await revisions.listRevisions({ parent: name }))[0].length,
  };
});
await call('deleteRevision that serves', async () => {
  const [got] = await services.getService({ name });
  await revisions.deleteRevision({ name: got.latestReadyRevision });
});
await call('getService of none', () => services.getService({ name: `${parent}/services/none` }));
await call('createService that exists', () =>
  services.createService({ parent, serviceId: service, service: { template } }),
);
await call('createService of an image that is missing', () =>
  ended(
    services.createService({
      parent,
      serviceId: `${service}-missing`,
      service: { template: { containers: [{ image: `${image.replace(/:.*$/, '')}:missing` }] } },
    }),
  ),
);

report();
