/** A plane whose containers Docker runs, and docker's client at its registry: with a daemon as it is. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  appProject,
  deployed,
  logged,
  onService,
  servicePath,
  urlOf,
  type Wanted,
} from './support/deploys.js';
import { DockerDaemon, enterOwnNetwork } from './support/docker-daemon.js';
import { must, TestPlane } from './support/plane.js';
import { grant, newRepository, onRepository, revoke } from './support/policies.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { ALICE, OWNER, REGION } from './support/world.js';

const P = 'docked';
const RUNTIME = ['--runtime', 'docker'];

describe.runIf(canRun('dockerd', 'docker'))('with a Docker daemon', () => {
  let leave: () => void;
  let daemon: DockerDaemon;
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  let url: string;

  beforeAll(async () => {
    leave = enterOwnNetwork();
    daemon = await DockerDaemon.start();
    plane = await TestPlane.start({ args: RUNTIME, env: daemon.env });
    rest = new Rest(plane);
    image = await appProject(rest, P);
    const { service, message } = await deploying({});
    expect(message).toBeUndefined();
    url = urlOf(service);
    await grant(plane, onService(P, 'web'), 'allUsers', 'roles/run.invoker');
  });
  afterAll(async () => {
    await plane?.dispose();
    await daemon?.dispose();
    leave();
  });

  const deploying = (change: Partial<Wanted>) =>
    deployed(rest, { project: P, name: 'web', image: `${image}:latest`, ...change });
  const docker = (member: string, line: string, env: NodeJS.ProcessEnv = {}) =>
    plane.as(member, 'docker', line.split(' '), { env: { ...daemon.env, ...env } });
  /** The revisions of which the daemon has a container, running or not; those that only hold a network apart. */
  const containers = async () => {
    const { stdout } = await must(docker(OWNER, 'ps --all --format {{.Names}}'));
    return stdout
      .split('\n')
      .filter((name) => name.includes('_'))
      .map((name) => name.replace(/^sekisho-[0-9a-f]{12}-/, '').replace(/-[0-9a-f]{8}_.*$/, ''))
      .sort();
  };
  const textsOf = async (service: string) => {
    const filter = `resource.labels.service_name="${service}" AND textPayload:*`;
    return (await logged(rest, P, filter)).map((entry) => String(at(entry, 'textPayload')));
  };

  describe('a service', () => {
    it('serves from a container of Docker, as the image’s user and with what Cloud Run sets', async () => {
      const page = await visit(plane, `${url}/echo`, { method: 'POST', body: 'x'.repeat(100_000) });
      const answer: unknown = JSON.parse(page.text);
      expect(answer).toMatchObject({ length: 100_000, uid: 1000, env: { K_SERVICE: 'web', PORT: '8080' } });
      expect(await containers()).toEqual([at(answer, 'env', 'K_REVISION')]);
    });

    it('has what it writes in the log', async () => {
      await visit(plane, `${url}/log`);
      await vi.waitFor(async () => expect(await textsOf('web')).toContain('a line of standard error'), SOON);
      expect(await textsOf('web')).toContain('a plain line');
    });

    it.each<[string, Partial<Wanted>, RegExp, readonly string[]]>([
      [
        'ends',
        { env: { MODE: 'exit' } },
        /failed to start and listen on the port/,
        ['about to give up', 'because I was told to', 'Container called exit(3).'],
      ],
      [
        'eats too much memory',
        { env: { MODE: 'hungry' }, container: { resources: { limits: { memory: '128Mi' } } } },
        /failed to start and listen on the port/,
        [
          'eating',
          'Memory limit of 128Mi exceeded. Consider increasing the memory limit, see https://cloud.google.com/run/docs/configuring/memory-limits',
        ],
      ],
      [
        'has no such command',
        { container: { command: ['/no/such'] } },
        /./,
        ['Application failed to start: failed to load /no/such: no such file or directory'],
      ],
    ])('that %s is not ready, and the log says why', async (what, change, message, said) => {
      const name = `not-${what.replaceAll(' ', '-')}`;
      const failed = await deploying({ name, ...change });
      expect(failed).toMatchObject({ ready: false, message: expect.stringMatching(message) });
      expect(await textsOf(name)).toEqual(expect.arrayContaining([...said]));
      expect((await containers()).filter((revision) => revision.startsWith(name))).toEqual([]);
    });

    it('that is deleted is told to end, and its container removed', async () => {
      await deploying({ name: 'brief' });
      expect(await containers()).toContainEqual(expect.stringMatching(/^brief-/));
      await rest.ok(OWNER, 'DELETE', servicePath(P, 'brief'));
      await vi.waitFor(async () => expect((await containers()).join()).not.toMatch(/brief/), SOON);
      expect(await textsOf('brief')).toContain('terminating');
    });
  });

  describe('docker at the registry', () => {
    const local = (name: string) => `localhost:${plane.port}/${REGION}-docker.pkg.dev/${name}`;
    const refusal = (permission: string) =>
      `denied: Permission "artifactregistry.repositories.${permission}" denied on resource "projects/${P}/locations/${REGION}/repositories/images" (or it may not exist)`;
    const READER = 'roles/artifactregistry.reader';

    it('pulls and pushes for whom the plane lets, and says what the others lack', async () => {
      const app = local(`${P}/images/app`);
      const refused = await docker(ALICE, `pull ${app}:latest`);
      expect({ code: refused.code, err: refused.stderr }).toEqual({
        code: 1,
        err: expect.stringContaining(refusal('downloadArtifacts')),
      });
      await grant(plane, onRepository(P, 'images'), `user:${ALICE}`, READER);
      await must(docker(ALICE, `pull --quiet ${app}:latest`));
      await must(docker(ALICE, `tag ${app}:latest ${app}:mine`));
      const push = await docker(ALICE, `push ${app}:mine`);
      expect({ code: push.code, err: push.stderr }).toEqual({
        code: 1,
        err: expect.stringContaining(refusal('uploadArtifacts')),
      });
      await must(docker(OWNER, `push ${app}:mine`));
      await revoke(plane, onRepository(P, 'images'), `user:${ALICE}`, READER);
    });

    it('pushes what it has built, layers mounted from another repository, to be deployed under its real name', async () => {
      await newRepository(plane, P, 'built');
      const built = local(`${P}/built/app:v1`);
      const context = await mkdtemp(path.join(tmpdir(), 'sekisho-build-'));
      const file = `FROM ${local(`${P}/images/app`)}:latest\nENV GREETING=Built\nCOPY --chown=1000 note /note\n`;
      await writeFile(path.join(context, 'Dockerfile'), file);
      await writeFile(path.join(context, 'note'), 'from a build');
      await must(docker(OWNER, `build --quiet --tag ${built} ${context}`, { DOCKER_BUILDKIT: '0' }));
      await rm(context, { recursive: true });
      await must(docker(OWNER, `push ${built}`));
      const name = 'built';
      const { service, message } = await deploying({
        name,
        image: `${REGION}-docker.pkg.dev/${P}/built/app:v1`,
      });
      expect(message).toBeUndefined();
      const token = await rest.idToken(OWNER, urlOf(service));
      expect((await visit(plane, `${urlOf(service)}/`, { token })).text).toMatch(/^Built built built-00001-/);
      expect((await visit(plane, `${urlOf(service)}/file?path=/note`, { token })).text).toBe('from a build');
    });

    it('signs in with an access token, and not with a wrong one', async () => {
      const config = await mkdtemp(path.join(tmpdir(), 'sekisho-docker-config-'));
      const login = async (password: string) =>
        plane.as(
          ALICE,
          'docker',
          ['login', '--username', 'oauth2accesstoken', '--password-stdin', `localhost:${plane.port}`],
          { input: password, env: { ...daemon.env, DOCKER_CONFIG: config } },
        );
      expect((await login(await rest.token(ALICE))).stdout).toContain('Login Succeeded');
      const wrong = await login('wrong');
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toMatch(/401 Unauthorized|unauthorized/);
      await rm(config, { recursive: true });
    });
  });

  describe('after a crash', () => {
    const hello = async () => (await visit(plane, url)).text;

    it('of the plane has its containers ended by the next one, and serves again', async () => {
      expect(await hello()).toMatch(/^Hello from web/);
      await plane.kill();
      const left = await containers();
      expect(left).toContainEqual(expect.stringMatching(/^web-00001-/));
      await plane.restart({ args: RUNTIME, env: daemon.env });
      await vi.waitFor(async () => expect(await containers()).toEqual([]), SOON);
      expect(await hello()).toMatch(/^Hello from web/);
    });

    it('of the daemon serves again when that is back', async () => {
      await daemon.kill();
      await daemon.run();
      await vi.waitFor(async () => expect(await hello()).toMatch(/^Hello from web/), SOON);
      expect(await containers()).toHaveLength(1);
    });

    it('of both serves again when both are back, the plane first', async () => {
      await plane.kill();
      await daemon.kill();
      await plane.restart({ args: RUNTIME, env: daemon.env });
      const missing = `the docker runtime cannot be used: no Docker daemon answers at ${daemon.socket}`;
      await vi.waitFor(() => expect(plane.stderr).toContain(missing), SOON);
      await daemon.run();
      await vi.waitFor(async () => expect(await hello()).toMatch(/^Hello from web/), SOON);
      expect(await containers()).toHaveLength(1);
    });
  });

  it('a plane that stops leaves nothing in Docker but what docker itself has pulled and built', async () => {
    expect(await plane.stop()).toBe(0);
    const listings = [
      'ps --all --quiet',
      'network ls --quiet --filter name=sekisho',
      'images --quiet sekisho-*',
    ];
    for (const listing of listings) {
      expect((await must(docker(OWNER, listing))).stdout).toBe('');
    }
  });

  it('a plane that has no daemon says so, and what it has looked for', async () => {
    const lonely = await TestPlane.start({ args: RUNTIME, env: { DOCKER_HOST: 'unix:///no/such.sock' } });
    await vi.waitFor(
      () =>
        expect(lonely.stderr).toContain(
          'the docker runtime cannot be used: no Docker daemon answers at /no/such.sock',
        ),
      SOON,
    );
    await lonely.dispose();
  });
});
