import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isEnabled, type Project } from '../../access/index.js';
import { openLog } from '../../audit/index.js';
import { refusals } from '../../checkpoint/index.js';
import { type Api, GoogleError, type JsonValue } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { serviceUsageApi } from './api.js';
import { DEFAULT_APIS, knownApi } from './catalogue.js';
import { firstUseWrites } from './companions.js';
import { enableService, enableServices } from './enable.js';
import { requireEnabled } from './enabled.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const NUMBER = '891566352225';
const RUN_AGENT = `service-${NUMBER}@serverless-robot-prod.iam.gserviceaccount.com`;
const COMPUTE = `${NUMBER}-compute@developer.gserviceaccount.com`;
const RUN = 'run.googleapis.com';

let rooms: Rooms;
let api: Api;

const make = (projectId: string, number: string, parent?: string) =>
  createProject(
    rooms,
    { projectId, number, owners: [ALICE], ...(parent === undefined ? {} : { parent }) },
    NOW,
  );

beforeEach(async () => {
  rooms = await openRooms();
  api = serviceUsageApi({ ...rooms, log: openLog(rooms.store) });
  await make('myproject-a', NUMBER);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const current = async (id = 'myproject-a'): Promise<Project> => {
  const project = await rooms.access.projects.get(id);
  if (!project) throw new Error(`${id} is there`);
  return project;
};
const rolesOf = async (email: string, project = 'myproject-a') => {
  const { policy } = await rooms.access.policy(projectName(project));
  const member = `serviceAccount:${email}`;
  return policy.bindings.filter(({ members }) => members.includes(member)).map(({ role }) => role);
};

describe('enabling Cloud Run', () => {
  it('brings the service agent with its role, and the default compute account as an editor', async () => {
    await enableService(rooms, 'myproject-a', RUN, NOW);
    expect(isEnabled(await current(), RUN)).toBe(true);
    expect(await rooms.identity.accounts.get(RUN_AGENT)).toMatchObject({
      kind: 'agent',
      project: 'myproject-a',
    });
    expect(await rooms.identity.accounts.get(COMPUTE)).toMatchObject({
      kind: 'default',
      project: 'myproject-a',
    });
    expect(await rolesOf(RUN_AGENT)).toEqual(['roles/run.serviceAgent']);
    expect(await rolesOf(COMPUTE)).toEqual(['roles/editor']);
  });

  it('makes no editor of the compute account below a folder or an organization', async () => {
    await make('myproject-b', '222222222222', 'organizations/123456789012');
    await enableService(rooms, 'myproject-b', RUN, NOW);
    expect(await rolesOf('222222222222-compute@developer.gserviceaccount.com', 'myproject-b')).toEqual([]);
  });

  it('changes nothing the second time, not even a grant that was taken away', async () => {
    await enableService(rooms, NUMBER, RUN, NOW);
    const resource = projectName('myproject-a');
    await rooms.access.setPolicy(resource, { bindings: [{ role: 'roles/owner', members: [ALICE] }] }, NOW);
    const before = await rooms.access.policy(resource);
    await enableService(rooms, 'myproject-a', RUN, new Date('2026-02-02T00:00:00Z'));
    expect(await rooms.access.policy(resource)).toEqual(before);
    expect((await current()).services[RUN]).toBe(NOW.toISOString());
  });

  it('survives somebody else writing the policy at the same time', async () => {
    await Promise.all([
      enableService(rooms, 'myproject-a', RUN, NOW),
      enableService(rooms, 'myproject-a', 'cloudbuild.googleapis.com', NOW),
    ]);
    expect(isEnabled(await current(), RUN)).toBe(true);
    expect(isEnabled(await current(), 'cloudbuild.googleapis.com')).toBe(true);
    expect(await rolesOf(RUN_AGENT)).toEqual(['roles/run.serviceAgent']);
  });

  it('enables nothing when one of several APIs does not exist', async () => {
    await expect(
      enableServices(rooms, 'myproject-a', [RUN, 'flying.googleapis.com'], NOW),
    ).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: 'Not found or permission denied for service(s): flying.googleapis.com.',
    });
    expect(isEnabled(await current(), RUN)).toBe(false);
    expect(await rooms.identity.accounts.get(RUN_AGENT)).toBeUndefined();
  });
});

describe('an agent that comes with the first resource', () => {
  it('is created with its grant in the transaction of that resource, once', async () => {
    const artifacts = 'artifactregistry.googleapis.com';
    const agent = `service-${NUMBER}@gcp-sa-artifactregistry.iam.gserviceaccount.com`;
    await enableService(rooms, 'myproject-a', artifacts, NOW);
    expect(await rooms.identity.accounts.get(agent)).toBeUndefined();
    await rooms.store.commit(await firstUseWrites(rooms, await current(), artifacts, NOW));
    expect(await rolesOf(agent)).toEqual(['roles/artifactregistry.serviceAgent']);
    expect(await firstUseWrites(rooms, await current(), artifacts, NOW)).toEqual([]);
  });
});

describe('the API', () => {
  it('enables one by a done operation that can be read again', async () => {
    const { json, authorizations, audit } = await as(
      ALICE,
      'POST',
      `/v1/projects/myproject-a/services/${RUN}:enable?alt=json`,
      {},
    );
    expect(json).toMatchObject({
      name: expect.stringMatching(new RegExp(`^operations/acf\\.p2-${NUMBER}-`)),
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse',
        service: {
          name: `projects/${NUMBER}/services/${RUN}`,
          config: { name: RUN, title: 'Cloud Run Admin API' },
          state: 'ENABLED',
        },
      },
    });
    expect(authorizations).toEqual([
      {
        permission: 'serviceusage.services.enable',
        resource: `projectnumbers/${NUMBER}/services/${RUN}`,
        granted: true,
      },
    ]);
    expect(await audit).toMatchObject({
      methodName: 'google.api.serviceusage.v1.ServiceUsage.EnableService',
      project: 'myproject-a',
      resource: { type: 'audited_resource' },
    });
    const { name } = json as { name: string };
    expect((await as(ALICE, 'GET', `/v1/${name}`)).json).toEqual(json);
    await expect(as(BOB, 'GET', `/v1/${name}`)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
  });

  it('answers cloudapis:enable, with which gcloud ends `projects create`', async () => {
    const { json } = await as(
      ALICE,
      'POST',
      '/v1/projects/myproject-a/services/cloudapis.googleapis.com:enable',
      {},
    );
    expect(json).toMatchObject({ done: true, response: { service: { state: 'ENABLED' } } });
    const { name } = json as { name: string };
    expect((await as(ALICE, 'GET', `/v1/${name}`)).json).toMatchObject({ name, done: true });
  });

  it('enables several at once and refuses none or too many', async () => {
    const batch = (serviceIds: string[]) =>
      as(ALICE, 'POST', '/v1/projects/myproject-a/services:batchEnable', { serviceIds });
    const { json } = await batch([RUN, 'artifactregistry.googleapis.com']);
    expect(json).toMatchObject({
      done: true,
      response: { services: [{ state: 'ENABLED' }, { state: 'ENABLED' }] },
    });
    await expect(batch([])).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(batch(Array.from({ length: 21 }, () => RUN))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('says what is enabled, and that Container Analysis is not', async () => {
    const get = async (name: string) =>
      (await as(ALICE, 'GET', `/v1/projects/myproject-a/services/${name}`)).json;
    expect(await get('logging.googleapis.com')).toMatchObject({ state: 'ENABLED' });
    expect(await get('containeranalysis.googleapis.com')).toMatchObject({ state: 'DISABLED' });
    await expect(get('flying.googleapis.com')).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
  });

  it('lists by state and by pages', async () => {
    const list = async (query: string) => {
      const { json } = await as(ALICE, 'GET', `/v1/projects/myproject-a/services?${query}`);
      return json as { services: { config: { name: string } }[]; nextPageToken?: string };
    };
    const enabled = await list('filter=state%3AENABLED&pageSize=200');
    expect(enabled.services.map(({ config }) => config.name)).toEqual([...DEFAULT_APIS].sort());
    const first = await list('filter=state:DISABLED&pageSize=3');
    expect(first.services).toHaveLength(3);
    const second = await list(`filter=state:DISABLED&pageSize=3&pageToken=${first.nextPageToken}`);
    expect(second.services[0]).not.toEqual(first.services[2]);
    await expect(list('filter=state:SLEEPING')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(list('pageToken=***')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('disables what is enabled and refuses to disable what is not', async () => {
    await enableService(rooms, 'myproject-a', RUN, NOW);
    const disable = () => as(ALICE, 'POST', `/v1/projects/myproject-a/services/${RUN}:disable`, {});
    expect((await disable()).json).toMatchObject({
      done: true,
      response: { service: { state: 'DISABLED' } },
    });
    expect(isEnabled(await current(), RUN)).toBe(false);
    await expect(disable()).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
  });

  it('gets several of one project, by id or number, and none of another’s', async () => {
    const get = (...names: string[]) => {
      const query = new URLSearchParams(names.map((name): [string, string] => ['names', name]));
      return as(ALICE, 'GET', `/v1/projects/myproject-a/services:batchGet?${query}`);
    };
    expect(
      (await get(`projects/${NUMBER}/services/${RUN}`, `projects/myproject-a/services/${RUN}`)).json,
    ).toMatchObject({
      services: [{ state: 'DISABLED' }, { state: 'DISABLED' }],
    });
    await make('myproject-b', '222222222222');
    await expect(get(`projects/myproject-b/services/${RUN}`)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
    await expect(get()).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('refuses strangers in Service Usage’s words', async () => {
    await expect(
      as(BOB, 'POST', `/v1/projects/myproject-a/services/${RUN}:enable`, {}),
    ).rejects.toMatchObject({
      message: `Permission denied to enable service [${RUN}]`,
    });
    await expect(as(BOB, 'GET', '/v1/projects/myproject-a/services')).rejects.toMatchObject({
      message: `Permission denied to list services for consumer container [projects/${NUMBER}]`,
    });
    await expect(as(BOB, 'GET', '/v1/projects/no-such-project/services')).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it('creates a service identity and grants it nothing', async () => {
    const generate = (name: string) =>
      as(ALICE, 'POST', `/v1beta1/projects/myproject-a/services/${name}:generateServiceIdentity`);
    const { json } = await generate(RUN);
    expect(json).toEqual({
      name: 'operations/finished.DONE_OPERATION',
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity',
        email: RUN_AGENT,
        uniqueId: expect.stringMatching(/^\d{21}$/),
      },
    });
    expect(await rolesOf(RUN_AGENT)).toEqual([]);
    expect((await generate(RUN)).json).toEqual(json);
    expect((await generate('compute.googleapis.com')).json).toMatchObject({
      response: { '@type': 'type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity' },
    });
    await enableService(rooms, 'myproject-a', RUN, NOW);
    expect(await rolesOf(RUN_AGENT)).toEqual(['roles/run.serviceAgent']);
  });

  it('names the methods that it does not serve', async () => {
    const quotas = `/v1beta1/projects/myproject-a/services/${RUN}/consumerQuotaMetrics`;
    await expect(as(ALICE, 'GET', quotas)).rejects.toMatchObject({ status: 'UNIMPLEMENTED' });
    await expect(as(ALICE, 'GET', '/v1/folders/1/services')).rejects.toMatchObject({
      status: 'UNIMPLEMENTED',
    });
  });

  it('has an entry in the access table for every method', () => {
    const open = api.methods.filter(
      ({ name, implemented }) => implemented !== false && !(name in api.access),
    );
    expect(open.map(({ name }) => name)).toEqual([]);
  });
});

describe('an API that is off', () => {
  it('is refused in the text by which gcloud offers to enable it', async () => {
    const project = await current();
    const title = knownApi(RUN)?.title ?? '';
    const refused = () => requireEnabled(project, RUN, title);
    expect(refused).toThrow(GoogleError);
    expect(refused).toThrow(refusals.apiDisabled(NUMBER));
    try {
      refused();
    } catch (error) {
      expect(error).toMatchObject({
        status: 'PERMISSION_DENIED',
        details: refusals.apiDisabledDetails(NUMBER),
      });
    }
    await enableService(rooms, 'myproject-a', RUN, NOW);
    expect(requireEnabled(await current(), RUN, title)).toBeUndefined();
  });
});
