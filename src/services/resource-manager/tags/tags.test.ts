import { beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../../google/index.js';
import { organizationName, parsePrincipal, projectName } from '../../../names/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../../test-support.js';
import { resourceManagerApi } from '../api.js';
import { createProject } from '../create.js';

const ADMIN = 'user:admin@example.com';
const ALICE = 'user:alice@example.com';
const ORGANIZATION = 'organizations/1';
const NUMBER = '891566352225';
const PROJECT = `//cloudresourcemanager.googleapis.com/projects/${NUMBER}`;

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  const { store, access } = rooms;
  await store.commit([{ op: 'put', key: ORGANIZATION, value: { domain: 'example.com' } }]);
  const grants = ['roles/owner', 'roles/resourcemanager.tagAdmin', 'roles/resourcemanager.tagUser'].map(
    (role) => ({ role, member: ADMIN }),
  );
  await store.commit([await access.grantsWrite(organizationName('1'), grants)]);
  const project = { projectId: 'my-project', number: NUMBER, parent: ORGANIZATION, owners: [ADMIN] };
  await createProject(rooms, project, NOW);
  api = resourceManagerApi(rooms);
});

interface Answer {
  readonly done?: boolean;
  readonly name?: string;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

async function call(verb: string, url: string, body?: JsonValue, member = ADMIN): Promise<Answer> {
  return (await invoke(api, rooms.access, member, verb, url, body)).json as Answer;
}
const refused = (status: string, message = /./) => ({ status, message: expect.stringMatching(message) });

async function makeKey(shortName = 'env', parent = ORGANIZATION): Promise<string> {
  return String((await call('POST', '/v3/tagKeys', { parent, shortName })).response?.name);
}
async function makeValue(key: string, shortName: string): Promise<string> {
  return String((await call('POST', '/v3/tagValues', { parent: key, shortName })).response?.name);
}
const bind = (tagValue: string, parent = PROJECT) => call('POST', '/v3/tagBindings', { parent, tagValue });

describe('a tag key', () => {
  it('is made by an operation, and found by its number, its name and in a list', async () => {
    const operation = await call('POST', '/v3/tagKeys', {
      parent: ORGANIZATION,
      shortName: 'env',
      description: 'where it runs',
    });
    expect(operation).toMatchObject({
      done: true,
      metadata: { '@type': 'type.googleapis.com/google.cloud.resourcemanager.v3.CreateTagKeyMetadata' },
      response: {
        '@type': 'type.googleapis.com/google.cloud.resourcemanager.v3.TagKey',
        name: expect.stringMatching(/^tagKeys\/\d{15}$/),
        parent: ORGANIZATION,
        shortName: 'env',
        namespacedName: '1/env',
        description: 'where it runs',
      },
    });
    expect(await call('GET', `/v3/${operation.name}`)).toEqual(operation);
    await expect(call('GET', `/v3/${operation.name}`, undefined, ALICE)).rejects.toMatchObject(
      refused('PERMISSION_DENIED'),
    );
    const { '@type': _, ...key } = operation.response ?? {};
    expect(await call('GET', `/v3/${key.name}`)).toEqual(key);
    expect(await call('GET', '/v3/tagKeys/namespaced?name=1/env')).toEqual(key);
    expect(await call('GET', `/v3/tagKeys?parent=${ORGANIZATION}`)).toEqual({ tagKeys: [key] });
  });

  it('of a project is named by its id, and lies in it by its number', async () => {
    const key = await makeKey('team', 'projects/my-project');
    const found = { name: key, parent: `projects/${NUMBER}`, namespacedName: 'my-project/team' };
    expect(await call('GET', '/v3/tagKeys/namespaced?name=my-project/team')).toMatchObject(found);
    expect(await call('GET', `/v3/tagKeys/namespaced?name=${NUMBER}/team`)).toMatchObject(found);
  });

  it('has a description that can change, and nothing else', async () => {
    const key = await makeKey();
    const { etag } = await call('GET', `/v3/${key}`);
    const changed = await call('PATCH', `/v3/${key}?updateMask=description`, {
      description: 'new',
      etag: String(etag),
    });
    expect(changed.response).toMatchObject({ shortName: 'env', description: 'new' });
    await expect(call('PATCH', `/v3/${key}`, { etag: String(etag) })).rejects.toMatchObject(
      refused('ABORTED'),
    );
    await expect(call('PATCH', `/v3/${key}?updateMask=shortName`, { shortName: 'x' })).rejects.toMatchObject(
      refused('INVALID_ARGUMENT', /short_name/),
    );
  });

  it.each<[JsonValue, string, RegExp]>([
    [{ parent: 'folders/1', shortName: 'a' }, 'INVALID_ARGUMENT', /parent/],
    [{ parent: ORGANIZATION, shortName: '-a' }, 'INVALID_ARGUMENT', /short_name/],
    [{ parent: ORGANIZATION, shortName: 'a'.repeat(64) }, 'INVALID_ARGUMENT', /short_name/],
    [
      { parent: ORGANIZATION, shortName: 'a', description: 'x'.repeat(257) },
      'INVALID_ARGUMENT',
      /description/,
    ],
    [{ parent: ORGANIZATION, shortName: 'a', purpose: 'GCE_FIREWALL' }, 'UNIMPLEMENTED', /purpose/],
    [
      { parent: ORGANIZATION, shortName: 'a', purposeData: { network: 'x' } },
      'UNIMPLEMENTED',
      /purpose_data/,
    ],
    [{ parent: 'organizations/2', shortName: 'a' }, 'PERMISSION_DENIED', /./],
  ])('is not made of %j', async (body, status, message) => {
    await expect(call('POST', '/v3/tagKeys', body)).rejects.toMatchObject(refused(status, message));
    expect(await call('GET', `/v3/tagKeys?parent=${ORGANIZATION}`)).toEqual({});
  });

  it('is one of its name, and stays as long as it has values', async () => {
    const key = await makeKey();
    await expect(makeKey()).rejects.toMatchObject(refused('ALREADY_EXISTS'));
    const value = await makeValue(key, 'prod');
    await expect(call('DELETE', `/v3/${key}`)).rejects.toMatchObject(
      refused('FAILED_PRECONDITION', /TagValues/),
    );
    await call('DELETE', `/v3/${value}`);
    expect((await call('DELETE', `/v3/${key}?validateOnly=true`)).response).toMatchObject({ name: key });
    expect((await call('DELETE', `/v3/${key}`)).response).toMatchObject({ name: key });
    await expect(call('GET', `/v3/${key}`)).rejects.toMatchObject(refused('PERMISSION_DENIED'));
    expect(await makeKey()).not.toBe(key);
  });

  it('is only tried when that is asked for', async () => {
    const body = { parent: ORGANIZATION, shortName: 'env' };
    const tried = await call('POST', '/v3/tagKeys?validateOnly=true', body);
    expect(tried.response).toMatchObject({ shortName: 'env' });
    expect(await call('GET', `/v3/tagKeys?parent=${ORGANIZATION}`)).toEqual({});
  });

  it('has a policy, which its values inherit', async () => {
    const key = await makeKey();
    const value = await makeValue(key, 'prod');
    await expect(call('GET', `/v3/${value}`, undefined, ALICE)).rejects.toMatchObject(
      refused('PERMISSION_DENIED'),
    );
    const bindings = [{ role: 'roles/resourcemanager.tagViewer', members: [ALICE] }];
    await call('POST', `/v3/${key}:setIamPolicy`, { policy: { bindings } });
    expect(await call('POST', `/v3/${key}:getIamPolicy`, {})).toMatchObject({ bindings });
    expect(await call('GET', `/v3/${value}`, undefined, ALICE)).toMatchObject({
      namespacedName: '1/env/prod',
    });
    const permissions = ['resourcemanager.tagValues.get', 'resourcemanager.tagValues.delete'];
    expect(await call('POST', `/v3/${value}:testIamPermissions`, { permissions }, ALICE)).toEqual({
      permissions: ['resourcemanager.tagValues.get'],
    });
    const unfit = [{ role: 'roles/run.viewer', members: [ALICE] }];
    await expect(
      call('POST', `/v3/${key}:setIamPolicy`, { policy: { bindings: unfit } }),
    ).rejects.toMatchObject(refused('INVALID_ARGUMENT', /not supported for this resource/));
  });
});

describe('a tag binding', () => {
  it('is made and removed at once, and named after the resource, projects by number', async () => {
    const value = await makeValue(await makeKey(), 'prod');
    const byId = '//cloudresourcemanager.googleapis.com/projects/my-project';
    const name = `tagBindings/${encodeURIComponent(PROJECT)}/${value}`;
    expect(await bind(value, byId)).toEqual({
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.cloud.resourcemanager.v3.TagBinding',
        name,
        parent: PROJECT,
        tagValue: value,
        tagValueNamespacedName: '1/env/prod',
      },
    });
    expect(await call('GET', `/v3/tagBindings?parent=${byId}`)).toMatchObject({ tagBindings: [{ name }] });
    await expect(call('DELETE', `/v3/${value}`)).rejects.toMatchObject(
      refused('FAILED_PRECONDITION', /attached/),
    );
    expect(await call('DELETE', `/v3/${name}`)).toMatchObject({ done: true });
    expect(await call('GET', `/v3/tagBindings?parent=${PROJECT}`)).toEqual({});
    await expect(call('DELETE', `/v3/${name}`)).rejects.toMatchObject(refused('NOT_FOUND'));
  });

  it('takes a value by its name, one of each key, and only what is defined above the resource', async () => {
    const key = await makeKey();
    const [prod, test] = [await makeValue(key, 'prod'), await makeValue(key, 'test')];
    const tagValueNamespacedName = '1/env/prod';
    await call('POST', '/v3/tagBindings', { parent: PROJECT, tagValueNamespacedName });
    await expect(bind(prod)).rejects.toMatchObject(refused('ALREADY_EXISTS'));
    await expect(bind(test)).rejects.toMatchObject(refused('FAILED_PRECONDITION', /at most one value/));
    await expect(
      call('POST', '/v3/tagBindings', { parent: PROJECT, tagValue: prod, tagValueNamespacedName }),
    ).rejects.toMatchObject(refused('INVALID_ARGUMENT', /Exactly one/));
    const own = await makeValue(await makeKey('team', 'projects/my-project'), 'web');
    await expect(bind(own, '//cloudresourcemanager.googleapis.com/organizations/1')).rejects.toMatchObject(
      refused('FAILED_PRECONDITION', /defined in projects\/my-project/),
    );
  });

  it.each([
    ['//run.googleapis.com/projects/my-project/locations/us-central1/workerPools/p', /supports none/],
    ['//cloudresourcemanager.googleapis.com/tagKeys/1', /supports none/],
    ['projects/my-project', /no full resource name/],
    [
      '//run.googleapis.com/projects/my-project/locations/us-central1/services/web',
      /served by us-central1-cloudresourcemanager\.googleapis\.com/,
    ],
  ])('is refused on %s', async (parent, message) => {
    const value = await makeValue(await makeKey(), 'prod');
    await expect(bind(value, parent)).rejects.toMatchObject(refused('INVALID_ARGUMENT', message));
  });

  it('wants the right to the value and the right to the resource', async () => {
    const key = await makeKey();
    const value = await makeValue(key, 'prod');
    const body = { parent: PROJECT, tagValue: value };
    const asAlice = () => call('POST', '/v3/tagBindings', body, ALICE);
    const grant = async (resource: `//${string}`) => {
      const { store, access } = rooms;
      await store.commit([await access.grantWrite(resource, 'roles/resourcemanager.tagUser', ALICE)]);
    };
    await expect(asAlice()).rejects.toMatchObject(refused('PERMISSION_DENIED'));
    await grant(`//cloudresourcemanager.googleapis.com/${value}`);
    await expect(asAlice()).rejects.toMatchObject(refused('PERMISSION_DENIED'));
    await grant(projectName('my-project'));
    expect(await asAlice()).toMatchObject({ done: true });
  });

  it('at most 50 of a resource', async () => {
    const { tags } = rooms.access;
    const make = async (n: number) => {
      const key = await tags.keys.create(
        { parent: ORGANIZATION, shortName: `k${n}`, description: '' },
        NOW,
        () => [],
      );
      const wanted = { parent: `tagKeys/${key.id}`, shortName: 'v', description: '' };
      return `tagValues/${(await tags.values.create(wanted, NOW, () => [])).id}`;
    };
    for (let n = 0; n < 50; n++) await bind(await make(n));
    await expect(bind(await make(50))).rejects.toMatchObject(refused('RESOURCE_EXHAUSTED', /at most 50/));
  });
});

describe('effective tags', () => {
  it('are inherited, and the nearest of a key wins', async () => {
    const key = await makeKey();
    const [prod, test] = [await makeValue(key, 'prod'), await makeValue(key, 'test')];
    const [a] = [await makeValue(await makeKey('cost'), 'a')];
    await bind(prod, '//cloudresourcemanager.googleapis.com/organizations/1');
    await bind(a, '//cloudresourcemanager.googleapis.com/organizations/1');
    const effective = async () =>
      (await call('GET', `/v3/effectiveTags?parent=${PROJECT}`)).effectiveTags as {
        namespacedTagValue: string;
      }[];
    expect((await effective()).find(({ namespacedTagValue }) => namespacedTagValue === '1/env/prod')).toEqual(
      {
        tagValue: prod,
        namespacedTagValue: '1/env/prod',
        tagKey: key,
        namespacedTagKey: '1/env',
        tagKeyParentName: ORGANIZATION,
        inherited: true,
      },
    );
    await bind(test);
    const names = (await effective()).map(({ namespacedTagValue }) => namespacedTagValue);
    expect(names.sort()).toEqual(['1/cost/a', '1/env/test']);
  });

  it('decide about conditions from the moment they are bound', async () => {
    const { access } = rooms;
    const value = await makeValue(await makeKey(), 'prod');
    const condition = { title: 'prod only', expression: "resource.matchTag('1/env', 'prod')" };
    const { bindings } = (await access.policy(projectName('my-project'))).policy;
    const conditional = { role: 'roles/browser', members: [ALICE], condition };
    await access.setPolicy(
      projectName('my-project'),
      { version: 3, bindings: [...bindings, conditional] },
      NOW,
    );
    const alice = parsePrincipal(ALICE);
    if (!alice) throw new Error('nobody');
    const may = () => access.isGranted(alice, 'resourcemanager.projects.get', projectName('my-project'), NOW);
    expect(await may()).toBe(false);
    await bind(value);
    expect(await may()).toBe(true);
    await call('DELETE', `/v3/tagBindings/${encodeURIComponent(PROJECT)}/${value}`);
    expect(await may()).toBe(false);
    const { verdict } = await access.decide(
      alice,
      'resourcemanager.projects.get',
      projectName('my-project'),
      NOW,
    );
    expect(verdict).toBe('denied');
  });
});

describe('a tag hold', () => {
  it('keeps a value from being deleted', async () => {
    const value = await makeValue(await makeKey(), 'prod');
    const holder = '//compute.googleapis.com/compute/projects/p/regions/r/instanceGroupManagers/m';
    const made = await call('POST', `/v3/${value}/tagHolds`, { holder, origin: 'migs-1' });
    expect(made.response).toMatchObject({ holder, origin: 'migs-1' });
    await expect(call('POST', `/v3/${value}/tagHolds`, { holder, origin: 'migs-1' })).rejects.toMatchObject(
      refused('ALREADY_EXISTS'),
    );
    const list = async (filter: string) =>
      call('GET', `/v3/${value}/tagHolds?filter=${encodeURIComponent(filter)}`);
    expect(await list(`holder = ${holder} AND origin = migs-1`)).toMatchObject({ tagHolds: [{ holder }] });
    expect(await list('origin = other')).toEqual({});
    await expect(list('origin = a OR origin = b')).rejects.toMatchObject(
      refused('INVALID_ARGUMENT', /filter/),
    );
    await expect(call('DELETE', `/v3/${value}`)).rejects.toMatchObject(
      refused('FAILED_PRECONDITION', /TagHolds/),
    );
    await call('DELETE', `/v3/${made.response?.name}`);
    expect(await call('DELETE', `/v3/${value}`)).toMatchObject({ done: true });
  });
});

describe('audit entries of tags', () => {
  it('lie in the log of what the tag is defined in', async () => {
    const { audit } = await invoke(api, rooms.access, ADMIN, 'POST', '/v3/tagKeys', {
      parent: ORGANIZATION,
      shortName: 'env',
    });
    expect(await audit).toMatchObject({
      methodName: 'google.cloud.resourcemanager.v3.TagKeys.CreateTagKey',
      project: ORGANIZATION,
      resourceName: ORGANIZATION,
      resource: { type: 'organization' },
    });
    const key = String((await call('GET', '/v3/tagKeys/namespaced?name=1/env')).name);
    const deleted = await invoke(api, rooms.access, ADMIN, 'DELETE', `/v3/${key}`);
    expect(await deleted.audit).toMatchObject({ resourceName: key, project: ORGANIZATION });
  });
});
