/**
 * For tests: what an ordinary user does with the executor, each a process of its own. `DATADIR TASK`; prints, as JSON,
 * what the task has to say, what the executor warned of, and how it describes itself.
 */
import { kill, runningProcesses } from '../linux/index.js';
import { findRuntime } from '../oci/index.js';
import { type AloneSpec, containerOf, startAlone } from '../testing-alone.js';
import { busyboxLayer, layerOf, shell } from '../testing-images.js';
import type { ContainerSpec } from '../types.js';
import { markOf } from './earlier.js';
import { findNamespaces, RootlessExecutor } from './index.js';

const MiB = 2 ** 20;
const said: unknown[] = [];
const say = (what: unknown) => void said.push(what);
const onOutput: AloneSpec['onOutput'] = (stream, line) => say(stream === 'stdout' ? line : `! ${line}`);

/** Says why something fails. */
const failing = async (attempt: Promise<unknown>): Promise<void> => {
  try {
    say(await attempt);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`${error.name}: ${'code' in error ? error.code : error.message}`);
  }
};

type Task = (executor: RootlessExecutor, dataDir: string) => Promise<void>;

const tasks = {
  users: async (executor) => {
    for (const User of ['1234', 'app', '']) {
      await (await startAlone(executor, shell('', { config: { Cmd: ['id'], User }, onOutput }))).exited;
    }
  },
  layers: async (executor) => {
    const file = (name: string, data: string) => ({ name: `data/${name}`, data: `${data}\n` });
    const one = layerOf([file('a', 'one'), file('b', 'one'), file('x/y', 'one')]);
    const again = { ...file('a', 'two'), uid: 1234, gid: 2345 };
    const two = layerOf([again, { name: 'data/.wh.b' }, { name: 'data/x/.wh..wh..opq' }]);
    const script = 'cd /data; grep . *; stat -c "%u:%g" a; ls x';
    const layers = [busyboxLayer(), one, two];
    await (await startAlone(executor, shell(script, { layers, onOutput }))).exited;
  },
  failures: async (executor) => {
    const bad = layerOf([{ name: 'x', type: '3' }]);
    const unreadable = () => {
      throw new Error('no blob');
    };
    await failing(executor.prepare([bad]));
    await failing(executor.prepare([{ ...layerOf([{ name: 'y' }]), open: unreadable }]));
    await failing(startAlone(executor, shell('', { config: { Entrypoint: ['/no/such'] } })));
    await failing(startAlone(executor, shell('', { config: { Cmd: ['id'], User: 'ghost' } })));
    const instance = await startAlone(executor, shell('exec sleep 1000'));
    await failing(instance.connect(8080));
    await failing(instance.connect(0));
    await failing(instance.stop(0));
    await failing(instance.connect(8080));
  },
  output: async (executor) => {
    let lines = 0;
    const count = () => void lines++;
    const instance = await startAlone(executor, shell('seq 1 200000; exit 3', { onOutput: count }));
    say(await instance.exited);
    say(lines);
    await (
      await startAlone(executor, shell('echo; echo two; echo err >&2; printf ""; printf last', { onOutput }))
    ).exited;
  },
  memory: async (executor) => {
    const config = { Cmd: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'] };
    const instance = await startAlone(executor, shell('', { config, memoryBytes: 64 * MiB, onOutput }));
    say((await instance.exited).code);
  },
  killed: async (executor, dataDir) => {
    const [one, two] = await Promise.all([
      startAlone(executor, shell('exec sleep 1000')),
      startAlone(executor, shell('exec sleep 1000')),
    ]);
    const mark = markOf(`${dataDir}/runtime`);
    for (const { pid, args } of runningProcesses()) if (args.includes(mark)) kill(pid);
    say((await one.exited).code);
    say((await two.stop(0)).code);
    await (await startAlone(executor, shell('echo again', { onOutput }))).exited;
  },
  /** Two containers that share a network and volumes, and connect to the plane. */
  sandbox: async (executor) => {
    const contents = Buffer.from('hush');
    const sandbox = await executor.open({
      id: 'shared',
      hostname: 'inside',
      volumes: [
        { name: 'memory', kind: 'memory', sizeBytes: MiB },
        { name: 'secrets', kind: 'files', files: [{ path: 'key', mode: 0o400, contents }] },
      ],
    });
    const container = (name: string, script: string, mounts: ContainerSpec['mounts']) =>
      containerOf(shell(script, { onOutput }), { name, mounts });
    const part = { volume: 'memory', path: '/part', subPath: 'part' };
    const web = await sandbox.start(
      container('web', 'echo shared > /part/index.html; exec httpd -f -p 8080 -h /part', [part]),
    );
    await failing(sandbox.start(container('web', '', [])));
    const fetching = 'until wget -qO- http://localhost:8080/ 2>/dev/null; do sleep 0.02; done';
    const all = [
      { volume: 'memory', path: '/all' },
      { volume: 'secrets', path: '/secrets' },
    ];
    const script = `${fetching}; cat /all/part/index.html /secrets/key; stat -c " %a" /secrets/key; hostname`;
    const reader = await sandbox.start(container('reader', script, all));
    say((await reader.exited).code);
    const metadata = `exec nc 169.254.169.254 80 </dev/null`;
    const caller = await sandbox.start(container('caller', metadata, []));
    say((await caller.exited).code);
    await sandbox.close();
    say((await web.exited).code);
    await failing(sandbox.connect(8080));
    await failing(sandbox.start(container('late', '', [])));
  },
  /** Leaves files that belong to another id. */
  keep: async (executor) => {
    const owner = { uid: 1234, gid: 1234 };
    const directory = { name: 'kept/', type: '5', mode: 0o700, ...owner };
    await executor.prepare([layerOf([directory, { name: 'kept/file', data: 'x', ...owner }])]);
  },
} satisfies Readonly<Record<string, Task>>;

export type TaskName = keyof typeof tasks;

const [, , dataDir = '', task = ''] = process.argv;
const [runtime, namespaces] = [await findRuntime(5_000), await findNamespaces(5_000)];
if (typeof runtime === 'string') throw new Error(runtime);
if (namespaces.kind === 'unusable') throw new Error(namespaces.reason);
const warnings: string[] = [];
const executor = new RootlessExecutor(runtime, {
  dataDir,
  onWarning: (message) => warnings.push(message),
  namespaces,
  temporary: task !== 'keep',
  network: {
    googleHosts: ['*.googleapis.com'],
    accept: (sandbox, peer, socket) => void socket.end(`${sandbox} ${peer}\n`),
  },
});
await executor.reap();
const perform: Task | undefined = new Map<string, Task>(Object.entries(tasks)).get(task);
await perform?.(executor, dataDir);
await executor.close();
console.log(JSON.stringify({ said, warnings, describe: executor.describe }));
