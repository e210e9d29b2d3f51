/** A plane whose disk is full: it says so, loses nothing, and goes on when there is space again. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../src/registry/index.js';
import { appImage } from './support/app.js';
import {
  appProject,
  deployed,
  onService,
  pushDirect,
  serviceBody,
  servicePath,
  settled,
  urlOf,
} from './support/deploys.js';
import { run, SEKISHO, TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { SmallDisk } from './support/small-disk.js';
import { canRun } from './support/tools.js';
import { files } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER } from './support/world.js';

const P = 'full-disk';
const ACCOUNTS = `iam.googleapis.com/v1/projects/${P}/serviceAccounts`;

describe.runIf(canRun('crun') && process.getuid?.() === 0)('a plane whose disk is full', () => {
  let disk: SmallDisk;
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  let url: string;

  beforeAll(async () => {
    disk = await SmallDisk.mount(400);
    plane = await TestPlane.start({ data: path.join(disk.directory, 'data') });
    rest = new Rest(plane);
    image = await appProject(rest, P);
    const { service } = await deployed(rest, { project: P, name: 'web', image: `${image}:latest` });
    url = urlOf(service);
    await grant(plane, onService(P, 'web'), 'allUsers', 'roles/run.invoker');
    await rest.token(OWNER);
  });
  afterAll(async () => {
    await plane?.dispose();
    await disk?.remove();
  });
  afterEach(() => disk.free());

  const accounts = async () =>
    listAt(await rest.ok(OWNER, 'GET', ACCOUNTS), 'accounts').map((account) => String(at(account, 'email')));

  it('refuses what it cannot keep, in words that say why, and keeps nothing of it', async () => {
    const before = await accounts();
    disk.fill();
    // The database may have some room of its own left in its log: the last writes that fit are kept.
    const fitted: string[] = [];
    for (;;) {
      const accountId = `acc-${randomBytes(6).toString('hex')}`;
      const { status, body } = await rest.call(OWNER, 'POST', ACCOUNTS, { accountId });
      if (status === 200) {
        fitted.push(String(at(body, 'email')));
        continue;
      }
      expect({ status, error: at(body, 'error') }).toEqual({
        status: 429,
        error: {
          code: 429,
          message: `The disk of the plane's data directory (${plane.data}) is full: nothing was changed. Free some space and try again.`,
          status: 'RESOURCE_EXHAUSTED',
        },
      });
      break;
    }
    expect((await accounts()).sort()).toEqual([...before, ...fitted].sort());
  });

  it('serves what runs, and reads', async () => {
    disk.fill();
    expect((await visit(plane, url)).status).toBe(200);
    expect((await rest.call(OWNER, 'GET', servicePath(P, 'web'))).status).toBe(200);
  });

  it('takes no part of a push, and takes it whole afterwards', async () => {
    const big = await buildImage({
      files: [{ path: '/blob', content: randomBytes(4 << 20) }],
      config: { Cmd: ['/blob'] },
    });
    const before = files(plane);
    disk.fill();
    await expect(pushDirect(rest, OWNER, big, `${image}:big`)).rejects.toThrow('no space left');
    expect(files(plane)).toEqual(before);
    await disk.free();
    expect(await pushDirect(rest, OWNER, big, `${image}:big`)).toBe(big.digest);
  });

  it('accepts no deploy, or ends it with an error; the next one works', async () => {
    disk.fill();
    const body = serviceBody({ project: P, name: 'later', image: `${image}:latest` });
    const answer = await rest.call(OWNER, 'POST', servicePath(P), body);
    if (answer.status === 200) {
      await disk.free();
      await settled(rest, P, answer.body);
    } else {
      expect(at(answer.body, 'error', 'status')).toBe('RESOURCE_EXHAUSTED');
    }
    await disk.free();
    const again = await deployed(rest, { project: P, name: 'later', image: `${image}:latest` });
    expect(again).toMatchObject({ ready: true });
  });

  it('ends what it had accepted, once there is space', async () => {
    const body = serviceBody({ project: P, name: 'amidst', image: `${image}:latest` });
    const written = await rest.ok(OWNER, 'POST', servicePath(P), body);
    disk.fill();
    expect((await rest.call(OWNER, 'POST', ACCOUNTS, { accountId: 'no-space-at-all' })).status).toBe(429);
    await disk.free();
    await settled(rest, P, written);
    const again = await deployed(rest, { project: P, name: 'amidst', image: `${image}:latest` });
    expect(again).toMatchObject({ ready: true });
  });

  it('is what a plane says that cannot start for it; nothing is lost then', async () => {
    const before = await accounts();
    await plane.kill();
    disk.fill();
    const { code, stdout, stderr } = await run(process.execPath, [
      SEKISHO,
      'start',
      '--data',
      plane.data,
      '--listen',
      '127.0.0.1:0',
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`The disk of the data directory ${plane.data} is full.`);
    await disk.free();
    await plane.restart();
    expect(await accounts()).toEqual(before);
    expect((await visit(plane, url)).status).toBe(200);
  });

  it('brings up a revision that it had accepted before, once there is space', async () => {
    const other = await appImage();
    await pushDirect(rest, OWNER, other, `${image}:other`);
    const body = serviceBody({ project: P, name: 'soon', image: `${image}:other` });
    const written = await rest.ok(OWNER, 'POST', servicePath(P), body);
    disk.fill();
    await plane.kill();
    await disk.free();
    await plane.restart();
    expect(await settled(rest, P, written)).toMatchObject({ ready: true });
  });
});
