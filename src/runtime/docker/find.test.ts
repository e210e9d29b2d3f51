import net from 'node:net';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { findDocker } from './find.js';
import { type FakeDaemon, fakeDaemon, VERSION } from './testing-daemon.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function daemonSaying(body: unknown): Promise<FakeDaemon> {
  const daemon = await fakeDaemon(() => ({ status: 200, body }));
  open.push(daemon);
  return daemon;
}

it('speaks the newest version of the API that both know', async () => {
  const old = await findDocker((await daemonSaying(VERSION)).env);
  expect(old).toMatchObject({
    apiVersion: '1.41',
    describe: expect.stringMatching(/^Docker 20\.10\.24 \(API 1\.41\) at \//),
  });
  const recent = { ...VERSION, Version: '29.0.0', ApiVersion: '1.52', MinAPIVersion: '1.44' };
  expect(await findDocker((await daemonSaying(recent)).env)).toMatchObject({ apiVersion: '1.47' });
});

it.each([
  [{ ...VERSION, ApiVersion: '1.39' }, / is too old: its API is 1\.39, not 1\.40$/],
  [{ ...VERSION, ApiVersion: '1.60', MinAPIVersion: '1.50' }, / is too new: its API begins at 1\.50/],
  [{ ...VERSION, Os: 'windows' }, / runs windows containers, and Cloud Run's are linux ones$/],
  [{ hello: 'world' }, /^what answers at \/.* is no Docker daemon$/],
  ['<html>', /^what answers at \/.* is no Docker daemon$/],
])('does not use a daemon that says %j, and says why', async (body, why) => {
  expect(await findDocker((await daemonSaying(body)).env)).toMatch(why);
});

it('gives up a daemon that accepts connections and never answers', async () => {
  const daemon = await fakeDaemon(() => undefined);
  open.push(daemon);
  expect(await findDocker(daemon.env)).toBe(`no Docker daemon answers at ${daemon.socket}`);
});

it("finds the user's own, rootless daemon", async () => {
  const daemon = await daemonSaying(VERSION);
  const found = await findDocker({ XDG_RUNTIME_DIR: path.dirname(daemon.socket), DOCKER_HOST: '' });
  // Unless this machine has one for all its users, which comes first.
  expect(found).toMatchObject({ describe: expect.stringMatching(/ at \/(tmp\/|var\/run\/docker\.sock$)/) });
});

it('asks a daemon over TCP', async () => {
  const body = JSON.stringify(VERSION);
  const server = net.createServer((socket) => {
    socket.once('data', () => socket.end(`HTTP/1.0 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  expect(await findDocker({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })).toMatchObject({
    address: { kind: 'tcp', host: '127.0.0.1', port },
  });
});

it.each([
  [
    { DOCKER_HOST: 'ssh://me@host' },
    'DOCKER_HOST is ssh://me@host, and only unix:// and tcp:// addresses are supported',
  ],
  [
    { DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1' },
    'DOCKER_TLS_VERIFY is set, and daemons behind TLS are not supported',
  ],
  [{ DOCKER_HOST: 'unix:///no/such.sock' }, 'no Docker daemon answers at /no/such.sock'],
])('says why there is no daemon with %j', async (env, why) => {
  expect(await findDocker(env)).toBe(why);
});
