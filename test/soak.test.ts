/** Deploys, splits, scales and deletes without end: afterwards the machine is as it was before. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pushDirect } from './support/deploys.js';
import { NAMING_SERVER, shellImage } from './support/images.js';
import { TestPlane } from './support/plane.js';
import { newProject, newRepository } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { files, held, openFiles, SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const P = 'soak-project';
const ROUNDS = 200;
/** So many services live at the same time. */
const AT_ONCE = 4;
const LOCATION = `run.googleapis.com/v2/projects/${P}/locations/${REGION}`;

describe.runIf(canRun('crun'))('a plane that deploys, splits, scales and deletes 200 times', () => {
  let plane: TestPlane;
  let rest: Rest;
  const image = `${REGION}-docker.pkg.dev/${P}/images/names:latest`;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    await newProject(plane, P, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
    await newRepository(plane, P, 'images');
    await pushDirect(rest, OWNER, await shellImage(NAMING_SERVER), image);
  });
  afterAll(() => plane.dispose());

  /** Waits for the operation's end. @returns the service it came to */
  const ended = async (operation: unknown): Promise<unknown> => {
    let current = operation;
    while (at(current, 'done') !== true) {
      const target = `run.googleapis.com/v2/${at(operation, 'name')}:wait`;
      current = await rest.ok(OWNER, 'POST', target, { timeout: '30s' });
    }
    expect(at(current, 'error')).toBeUndefined();
    return at(current, 'response');
  };

  const template = (revision: string, scaling = {}) => ({
    revision,
    containers: [{ image }],
    scaling: { maxInstanceCount: 3, ...scaling },
  });
  const share = (revision: string, percent: number, tag = '') => ({
    type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION',
    revision,
    percent,
    tag,
  });

  const read = async (url: unknown) => {
    const page = await visit(plane, String(url));
    expect(page.status).toBe(200);
    return page.text;
  };

  /** One service's whole life. */
  const live = async (name: string) => {
    const at0 = `${LOCATION}/services`;
    const update = async (change: object) =>
      ended(await rest.ok(OWNER, 'PATCH', `${at0}/${name}`, { invokerIamDisabled: true, ...change }));
    const first = await ended(
      await rest.ok(OWNER, 'POST', `${at0}?serviceId=${name}`, {
        invokerIamDisabled: true,
        template: template(`${name}-one`),
      }),
    );
    const url = at(first, 'urls', 0);
    expect(await read(url)).toBe(`${name}-one`);
    const split = await update({
      template: template(`${name}-two`),
      traffic: [share(`${name}-one`, 50), share(`${name}-two`, 50, 'next')],
    });
    const tagged = listAt(split, 'trafficStatuses').find((target) => at(target, 'tag') === 'next');
    expect(await read(at(tagged, 'uri'))).toBe(`${name}-two`);
    expect([`${name}-one`, `${name}-two`]).toContain(await read(url));
    await update({
      template: template(`${name}-three`, { minInstanceCount: 2 }),
      traffic: [share(`${name}-three`, 100)],
    });
    expect(await read(url)).toBe(`${name}-three`);
    await ended(await rest.ok(OWNER, 'DELETE', `${at0}/${name}`));
    expect((await visit(plane, String(url))).status).toBe(404);
  };

  it('leaves no process, mount, network, control group, file or descriptor behind', async () => {
    await live('warm-up');
    const quiet = () => {
      const now = held(plane);
      expect(now.contained).toEqual([]);
      expect(now.mounts).toEqual([]);
      expect(now.directories).toEqual([]);
      return now;
    };
    const before = await vi.waitFor(quiet, SOON);
    const filesBefore = files(plane);
    const descriptorsBefore = openFiles(plane);
    const waiting = Array.from({ length: ROUNDS }, (_, round) => `web-${round}`);
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await live(name);
      }),
    );
    await vi.waitFor(() => expect(held(plane)).toEqual(before), SOON);
    expect(files(plane)).toEqual(filesBefore);
    await vi.waitFor(() => expect(openFiles(plane)).toBeLessThanOrEqual(descriptorsBefore + AT_ONCE), SOON);
    expect(plane.stderr).toBe('');
  }, 600_000);
});
