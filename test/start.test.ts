/** `sekisho start`: the ready line, the data directory, the addresses, and how it ends. */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftovers, NOTHING } from '../src/runtime/testing-leftovers.js';
import { appProject, deployed, onService, urlOf } from './support/deploys.js';
import { must, run, SEKISHO, TestPlane } from './support/plane.js';
import { grant, newProject } from './support/policies.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { visit } from './support/visit.js';
import { OWNER } from './support/world.js';

/** A start that is to fail: its exit status and what it says. */
const start = (...args: readonly string[]) => run(process.execPath, [SEKISHO, 'start', ...args]);
const READY = /^sekisho is ready at http:\/\/127\.0\.0\.1:(\d+) \(data: (\S+)\)\n$/;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'sekisho-start-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** A start to be seen through: its output, and the end of the process. */
function starting(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [SEKISHO, 'start', ...args], { env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) resolve(stdout);
    });
    child.once('close', () => resolve(stdout));
  });
  return { child, ready, ended, stderr: () => stderr };
}

describe('a start', () => {
  it('says in one line where it is, and answers there', async () => {
    const data = path.join(home, 'plain');
    const { child, ready, ended, stderr } = starting([
      '--data',
      data,
      '--listen',
      '127.0.0.1:0',
      '--runtime',
      'none',
    ]);
    const [, port, shown] = READY.exec(await ready) ?? [];
    expect(shown).toBe(data);
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, 'ok']);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    for (const secret of ['plane.json', 'admin-secret', 'ca/ca-key.pem', 'keys/signing-keys.json']) {
      expect([secret, statSync(path.join(data, secret)).mode & 0o777]).toEqual([secret, 0o600]);
    }
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(await ready).toMatch(READY);
    expect(stderr()).toBe('sekisho: SIGTERM: stopping; once more exits at once\nsekisho: stopped\n');
    expect(existsSync(path.join(data, 'plane.json'))).toBe(false);
  });

  it('takes its data directory from XDG_DATA_HOME', async () => {
    const args = ['--listen', '127.0.0.1:0', '--runtime', 'none'];
    const { child, ready, ended } = starting(args, { XDG_DATA_HOME: home });
    expect(READY.exec(await ready)?.[2]).toBe(path.join(home, 'sekisho'));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it('keeps nothing with --memory', async () => {
    const { child, ready, ended } = starting(['--memory', '--listen', '127.0.0.1:0', '--runtime', 'none']);
    const data = READY.exec(await ready)?.[2] ?? '';
    expect(existsSync(path.join(data, 'plane.json'))).toBe(true);
    expect(existsSync(path.join(data, 'plane.db'))).toBe(false);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(existsSync(data)).toBe(false);
  });

  it('makes its commands act for the owner that it is told', async () => {
    const plane = await TestPlane.start({ args: ['--owner', 'boss@example.com', '--runtime', 'none'] });
    try {
      const token = (await must(plane.sekisho(['token']))).stdout.trim();
      const projects = 'cloudresourcemanager.googleapis.com/v1/projects';
      const rest = new Rest(plane);
      await rest.ok({ token }, 'POST', projects, { projectId: 'the-bosses' });
      expect(await rest.ok({ token }, 'POST', `${projects}/the-bosses:getIamPolicy`, {})).toMatchObject({
        bindings: [{ role: 'roles/owner', members: ['user:boss@example.com'] }],
      });
    } finally {
      await plane.dispose();
    }
  });
});

describe('a start that cannot be', () => {
  it.each([
    ['an unknown option', ['--nonsense'], "unknown option '--nonsense'"],
    [
      'an address without a port',
      ['--listen', 'localhost'],
      "--listen 'localhost' is no address with a port",
    ],
    ['a port that there is not', ['--listen', '127.0.0.1:70000'], "--listen '127.0.0.1:70000' is no address"],
    ['an unknown runtime', ['--runtime', 'magic'], "'magic'"],
    ['an unknown mode', ['--image-read-check', 'sometimes'], "'sometimes'"],
    ['an owner who is nobody', ['--owner', 'nobody'], "'nobody'"],
    ['two places for its data', ['--memory', '--data', '/tmp/x'], '--memory'],
    ['another platform', ['--platform', 'linux/s390x'], 'linux/s390x'],
    ['a word too many', ['now'], 'too many arguments'],
  ])('because of %s is told so, with status 64', async (_, args, said) => {
    const { code, stdout, stderr } = await start(...args);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^sekisho: /);
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('because the port is taken leaves nothing behind', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const data = path.join(home, 'port');
    try {
      const { code, stdout, stderr } = await start('--data', data, '--listen', `127.0.0.1:${port}`);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toBe(
        `sekisho: 127.0.0.1:${port} is in use. Stop what listens there, or choose another port: --listen 127.0.0.1:0\n`,
      );
      expect(existsSync(path.join(data, 'plane.json'))).toBe(false);
    } finally {
      taken.close();
    }
    const plane = await TestPlane.start({ data, args: ['--runtime', 'none'] });
    expect(await plane.stop()).toBe(0);
  });

  it('because nobody has that address says so', async () => {
    const { code, stderr } = await start('--data', path.join(home, 'address'), '--listen', '192.0.2.1:0');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sekisho: cannot listen on 192\.0\.2\.1:0 \(EADDRNOTAVAIL\)\. .*\n$/m);
  });

  it('because the data directory is a file, or below one, says so', async () => {
    const file = path.join(home, 'file');
    await writeFile(file, 'precious');
    for (const data of [file, path.join(file, 'below')]) {
      const { code, stdout, stderr } = await start('--data', data, '--listen', '127.0.0.1:0');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^sekisho: The data directory \S+ cannot be used: .*\n$/);
      expect(stderr).toContain(data);
    }
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  it('because the data directory takes no files says so', async () => {
    for (const data of ['/proc/sekisho', '/sys/sekisho']) {
      const { code, stderr } = await start('--data', data, '--listen', '127.0.0.1:0');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^sekisho: The data directory \/(?:proc|sys)\/sekisho cannot be used: .*\n$/);
    }
  });

  it('because its database is none says so, and leaves it alone', async () => {
    const data = path.join(home, 'broken');
    const plane = await TestPlane.start({ data, args: ['--runtime', 'none'] });
    await plane.stop();
    const garbage = 'this is no database'.repeat(500);
    await writeFile(path.join(data, 'plane.db'), garbage);
    for (const extra of ['plane.db-wal', 'plane.db-shm']) await rm(path.join(data, extra), { force: true });
    const { code, stderr } = await start('--data', data, '--listen', '127.0.0.1:0');
    expect(code).toBe(1);
    expect(stderr).toBe(
      `sekisho: The database ${path.join(data, 'plane.db')} cannot be used: file is not a database\n`,
    );
    expect(await readFile(path.join(data, 'plane.db'), 'utf8')).toBe(garbage);
  });

  it('because a plane runs there already names it, and leaves it alone', async () => {
    const plane = await TestPlane.start({ args: ['--runtime', 'none'] });
    try {
      const { code, stdout, stderr } = await start('--data', plane.data, '--listen', '127.0.0.1:0');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toBe(
        `sekisho: another plane runs on the data directory ${plane.data} (process ${plane.pid}, ${plane.url}). Stop it with sekisho stop --data ${plane.data}, or give another one with --data.\n`,
      );
      expect((await fetch(`${plane.url}/healthz`)).status).toBe(200);
      expect((await plane.sekisho(['token'])).code).toBe(0);
    } finally {
      await plane.dispose();
    }
  });

  it('because three others are quicker leaves one that runs', async () => {
    const data = path.join(home, 'race');
    const starts = [1, 2, 3, 4].map(() =>
      starting(['--data', data, '--listen', '127.0.0.1:0', '--runtime', 'none']),
    );
    const lines = await Promise.all(starts.map(({ ready }) => ready));
    const winners = starts.filter((_, index) => READY.test(lines[index] ?? ''));
    expect(winners).toHaveLength(1);
    for (const loser of starts.filter((each) => !winners.includes(each))) {
      expect(await loser.ended).toBe(1);
      expect(loser.stderr()).toMatch(/^sekisho: .* the data directory .*race/);
    }
    winners[0]?.child.kill('SIGTERM');
    expect(await winners[0]?.ended).toBe(0);
  });
});

describe('an existing data directory', () => {
  it('starts with what it held, again and again', async () => {
    const data = path.join(home, 'existing');
    let plane = await TestPlane.start({ data, args: ['--runtime', 'none'] });
    const number = await newProject(plane, 'existing', ['run.googleapis.com']);
    const token = await plane.token(OWNER);
    const ca = await readFile(path.join(data, 'ca/ca.pem'), 'utf8');
    for (let round = 0; round < 2; round++) {
      expect(await plane.stop()).toBe(0);
      plane = await TestPlane.start({ data, args: ['--runtime', 'none'] });
      const project = await new Rest(plane).ok(
        { token },
        'GET',
        'cloudresourcemanager.googleapis.com/v1/projects/existing',
      );
      expect(at(project, 'projectNumber')).toBe(number);
      expect(await readFile(path.join(data, 'ca/ca.pem'), 'utf8')).toBe(ca);
    }
    await plane.stop();
  });
});

describe.runIf(canRun('crun'))('a plane that is asked to stop', () => {
  it('lets requests end, stops its containers, and takes nothing new', async () => {
    const data = path.join(home, 'drain');
    const plane = await TestPlane.start({ data });
    const rest = new Rest(plane);
    const image = await appProject(rest, 'draining');
    const { service } = await deployed(rest, { project: 'draining', name: 'web', image: `${image}:latest` });
    await grant(plane, onService('draining', 'web'), 'allUsers', 'roles/run.invoker');
    const slow = visit(plane, `${urlOf(service)}/slow?ms=1000`);
    // On its way once another one, sent after it, has been answered.
    expect((await visit(plane, urlOf(service))).status).toBe(200);
    const stopped = plane.stop();
    expect(await slow).toMatchObject({ status: 200, text: 'slow but sure' });
    expect(await stopped).toBe(0);
    await expect(fetch(`${plane.url}/healthz`)).rejects.toThrow();
    expect(leftovers(data)).toEqual(NOTHING);
  });
});
