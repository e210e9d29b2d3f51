/** Containers that run, and containers that do not: what Cloud Run says, what is logged, and what is left of them. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildImage } from '../src/registry/index.js';
import { appImage } from './support/app.js';
import {
  appProject,
  deployed,
  logged,
  operationEnded,
  operationOf,
  pushDirect,
  revision,
  serviceBody,
  servicePath,
  urlOf,
  type Wanted,
} from './support/deploys.js';
import { must, TestPlane } from './support/plane.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { held, SOON } from './support/traces.js';
import { type Visit, visit } from './support/visit.js';
import { OWNER } from './support/world.js';

const P = 'containers';

/** The last two lines of what Cloud Run says about a container that did not start. */
const seeLogs = (service: string, name: string) =>
  `Logs URL: https://console.cloud.google.com/logs/viewer?project=${P}&resource=cloud_run_revision/service_name/${service}/revision_name/${name}&advancedFilter=resource.type%3D%22cloud_run_revision%22%0Aresource.labels.service_name%3D%22${service}%22%0Aresource.labels.revision_name%3D%22${name}%22 \nFor more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start`;
const NOT_LISTENING =
  'The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. Logs for this revision might contain more information.';
const NOT_PROBED =
  'The user-provided container failed the configured startup probe checks. Logs for this revision might contain more information.';
const layersOf = (plane: TestPlane) => readdirSync(path.join(plane.data, 'runtime/layers/sha256'));

/** A probe that does not wait for four minutes. */
const IMPATIENT = {
  startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 },
};

describe.runIf(canRun('crun'))('a container', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  let url: string;
  let token: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = `${await appProject(rest, P)}:latest`;
    const { service, ready } = await deploying({});
    expect(ready).toBe(true);
    url = urlOf(service);
    token = await rest.idToken(OWNER, url);
  });
  afterAll(() => plane.dispose());

  const deploying = (change: Partial<Wanted>) =>
    deployed(rest, { project: P, name: 'web', image, ...change });
  const get = (path: string, visiting: Visit = {}) => visit(plane, `${url}${path}`, { token, ...visiting });

  /** The text of what one revision's containers wrote and what the system says of them. */
  const logOf = async (name: string) =>
    (await logged(rest, P, `resource.labels.revision_name="${name}" AND textPayload:*`)).map((entry) => [
      String(at(entry, 'logName')).replace(/^.*%2F/, ''),
      at(entry, 'textPayload'),
    ]);

  describe('that does not come up', () => {
    it.each<[string, Partial<Wanted>, string, readonly (readonly [string, string | RegExp])[]]>([
      [
        'ends at once',
        { env: { MODE: 'exit' } },
        NOT_LISTENING,
        [
          ['stdout', 'about to give up'],
          ['stderr', 'because I was told to'],
          ['system', 'Container called exit(3).'],
          [
            'system',
            'Default STARTUP TCP probe failed 1 time consecutively for container "web-1" on port 8080. The instance was not started. Connection failed with status CANCELLED.',
          ],
        ],
      ],
      [
        'never listens',
        { env: { MODE: 'silent' }, container: IMPATIENT },
        NOT_PROBED,
        [
          ['stdout', 'thinking'],
          [
            'system',
            'STARTUP TCP probe failed 1 time consecutively for container "web-1" on port 8080. The instance was not started. Connection failed with status DEADLINE_EXCEEDED.',
          ],
        ],
      ],
      [
        'listens elsewhere',
        { env: { MODE: 'elsewhere' }, container: IMPATIENT },
        NOT_PROBED,
        [
          ['stdout', 'listening on 9999'],
          ['stdout', 'terminating'],
        ],
      ],
      [
        'runs out of memory',
        { env: { MODE: 'hungry' }, container: { resources: { limits: { memory: '256Mi' } } } },
        NOT_LISTENING,
        [
          ['stdout', 'eating'],
          ['system', /^Memory limit of 256Mi exceeded\./],
        ],
      ],
      [
        'has no such command',
        { container: { command: ['/bin/nothing'] } },
        NOT_LISTENING,
        [['system', 'Application failed to start: failed to load /bin/nothing: no such file or directory']],
      ],
      [
        'cannot run its command',
        { container: { command: ['/etc/passwd'] } },
        NOT_LISTENING,
        [['system', 'Application failed to start: failed to load /etc/passwd: permission denied']],
      ],
    ])(
      'because it %s says so, and leaves the revision before it serving',
      async (_, change, message, lines) => {
        const before = held(plane);
        const { ready, ...failed } = await deploying(change);
        expect(ready).toBe(false);
        expect(failed.message).toBe(`${message}\n\n${seeLogs('web', failed.revision)}`);
        const conditions = listAt(await revision(rest, P, failed.revision), 'status', 'conditions');
        for (const type of ['Ready', 'ContainerHealthy']) {
          expect(conditions.find((condition) => at(condition, 'type') === type)).toMatchObject({
            status: 'False',
            reason: 'HealthCheckContainerError',
            message: failed.message,
          });
        }
        const wait = 'container' in change && change.container === IMPATIENT ? '1s' : '4m';
        expect(conditions.find((condition) => at(condition, 'type') === 'ResourcesAvailable')).toMatchObject({
          status: 'True',
          message: expect.stringMatching(
            new RegExp(
              `^Provisioning imported containers completed in \\d+\\.\\d\\ds\\. Checking container health\\. This will wait for up to ${wait} for the configured startup probe, including an initial delay of 0s\\.$`,
            ),
          ),
        });
        const log = await logOf(failed.revision);
        expect(log).toEqual(
          expect.arrayContaining(
            lines.map(([where, text]) => [
              where,
              typeof text === 'string' ? text : expect.stringMatching(text),
            ]),
          ),
        );
        expect(held(plane)).toEqual(before);
        expect((await get('/')).text).toMatch(/^Hello from web web-00001-/);
      },
    );
  });

  describe('that runs', () => {
    it("has Cloud Run's environment, its own and the image's, and the image's user", async () => {
      const { service, revision: name } = await deploying({ env: { GREETING: 'Good day from' } });
      url = urlOf(service);
      const { env, uid } = JSON.parse((await get('/echo')).text) as {
        env: Record<string, string>;
        uid: number;
      };
      // Where programs find the certificates of who answers for Google's APIs here.
      const certificates = [
        ...['CURL_CA_BUNDLE', 'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH'],
        ...['REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE'],
      ];
      const trusted = Object.fromEntries(
        certificates.map((name) => [name, expect.stringMatching(/\.pem$|\.crt$/)]),
      );
      expect(env).toEqual({
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOSTNAME: 'localhost',
        HOME: '/',
        GREETING: 'Good day from',
        PORT: '8080',
        K_SERVICE: 'web',
        K_REVISION: name,
        K_CONFIGURATION: 'web',
        ...trusted,
        NODE_OPTIONS: '--use-openssl-ca',
      });
      expect(uid).toBe(1000);
      expect((await get('/')).text).toBe(`Good day from web ${name}`);
    });

    it('listens where it is told to, on a command of its own', async () => {
      const container = {
        command: ['/usr/local/bin/node'],
        args: ['/app/server.mjs'],
        ports: [{ containerPort: 3000 }],
      };
      expect((await deploying({ container })).ready).toBe(true);
      expect(JSON.parse((await get('/echo')).text)).toMatchObject({ env: { PORT: '3000' } });
    });

    it('is held to the memory and the processors that its service asked for', async () => {
      const limits = { cpu: '500m', memory: '256Mi' };
      expect((await deploying({ container: { resources: { limits } } })).ready).toBe(true);
      const file = async (path: string) => (await get(`/file?path=/sys/fs/cgroup/${path}`)).text.trim();
      if (existsSync('/sys/fs/cgroup/cgroup.controllers')) {
        expect(await file('memory.max')).toBe(String(256 * 2 ** 20));
        expect(await file('cpu.max')).toBe('50000 100000');
      } else {
        expect(await file('memory/memory.limit_in_bytes')).toBe(String(256 * 2 ** 20));
        expect(await file('cpu/cpu.cfs_quota_us')).toBe('50000');
      }
    });

    it('sees the files of its image, and nothing of the machine', async () => {
      const file = async (path: string) => (await get(`/file?path=${path}`)).text;
      expect(await file('/etc/passwd')).toBe(
        'root:x:0:0:root:/:/bin/false\nnode:x:1000:1000:node:/:/bin/false\n',
      );
      for (const path of [`${plane.data}/plane.json`, import.meta.filename]) {
        expect(await file(path)).toBe('ENOENT');
      }
    });

    it('is replaced by a new one when it ends', async () => {
      expect((await get('/die')).status).toBe(503);
      await vi.waitFor(async () => expect((await get('/')).text).toMatch(/^Hello from web web-/), SOON);
    });

    it('writes its lines into the log, structured ones as such', async () => {
      const { revision: name } = await deploying({ env: { GREETING: 'Logged by' } });
      await get('/log');
      const lines = async () =>
        (
          await logged(
            rest,
            P,
            `resource.labels.revision_name="${name}" AND log_id("run.googleapis.com/stdout")`,
          )
        ).concat(
          await logged(
            rest,
            P,
            `resource.labels.revision_name="${name}" AND log_id("run.googleapis.com/stderr")`,
          ),
        );
      await vi.waitFor(async () => {
        expect(await lines()).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ textPayload: 'a plain line' }),
            expect.objectContaining({ textPayload: 'a line of standard error' }),
            expect.objectContaining({ textPayload: '{"severity": "ERROR", "message": "cut o' }),
            expect.objectContaining({
              severity: 'WARNING',
              jsonPayload: { message: 'a structured line', component: 'tests', answer: 42 },
            }),
          ]),
        );
      }, SOON);
      const [first] = await lines();
      expect(at(first, 'resource')).toEqual({
        type: 'cloud_run_revision',
        labels: {
          project_id: P,
          location: 'asia-northeast1',
          service_name: 'web',
          revision_name: name,
          configuration_name: 'web',
        },
      });
    });

    it.runIf(canRun('gcloud'))('is read by gcloud', async () => {
      const filter = 'resource.type=cloud_run_revision AND textPayload="a plain line"';
      const { stdout } = await must(
        plane.gcloud(OWNER, [
          'logging',
          'read',
          filter,
          '--project',
          P,
          '--format=value(textPayload)',
          '--limit=1',
        ]),
      );
      expect(stdout).toBe('a plain line\n');
    });
  });

  it('comes up among others of the same image, which is unpacked once', async () => {
    const copy = await buildImage({
      base: (await appImage()).layers,
      files: [{ path: '/app/copy', content: randomBytes(8) }],
      config: { Cmd: ['/usr/local/bin/node', '/app/server.mjs'], User: '1000' },
      architecture: 'amd64',
    });
    await pushDirect(rest, OWNER, copy, image.replace('app:', 'copy:'));
    const before = held(plane);
    const unpacked = layersOf(plane);
    const names = ['one', 'two', 'three', 'four'];
    const results = await Promise.all(
      names.map((name) => deploying({ name, image: image.replace('app:', 'copy:') })),
    );
    expect(results.map(({ ready, message }) => ({ ready, message }))).toEqual(
      names.map(() => ({ ready: true, message: undefined })),
    );
    expect(layersOf(plane).length).toBe(unpacked.length + 1);
    await Promise.all(names.map((name) => rest.ok(OWNER, 'DELETE', servicePath(P, name))));
    await vi.waitFor(() => expect(held(plane)).toEqual(before), SOON);
  });

  it('goes away when its service is deleted before it has come up', async () => {
    const before = held(plane);
    const body = serviceBody({ project: P, name: 'slow', image, env: { DELAY_MS: '60000' } });
    const written = await rest.ok(OWNER, 'POST', servicePath(P), body);
    // Before it handles signals, the first process of a container ignores them.
    const listening = `resource.labels.service_name="slow" AND textPayload="listening in 60000 ms"`;
    await vi.waitFor(async () => expect(await logged(rest, P, listening)).toHaveLength(1), SOON);
    await rest.ok(OWNER, 'DELETE', servicePath(P, 'slow'));
    await operationEnded(rest, P, operationOf(written));
    await vi.waitFor(() => expect(held(plane)).toEqual(before), SOON);
    expect((await rest.call(OWNER, 'GET', servicePath(P, 'slow'))).status).toBe(404);
  });

  describe('whose service is deleted', () => {
    const nothing = { monitors: [], contained: [], mounts: [], directories: [] };
    const removing = async (name: string) => {
      await rest.ok(OWNER, 'DELETE', servicePath(P, name));
      await vi.waitFor(() => expect(held(plane)).toMatchObject(nothing), SOON);
    };

    it('is asked to end and leaves nothing behind', async () => {
      await removing('web');
      expect(await logged(rest, P, 'textPayload="terminating"')).not.toEqual([]);
    });

    it('is killed ten seconds later when it does not listen', async () => {
      const { ready, revision: name } = await deploying({ name: 'stubborn', env: { MODE: 'stubborn' } });
      expect(ready).toBe(true);
      await removing('stubborn');
      expect((await logOf(name)).map(([, text]) => text)).toContain('not listening to that');
    });
  });
});
