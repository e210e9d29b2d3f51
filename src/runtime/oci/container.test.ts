import { describe, expect, it } from 'vitest';
import { startAlone } from '../testing-alone.js';
import { canRun, reportWhatIsMissing, useExecutor } from '../testing-executor.js';
import { busyboxLayer, layerOf, shell } from '../testing-images.js';
import type { Layer } from '../types.js';

const MiB = 2 ** 20;

reportWhatIsMissing();

describe.runIf(canRun)('inside a container', { timeout: 30_000 }, () => {
  const test = useExecutor();

  describe('the process', () => {
    it.each([
      ['app', 'uid=1234(app) gid=2345(app) groups=2345(app),3456(extra)', '/home/app'],
      ['1234:0', 'uid=1234(app) gid=0(root) groups=0(root)', '/home/app'],
      ['4321:4322', 'uid=4321 gid=4322 groups=4322', '/'],
    ])('runs as %s', async (User, id, home) => {
      const config = { Cmd: ['sh', '-c', 'id; echo $HOME'], User };
      expect((await test.run(shell('', { config }))).lines).toEqual([id, home]);
    });

    it('has the image’s variables, the given ones before them, and none of the plane’s', async () => {
      const config = { Cmd: ['env'], Env: ['A=image', 'B=image', 'EQUALS=x=y', 'EMPTY='] };
      const { lines } = await test.run(shell('', { config, env: { B: 'given', TWO: 'two\nlines' } }));
      const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
      const expected = ['A=image', 'B=given', 'EQUALS=x=y', 'EMPTY=', 'TWO=two', 'lines', 'HOME=/root', path];
      expect(lines.sort()).toEqual([...expected, 'HOSTNAME=localhost'].sort());
    });

    it('is in the image’s working directory, made when missing', async () => {
      const config = { Cmd: ['pwd'], WorkingDir: '/srv/new/dir' };
      expect((await test.run(shell('', { config }))).lines).toEqual(['/srv/new/dir']);
    });

    it('sees its own host name, memory limit and processes', async () => {
      const limits = '/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max';
      const script = `hostname; cat ${limits} 2>/dev/null; cat /proc/1/comm; cat /etc/hostname`;
      const { lines } = await test.run(shell(script, { hostname: 'inside', memoryBytes: 100 * MiB }));
      expect(lines).toEqual(['inside', `${100 * MiB}`, 'sh', 'inside']);
    });

    it('may not mount, change the kernel’s settings or gain privileges', async () => {
      const script = `mount -t tmpfs x /tmp || echo no mount
        (echo x > /proc/sys/kernel/hostname) || echo no settings
        echo "kcore: $(cat /proc/kcore)"
        grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status`;
      const { lines } = await test.run(shell(script));
      const said = lines.filter((line) => !line.startsWith('! '));
      expect(said).toEqual(['no mount', 'no settings', 'kcore: ', 'NoNewPrivs:\t1', 'Seccomp:\t2']);
    });
  });

  describe('output', () => {
    it('is complete and in order when exited resolves', async () => {
      const { lines } = await test.run(shell('seq 1 20000; printf last'));
      expect(lines).toEqual([...Array.from({ length: 20_000 }, (_, index) => `${index + 1}`), 'last']);
    });

    it('keeps the streams apart, and may be reopened by an ordinary user', async () => {
      const script = 'echo out > /dev/stdout; echo err > /dev/stderr';
      const config = { Cmd: ['sh', '-c', script], User: '1000:1000' };
      expect((await test.run(shell('', { config }))).lines.sort()).toEqual(['! err', 'out']);
    });
  });

  describe('files', () => {
    const list = async (...layers: Layer[]) =>
      (await test.run(shell('cd /data; grep . *', { layers: [busyboxLayer(), ...layers] }))).lines;
    const file = (name: string, data: string) => ({ name: `data/${name}`, data: `${data}\n` });

    it('come from all layers: later ones win, whiteouts hide, a repeated layer counts where it is highest', async () => {
      const one = layerOf([file('a', 'one'), file('b', 'one'), file('c', 'one')]);
      const two = layerOf([file('a', 'two'), { name: 'data/.wh.b' }, file('x/y', 'two')]);
      const three = layerOf([{ name: 'data/.wh..wh..opq' }, file('d', 'three'), file('e', 'three')]);
      expect(await list(one)).toEqual(['a:one', 'b:one', 'c:one']);
      expect((await list(one, two)).slice(0, 2)).toEqual(['a:two', 'c:one']);
      expect(await list(one, two, three)).toEqual(['d:three', 'e:three']);
      expect((await list(one, two, one)).slice(0, 3)).toEqual(['a:one', 'b:one', 'c:one']);
    });

    it('come from as many layers as an image can have', async () => {
      const layers = Array.from({ length: 126 }, (_, index) => layerOf([{ name: `many/${index}` }]));
      const { lines } = await test.run(
        shell('ls /many | grep -c .', { layers: [busyboxLayer(), ...layers] }),
      );
      expect(lines).toEqual(['126']);
    });

    it('of the machine are out of reach of an image’s account files', async () => {
      const link = layerOf([{ name: 'etc/passwd', type: '2', linkname: '../../../../../../etc/passwd' }]);
      const spec = shell('', { layers: [busyboxLayer(), link], config: { Cmd: ['id'], User: 'daemon' } });
      await expect(startAlone(test.executor, spec)).rejects.toThrow(/unable to find user daemon/);
    });

    it('are forgotten with the container', async () => {
      expect(await test.run(shell('echo x > /new; ls /new'))).toMatchObject({ code: 0, lines: ['/new'] });
      expect(await test.run(shell('ls /new'))).toMatchObject({ code: 1 });
    });
  });

  it('a shared layer is unpacked once for concurrent starts', async () => {
    const layer = layerOf([{ name: 'marker', data: `${Math.random()}` }]);
    let opened = 0;
    const open = () => {
      opened++;
      return layer.open();
    };
    const spec = () => shell('cat /marker', { layers: [busyboxLayer(), { ...layer, open }] });
    await Promise.all([test.run(spec()), test.run(spec()), test.run(spec())]);
    expect(opened).toBe(1);
  });
});
