/** What holds of services, jobs and worker pools alike, in v2. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../google/index.js';
import { LOCATION, openRun, PROJECT, type RunFixture } from './test-fixture.js';
import {
  at,
  creating,
  KINDS,
  type Kind,
  refused,
  SERVICE,
  WORKER_POOL,
  withoutTrace,
} from './testing-kinds.js';

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
});
afterEach(() => run.close());

const create = (kind: Kind, name: string, more: JsonObject = {}) =>
  run.done('POST', creating(kind, name), { ...kind.body, ...more });
const get = (kind: Kind, name = 'one') => run.owner('GET', at(kind, name));
const listed = async (kind: Kind, query = ''): Promise<JsonObject[]> => {
  const items = (await run.owner('GET', `${at(kind)}${query}`))[kind.collection] ?? [];
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
};
const missing = ({ field }: Kind, name = 'one') =>
  `Resource '${name}' of kind '${field.toUpperCase()}' in region 'asia-northeast1' in project '${PROJECT}' does not exist.`;

describe.each(KINDS.map((kind) => [kind.type, kind] as const))('a %s', (_, kind) => {
  it('that is only validated is answered, and nothing is written', async () => {
    const created = await withoutTrace(run, () =>
      run.owner('POST', creating(kind, 'one', '&validateOnly=true'), kind.body),
    );
    const name = `${LOCATION}/${kind.collection}/one`;
    expect(created).toMatchObject({ done: true, response: { name, generation: '1' } });
    expect(created).not.toHaveProperty('name');
    await create(kind, 'one');
    const validated = (verb: string, url: string, body?: JsonObject) =>
      withoutTrace(run, () => run.owner(verb, `${url}?validateOnly=true`, body));
    expect(await validated('PATCH', at(kind, 'one'), { ...kind.body, labels: { a: 'b' } })).toMatchObject({
      done: true,
      response: { name, generation: '2', labels: { a: 'b' } },
    });
    expect(await validated('DELETE', at(kind, 'one'))).toMatchObject({
      done: true,
      response: { name, deleteTime: expect.any(String) },
    });
  });

  it('keeps its identity through updates, whose generation it follows', async () => {
    await create(kind, 'one');
    const before = await get(kind);
    expect(before).toMatchObject({
      generation: '1',
      observedGeneration: '1',
      creator: 'owner@example.com',
      lastModifier: 'owner@example.com',
    });
    await run.done('PATCH', at(kind, 'one'), { ...kind.body, labels: { a: 'b' } });
    const after = await get(kind);
    const { uid, createTime, creator } = before;
    expect(after).toMatchObject({ uid, createTime, creator, labels: { a: 'b' } });
    expect(after).toMatchObject({ generation: '2', observedGeneration: '2' });
    expect(after.etag).not.toBe(before.etag);
  });

  it('is updated and deleted by the etag that was read only', async () => {
    await create(kind, 'one');
    const { etag: stale } = await get(kind);
    await run.done('PATCH', at(kind, 'one'), { ...kind.body, etag: stale });
    const conflict = refused(
      'ABORTED',
      /^Conflict for resource 'one': version '\d+' was specified but current version is '\d+'\.$/,
    );
    const deleting = (etag: string) => `${at(kind, 'one')}?etag=${encodeURIComponent(etag)}`;
    const patching = (etag: string) => run.owner('PATCH', at(kind, 'one'), { ...kind.body, etag });
    expect(await withoutTrace(run, () => patching(String(stale)))).toEqual(conflict);
    expect(await withoutTrace(run, () => run.owner('DELETE', deleting(String(stale))))).toEqual(conflict);
    const never = refused('INVALID_ARGUMENT', "Invalid etag 'never'.");
    expect(await withoutTrace(run, () => patching('never'))).toEqual(never);
    expect(await withoutTrace(run, () => run.owner('DELETE', deleting('never')))).toEqual(never);
    const { etag } = await get(kind);
    await run.done('DELETE', deleting(String(etag)));
    expect(await listed(kind)).toEqual([]);
  });

  it('that is deleted is gone at once, still listed on request, and its name is free', async () => {
    await create(kind, 'one');
    const { uid } = await get(kind);
    const { response } = await run.done('DELETE', at(kind, 'one'));
    const deleted = { uid, deleteTime: expect.any(String), expireTime: expect.any(String) };
    expect(response).toMatchObject(deleted);
    const gone = refused('NOT_FOUND', missing(kind));
    await expect(get(kind)).rejects.toEqual(gone);
    await expect(run.owner('DELETE', at(kind, 'one'))).rejects.toEqual(gone);
    await expect(run.owner('PATCH', at(kind, 'one'), kind.body)).rejects.toEqual(gone);
    expect(await listed(kind)).toEqual([]);
    await create(kind, 'one');
    const again = await get(kind);
    expect(again).toMatchObject({ generation: '1' });
    expect(again.uid).not.toBe(uid);
    expect(again).not.toHaveProperty('deleteTime');
    expect(await listed(kind)).toHaveLength(1);
    expect(await listed(kind, '?showDeleted=true')).toEqual([
      expect.objectContaining({ uid: String(again.uid) }),
      expect.objectContaining(deleted),
    ]);
  });

  it('is listed by name, a page at a time, by tokens of the same query', async () => {
    for (const name of ['two', 'one', 'three']) await create(kind, name);
    const names = async (query: string) =>
      (await listed(kind, query)).map(({ name }) => String(name).split('/').at(-1));
    expect(await names('')).toEqual(['one', 'three', 'two']);
    const token = async (query: string) =>
      String((await run.owner('GET', `${at(kind)}${query}`)).nextPageToken ?? '');
    const first = await token('?pageSize=2');
    expect(await names(`?pageSize=2&pageToken=${first}`)).toEqual(['two']);
    expect(await token(`?pageSize=2&pageToken=${first}`)).toBe('');
    expect(await names('?pageSize=100000')).toHaveLength(3);
    const invalid = refused('INVALID_ARGUMENT', 'Invalid page token.');
    await expect(names(`?showDeleted=true&pageToken=${first}`)).rejects.toEqual(invalid);
    await expect(names('?pageToken=never')).rejects.toEqual(invalid);
    await expect(names('?pageSize=-1')).rejects.toEqual(
      refused('INVALID_ARGUMENT', 'The page size must not be negative.'),
    );
    const elsewhere = `/v2/projects/${PROJECT}/locations/-/${kind.collection}?pageToken=${first}`;
    await expect(run.owner('GET', elsewhere)).rejects.toEqual(invalid);
  });

  it('that is missing is created by an update that may, and by no other', async () => {
    const update = (name: string, query = '') => run.owner('PATCH', `${at(kind, name)}${query}`, kind.body);
    expect(await withoutTrace(run, () => update('one'))).toEqual(refused('NOT_FOUND', missing(kind)));
    expect(await withoutTrace(run, () => update('Bad', '?allowMissing=true'))).toEqual(
      refused(
        'INVALID_ARGUMENT',
        `Violation in Update${kind.type}Request.${kind.field}.name: only lowercase, digits, and hyphens; must begin with letter, and cannot end with hyphen; must be less than 50 characters.`,
      ),
    );
    await run.done('PATCH', `${at(kind, 'one')}?allowMissing=true`, {
      ...kind.body,
      labels: { a: 'b' },
    });
    expect(await get(kind)).toMatchObject({ generation: '1', labels: { a: 'b' } });
  });

  it.each(['Upper', '-dash', 'dash-', 'under_score', '1digit', 'do.t', 'a'.repeat(50), 'a'.repeat(63)])(
    'is not called %j',
    async (name) => {
      expect(await withoutTrace(run, () => run.owner('POST', creating(kind, name), kind.body))).toEqual(
        refused(
          'INVALID_ARGUMENT',
          `Violation in Create${kind.type}Request.${kind.field}_id: only lowercase, digits, and hyphens; must begin with letter, and cannot end with hyphen; must be less than 50 characters.`,
        ),
      );
    },
  );

  it.each<[string, JsonObject, RegExp]>([
    ['a label of the system', { labels: { 'run.googleapis.com/x': 'y' } }, /reserved for the system\.$/],
    ['a label in capitals', { labels: { Team: 'x' } }, /Invalid label key 'Team'/],
    ['a value in capitals', { labels: { team: 'X' } }, /Invalid label value 'X'/],
    ['a value of 64', { labels: { team: 'x'.repeat(64) } }, /Invalid label value/],
    [
      'too many labels',
      { labels: Object.fromEntries(Array.from({ length: 65 }, (_x, index) => [`l${index}`, 'x'])) },
      /65 labels are given; 64 is the most\.$/,
    ],
    [
      'an annotation of the system',
      { annotations: { 'serving.knative.dev/creator': 'me' } },
      /reserved for the system: use the field/,
    ],
    [
      'an annotation that is too long',
      { annotations: { a: 'x'.repeat(262_145) } },
      /must not be longer than/,
    ],
    ['a stage that there is not', { launchStage: 'EARLY_ACCESS' }, /launch_stage/],
    [
      'a field that v2 does not have',
      { template: { colour: 'red' } },
      /Unknown name|colour|Cannot find field/,
    ],
  ])('is refused %s', async (_name, change, message) => {
    const body = { ...kind.body, ...change };
    expect(await withoutTrace(run, () => run.owner('POST', creating(kind, 'one'), body))).toEqual(
      refused('INVALID_ARGUMENT', message),
    );
  });

  it('is made once under its name', async () => {
    await create(kind, 'one');
    expect(await withoutTrace(run, () => run.owner('POST', creating(kind, 'one'), kind.body))).toEqual(
      refused('ALREADY_EXISTS', "Resource 'one' already exists."),
    );
  });
});

// UpdateJobRequest has no mask: a job is always updated as a whole.
describe.each([SERVICE, WORKER_POOL].map((kind) => [kind.type, kind] as const))(
  'an update of a %s',
  (_, kind) => {
    it('takes over what the mask names, and refuses paths that name nothing', async () => {
      await create(kind, 'one', { labels: { a: '1', b: '2' }, annotations: { 'example.com/a.b': '1' } });
      const patch = (mask: string, body: JsonObject) =>
        run.done('PATCH', `${at(kind, 'one')}?updateMask=${encodeURIComponent(mask)}`, body);
      await patch('labels.a,uid,createTime', { labels: { a: '3', b: '4' }, uid: 'mine' });
      const { uid } = await get(kind);
      expect(await get(kind)).toMatchObject({ labels: { a: '3', b: '2' } });
      expect(uid).not.toBe('mine');
      await patch('annotations.`example.com/a.b`', {});
      expect(await get(kind)).not.toHaveProperty('annotations');
      const noun = kind.field.replace('_', ' ');
      for (const [mask, message] of [
        ['colour', `The path 'colour' names no field of a ${noun}.`],
        ['template.colour', `The path 'template.colour' names no field of a ${noun}.`],
        ['labels,*', `The path '*' names no field of a ${noun}.`],
        ['labels.', "The path 'labels.' names no entry."],
      ] as const)
        expect(await withoutTrace(run, () => patch(mask, kind.body))).toEqual(
          refused('INVALID_ARGUMENT', `update_mask: ${message}`),
        );
      await patch('*', kind.body);
      expect(await get(kind)).not.toHaveProperty('labels');
    });
  },
);
