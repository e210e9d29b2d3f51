import { describe, expect, it } from 'vitest';
import { checkDeployOn } from '../../checkpoint/index.js';
import { inventorySource } from '../../checkpoint/reports/index.js';
import {
  type AssetJson,
  above,
  organization,
  policyOf,
  project,
  RESOURCE_MANAGER,
  inventoryOfFiles as read,
} from './testing-assets.js';

const value = (id: string, name: string): AssetJson => ({
  name: `//${RESOURCE_MANAGER}/tagValues/${id}`,
  asset_type: `${RESOURCE_MANAGER}/TagValue`,
  resource: {
    data: { name: `tagValues/${id}`, parent: 'tagKeys/4', namespacedName: `9/env/${name}`, shortName: name },
  },
  ancestors: ['organizations/9'],
});

/** As exports write them: the name says all of it. */
const attached = (parent: string, id: string, ancestors: readonly string[]): AssetJson => {
  const name = `tagBindings/${encodeURIComponent(parent)}/tagValues/${id}`;
  return {
    name: `//${RESOURCE_MANAGER}/${name}`,
    asset_type: `${RESOURCE_MANAGER}/TagBinding`,
    resource: { version: 'v3', data: { name, parent, tagValue: `tagValues/${id}` } },
    ancestors,
  };
};

const at = (id: string) => `//${RESOURCE_MANAGER}/projects/${id}` as const;
const SERVICE = '//run.googleapis.com/projects/app/locations/us-central1/services/web' as const;
const ENV = { keyId: 'tagKeys/4', key: '9/env' };
const PROD = { ...ENV, valueId: 'tagValues/5', value: 'prod' };
const TEST = { ...ENV, valueId: 'tagValues/6', value: 'test' };

const GROUND = [
  organization,
  project('app', '1'),
  project('other', '2'),
  value('5', 'prod'),
  value('6', 'test'),
];
const onProject = attached(`//${RESOURCE_MANAGER}/projects/1`, '5', above('1'));
const onOrganization = attached(`//${RESOURCE_MANAGER}/organizations/9`, '6', ['organizations/9']);
const onService = attached(SERVICE.replace('/app/', '/1/'), '6', above('1'));
const unknown = (why: string) => ({ unknown: true, why: expect.stringContaining(why) });

describe('tags in an export', () => {
  it('are had by what lies in what they are attached to, the nearest of each key', async () => {
    const { tags } = await read({ 'a.json': [...GROUND, onProject, onOrganization, onService] });
    expect(tags(at('other'))).toEqual([TEST]);
    expect(tags(at('app'))).toEqual([PROD]);
    expect(tags(SERVICE)).toEqual([TEST]);
    expect(tags('//secretmanager.googleapis.com/projects/app/secrets/s/versions/1')).toEqual([PROD]);
    expect(tags('//run.googleapis.com/projects/other/locations/us-central1/services/web')).toEqual([TEST]);
    expect(tags(`//${RESOURCE_MANAGER}/organizations/9`)).toEqual([TEST]);
  });

  it('are the same of assets whose names alone say what they are', async () => {
    const data = { name: undefined, parent: undefined, tagValue: undefined };
    const bare = { ...onProject, resource: { version: 'v3', data } };
    expect((await read({ 'a.json': [...GROUND, bare] })).tags(at('app'))).toEqual([PROD]);
  });

  it('are attached to service accounts by their unique ids', async () => {
    const parent = '//iam.googleapis.com/projects/1/serviceAccounts/100000000000000000001';
    const ci = 'ci@app.iam.gserviceaccount.com';
    const account = {
      name: `//iam.googleapis.com/projects/app/serviceAccounts/${ci}`,
      asset_type: 'iam.googleapis.com/ServiceAccount',
      resource: { data: { email: ci, projectId: 'app', uniqueId: '100000000000000000001' } },
      ancestors: above('1'),
    };
    const { tags } = await read({
      'a.json': [...GROUND, account, attached(parent, '6', above('1')), onProject],
    });
    expect(tags(`//iam.googleapis.com/projects/app/serviceAccounts/${ci}`)).toEqual([TEST]);
  });

  it('are unknown where exports need not name them', async () => {
    const none = await read({ 'a.json': GROUND });
    expect(none.tags(at('app'))).toEqual(unknown('the export says nothing about tags; export'));
    const ofProject = await read({ 'a.json': [project('app', '1'), onProject] });
    expect(ofProject.tags(at('app'))).toEqual(unknown('the export does not cover organizations/9'));
    const regional = await read({ 'a.json': [...GROUND, onProject] });
    expect(regional.tags(SERVICE)).toEqual(unknown('of nothing in a region'));
    const nameless = await read({
      'a.json': [organization, project('app', '1'), onProject, value('6', 'test')],
    });
    expect(nameless.tags(at('app'))).toEqual(unknown('does not say what tagValues/5 is'));
    const unplaced = await read({ 'a.json': [...GROUND, onProject] });
    expect(unplaced.tags(at('nowhere'))).toEqual(unknown('does not say what the project lies in'));
  });

  it('are unknown where it cannot be read what has them', async () => {
    const odd = { ...onProject, name: `//${RESOURCE_MANAGER}/tagBindings/odd`, resource: { data: {} } };
    const unread = await read({ 'a.json': [...GROUND, odd] }, true);
    expect(unread.tags(at('other'))).toEqual(unknown('does not say what is attached to what'));
    const parent = '//iam.googleapis.com/projects/1/serviceAccounts/100000000000000000001';
    const { tags } = await read({ 'a.json': [...GROUND, attached(parent, '6', above('1')), onProject] });
    const account = '//iam.googleapis.com/projects/app/serviceAccounts/ci@app.iam.gserviceaccount.com';
    expect(tags(account)).toEqual(unknown('by their unique ids'));
    expect(tags(at('app'))).toEqual([PROD]);
  });

  it('are not there where a complete export names none', async () => {
    expect((await read({ 'a.json': GROUND }, true)).tags(SERVICE)).toEqual([]);
    const { tags } = await read({ 'a.json': [...GROUND, onProject] }, true);
    expect(tags(SERVICE)).toBe(tags(at('app')));
  });

  it('decide in conditions', async () => {
    const expression = "resource.matchTag('9/env', 'prod')";
    const binding = { role: 'roles/owner', members: ['user:alice@example.com'] };
    const bindings = [{ ...binding, condition: { title: 't', expression } }];
    const verdict = async (tag: AssetJson, complete = true) => {
      const policy = { ...policyOf('app', '1'), iam_policy: { version: 3, bindings } };
      const inventory = await read({ 'a.json': [...GROUND, policy, tag] }, complete);
      const { report } = await checkDeployOn(
        {
          ...{ kind: 'service', apiVersion: 'v2', name: 'web', project: 'app', region: 'us-central1' },
          ...{ as: 'user:alice@example.com', images: ['nginx'] },
        },
        inventorySource(inventory),
        { time: new Date('2025-06-01T12:00:00Z') },
      );
      return report.requirements.find(({ id }) => id === 'deployer-deploys')?.verdict;
    };
    expect(await verdict(onProject)).toBe('granted');
    expect(await verdict(onOrganization)).toBe('denied');
    expect(await verdict(organization, false)).toBe('unknown');
  });
});
