/** What holds of services and jobs alike, in v1. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../google/index.js';
import { openRun, PROJECT, type RunFixture } from './test-fixture.js';
import { KINDS_OF_V1, type KindOfV1, refused, withoutTrace } from './testing-kinds.js';

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
});
afterEach(() => run.close());

const missing = ({ type }: KindOfV1) =>
  refused(
    'NOT_FOUND',
    `Resource 'one' of kind '${type.toUpperCase()}' in region 'asia-northeast1' in project '${PROJECT}' does not exist.`,
  );
const metadataOf = ({ metadata }: JsonObject): JsonObject => (isJsonObject(metadata) ? metadata : {});

/** Creates one, and waits until it is settled. */
async function create(
  { url, object }: KindOfV1,
  name: string,
  metadata: JsonObject = {},
): Promise<JsonObject> {
  const created = await run.owner('POST', url, object(name, metadata));
  const { annotations } = metadataOf(created);
  const id = isJsonObject(annotations) ? annotations['run.googleapis.com/operation-id'] : undefined;
  await run.owner(
    'POST',
    `/v2/projects/${PROJECT}/locations/asia-northeast1/operations/${String(id)}:wait`,
    {},
  );
  return run.owner('GET', `${url}/${name}`);
}

describe.each(KINDS_OF_V1.map((kind) => [kind.type, kind] as const))('a %s', (_, kind) => {
  const { url, object } = kind;

  it('that is only tried is answered, and nothing is written', async () => {
    expect(
      await withoutTrace(run, () => run.owner('POST', `${url}?dryRun=all`, object('one'))),
    ).toMatchObject({
      metadata: { name: 'one', generation: 1 },
    });
    await create(kind, 'one');
    const labelled = object('one', { labels: { a: 'b' } });
    expect(await withoutTrace(run, () => run.owner('PUT', `${url}/one?dryRun=all`, labelled))).toMatchObject({
      metadata: { generation: 2, labels: { a: 'b' } },
    });
    expect(await withoutTrace(run, () => run.owner('DELETE', `${url}/one?dryRun=all`))).toMatchObject({
      status: 'Success',
    });
    expect(await withoutTrace(run, () => run.owner('DELETE', `${url}/one?dryRun=some`))).toEqual(
      refused('INVALID_ARGUMENT', "Invalid value 'some' for dryRun: only 'all' is supported."),
    );
  });

  it('is replaced by the version that was read only, and keeps its identity', async () => {
    const before = metadataOf(await create(kind, 'one'));
    const { uid, creationTimestamp, resourceVersion } = before;
    await run.owner('PUT', `${url}/one`, object('one', { resourceVersion: resourceVersion ?? '' }));
    expect(await run.owner('GET', `${url}/one`)).toMatchObject({
      metadata: { uid, creationTimestamp, generation: 2 },
    });
    const replacing = (version: string) =>
      run.owner('PUT', `${url}/one`, object('one', { resourceVersion: version }));
    await expect(replacing(String(resourceVersion))).rejects.toEqual(
      refused('ABORTED', /^Conflict for resource 'one': version '\d+' was specified/),
    );
    await expect(replacing('never')).rejects.toEqual(
      refused('INVALID_ARGUMENT', "metadata.resourceVersion: 'never' is no resource version."),
    );
    await expect(run.owner('PUT', `${url}/one`, object('other'))).rejects.toEqual(
      refused('INVALID_ARGUMENT', /^metadata\.name: The name 'other' does not match the/),
    );
  });

  it('that is deleted is gone at once, and its name is free', async () => {
    const { uid } = metadataOf(await create(kind, 'one'));
    await run.owner('DELETE', `${url}/one?propagationPolicy=Background&kind=${kind.type}`);
    await expect(run.owner('GET', `${url}/one`)).rejects.toEqual(missing(kind));
    await expect(run.owner('DELETE', `${url}/one`)).rejects.toEqual(missing(kind));
    await expect(run.owner('PUT', `${url}/one`, object('one'))).rejects.toEqual(missing(kind));
    const again = metadataOf(await create(kind, 'one'));
    expect(again).toMatchObject({ generation: 1 });
    expect(again.uid).not.toBe(uid);
    for (const [query, message] of [
      ['propagationPolicy=Orphan', /for propagationPolicy: only 'Background' and 'Foreground' are/],
      ['kind=Route', new RegExp(`for kind: only '${kind.type}' is supported`)],
      ['colour=red', /Unknown name "colour"/],
    ] as const)
      expect(await withoutTrace(run, () => run.owner('DELETE', `${url}/one?${query}`))).toEqual(
        refused('INVALID_ARGUMENT', message),
      );
  });

  it('is listed by name, some at a time, by tokens of the same query', async () => {
    for (const name of ['two', 'one', 'three']) await create(kind, name, { labels: { team: 'web' } });
    const list = async (query = '') => {
      const { items, metadata } = await run.owner('GET', `${url}${query}`);
      const names = (Array.isArray(items) ? items.filter(isJsonObject) : []).map(
        (item) => metadataOf(item).name,
      );
      return { names, token: isJsonObject(metadata) ? metadata.continue : undefined };
    };
    expect(await list()).toEqual({ names: ['one', 'three', 'two'], token: undefined });
    const { token } = await list('?limit=2');
    expect(await list(`?limit=2&continue=${String(token)}`)).toEqual({ names: ['two'], token: undefined });
    const invalid = refused('INVALID_ARGUMENT', 'Invalid page token.');
    await expect(list(`?limit=2&labelSelector=team%3Dweb&continue=${String(token)}`)).rejects.toEqual(
      invalid,
    );
    await expect(list('?continue=never')).rejects.toEqual(invalid);
    await expect(list('?limit=-1')).rejects.toEqual(refused('INVALID_ARGUMENT', "Invalid limit '-1'."));
    expect((await list('?labelSelector=team!%3Dweb')).names).toEqual([]);
  });

  it.each(['Upper', '-dash', 'dash-', 'do.t', '1digit', 'a'.repeat(50), ''])(
    'is not called %j',
    async (name) => {
      expect(await withoutTrace(run, () => run.owner('POST', url, object(name)))).toEqual(
        refused(
          'INVALID_ARGUMENT',
          `${kind.type.toLowerCase()}.metadata.name: only lowercase, digits, and hyphens; must begin with letter, and may not end with hyphen; must be less than 50 characters.`,
        ),
      );
    },
  );

  it.each<[string, JsonObject, RegExp]>([
    ['a label in capitals', { labels: { Team: 'x' } }, /Invalid label key 'Team'/],
    ['a label of the system', { labels: { 'run.googleapis.com/x': 'y' } }, /reserved for the system/],
    ['an annotation that is too long', { annotations: { a: 'x'.repeat(262_145) } }, /must not be longer/],
    [
      'an annotation of the system that is not known',
      { annotations: { 'run.googleapis.com/colour': 'red' } },
      /run\.googleapis\.com\/colour/,
    ],
    ['finalizers', { finalizers: ['x'] }, /^metadata\.finalizers: This field is not supported/],
    ['a version before it is there', { resourceVersion: 'AAAAAAAAAAE' }, /has no resource version\.$/],
    ['a namespace of others', { namespace: 'other' }, /^metadata\.namespace: /],
  ])('is refused %s', async (_name, metadata, message) => {
    expect(await withoutTrace(run, () => run.owner('POST', url, object('one', metadata)))).toEqual(
      refused('INVALID_ARGUMENT', message),
    );
  });

  it('is made once under its name', async () => {
    await create(kind, 'one');
    expect(await withoutTrace(run, () => run.owner('POST', url, object('one')))).toEqual(
      refused('ALREADY_EXISTS', "Resource 'one' already exists."),
    );
  });
});
