/** Containers run by a real Docker daemon: what the executor promises, one by one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DockerExecutor, type DockerExecutorOptions } from '../src/runtime/docker/executor.js';
import { type DockerEngine, findDocker } from '../src/runtime/docker/index.js';
import type { Exit } from '../src/runtime/index.js';
import { type AloneSpec, startAlone } from '../src/runtime/testing-alone.js';
import { get } from '../src/runtime/testing-executor.js';
import {
  busyboxLayer,
  layerOf,
  layerOfTar,
  sha256,
  shell,
  tarOf,
  zstdCompress,
} from '../src/runtime/testing-images.js';
import type { Layer } from '../src/runtime/types.js';
import { DockerDaemon, enterOwnNetwork } from './support/docker-daemon.js';
import { at, listAt } from './support/rest.js';
import { canRun } from './support/tools.js';

const MiB = 2 ** 20;
const SOON = { timeout: 20_000, interval: 20 };

describe.runIf(canRun('dockerd', 'zstd'))('a container run by Docker', () => {
  let leave: () => void;
  let daemon: DockerDaemon;
  let engine: DockerEngine;
  let dataDir: string;
  let executor: DockerExecutor;
  const warnings: string[] = [];

  const open = (more: Partial<DockerExecutorOptions> = {}) =>
    new DockerExecutor(engine, { dataDir, onWarning: (message) => warnings.push(message), ...more });

  beforeAll(async () => {
    leave = enterOwnNetwork();
    dataDir = mkdtempSync(path.join(tmpdir(), 'sekisho-docker-executor-'));
    daemon = await DockerDaemon.start();
    const found = await findDocker(daemon.env);
    if (typeof found === 'string') throw new Error(found);
    engine = found;
    executor = open();
  });
  afterEach(() => expect(warnings.splice(0)).toEqual([]));
  afterAll(async () => {
    await executor?.close();
    await daemon?.dispose();
    rmSync(dataDir, { recursive: true, force: true });
    leave();
  });

  const run = async (spec: AloneSpec, by = executor): Promise<Exit & { lines: string[] }> => {
    const lines: string[] = [];
    const onOutput: AloneSpec['onOutput'] = (stream, line) => {
      lines.push(stream === 'stdout' ? line : `! ${line}`);
    };
    const instance = await startAlone(by, { ...spec, onOutput });
    return { ...(await instance.exited), lines };
  };

  /** What the daemon has of a kind, by name. */
  const inDaemon = async (kind: 'containers' | 'images' | 'networks'): Promise<string[]> => {
    const what = kind === 'networks' ? '/networks' : `/${kind}/json`;
    const found = listAt(await engine.json('GET', what, { query: { all: '1' } }));
    const names = { containers: 'Names', images: 'RepoTags', networks: 'Name' };
    const ours = found.flatMap((each) => at(each, names[kind])).map(String);
    return ours.filter((name) => name.includes('sekisho-'));
  };

  describe('on the network', () => {
    const serve = (text: string, more: Partial<AloneSpec> = {}) =>
      shell(`echo ${text} > /www/index.html; exec httpd -f -p 8080 -h /www`, more);

    it('listens on the same port as another, and each is reached', async () => {
      const [one, two] = await Promise.all(['one', 'two'].map((text) => startAlone(executor, serve(text))));
      if (one === undefined || two === undefined) throw new Error('not started');
      expect(await Promise.all([get(one), get(two), get(one)])).toEqual(['one\n', 'two\n', 'one\n']);
      await expect(one.connect(8081)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await expect(one.connect(0)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
      await Promise.all([one.stop(0), two.stop(0)]);
      await expect(one.connect(8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });

    it('may listen on port 80 as an ordinary user', async () => {
      const config = { Cmd: ['httpd', '-f', '-p', '80', '-h', '/www'], User: '1000' };
      const instance = await startAlone(executor, shell('', { config }));
      expect(await get(instance, 80)).toBe('hello from busybox\n');
      await instance.stop(0);
    });

    it('is reached by published ports where its own address is out of reach', async () => {
      const elsewhere = open({ isHere: () => false });
      const late = 'sleep 0.5; exec httpd -f -p 8080 -h /www';
      const instance = await startAlone(elsewhere, shell(late, { ports: [8080, 9090] }));
      await expect(instance.connect(9090)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await expect(instance.connect(7070)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(await get(instance)).toBe('hello from busybox\n');
      expect(await get(instance)).toBe('hello from busybox\n');
      await instance.stop(0);
      await expect(instance.connect(8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
  });

  describe('inside', () => {
    it.each([
      ['app', 'uid=1234(app) gid=2345(app) groups=2345(app),3456(extra)', '/home/app'],
      ['4321:4322', 'uid=4321 gid=4322 groups=4322', '/'],
    ])('runs as %s', async (User, id, home) => {
      const config = { Cmd: ['sh', '-c', 'id; echo $HOME'], User };
      expect((await run(shell('', { config }))).lines).toEqual([id, home]);
    });

    it('has the image’s variables, the given ones before them, and none of the daemon’s', async () => {
      const config = { Cmd: ['env'], Env: ['A=image', 'B=image', 'EQUALS=x=y', 'EMPTY='] };
      const { lines } = await run(shell('', { config, env: { B: 'given', TWO: 'two\nlines' } }));
      const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
      const expected = ['A=image', 'B=given', 'EQUALS=x=y', 'EMPTY=', 'TWO=two', 'lines', 'HOME=/root', path];
      expect(lines.sort()).toEqual([...expected, 'HOSTNAME=localhost'].sort());
    });

    it('replaces the image’s command by the given one, in the image’s directory', async () => {
      const config = { Entrypoint: ['echo', 'image'], Cmd: ['cmd'], WorkingDir: '/srv/new/dir' };
      const given = { config, command: ['sh', '-c'], args: ['pwd; hostname'], hostname: 'inside' };
      expect((await run(shell('', given))).lines).toEqual(['/srv/new/dir', 'inside']);
      expect((await run(shell('', { config }))).lines).toEqual(['image cmd']);
    });

    it('has its limits, and may not mount or gain privileges', async () => {
      const limits = '/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max';
      const quota = '/sys/fs/cgroup/cpu/cpu.cfs_quota_us';
      const script = `cat ${limits} 2>/dev/null; test ! -e ${quota} || cat ${quota}; cat /proc/1/comm
        mount -t tmpfs x /tmp || echo no mount
        grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status`;
      const { lines } = await run(shell(script, { memoryBytes: 100 * MiB, cpu: 64 }));
      const said = lines.filter((line) => !line.startsWith('! ') && line !== '6400000');
      expect(said).toEqual([`${100 * MiB}`, 'sh', 'no mount', 'NoNewPrivs:\t1', 'Seccomp:\t2']);
    });
  });

  describe('writing', () => {
    it('is heard completely and in order', async () => {
      const { lines } = await run(shell('seq 1 20000; printf last'));
      expect(lines).toEqual([...Array.from({ length: 20_000 }, (_, index) => `${index + 1}`), 'last']);
    });

    it('is heard on the stream it wrote to', async () => {
      const { lines } = await run(shell('echo out > /dev/stdout; echo err > /dev/stderr'));
      expect(lines.sort()).toEqual(['! err', 'out']);
    });
  });

  describe('at its end', () => {
    it('reports its exit code', async () => {
      expect(await run(shell('exit 3'))).toMatchObject({ code: 3, outOfMemory: false });
      expect(await run(shell('exit 0'))).toMatchObject({ code: 0, outOfMemory: false });
    });

    it('may act on SIGTERM', async () => {
      const lines: string[] = [];
      const script = "trap 'echo bye; exit 7' TERM; echo ready; while true; do sleep 0.01; done";
      const onOutput = (_: string, line: string) => void lines.push(line);
      const instance = await startAlone(executor, shell(script, { onOutput }));
      await vi.waitFor(() => expect(lines).toEqual(['ready']), SOON);
      expect(await instance.stop(20_000)).toEqual({ code: 7, outOfMemory: false });
      expect(lines).toEqual(['ready', 'bye']);
    });

    it('is killed when it ignores SIGTERM and the grace period is over', async () => {
      const instance = await startAlone(executor, shell("trap '' TERM; while true; do sleep 1; done"));
      expect(await instance.stop(20)).toEqual({ code: 137, outOfMemory: false });
      expect(await instance.stop(20)).toEqual({ code: 137, outOfMemory: false });
      expect(await inDaemon('containers')).toEqual([]);
    });

    it('says that memory ran out', async () => {
      const config = { Cmd: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'] };
      const end = await run(shell('', { config, memoryBytes: 64 * MiB }));
      expect(end).toMatchObject({ code: 137, outOfMemory: true });
    });
  });

  describe('that cannot start', () => {
    const toLoad = 'Application failed to start: failed to load';
    it.each([
      ['/no/such/program', `${toLoad} /no/such/program: no such file or directory`],
      ['nope', `${toLoad} nope: no such file or directory`],
      ['/etc/readme', `${toLoad} /etc/readme: permission denied`],
      ['/bin/garbage', `${toLoad} /bin/garbage: exec format error`],
    ])('says why when told to run %s', async (program, message) => {
      const failed = startAlone(executor, shell('', { config: { Entrypoint: [program] } }));
      await expect(failed).rejects.toMatchObject({ name: 'StartFailure', message });
      expect(await inDaemon('containers')).toEqual([]);
    });

    it('says that its user is unknown, or its id in use or malformed', async () => {
      const ghost = shell('', { config: { Cmd: ['id'], User: 'ghost' } });
      await expect(startAlone(executor, ghost)).rejects.toThrow(
        /unable to find user ghost: no matching entries/,
      );
      const spec = shell('sleep 1000');
      const instance = await startAlone(executor, spec);
      await expect(startAlone(executor, spec)).rejects.toThrow(/is open already/);
      await expect(startAlone(executor, { ...spec, id: '../x' })).rejects.toThrow(/is not a sandbox's id/);
      await instance.stop(0);
    });
  });

  describe('from layers', () => {
    const file = (name: string, data: string) => ({ name: `data/${name}`, data: `${data}\n` });
    const list = async (...layers: Layer[]) =>
      (await run(shell('cd /data; grep . *', { layers: [busyboxLayer(), ...layers] }))).lines;
    const countingOpens = (layer: Layer) => {
      const counted = { opens: 0, layer };
      counted.layer = {
        ...layer,
        open: () => {
          counted.opens++;
          return layer.open();
        },
      };
      return counted;
    };

    it('sees later ones win, whiteouts hide, and any compression', async () => {
      const one = layerOf([file('a', 'one'), file('b', 'one'), file('c', 'one')]);
      const two = layerOf([file('a', 'two'), { name: 'data/.wh.b' }]);
      expect((await list(one, two, one)).slice(0, 3)).toEqual(['a:one', 'b:one', 'c:one']);
      expect(await list(one, two)).toEqual(['a:two', 'c:one']);
      const type = 'application/vnd.oci.image.layer.v1.tar';
      const as = (tar: Buffer, blob: Buffer, mediaType: string) =>
        layerOfTar(tar, {
          digest: sha256(blob),
          size: blob.length,
          mediaType,
          open: () => Readable.from([blob]),
        });
      const zstd = tarOf([file('z', 'zstd')]);
      const plain = tarOf([file('p', 'plain')]);
      const layers = [as(zstd, zstdCompress(zstd), `${type}+zstd`), as(plain, plain, type)];
      expect(await list(...layers)).toEqual(['p:plain', 'z:zstd']);
    });

    it('reads a shared layer once to check it and once to send it, for all starts and images', async () => {
      const shared = countingOpens(layerOf([file('shared', `${Math.random()}`)]));
      const start = (...layers: Layer[]) =>
        run(shell('exit 0', { layers: [busyboxLayer(), shared.layer, ...layers] }));
      await Promise.all([start(), start(), start(layerOf([file('more', 'x')]))]);
      expect(shared.opens).toBe(2);
    });

    it.each([
      ['images and the network', /./],
      ['the network alone', /^$/],
    ])('is found anew when somebody has removed %s from the daemon', async (_, removed) => {
      const layers = [busyboxLayer(), layerOf([file('pruned', `${Math.random()}`)])];
      await executor.prepare(layers);
      for (const name of (await inDaemon('images')).filter((each) => removed.test(each))) {
        await engine.json('DELETE', `/images/${name}`, { query: { force: '1' } });
      }
      await engine.json('POST', '/networks/prune');
      expect(await inDaemon('networks')).toEqual([]);
      expect(await run(shell('ls /data', { layers }))).toMatchObject({ code: 0, lines: ['pruned'] });
    });

    it('refuses one that is not what it says, or holds what no layer may', async () => {
      const device = layerOf([{ name: 'x', type: '3' }]);
      await expect(executor.prepare([busyboxLayer(), device])).rejects.toMatchObject({ name: 'BadLayer' });
      const liar = { ...layerOf([file('x', 'x')]), diffId: sha256(Buffer.from('other')) };
      await expect(executor.prepare([liar])).rejects.toThrow(/but the image config says/);
      await expect(startAlone(executor, shell('', { layers: [liar] }))).rejects.toMatchObject({
        name: 'BadLayer',
      });
    });
  });

  describe('after a crash', () => {
    it('of the plane is removed by the next one, with network and images, and nothing else is', async () => {
      const crashed = open();
      const running = await startAlone(crashed, shell('sleep 1000'));
      const mine = await startAlone(executor, shell('sleep 1000'));
      await executor.reap();
      expect(await running.exited).toMatchObject({ code: 137 });
      expect((await inDaemon('containers')).length).toBe(2);
      await mine.stop(0);
      await executor.reap();
      const left = ['containers', 'networks', 'images'] as const;
      expect(await Promise.all(left.map(inDaemon))).toEqual([[], [], []]);
      expect(await run(shell('exit 5'))).toMatchObject({ code: 5 });
    });

    it('of the plane leaves alone what somebody else runs of its images', async () => {
      await run(shell('exit 0'));
      const stack = sha256(Buffer.from(busyboxLayer().diffId)).replace('sha256:', '');
      const image = (await inDaemon('images')).find((name) => name.endsWith(stack));
      const body = { Image: image, Entrypoint: ['/bin/sh', '-c', 'sleep 1000'] };
      const made = await engine.json('POST', '/containers/create', { query: { name: 'own' }, body });
      const id = String(at(made, 'Id'));
      await engine.json('POST', `/containers/${id}/start`);
      await executor.reap();
      const own = await engine.json('GET', `/containers/${id}/json`);
      expect(at(own, 'State', 'Running')).toBe(true);
      await engine.json('DELETE', `/containers/${id}`, { query: { force: '1' } });
      await executor.reap();
      expect(await inDaemon('images')).toEqual([]);
    });

    const ticking = "trap 'exit 9' TERM; while true; do echo tick; sleep 0.05; done";

    it('of the daemon has ended when that is back, and others start', async () => {
      const instance = await startAlone(executor, shell(ticking));
      await daemon.kill();
      await expect(startAlone(executor, shell('exit 0'))).rejects.toMatchObject({
        name: 'StartFailure',
        message: expect.stringMatching(/the Docker daemon at .* does not answer \(ECONNREFUSED\)/),
      });
      await daemon.run();
      expect(await instance.exited).toEqual({ code: 9, outOfMemory: false });
      expect(await run(shell('echo back'))).toMatchObject({ code: 0, lines: ['back'] });
      expect(await inDaemon('containers')).toEqual([]);
    });

    it('of a daemon that keeps containers runs on, is heard and can be stopped', async () => {
      await daemon.kill();
      await daemon.run('--live-restore');
      let lines = 0;
      const instance = await startAlone(executor, shell(ticking, { onOutput: () => void lines++ }));
      await daemon.kill();
      await daemon.run('--live-restore');
      const heard = lines;
      await vi.waitFor(() => expect(lines).toBeGreaterThan(heard + 2), SOON);
      expect(await instance.stop(20_000)).toEqual({ code: 9, outOfMemory: false });
      await daemon.kill();
      await daemon.run();
    });

    it('of a daemon that stays away is given up, and removed when there is one again', async () => {
      const impatient = open({ patience: { returnMs: 300, stopMs: 5_000 } });
      const instance = await startAlone(impatient, shell(ticking));
      await daemon.kill();
      expect(await instance.exited).toEqual({ code: 137, outOfMemory: false });
      expect(warnings.splice(0)).toEqual([`container ${instance.id}_main: the Docker daemon is gone`]);
      await daemon.run();
      expect(await inDaemon('containers')).toHaveLength(2);
      await (await startAlone(impatient, shell('exit 0'))).exited;
      expect(await inDaemon('containers')).toEqual([]);
    });

    it('of a daemon that hangs is not waited for by whoever stops it', async () => {
      const impatient = open({ patience: { returnMs: 300, stopMs: 300 } });
      const instance = await startAlone(impatient, shell(ticking));
      daemon.pause();
      expect(await instance.stop(0)).toEqual({ code: 137, outOfMemory: false });
      expect(warnings).toContain(`container ${instance.id}_main: the Docker daemon does not stop it`);
      daemon.resume();
      await impatient.close();
      expect(await inDaemon('containers')).toEqual([]);
      warnings.length = 0;
    });
  });
});
