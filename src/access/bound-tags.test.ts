import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Principal, projectName } from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { openAccess } from './control.js';
import { openPropagation } from './propagation.js';
import type { AccessControl, Project } from './types.js';

const MINUTE = 60_000;
const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const PROJECT: Project = {
  projectId: 'myproject-a',
  number: '111111111111',
  name: 'myproject-a',
  state: 'ACTIVE',
  createTime: '2026-01-02T03:04:05Z',
  labels: {},
  services: {},
};
const NAME = projectName(PROJECT.projectId);
const NOTHING_MORE = () => [];

let store: Store;
/** The same as calls see it. */
let delaying: Store;
let access: AccessControl;
let now: number;
const clock = () => new Date(now);

/** Alice sees the project while it is in production: the tag exists, and its binding has taken effect. */
beforeEach(async () => {
  now = Date.parse(PROJECT.createTime);
  store = openSqlite(':memory:');
  const delay = { minMs: MINUTE, maxMs: MINUTE, seed: 1 };
  const onError = (error: unknown) => {
    throw error;
  };
  const propagation = await openPropagation({ store, clock, delay, onError });
  delaying = propagation.store;
  access = openAccess({ store: delaying, propagation, accountExists: async () => true });
  await store.commit(access.projects.creation(PROJECT));
  const condition = { title: 'production', expression: "resource.matchTag('myproject-a/env', 'prod')" };
  const bindings = [{ role: 'roles/browser', members: ['user:alice@example.com'], condition }];
  await access.setPolicy(NAME, { version: 3, bindings }, clock());
  now += MINUTE;
  const { keys, values } = access.tags;
  const key = { id: '1', parent: 'projects/myproject-a', shortName: 'env', description: '' };
  await keys.create(key, clock(), NOTHING_MORE);
  const value = { id: '2', parent: 'tagKeys/1', shortName: 'prod', description: '' };
  await values.create(value, clock(), NOTHING_MORE);
});
afterEach(() => store.close());

const sees = () => access.isGranted(ALICE, 'resourcemanager.projects.get', NAME, clock());
const shown = async () => (await access.tags.effective(NAME)).map(({ tag }) => tag.value);

it('shows a tag at once, and decides by it when its time has come', async () => {
  await access.tags.bind(NAME, '2', NOTHING_MORE);
  expect(await shown()).toEqual(['prod']);
  now += MINUTE - 1;
  expect(await sees()).toBe(false);
  now += 1;
  expect(await sees()).toBe(true);
});

it('decides by a tag that was taken away, and deleted, until its time has come', async () => {
  await access.tags.bind(NAME, '2', NOTHING_MORE);
  now += MINUTE;
  await access.tags.unbind(NAME, '2', NOTHING_MORE);
  await access.tags.values.remove('2', undefined, NOTHING_MORE);
  await access.tags.keys.remove('1', undefined, NOTHING_MORE);
  expect(await shown()).toEqual([]);
  now += MINUTE - 1;
  expect(await sees()).toBe(true);
  now += 1;
  expect(await sees()).toBe(false);
});

it('takes the tags from a resource that is gone at once', async () => {
  await access.tags.bind(NAME, '2', NOTHING_MORE);
  now += MINUTE;
  expect(await sees()).toBe(true);
  await delaying.commit(access.removals(NAME).filter(({ key }) => key.startsWith('tag-bindings/')));
  expect(await sees()).toBe(false);
});
