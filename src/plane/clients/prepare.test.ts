import {
  chmod,
  constants,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminCall, fetchToken, runningPlane } from './admin-client.js';
import { ClientError } from './client-error.js';
import { prepareClients } from './prepare.js';
import { type SmallPlane, startSmallPlane } from './test-plane.js';

let small: SmallPlane;
let home: string;
let env: NodeJS.ProcessEnv;
let log: string;

/** A gcloud that notes how it was called, and signs in as the real one does: into `credentials.db`. */
async function installGcloud(status = 0): Promise<void> {
  const bin = path.join(small.dir, 'bin');
  await mkdir(bin, { recursive: true });
  // With prompts off, gcloud reads nothing from standard input.
  const script = `#!/bin/sh
if [ "$CLOUDSDK_CORE_DISABLE_PROMPTS" != 1 ]; then read -r token; fi
echo "$* < $token" >> '${log}'
echo "gcloud's own words" >&2
: > "$CLOUDSDK_CONFIG/credentials.db"
exit ${status}
`;
  await writeFile(path.join(bin, 'gcloud'), script);
  await chmod(path.join(bin, 'gcloud'), 0o755);
}

const isLink = (mode: number) => (mode & constants.S_IFMT) === constants.S_IFLNK;
const calls = async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean);
const prepare = (as?: string) => prepareClients(small.plane, { env, ...(as === undefined ? {} : { as }) });

/** Every file and directory below one, with its permissions; a link has none of its own. */
async function modes(dir: string): Promise<ReadonlyMap<string, number>> {
  const names = await readdir(dir, { recursive: true });
  const found = await Promise.all(
    names.map(async (name) => [name, await lstat(path.join(dir, name))] as const),
  );
  return new Map(found.flatMap(([name, { mode }]) => (isLink(mode) ? [] : [[name, mode & 0o777]])));
}

beforeEach(async () => {
  small = await startSmallPlane();
  home = path.join(small.dir, 'home');
  log = path.join(small.dir, 'gcloud.log');
  env = { HOME: home, PATH: path.join(small.dir, 'bin') };
  await mkdir(path.join(home, '.docker/cli-plugins'), { recursive: true });
  await writeFile(
    path.join(home, '.docker/config.json'),
    JSON.stringify({ currentContext: 'colima', auths: { 'registry.example.com': { auth: 'c2VjcmV0' } } }),
  );
  await mkdir(path.join(home, '.config/gcloud'), { recursive: true });
});
afterEach(() => small.close());

describe('preparing clients', () => {
  it('signs gcloud in by its own command, the token not among the arguments', async () => {
    await installGcloud();
    const { set } = await prepare('alice@example.com');
    expect(await calls()).toEqual(['auth activate-refresh-token alice@example.com < 1//1']);
    expect(set.CLOUDSDK_CONFIG).toBe(
      path.join(small.dataDir, 'clients/members/user-alice@example.com/gcloud'),
    );
  });

  it('signs in where prompts are off', async () => {
    await installGcloud();
    env.CLOUDSDK_CORE_DISABLE_PROMPTS = '1';
    await prepare('alice@example.com');
    expect(await calls()).toEqual(['auth activate-refresh-token alice@example.com < 1//1']);
  });

  it('signs in once per member', async () => {
    await installGcloud();
    for (const as of ['alice@example.com', 'alice@example.com', 'user:Alice@example.com', undefined]) {
      await prepare(as);
    }
    expect(small.minted).toEqual(['user:alice@example.com', 'user:owner@example.com']);
    expect((await calls()).map((call) => call.split(' ')[2])).toEqual([
      'alice@example.com',
      'owner@example.com',
    ]);
  });

  it('signs in anew when the plane no longer takes the token', async () => {
    await installGcloud();
    await prepare();
    small.forget();
    const { set } = await prepare();
    expect(await calls()).toHaveLength(2);
    const credentials = JSON.parse(await readFile(set.GOOGLE_APPLICATION_CREDENTIALS ?? '', 'utf8'));
    expect(credentials).toMatchObject({ type: 'authorized_user', refresh_token: '1//2' });
  });

  it('catches up when gcloud is installed later', async () => {
    await prepare();
    expect(await calls()).toEqual([]);
    await installGcloud();
    await prepare();
    expect(await calls()).toEqual(['auth activate-refresh-token owner@example.com < 1//1']);
  });

  it("passes gcloud's words on when it cannot sign in, and tries again the next time", async () => {
    await installGcloud(1);
    await expect(prepare()).rejects.toThrow(
      "gcloud could not be signed in as owner@example.com: gcloud's own words",
    );
    await installGcloud(0);
    await prepare();
    expect(await calls()).toHaveLength(2);
  });

  it('writes every file for its owner only', async () => {
    await prepare('alice@example.com');
    const files = await modes(path.join(small.dataDir, 'clients'));
    expect([...files].filter(([, mode]) => (mode & 0o077) !== 0)).toEqual([]);
    expect(files.get('auth.json')).toBe(0o600);
    expect(files.get('members/user-alice@example.com/application-default-credentials.json')).toBe(0o600);
    expect((await modes(small.dataDir)).get('bin/docker-credential-sekisho')).toBe(0o700);
  });

  it("leaves the user's gcloud and docker configurations as they were", async () => {
    const before = await readdir(home, { recursive: true });
    const config = await readFile(path.join(home, '.docker/config.json'), 'utf8');
    await prepare();
    expect(await readdir(home, { recursive: true })).toEqual(before);
    expect(await readFile(path.join(home, '.docker/config.json'), 'utf8')).toBe(config);
  });

  it("gives docker our helper, the user's plugins and context, and none of their secrets", async () => {
    const { set } = await prepare();
    const dir = set.DOCKER_CONFIG ?? '';
    const text = await readFile(path.join(dir, 'config.json'), 'utf8');
    const { port } = new URL(small.plane.url);
    expect(JSON.parse(text)).toEqual({
      currentContext: 'colima',
      credHelpers: { [`localhost:${port}`]: 'sekisho', [`127.0.0.1:${port}`]: 'sekisho' },
    });
    expect(text).not.toContain('registry.example.com');
    expect(await readlink(path.join(dir, 'cli-plugins'))).toBe(path.join(home, '.docker/cli-plugins'));
    expect(await readdir(dir)).not.toContain('contexts');
  });

  it('does not link its own docker directory to itself from within a shell of its own', async () => {
    const { set } = await prepare();
    const again = await prepareClients(small.plane, { env: { ...env, ...set } });
    const dir = again.set.DOCKER_CONFIG ?? '';
    expect(await readlink(path.join(dir, 'cli-plugins'))).toBe(path.join(home, '.docker/cli-plugins'));
    expect(JSON.parse(await readFile(path.join(dir, 'config.json'), 'utf8')).currentContext).toBe('colima');
  });

  it('follows a link that leads elsewhere now', async () => {
    const { set } = await prepare();
    const link = path.join(set.DOCKER_CONFIG ?? '', 'contexts');
    await symlink('/nowhere', link);
    await mkdir(path.join(home, '.docker/contexts'));
    await prepare();
    expect(await readlink(link)).toBe(path.join(home, '.docker/contexts'));
  });

  it('keeps members apart whatever their addresses hold', async () => {
    await prepare('a%2f..%2fb@example.com');
    await prepare('serviceAccount:b@example.com');
    await prepare('b@example.com');
    expect((await readdir(path.join(small.dataDir, 'clients/members'))).sort()).toEqual([
      'serviceAccount-b@example.com',
      'user-a%252f..%252fb@example.com',
      'user-b@example.com',
    ]);
  });
});

describe('asking a plane', () => {
  it.each(['group:all@example.com', 'a/../b@example.com'])(
    'refuses %s, which is no member, before anything is written',
    async (text) => {
      await expect(prepare(text)).rejects.toMatchObject({ problem: { kind: 'bad-member', text } });
      expect(await readdir(small.dataDir)).not.toContain('clients');
    },
  );

  it("passes the plane's refusal on, in its words", async () => {
    await expect(prepare('nobody@p.iam.gserviceaccount.com')).rejects.toThrow(
      'Service account nobody@p.iam.gserviceaccount.com does not exist.',
    );
  });

  it('gets tokens, and needs the secret', async () => {
    expect(await fetchToken(small.plane, 'user:a@example.com')).toBe('token of user:a@example.com');
    await expect(adminCall({ ...small.plane, secret: 'x' }, 'GET /v1/status')).rejects.toThrow(
      'The admin secret is missing or wrong.',
    );
  });

  it('tells no plane, a killed one and a silent one apart, and names the mend', async () => {
    const record = path.join(small.dataDir, 'plane.json');
    const { plane } = small;
    await expect(runningPlane(small.dir)).rejects.toMatchObject({ problem: { kind: 'no-plane' } });
    await writeFile(record, '{');
    await expect(runningPlane(small.dataDir)).rejects.toMatchObject({ problem: { kind: 'no-plane' } });
    // Larger than any process id of Linux (proc(5), pid_max).
    await writeFile(record, JSON.stringify({ ...plane, pid: 4194305 }));
    const gone = await runningPlane(small.dataDir).catch((error: unknown) => error);
    expect(gone).toBeInstanceOf(ClientError);
    expect(gone).toMatchObject({ problem: { kind: 'plane-gone', pid: 4194305 } });
    expect(String(gone)).toContain(`sekisho start --data ${small.dataDir}`);
    await expect(
      fetchToken({ ...plane, url: 'http://127.0.0.1:1' }, 'user:a@example.com'),
    ).rejects.toMatchObject({
      problem: { kind: 'plane-silent', url: 'http://127.0.0.1:1' },
    });
  });

  it('reaches a plane that listens on every address by the loopback one', async () => {
    const record = path.join(small.dataDir, 'plane.json');
    await writeFile(record, JSON.stringify({ ...small.plane, url: 'http://0.0.0.0:8750' }));
    expect((await runningPlane(small.dataDir)).url).toBe('http://127.0.0.1:8750');
  });
});
