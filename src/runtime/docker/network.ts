/** The network of a data directory's containers, and the ways into it. */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import type { Inspected } from './answers.js';
import type { DockerEngine } from './engine.js';
import { EngineError } from './engine.js';
import { type Owner, ownedBy } from './owner.js';

const CONNECT_LIMIT_MS = 5_000;

/** How long a published port's connection has to stay open to count as answered by the container. */
const ACCEPTED_MS = 250;

export class DockerNetwork {
  readonly name: string;
  /** Of at most 15 characters, as Linux wants it. */
  readonly #bridge: string;
  #made: Promise<void> | undefined;

  constructor(
    readonly engine: DockerEngine,
    readonly owner: Owner,
    /** Whether a bridge of this name is in this process's network. */
    readonly isHere: (bridge: string) => boolean = hasInterface,
  ) {
    this.name = owner.name;
    this.#bridge = `sek-${owner.id.slice(0, 11)}`;
  }

  /**
   * Makes the network unless it is there: a bridge on which containers do not see each other.
   * @throws EngineError
   */
  ensure(): Promise<void> {
    this.#made ??= this.#make().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  /** Somebody has removed it from the daemon. */
  forget(): void {
    this.#made = undefined;
  }

  async #make(): Promise<void> {
    const bridge = 'com.docker.network.bridge';
    const body = {
      Name: this.name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: ownedBy(this.owner, 'part'),
      Options: { [`${bridge}.name`]: this.#bridge, [`${bridge}.enable_icc`]: 'false' },
    };
    try {
      await this.engine.json('POST', '/networks/create', { body });
    } catch (error) {
      if (!(error instanceof EngineError && error.status === 409)) throw error;
    }
  }

  /** Whether every port of every container can be reached at the container's own address. */
  get reachable(): boolean {
    return this.isHere(this.#bridge);
  }

  /** The address of the daemon's machine on which ports are published: only there, unless it is another machine. */
  get #host(): { readonly bind: string; readonly dial: string } {
    const { address } = this.engine;
    if (address.kind === 'unix' || /^(localhost$|127\.|::1$)/.test(address.host)) {
      return { bind: '127.0.0.1', dial: '127.0.0.1' };
    }
    return { bind: '', dial: address.host };
  }

  /** Where a container's ports are published, for HostConfig; the system chooses the numbers. */
  publish(ports: readonly number[]): Readonly<Record<string, readonly object[]>> {
    if (this.reachable) return {};
    return Object.fromEntries(
      ports.map((port) => [`${port}/tcp`, [{ HostIp: this.#host.bind, HostPort: '' }]]),
    );
  }

  /** Leads nowhere. */
  readonly noRoute = new Route(() => undefined);

  /** A way to the ports of one container. */
  route({ address, published }: Inspected): Route {
    const { reachable } = this;
    const { dial } = this.#host;
    return new Route((port) => {
      if (reachable) return { host: address, port, direct: true };
      const there = published.get(port);
      return there === undefined ? undefined : { host: dial, port: there, direct: false };
    });
  }
}

/**
 * Of this thread's network namespace. A bridge is missing when the daemon is on another machine, in a virtual machine
 * (Docker Desktop) or in a network namespace of its own (rootless).
 */
function hasInterface(name: string): boolean {
  try {
    const interfaces = readFileSync('/proc/thread-self/net/dev', 'utf8').split('\n');
    return interfaces.some((line) => line.trimStart().startsWith(`${name}:`));
  } catch {
    return false; // no Linux
  }
}

type Target = { readonly host: string; readonly port: number; readonly direct: boolean };

export class Route {
  readonly #answered = new Set<number>();

  constructor(readonly target: (port: number) => Target | undefined) {}

  /** @throws an Error with `code`, as Node.js gives it: ECONNREFUSED when nothing listens */
  async connect(port: number): Promise<net.Socket> {
    const target = this.target(port);
    if (target === undefined) throw connectError('ECONNREFUSED', port);
    const socket = await open(target);
    // Docker's proxy accepts before it has tried the container, and hangs up when nothing listens there.
    if (!target.direct && !this.#answered.has(port)) {
      if (!(await staysOpen(socket))) throw connectError('ECONNREFUSED', port);
      this.#answered.add(port);
    }
    return socket;
  }
}

/** The error that Node.js itself gives, so that callers need know only one. */
export function connectError(code: string, port: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`connect ${code} port ${port}`), { code, syscall: 'connect', port });
}

function open({ host, port }: Target): Promise<net.Socket> {
  const socket = net.connect({ host, port, noDelay: true });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const late = setTimeout(() => fail(connectError('ETIMEDOUT', port)), CONNECT_LIMIT_MS);
    const settled = () => {
      clearTimeout(late);
      socket.off('error', fail);
    };
    socket.once('error', fail);
    socket.once('error', settled);
    socket.once('connect', () => {
      settled();
      resolve(socket);
    });
  });
}

/** False when the other side ends the connection at once without a word; nothing that it says is lost. */
async function staysOpen(socket: net.Socket): Promise<boolean> {
  return await new Promise((resolve) => {
    const decide = (open: boolean) => {
      clearTimeout(enough);
      socket.off('readable', onReadable).off('error', onError);
      if (!open) socket.destroy();
      resolve(open);
    };
    const onReadable = () => decide(socket.readableLength > 0);
    const onError = () => decide(false);
    // After a last look at the socket: this process itself may have been held up.
    const enough = setTimeout(() => setImmediate(() => decide(true)), ACCEPTED_MS);
    socket.once('readable', onReadable).once('error', onError);
  });
}
