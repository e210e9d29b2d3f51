/** A Docker daemon of the tests' own, in namespaces of its own, of which nothing is left when it has ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findDocker } from '../../src/runtime/docker/index.js';
import { bringLoopbackUp } from '../../src/runtime/index.js';
import { CLONE_NEWNET, setns, unshare } from '../../src/runtime/linux/libc.js';

/**
 * Moves this process, and what it starts from now on, into a network namespace in which there is nothing yet. A daemon
 * would otherwise make bridges, routes and firewall rules of this machine's network.
 * @returns the way back
 */
export function enterOwnNetwork(): () => void {
  const before = openSync('/proc/thread-self/ns/net', 'r');
  unshare(CLONE_NEWNET);
  bringLoopbackUp();
  return () => {
    setns(before, CLONE_NEWNET);
    closeSync(before);
  };
}

/**
 * What the daemon writes outside its own directories lands in memory: containerd's plug-ins go to /opt, sockets to
 * /run, and a key to /etc/docker. The shell stays, as the first process that takes leave of the dead.
 */
const HOLD = `set -e
mount -t tmpfs tmpfs /opt
mount -t tmpfs tmpfs /run
mkdir /run/etc /run/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work /etc
echo ready
sleep infinity &
wait`;

/** Of util-linux. */
const SET_PRIVILEGES = 'setpriv';
const ENTER_NAMESPACES = 'nsenter';

export class DockerDaemon {
  #daemon: ChildProcess | undefined;
  #log = '';

  private constructor(
    readonly directory: string,
    /** Its first process holds the namespaces: with it everything ends. */
    private readonly holder: ChildProcess,
    /** Of the process group in which containers are put. */
    private readonly cgroup: string,
  ) {}

  static async start(): Promise<DockerDaemon> {
    const directory = await mkdtemp(path.join(tmpdir(), 'sekisho-docker-'));
    const own = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
    const command = ['--pdeathsig', 'KILL', 'unshare', ...own, 'sh', '-c', HOLD];
    const holder = spawn(SET_PRIVILEGES, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve);
      holder.once('exit', (code) => reject(new Error(`no namespaces for a Docker daemon (${code})`)));
    });
    const daemon = new DockerDaemon(directory, holder, path.basename(directory));
    await daemon.run();
    return daemon;
  }

  get socket(): string {
    return path.join(this.directory, 'docker.sock');
  }
  /** What docker's client and the plane read. */
  get env(): { readonly DOCKER_HOST: string } {
    return { DOCKER_HOST: `unix://${this.socket}` };
  }

  /** Starts the daemon, again after it has been killed, and waits until it answers. @param options of dockerd's own */
  async run(...options: readonly string[]): Promise<void> {
    const { directory } = this;
    const inside = childOf(this.holder);
    const daemon = spawn(
      ENTER_NAMESPACES,
      [
        ...[`--target=${inside}`, '--mount', '--pid', 'dockerd', `--host=unix://${this.socket}`],
        ...[`--data-root=${directory}/data`, `--exec-root=${directory}/exec`, `--pidfile=${directory}/pid`],
        ...['--iptables=false', '--ip6tables=false', '--ip-masq=false'],
        ...[`--cgroup-parent=/${this.cgroup}`, '--log-level=warn', ...options],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    daemon.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    this.#daemon = daemon;
    while (typeof (await findDocker(this.env)) === 'string') {
      if (daemon.exitCode !== null) throw new Error(`dockerd ended\n${this.#log}`);
      await delay(20);
    }
  }

  /** SIGKILL for the daemon alone: its containers run on, until it is started again. */
  async kill(): Promise<void> {
    const daemon = this.#running;
    const closed = new Promise((resolve) => daemon.once('exit', resolve));
    process.kill(childOf(daemon), 'SIGKILL');
    await closed;
  }

  /** Lets the daemon hang: it accepts connections, and does nothing. */
  pause(): void {
    process.kill(childOf(this.#running), 'SIGSTOP');
  }
  resume(): void {
    process.kill(childOf(this.#running), 'SIGCONT');
    // It stops itself with the process that it waits for.
    this.#running.kill('SIGCONT');
  }

  get #running(): ChildProcess {
    if (this.#daemon === undefined) throw new Error('no daemon runs');
    return this.#daemon;
  }

  /** Ends everything and removes it. */
  async dispose(): Promise<void> {
    const gone = new Promise((resolve) => this.holder.once('exit', resolve));
    this.holder.kill('SIGKILL');
    await gone;
    // Whoever was stopped has not seen the daemon end.
    this.#daemon?.kill('SIGKILL');
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10 });
    for (const tree of readdirSync('/sys/fs/cgroup'))
      await removeGroup(`/sys/fs/cgroup/${tree}/${this.cgroup}`);
    await removeGroup(`/sys/fs/cgroup/${this.cgroup}`);
  }
}

/** The process that `unshare` or `nsenter` has started and waits for. */
function childOf({ pid }: ChildProcess): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const [child] = children;
  if (child === undefined || child === 0) throw new Error(`process ${pid} has no child`);
  return child;
}

/** Control groups are directories that can be removed when nothing runs in them; the files in them do not count. */
async function removeGroup(group: string): Promise<void> {
  if (!existsSync(group)) return;
  const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of inner) await removeGroup(path.join(group, name));
  await rmdir(group);
}
