/** Every route of either version asks for its permission: a stranger gets through none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { IMAGE, LOCATION, openRun, PROJECT, type RunFixture, STRANGER } from './test-fixture.js';

const V1 = `/v1/${LOCATION}`;
const V1_JOBS = `/apis/run.googleapis.com/v1/namespaces/${PROJECT}`;
const V2 = `/v2/${LOCATION}`;

let run: RunFixture;
let before: unknown;
beforeAll(async () => {
  run = await openRun();
  await run.done('POST', `${V2}/services?serviceId=web`, {
    template: { revision: 'web-one', containers: [{ image: IMAGE }] },
  });
  before = await run.store.list('');
});
afterAll(() => run.close());

const knative: JsonObject = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: PROJECT },
  spec: { template: { spec: { containers: [{ image: IMAGE }] } } },
};
const jobBody: JsonObject = { template: { template: { containers: [{ image: IMAGE }] } } };
const service: JsonObject = { template: { containers: [{ image: IMAGE }] } };
const policy: JsonObject = { policy: { bindings: [] } };
const operation = 'operations/00000000-0000-0000-0000-000000000000';

type Route = [verb: string, url: string, permission: string, body: JsonObject | undefined, resource: string];
const routes: readonly Route[] = [
  ['GET', `${V1}/services/web`, 'services.get', undefined, `namespaces/${PROJECT}/services/web`],
  ['GET', `${V1}/services`, 'services.list', undefined, `namespaces/${PROJECT}/services`],
  ['POST', `${V1}/services`, 'services.get', knative, `namespaces/${PROJECT}/services/web`],
  ['PUT', `${V1}/services/web`, 'services.get', knative, `namespaces/${PROJECT}/services/web`],
  ['DELETE', `${V1}/services/web`, 'services.delete', undefined, `namespaces/${PROJECT}/services/web`],
  ['GET', `${V1}/services/web:getIamPolicy`, 'services.getIamPolicy', undefined, `${LOCATION}/services/web`],
  ['POST', `${V1}/services/web:setIamPolicy`, 'services.setIamPolicy', policy, `${LOCATION}/services/web`],
  ['GET', `${V1}/revisions/web-one`, 'revisions.get', undefined, `namespaces/${PROJECT}/revisions/web-one`],
  ['GET', `${V1}/revisions`, 'revisions.list', undefined, `namespaces/${PROJECT}/revisions`],
  [
    'DELETE',
    `${V1}/revisions/web-one`,
    'revisions.delete',
    undefined,
    `namespaces/${PROJECT}/revisions/web-one`,
  ],
  [
    'GET',
    `/v1/projects/${PROJECT}/locations`,
    'locations.list',
    undefined,
    `namespaces/${PROJECT}/locations`,
  ],
  ['GET', `${V1}/${operation}`, 'operations.get', undefined, `${LOCATION}/${operation}`],
  ['GET', `${V1}/operations`, 'operations.list', undefined, `${LOCATION}/operations`],
  ['DELETE', `${V1}/${operation}`, 'operations.delete', undefined, `${LOCATION}/${operation}`],
  ['POST', `${V1}/${operation}:wait`, 'operations.get', {}, `${LOCATION}/${operation}`],
  ['GET', `${V2}/services/web`, 'services.get', undefined, `${LOCATION}/services/web`],
  ['GET', `${V2}/services`, 'services.list', undefined, `${LOCATION}/services`],
  [
    'GET',
    `/v2/projects/${PROJECT}/locations/-/services`,
    'services.list',
    undefined,
    `projects/${PROJECT}/locations/-/services`,
  ],
  ['POST', `${V2}/services?serviceId=web`, 'services.get', service, `${LOCATION}/services/web`],
  ['PATCH', `${V2}/services/web`, 'services.get', service, `${LOCATION}/services/web`],
  ['PATCH', `${V2}/services/new?allowMissing=true`, 'services.get', service, `${LOCATION}/services/new`],
  ['DELETE', `${V2}/services/web`, 'services.delete', undefined, `${LOCATION}/services/web`],
  ['GET', `${V2}/services/web:getIamPolicy`, 'services.getIamPolicy', undefined, `${LOCATION}/services/web`],
  ['POST', `${V2}/services/web:setIamPolicy`, 'services.setIamPolicy', policy, `${LOCATION}/services/web`],
  [
    'GET',
    `${V2}/services/web/revisions/web-one`,
    'revisions.get',
    undefined,
    `${LOCATION}/services/web/revisions/web-one`,
  ],
  ['GET', `${V2}/services/web/revisions`, 'revisions.list', undefined, `${LOCATION}/services/web/revisions`],
  ['GET', `${V2}/services/-/revisions`, 'revisions.list', undefined, `${LOCATION}/services/-/revisions`],
  [
    'DELETE',
    `${V2}/services/web/revisions/web-one`,
    'revisions.delete',
    undefined,
    `${LOCATION}/services/web/revisions/web-one`,
  ],
  ['GET', `${V1_JOBS}/jobs/batch`, 'jobs.get', undefined, `namespaces/${PROJECT}/jobs/batch`],
  ['GET', `${V1_JOBS}/jobs`, 'jobs.list', undefined, `namespaces/${PROJECT}/jobs`],
  ['DELETE', `${V1_JOBS}/jobs/batch`, 'jobs.delete', undefined, `namespaces/${PROJECT}/jobs/batch`],
  ['POST', `${V1_JOBS}/jobs/batch:run`, 'jobs.run', {}, `namespaces/${PROJECT}/jobs/batch`],
  ['GET', `${V1_JOBS}/executions/e`, 'executions.get', undefined, `namespaces/${PROJECT}/executions/e`],
  ['GET', `${V1_JOBS}/tasks/t`, 'tasks.get', undefined, `namespaces/${PROJECT}/tasks/t`],
  ['GET', `${V2}/jobs/batch`, 'jobs.get', undefined, `${LOCATION}/jobs/batch`],
  ['POST', `${V2}/jobs?jobId=batch`, 'jobs.get', jobBody, `${LOCATION}/jobs/batch`],
  ['POST', `${V2}/jobs/batch:run`, 'jobs.run', {}, `${LOCATION}/jobs/batch`],
  ['DELETE', `${V2}/jobs/batch`, 'jobs.delete', undefined, `${LOCATION}/jobs/batch`],
  [
    'POST',
    `${V2}/jobs/batch/executions/e:cancel`,
    'executions.cancel',
    {},
    `${LOCATION}/jobs/batch/executions/e`,
  ],
  [
    'GET',
    `${V2}/jobs/-/executions/-/tasks`,
    'tasks.list',
    undefined,
    `${LOCATION}/jobs/-/executions/-/tasks`,
  ],
  ['GET', `${V2}/${operation}`, 'operations.get', undefined, `${LOCATION}/${operation}`],
  ['GET', `${V2}/operations`, 'operations.list', undefined, `${LOCATION}/operations`],
  ['DELETE', `${V2}/${operation}`, 'operations.delete', undefined, `${LOCATION}/${operation}`],
  ['POST', `${V2}/${operation}:wait`, 'operations.get', {}, `${LOCATION}/${operation}`],
];

describe('a stranger', () => {
  it.each(routes)('gets not through %s %s: run.%s', async (verb, url, permission, body, resource) => {
    await expect(run.call(STRANGER, verb, url, body)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: `Permission 'run.${permission}' denied on resource '${resource}' (or resource may not exist).`,
    });
    expect(await run.store.list('')).toEqual(before);
  });
});

describe('a region that does not exist', () => {
  it.each(routes.filter(([, url]) => url.includes('asia-northeast1')))(
    '%s %s',
    async (verb, url, _, body) => {
      await expect(
        run.owner(verb, url.replace('asia-northeast1', 'mars-north1'), body),
      ).rejects.toMatchObject({
        status: 'NOT_FOUND',
        message: 'Location mars-north1 is not found or access is unauthorized.',
      });
    },
  );
});

describe('every method', () => {
  it('has an entry in the table of permissions, or is not implemented', () => {
    const open = run.api.methods.filter(
      ({ name, implemented }) => implemented !== false && !run.api.access[name],
    );
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  it.each(['instances'])('of %s answers UNIMPLEMENTED', async (collection) => {
    await expect(run.owner('GET', `${V2}/${collection}`)).rejects.toMatchObject({ status: 'UNIMPLEMENTED' });
  });
});
