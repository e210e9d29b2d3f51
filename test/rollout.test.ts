import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  appProject,
  deployed,
  logged,
  onService,
  operationEnded,
  operationOf,
  serviceBody,
  servicePath,
  settled,
  urlOf,
  type Wanted,
} from './support/deploys.js';
import { TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { held, SOON } from './support/traces.js';
import { type Page, visit, visitByProxy } from './support/visit.js';
import { OWNER } from './support/world.js';

const P = 'rollout';

describe.runIf(canRun('crun'))('a service', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = `${await appProject(rest, P)}:latest`;
  });
  afterAll(() => plane.dispose());

  const deploying = (change: Partial<Wanted>) =>
    deployed(rest, { project: P, name: 'web', image, ...change });

  describe('with several revisions', () => {
    it('sends traffic where it is told to, and tags to theirs', async () => {
      const old = await deploying({ name: 'split', template: { name: 'split-old' } });
      await grant(plane, onService(P, 'split'), 'allUsers', 'roles/run.invoker');
      const { service } = await deploying({
        name: 'split',
        env: { GREETING: 'New:' },
        template: { name: 'split-new' },
        traffic: [
          { revisionName: 'split-old', percent: 100 },
          { revisionName: 'split-new', percent: 0, tag: 'next' },
        ],
      });
      expect(old.ready).toBe(true);
      const here = urlOf(service);
      const tagged = listAt(service, 'status', 'traffic').find((target) => at(target, 'tag') === 'next');
      expect(at(tagged, 'url')).toMatch(/^https:\/\/next---split-/);
      for (let n = 0; n < 5; n++) expect((await visit(plane, here)).text).toBe('Hello from split split-old');
      for (const name of [String(at(tagged, 'url')), here.replace('https://', 'https://next---')]) {
        expect((await visitByProxy(plane, name)).text).toBe('New: split split-new');
      }
    });

    it('shares traffic out', async () => {
      const body = await rest.ok(OWNER, 'GET', servicePath(P, 'split'));
      const traffic = [
        { revisionName: 'split-old', percent: 50 },
        { revisionName: 'split-new', percent: 50 },
      ];
      const spec = { ...(at(body, 'spec') as object), traffic };
      const written = await rest.ok(OWNER, 'PUT', servicePath(P, 'split'), { ...(body as object), spec });
      const here = urlOf(written);
      const seen = new Set<string>();
      for (let n = 0; n < 200 && seen.size < 2; n++) seen.add((await visit(plane, here)).text);
      expect([...seen].sort()).toEqual(['Hello from split split-old', 'New: split split-new']);
    });
  });

  it('does not wait for a revision that never comes up, when a better one is deployed', async () => {
    const hopeless = { MODE: 'serve', DELAY_MS: '60000' };
    const body = serviceBody({ project: P, name: 'mended', image, env: hopeless });
    const first = await rest.ok(OWNER, 'POST', servicePath(P), body);
    // Before it handles signals, the first process of a container ignores them.
    const starting = 'resource.labels.service_name="mended" AND textPayload="listening in 60000 ms"';
    await vi.waitFor(async () => expect(await logged(rest, P, starting)).toHaveLength(1), SOON);
    const { ready, revision } = await deploying({ name: 'mended' });
    expect({ ready, revision }).toEqual({ ready: true, revision: expect.stringMatching(/^mended-00002-/) });
    // The first deploy ends with what has become of the service; its container is gone.
    const operation = await operationEnded(rest, P, operationOf(first));
    expect(at(operation, 'response', 'status', 'latestReadyRevisionName')).toBe(revision);
    const ids = () => held(plane).monitors.map(({ id }) => id.replace(/-[0-9a-f]{8}_.*$/, ''));
    const gone = () => expect(ids().filter((id) => id.startsWith('mended-'))).toEqual([revision]);
    await vi.waitFor(gone, SOON);
  });

  it('brings up every revision that has a tag, also when the next is deployed at once', async () => {
    const { service } = await deploying({ name: 'tags', template: { name: 'tags-base' } });
    await grant(plane, onService(P, 'tags'), 'allUsers', 'roles/run.invoker');
    const written = (names: readonly string[]) =>
      rest.ok(
        OWNER,
        'PUT',
        servicePath(P, 'tags'),
        serviceBody({
          project: P,
          name: 'tags',
          image,
          env: { GREETING: `${names.at(-1)}:`, DELAY_MS: '200' },
          template: { name: `tags-${names.at(-1)}` },
          traffic: [
            { revisionName: 'tags-base', percent: 100 },
            ...names.map((name) => ({ revisionName: `tags-${name}`, tag: name })),
          ],
        }),
      );
    await written(['red']);
    const last = await written(['red', 'blue']);
    expect((await settled(rest, P, last)).ready).toBe(true);
    for (const tag of ['red', 'blue']) {
      const page = await visit(plane, urlOf(service).replace('https://', `https://${tag}---`));
      expect(page.text).toBe(`${tag}: tags tags-${tag}`);
    }
  });

  it('does not route to a revision that failed, and says so', async () => {
    const { service } = await deploying({ name: 'routes', template: { name: 'routes-good' } });
    await grant(plane, onService(P, 'routes'), 'allUsers', 'roles/run.invoker');
    await deploying({ name: 'routes', env: { MODE: 'exit' }, template: { name: 'routes-bad' } });
    const traffic = [{ revisionName: 'routes-bad', percent: 100 }];
    const { ready, message } = await deploying({ name: 'routes', template: { name: 'routes-new' }, traffic });
    expect({ ready, message }).toEqual({
      ready: false,
      message: "Revision 'routes-bad' is not ready and cannot serve traffic.",
    });
    expect((await visit(plane, urlOf(service))).text).toBe('Hello from routes routes-good');
  });

  it('fails no request while a new revision takes over', async () => {
    const { service } = await deploying({ name: 'rolling', env: { GREETING: 'Old:' } });
    await grant(plane, onService(P, 'rolling'), 'allUsers', 'roles/run.invoker');
    const here = urlOf(service);
    const pages: Page[] = [];
    let done = false;
    const visitors = Array.from({ length: 4 }, async () => {
      while (!done) pages.push(await visit(plane, `${here}/`));
    });
    for (const greeting of ['Second:', 'Third:']) {
      const { ready } = await deploying({ name: 'rolling', env: { GREETING: greeting, DELAY_MS: '300' } });
      expect(ready).toBe(true);
      expect((await visit(plane, here)).text).toMatch(new RegExp(`^${greeting}`));
    }
    done = true;
    await Promise.all(visitors);
    expect(pages.filter((page) => page.status !== 200)).toEqual([]);
    expect(new Set(pages.map((page) => page.text.split(' ')[0]))).toEqual(
      new Set(['Old:', 'Second:', 'Third:']),
    );
  });

  it('ends the requests under way before a revision goes', async () => {
    const { service } = await deploying({ name: 'patient' });
    await grant(plane, onService(P, 'patient'), 'allUsers', 'roles/run.invoker');
    const slow = visit(plane, `${urlOf(service)}/slow?ms=1500`);
    await deploying({ name: 'patient' });
    expect(await slow).toMatchObject({ status: 200, text: 'slow but sure' });
  });
});
