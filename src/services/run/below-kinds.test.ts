/** What holds of executions, tasks and revisions alike, in both versions: they are read, listed and removed, never written. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../google/index.js';
import { IMAGE, LOCATION, openRun, PROJECT, type RunFixture } from './test-fixture.js';
import {
  at,
  creating,
  JOB,
  type Kind,
  refused,
  SERVICE,
  WORKER_POOL,
  withoutTrace,
} from './testing-kinds.js';

const RUN_V1 = `/apis/run.googleapis.com/v1/namespaces/${PROJECT}`;
const SERVING_V1 = `/apis/serving.knative.dev/v1/namespaces/${PROJECT}`;

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
});
afterEach(() => run.close());

const last = (name: unknown): string => String(name).split('/').at(-1) ?? '';
const itemsIn = (answer: JsonObject, field: string): JsonObject[] => {
  const items = answer[field] ?? [];
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
};

/** The refusals that every list has of pages; the list has two items or more. */
async function expectPages(v2: string, field: string, v1: string, selector: string): Promise<void> {
  const all = itemsIn(await run.owner('GET', v2), field).map(({ name }) => last(name));
  const first = await run.owner('GET', `${v2}?pageSize=1`);
  const token = String(first.nextPageToken);
  const rest = await run.owner('GET', `${v2}?pageToken=${token}`);
  const paged = [...itemsIn(first, field), ...itemsIn(rest, field)].map(({ name }) => last(name));
  expect(paged).toEqual(all);
  expect(paged.length).toBeGreaterThan(1);
  const invalid = refused('INVALID_ARGUMENT', 'Invalid page token.');
  await expect(run.owner('GET', `${v2}?showDeleted=true&pageToken=${token}`)).rejects.toEqual(invalid);
  await expect(run.owner('GET', `${v2}?pageSize=-1`)).rejects.toEqual(
    refused('INVALID_ARGUMENT', 'The page size must not be negative.'),
  );
  const query = `labelSelector=${encodeURIComponent(selector)}`;
  const shown = await run.owner('GET', `${v1}?${query}&limit=1`);
  const more = isJsonObject(shown.metadata) ? String(shown.metadata.continue) : '';
  const others = await run.owner('GET', `${v1}?${query}&continue=${more}`);
  const names = [...itemsIn(shown, 'items'), ...itemsIn(others, 'items')].map(({ metadata }) =>
    isJsonObject(metadata) ? metadata.name : undefined,
  );
  expect(names).toEqual(all);
  await expect(run.owner('GET', `${v1}?continue=${more}`)).rejects.toEqual(invalid);
}

describe('executions and tasks', () => {
  const EXECUTIONS = `${at(JOB, 'batch')}/executions`;
  /** Begins an execution. @returns its short name */
  const begin = async (): Promise<string> => {
    const { metadata } = await run.owner('POST', `${at(JOB, 'batch')}:run`, {});
    return isJsonObject(metadata) ? last(metadata.name) : '';
  };
  beforeEach(async () => {
    await run.done('POST', creating(JOB, 'batch'), JOB.body);
  });

  it('are not begun, cancelled or removed by what is only validated', async () => {
    const validate = { validateOnly: true };
    expect(
      await withoutTrace(run, () => run.owner('POST', `${at(JOB, 'batch')}:run`, validate)),
    ).toMatchObject({
      done: true,
      response: { job: 'batch' },
    });
    run.exit = 0;
    await run.done('POST', `${at(JOB, 'batch')}:run`, {});
    const [ended] = itemsIn(await run.owner('GET', EXECUTIONS), 'executions');
    const name = last(ended?.name);
    expect(
      await withoutTrace(run, () => run.owner('DELETE', `${EXECUTIONS}/${name}?validateOnly=true`)),
    ).toMatchObject({ done: true, response: { deleteTime: expect.any(String) } });
    await withoutTrace(run, () => run.owner('DELETE', `${RUN_V1}/executions/${name}?dryRun=all`));
    expect(
      await withoutTrace(run, () => run.owner('POST', `${EXECUTIONS}/${name}:cancel`, validate)),
    ).toEqual(
      refused('FAILED_PRECONDITION', `Execution '${name}' cannot be cancelled because it is not running.`),
    );
  });

  it('are run, cancelled and removed by the etag that was read only', async () => {
    const { etag: stale } = await run.owner('GET', at(JOB, 'batch'));
    await run.done('PATCH', at(JOB, 'batch'), JOB.body);
    const conflict = (name: string) => refused('ABORTED', new RegExp(`^Conflict for resource '${name}': `));
    const running = () => run.owner('POST', `${at(JOB, 'batch')}:run`, { etag: String(stale) });
    expect(await withoutTrace(run, running)).toEqual(conflict('batch'));
    const name = await begin();
    const { etag } = await run.owner('GET', `${EXECUTIONS}/${name}`);
    const cancel = (read: unknown) =>
      run.done('POST', `${EXECUTIONS}/${name}:cancel`, { etag: String(read) });
    await expect(cancel(stale)).rejects.toEqual(conflict(name));
    await cancel(etag);
    await expect(cancel('')).rejects.toEqual(
      refused('FAILED_PRECONDITION', `Execution '${name}' cannot be cancelled because it is not running.`),
    );
    const removing = (read: unknown) =>
      run.done('DELETE', `${EXECUTIONS}/${name}?etag=${encodeURIComponent(String(read))}`);
    await expect(removing(stale)).rejects.toEqual(conflict(name));
    const { etag: current } = await run.owner('GET', `${EXECUTIONS}/${name}`);
    await removing(current);
    expect(await run.owner('GET', EXECUTIONS)).toEqual({});
  });

  it('are gone once they are removed; executions are still listed on request', async () => {
    run.exit = 0;
    const name = await begin();
    await run.done('DELETE', `${EXECUTIONS}/${name}`);
    const gone = refused('NOT_FOUND', new RegExp(`^Resource '${name}' of kind 'EXECUTION'`));
    await expect(run.owner('GET', `${EXECUTIONS}/${name}`)).rejects.toEqual(gone);
    await expect(run.owner('DELETE', `${EXECUTIONS}/${name}`)).rejects.toEqual(gone);
    await expect(run.owner('DELETE', `${RUN_V1}/executions/${name}`)).rejects.toEqual(gone);
    await expect(run.owner('GET', `${EXECUTIONS}/${name}/tasks`)).rejects.toEqual(gone);
    const deleted = itemsIn(await run.owner('GET', `${EXECUTIONS}?showDeleted=true`), 'executions');
    expect(deleted).toEqual([expect.objectContaining({ deleteTime: expect.any(String) })]);
  });

  it('are listed a page at a time', async () => {
    run.exit = 0;
    for (let index = 0; index < 3; index += 1)
      await run.done('POST', `${at(JOB, 'batch')}:run`, { overrides: { taskCount: 3 } });
    await expectPages(EXECUTIONS, 'executions', `${RUN_V1}/executions`, 'run.googleapis.com/job=batch');
    const [newest] = itemsIn(await run.owner('GET', EXECUTIONS), 'executions');
    const tasks = `${EXECUTIONS}/${last(newest?.name)}/tasks`;
    const selector = `run.googleapis.com/execution=${last(newest?.name)}`;
    await expectPages(tasks, 'tasks', `${RUN_V1}/tasks`, selector);
  });

  it('go with their job while they run, and their run ends as it was cancelled', async () => {
    const { name } = await run.owner('POST', `${at(JOB, 'batch')}:run`, {});
    await run.owner('DELETE', `${RUN_V1}/jobs/batch?force=true`);
    const ended = await run.owner('POST', `/v2/${String(name)}:wait`, {});
    expect(ended).toMatchObject({
      done: true,
      response: { cancelledCount: 1, deleteTime: expect.any(String), completionTime: expect.any(String) },
    });
    expect(await run.owner('GET', `${RUN_V1}/executions`)).toMatchObject({ items: [] });
    expect(await run.owner('GET', `${RUN_V1}/tasks`)).toMatchObject({ items: [] });
    await expect(run.owner('POST', `${at(JOB, 'batch')}:run`, {})).rejects.toEqual(
      refused('NOT_FOUND', /^Resource 'batch' of kind 'JOB'/),
    );
  });
});

describe.each([SERVICE, WORKER_POOL].map((kind) => [kind.type, kind] as const))(
  'the revisions of a %s',
  (_, kind: Kind) => {
    const REVISIONS = `${at(kind, 'one')}/revisions`;
    const label = kind === SERVICE ? 'serving.knative.dev/service' : 'run.googleapis.com/workerPool';
    const write = (verb: string, url: string, revision: string) =>
      run.done(verb, url, { template: { containers: [{ image: IMAGE }], revision } });
    beforeEach(async () => {
      await write('POST', creating(kind, 'one'), 'one-a');
      for (const revision of ['one-b', 'one-c']) await write('PATCH', at(kind, 'one'), revision);
    });

    it('are listed a page at a time, newest first', async () => {
      await expectPages(REVISIONS, 'revisions', `${SERVING_V1}/revisions`, `${label}=one`);
      const names = itemsIn(await run.owner('GET', REVISIONS), 'revisions').map(({ name }) => last(name));
      expect(names).toEqual(['one-c', 'one-b', 'one-a']);
    });

    it('are deleted once, by the etag that was read, and not by what is only validated', async () => {
      const url = `${REVISIONS}/one-a`;
      const { etag } = await run.owner('GET', url);
      expect(await withoutTrace(run, () => run.owner('DELETE', `${url}?validateOnly=true`))).toMatchObject({
        done: true,
        response: { name: `${LOCATION}/${kind.collection}/one/revisions/one-a` },
      });
      await withoutTrace(run, () => run.owner('DELETE', `${SERVING_V1}/revisions/one-a?dryRun=all`));
      const { etag: other } = await run.owner('GET', `${REVISIONS}/one-b`);
      const removing = (read: unknown) => `${url}?etag=${encodeURIComponent(String(read))}`;
      expect(await withoutTrace(run, () => run.owner('DELETE', removing(other)))).toEqual(
        refused('ABORTED', /^Conflict for resource 'one-a'/),
      );
      await run.done('DELETE', removing(etag));
      const gone = refused('NOT_FOUND', /^Resource 'one-a' of kind 'REVISION'/);
      await expect(run.owner('GET', url)).rejects.toEqual(gone);
      await expect(run.owner('DELETE', url)).rejects.toEqual(gone);
      await expect(run.owner('DELETE', `${SERVING_V1}/revisions/one-a`)).rejects.toEqual(gone);
      const shown = itemsIn(await run.owner('GET', `${REVISIONS}?showDeleted=true`), 'revisions');
      expect(shown.filter(({ deleteTime }) => deleteTime !== undefined)).toHaveLength(1);
    });

    it('stay while they are needed, and are named once', async () => {
      expect(await withoutTrace(run, () => run.owner('DELETE', `${REVISIONS}/one-c`))).toEqual(
        refused('FAILED_PRECONDITION', /^Revision 'one-c' cannot be deleted: /),
      );
      const taken = { template: { containers: [{ image: IMAGE, args: ['x'] }], revision: 'one-a' } };
      expect(await withoutTrace(run, () => run.owner('PATCH', at(kind, 'one'), taken))).toEqual(
        refused('ALREADY_EXISTS', "Revision named 'one-a' with different configuration already exists."),
      );
    });

    it('must be there to be split between, and the split must be whole', async () => {
      const [field, type] =
        kind === SERVICE
          ? ['traffic', 'TRAFFIC_TARGET_ALLOCATION_TYPE_']
          : ['instanceSplits', 'INSTANCE_SPLIT_ALLOCATION_TYPE_'];
      const split = (...parts: readonly (readonly [string, number])[]) =>
        withoutTrace(run, () =>
          run.owner('PATCH', `${at(kind, 'one')}?updateMask=${field}`, {
            [field]: parts.map(([revision, percent]) => ({ type: `${type}REVISION`, revision, percent })),
          }),
        );
      for (const [refusal, ...parts] of [
        [/Revision 'one-z' is not found in/, ['one-z', 100]],
        [/must add up to 100 percent, but add up to 90\.$/, ['one-a', 40], ['one-b', 50]],
        [/must add up to 100 percent, but add up to 101\.$/, ['one-a', 51], ['one-b', 50]],
        [/percent: Invalid value 101: must be between 0 and 100\.$/, ['one-a', 101]],
        [/percent: Invalid value -1: must be between 0 and 100\.$/, ['one-a', -1], ['one-b', 101]],
      ] as const)
        expect(await split(...parts)).toEqual(refused('INVALID_ARGUMENT', refusal));
    });
  },
);
