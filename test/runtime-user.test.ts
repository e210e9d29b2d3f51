/** A plane that an ordinary user starts: containers in user namespaces, from the first deploy to the last trace. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildImage } from '../src/registry/index.js';
import { leftovers, NOTHING } from '../src/runtime/testing-leftovers.js';
import { addOrdinaryUser, type OrdinaryUser } from '../src/runtime/testing-user.js';
import { appImage } from './support/app.js';
import {
  appProject,
  deployed,
  logged,
  onService,
  pushDirect,
  servicePath,
  urlOf,
} from './support/deploys.js';
import { TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { held, instances, SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER } from './support/world.js';

const P = 'rootless';

describe.runIf(canRun('crun', 'newuidmap') && process.geteuid?.() === 0)('an ordinary user’s plane', () => {
  let user: OrdinaryUser;
  let plane: TestPlane;
  let rest: Rest;
  let image: string;

  beforeAll(async () => {
    user = addOrdinaryUser('many');
    const data = path.join(user.home, 'data');
    mkdirSync(data, { mode: 0o700 });
    execFileSync('chown', [`${user.uid}`, data]);
    plane = await TestPlane.start({ data, prefix: user.prefix });
    rest = new Rest(plane);
    image = await appProject(rest, P);
  });
  afterAll(async () => {
    await plane.dispose();
    user.remove();
    expect(existsSync(user.home)).toBe(false);
  });

  const killedAndStarted = async () => {
    await plane.kill();
    await plane.restart({ prefix: user.prefix });
  };
  /** A service that everybody may call. */
  const open = async (name: string, reference = `${image}:latest`): Promise<string> => {
    const { service, ready, message } = await deployed(rest, { project: P, name, image: reference });
    expect({ ready, message }).toMatchObject({ ready: true });
    await grant(plane, onService(P, name), 'allUsers', 'roles/run.invoker');
    return urlOf(service);
  };
  const uidAt = async (url: string): Promise<unknown> =>
    at(JSON.parse((await visit(plane, `${url}/echo`)).text), 'uid');

  it('says what runs containers, and what that cannot do', async () => {
    await vi.waitFor(() => expect(plane.containers).toBeDefined(), SOON);
    expect(plane.containers).toMatch(
      /^crun \S+ as an ordinary user, in a user namespace; memory and CPU limits are not enforced \(auto: crun found, user namespaces allowed\)$/,
    );
  });

  it('runs images as the users they name, root too, and nothing as the machine’s root', async () => {
    const plain = await open('plain');
    const app = await appImage();
    const config = { Entrypoint: ['/usr/local/bin/node'], Cmd: ['/app/server.mjs'], User: '0' };
    await pushDirect(rest, OWNER, await buildImage({ base: app.layers, config }), `${image}:root`);
    const root = await open('root', `${image}:root`);
    expect([await uidAt(plain), await uidAt(root)]).toEqual([1000, 0]);
    const owners = [...new Set(user.processes().map(ownerOf))].sort();
    expect(owners).toHaveLength(2); // the user, who is root inside, and one of the subordinate ids
    expect(owners).toContain(user.uid);
    expect(held(plane).contained).toEqual([]);
  });

  it('delivers what containers write to the log', async () => {
    await vi.waitFor(async () => {
      const lines = await logged(rest, P, 'resource.labels.service_name="plain" textPayload:"listening on"');
      expect(lines.length).toBeGreaterThan(0);
    }, SOON);
  });

  it('answers many requests at once', async () => {
    const url = urlOf(await rest.ok(OWNER, 'GET', servicePath(P, 'plain')));
    const pages = await Promise.all(Array.from({ length: 60 }, () => visit(plane, url)));
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('ends a container with its service', async () => {
    await rest.ok(OWNER, 'DELETE', servicePath(P, 'root'));
    await vi.waitFor(() => {
      expect(held(plane).monitors).toHaveLength(1);
      expect(instances(plane)).toHaveLength(1);
    }, SOON);
  });

  it('serves on when the process in the namespaces is killed, and says so', async () => {
    const url = urlOf(await rest.ok(OWNER, 'GET', servicePath(P, 'plain')));
    expect((await visit(plane, url)).status).toBe(200);
    process.kill(namespaceProcess(plane), 'SIGKILL');
    await vi.waitFor(() => expect(plane.stderr).toMatch(/the process in the user namespace has ended/), SOON);
    expect((await visit(plane, url)).status).toBe(200);
    await vi.waitFor(() => expect(instances(plane)).toHaveLength(1), SOON);
  });

  it('takes all its containers with it when it is killed, and serves again when it is started', async () => {
    expect(held(plane).monitors).toHaveLength(1);
    await plane.kill();
    await vi.waitFor(() => expect(user.processes()).toEqual([]), SOON);
    await plane.restart({ prefix: user.prefix });
    await vi.waitFor(() => expect(held(plane).directories).toEqual([]), SOON);
    expect(await uidAt(urlOf(await rest.ok(OWNER, 'GET', servicePath(P, 'plain'))))).toBe(1000);
  });

  it('ends at its next start what a process in the namespaces that hung has kept alive', async () => {
    const before = namespaceProcess(plane);
    process.kill(before, 'SIGSTOP');
    await killedAndStarted();
    await vi.waitFor(() => expect(existsSync(`/proc/${before}/ns/user`)).toBe(false), SOON);
    expect((await visit(plane, urlOf(await rest.ok(OWNER, 'GET', servicePath(P, 'plain'))))).status).toBe(
      200,
    );
    await vi.waitFor(() => {
      expect(held(plane).monitors).toHaveLength(1);
      expect(user.processes().filter((pid) => ownerOf(pid) !== user.uid)).toHaveLength(1);
    }, SOON);
  });

  it('leaves nothing when it is stopped', async () => {
    expect(await plane.stop()).toBe(0);
    await vi.waitFor(() => expect(user.processes()).toEqual([]), SOON);
    // Namespaces end with their processes: none of them is kept by a file or a mount.
    expect(leftovers(plane.data)).toEqual(NOTHING);
  });
});

/** The first process of the plane's namespaces: the child of unshare(1). */
function namespaceProcess({ data }: TestPlane): number {
  const mark = `--sekisho-runtime=${data}/runtime`;
  const found = readdirSync('/proc').find((pid) => {
    const args = read(`/proc/${pid}/cmdline`).split('\0');
    return args.includes(mark) && !args[0]?.endsWith('unshare');
  });
  expect(found).toBeDefined();
  return Number(found);
}

/** The user that the machine sees. */
const ownerOf = (pid: number) => Number(/^Uid:\t(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]);

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // no process, or no longer
  }
}
