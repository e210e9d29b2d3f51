import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { IMAGE, LOCATION, OWNER, openRun, PROJECT, type RunFixture, STRANGER } from '../run/test-fixture.js';

const SERVICES = `/v2/${LOCATION}/services`;
const OPERATIONS = `${LOCATION}/operations`;

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
});
afterEach(() => run.close());

const create = (id = 'web') =>
  run.owner('POST', `${SERVICES}?serviceId=${id}`, { template: { containers: [{ image: IMAGE }] } });
const ended = async ({ name }: JsonObject) => run.owner('POST', `/v2/${String(name)}:wait`, {});
const names = (list: JsonObject) => ((list.operations ?? []) as JsonObject[]).map(({ name }) => name);

describe('an operation', () => {
  it('is shown by either version in its own form', async () => {
    const operation = await ended(await create());
    expect(await run.owner('GET', `/v2/${String(operation.name)}`)).toEqual(operation);
    expect(await run.owner('GET', `/v1/${String(operation.name)}`)).toMatchObject({
      name: operation.name,
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.cloud.run.v1.Service',
        kind: 'Service',
        status: { conditions: expect.arrayContaining([expect.objectContaining({ status: 'True' })]) },
      },
    });
  });

  it('keeps its result when the service is gone', async () => {
    const operation = await ended(await create());
    await run.owner('DELETE', `${SERVICES}/web`);
    expect(await run.owner('GET', `/v2/${String(operation.name)}`)).toEqual(operation);
  });

  it('of a service that is deleted under it ends with an error', async () => {
    run.holdPulls();
    const operation = await create();
    expect(
      await run.owner('POST', `/v2/${String(operation.name)}:wait`, { timeout: '0.001s' }),
    ).not.toHaveProperty('done');
    const waiting = ended(operation);
    await run.owner('DELETE', `${SERVICES}/web`);
    expect(await waiting).toMatchObject({
      done: true,
      error: { code: 1, message: 'Service web was deleted.' },
    });
  });

  it('is forgotten on request, by either version', async () => {
    for (const version of ['v1', 'v2']) {
      const { name } = await ended(await create(`web-${version}`));
      const url = `/${version}/${String(name)}`;
      await expect(run.call(STRANGER, 'DELETE', url)).rejects.toMatchObject({
        message: `Permission 'run.operations.delete' denied on resource '${String(name)}' (or resource may not exist).`,
      });
      const { json, audit } = await run.call(OWNER, 'DELETE', url);
      expect(json).toEqual({});
      expect(await audit).toMatchObject({
        methodName: 'google.longrunning.Operations.DeleteOperation',
        resourceName: name,
        project: PROJECT,
      });
      await expect(run.owner('GET', url)).rejects.toMatchObject({ status: 'NOT_FOUND' });
      await expect(run.owner('DELETE', url)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    }
    expect(await run.owner('GET', `/v2/${OPERATIONS}`)).toEqual({});
  });

  it('is neither read nor waited for by strangers', async () => {
    const { name } = await ended(await create());
    for (const version of ['v1', 'v2']) {
      const refused = { status: 'PERMISSION_DENIED' };
      await expect(run.call(STRANGER, 'GET', `/${version}/${String(name)}`)).rejects.toMatchObject(refused);
      await expect(run.call(STRANGER, 'POST', `/${version}/${String(name)}:wait`, {})).rejects.toMatchObject(
        refused,
      );
      await expect(run.call(STRANGER, 'GET', `/${version}/${OPERATIONS}`)).rejects.toMatchObject(refused);
    }
  });
});

describe('operations', () => {
  it('are listed in the order in which they began, by whether they are done', async () => {
    const done = await ended(await create('one'));
    run.holdPulls();
    const running = await create('two');
    const list = async (query: string) => names(await run.owner('GET', `/v2/${OPERATIONS}${query}`));
    expect(new Set(await list(''))).toEqual(new Set([done.name, running.name]));
    expect(await list('?filter=done%3Dtrue')).toEqual([done.name]);
    expect(await list('?filter=done%20%3D%20false')).toEqual([running.name]);
    expect(await list('?pageSize=1')).toHaveLength(1);
    expect(names(await run.owner('GET', `/v1/${OPERATIONS}?filter=done%3Dfalse`))).toEqual([running.name]);
    await expect(list('?filter=name%3Dx')).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: "Invalid filter 'name=x': only done=true and done=false are supported.",
    });
  });

  it('cannot be cancelled', async () => {
    const { name } = await ended(await create());
    await expect(run.owner('POST', `/v2/${String(name)}:cancel`, {})).rejects.toThrow('has no route');
  });
});
