import { describe, expect, it, vi } from 'vitest';
import { startAlone } from '../testing-alone.js';
import { canRun, get, reportWhatIsMissing, useExecutor } from '../testing-executor.js';
import { busyboxLayer, layerOf, nodeLayer, shell } from '../testing-images.js';
import { leftovers } from '../testing-leftovers.js';

const MiB = 2 ** 20;

reportWhatIsMissing();

describe.runIf(canRun)('a container', { timeout: 30_000 }, () => {
  const test = useExecutor();

  describe('on the network', () => {
    it('listens on the same port as another, and each is reached', async () => {
      const serve = (text: string) => shell(`echo ${text} > /www/index.html; exec httpd -f -p 8080 -h /www`);
      const [one, two] = await Promise.all(
        ['one', 'two'].map((text) => startAlone(test.executor, serve(text))),
      );
      if (one === undefined || two === undefined) throw new Error('not started');
      expect(await Promise.all([get(one), get(two), get(one)])).toEqual(['one\n', 'two\n', 'one\n']);
      await Promise.all([one.stop(0), two.stop(0)]);
    });

    it('is reached when it listens on IPv6 loopback only', async () => {
      const config = { Cmd: ['httpd', '-f', '-p', '[::1]:8080', '-h', '/www'] };
      const instance = await startAlone(test.executor, shell('', { config }));
      expect(await get(instance)).toBe('hello from busybox\n');
      await instance.stop(0);
    });

    it('refuses a connection where it does not listen, and after its end', async () => {
      const instance = await startAlone(test.executor, shell('sleep 1000'));
      await expect(instance.connect(8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await expect(instance.connect(0)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
      await instance.stop(0);
      await expect(instance.connect(8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });

    it('may listen on port 80 as an ordinary user', async () => {
      const config = { Cmd: ['httpd', '-f', '-p', '80', '-h', '/www'], User: '1000' };
      const instance = await startAlone(test.executor, shell('', { config }));
      expect(await get(instance, 80)).toBe('hello from busybox\n');
      await instance.stop(0);
    });

    it('has no way out, and a resolver that fails rather than waits', async () => {
      const script = `const done = (error) => console.log(error.code);
        require('net').connect(80, '192.0.2.1').on('error', done).on('close', () =>
          require('dns').lookup('example.com', done));`;
      const config = { Entrypoint: ['/node', '-e', script] };
      const { lines } = await test.run(shell('', { layers: [nodeLayer()], config, memoryBytes: 512 * MiB }));
      expect(lines).toEqual(['ENETUNREACH', 'EAI_AGAIN']);
    });

    it('serves from Node.js', async () => {
      const script = `require('http').createServer((q, r) => r.end('uid ' + process.getuid())).listen(process.env.PORT)`;
      const config = { Entrypoint: ['/node', '-e', script], User: '1000' };
      const spec = shell('', {
        layers: [nodeLayer()],
        config,
        env: { PORT: '8080' },
        memoryBytes: 512 * MiB,
      });
      const instance = await startAlone(test.executor, spec);
      expect(await get(instance)).toBe('uid 1000');
      await instance.stop(0);
    });
  });

  describe('at its end', () => {
    it('reports its exit code', async () => {
      expect(await test.run(shell('exit 3'))).toMatchObject({ code: 3, outOfMemory: false });
      expect(await test.run(shell('exit 0'))).toMatchObject({ code: 0, outOfMemory: false });
    });

    it('may act on SIGTERM', async () => {
      const lines: string[] = [];
      const script = "trap 'echo bye; exit 7' TERM; echo ready; while true; do sleep 0.01; done";
      const onOutput = (_: string, line: string) => void lines.push(line);
      const instance = await startAlone(test.executor, shell(script, { onOutput }));
      await vi.waitFor(() => expect(lines).toEqual(['ready']), { timeout: 10_000 });
      expect(await instance.stop(20_000)).toEqual({ code: 7, outOfMemory: false });
      expect(lines).toEqual(['ready', 'bye']);
    });

    it('is killed when it ignores SIGTERM and the grace period is over', async () => {
      const instance = await startAlone(test.executor, shell("trap '' TERM; while true; do sleep 1; done"));
      expect(await instance.stop(20)).toEqual({ code: 137, outOfMemory: false });
      expect(await instance.stop(20)).toEqual({ code: 137, outOfMemory: false });
    });

    it('says that memory ran out', async () => {
      const config = { Cmd: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'] };
      const outcome = await test.run(shell('', { config, memoryBytes: 64 * MiB }));
      expect(outcome).toMatchObject({ code: 137, outOfMemory: true });
    });

    it('has counted its files towards the memory limit', async () => {
      const script = 'dd if=/dev/zero of=/tmp/big bs=1M count=200 2>&1';
      const { code, outOfMemory } = await test.run(shell(script, { memoryBytes: 64 * MiB }));
      expect({ failed: code !== 0, outOfMemory }).toEqual({ failed: true, outOfMemory: true });
    });

    it('takes everything with it when only its runtime process is killed', async () => {
      const spec = shell('exec sleep 1000');
      const instance = await startAlone(test.executor, spec);
      const monitor = leftovers(test.dataDir).monitors.find(({ id }) => id === `${spec.id}_main`);
      if (monitor === undefined) throw new Error('it has no runtime process');
      process.kill(monitor.pid, 'SIGKILL');
      expect(await instance.exited).toMatchObject({ code: 137 });
    });
  });

  describe('that cannot start says why', () => {
    const toLoad = 'Application failed to start: failed to load';
    it.each([
      ['/no/such/program', `${toLoad} /no/such/program: no such file or directory`],
      ['nope', `${toLoad} nope: no such file or directory`],
      ['/etc/readme', `${toLoad} /etc/readme: permission denied`],
      ['/bin/garbage', `${toLoad} /bin/garbage: exec format error`],
    ])('when told to run %s', async (program, message) => {
      const failed = startAlone(test.executor, shell('', { config: { Entrypoint: [program] } }));
      await expect(failed).rejects.toMatchObject({ name: 'StartFailure', message });
    });

    it('for want of its user', async () => {
      const failed = startAlone(test.executor, shell('', { config: { Cmd: ['id'], User: 'ghost' } }));
      const message = 'unable to find user ghost: no matching entries in passwd file';
      await expect(failed).rejects.toMatchObject({ name: 'StartFailure', message });
    });

    it('for its id, in use or malformed', async () => {
      const spec = shell('sleep 1000');
      const instance = await startAlone(test.executor, spec);
      await expect(startAlone(test.executor, spec)).rejects.toThrow(/is open already/);
      await expect(startAlone(test.executor, { ...spec, id: '../x' })).rejects.toThrow(
        /is not a sandbox's id/,
      );
      await instance.stop(0);
    });

    it('for a bad layer', async () => {
      const bad = layerOf([{ name: 'x', type: '3' }]);
      await expect(test.executor.prepare([busyboxLayer(), bad])).rejects.toMatchObject({ name: 'BadLayer' });
      await expect(startAlone(test.executor, shell('', { layers: [bad] }))).rejects.toMatchObject({
        name: 'BadLayer',
      });
    });
  });
});
