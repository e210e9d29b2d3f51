/** Containers that share a network and volumes. */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { connectError, dial, dialDescriptor } from '../linux/index.js';
import type { SandboxNamespace, SandboxNetwork } from '../network/index.js';
import { type ContainerSpec, type Sandbox, type SandboxSpec, StartFailure } from '../types.js';
import { type OciContainer, type Room, type Surroundings, startContainer } from './container.js';
import { takeDown, type Undo } from './take-down.js';
import { makeVolumes, type VolumeTrees } from './volumes.js';

/** Of sandbox and container, with a character between them that is in neither: no two containers have one id. */
export const containerId = (sandbox: string, container: string): string => `${sandbox}_${container}`;

/** The sandbox of a container's id; a sandbox's own id is its own. */
export const sandboxOf = (id: string): string => id.split('_', 1)[0] ?? id;

/**
 * Makes a sandbox without containers.
 * @throws StartFailure, with nothing left behind
 */
export async function openSandbox(
  around: Surroundings,
  network: SandboxNetwork,
  spec: SandboxSpec,
): Promise<OciSandbox> {
  const undo: Undo[] = [];
  try {
    const namespace = await network.create(spec.id);
    undo.push(() => namespace.close());
    return new OciSandbox(around, spec, namespace, volumesOf(around, spec, undo), undo);
  } catch (error) {
    await takeDown(undo, `sandbox ${spec.id}`, around.onWarning);
    if (error instanceof StartFailure) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new StartFailure(`the container could not be started: ${message}`, { cause: error });
  }
}

function volumesOf(around: Surroundings, { id, volumes }: SandboxSpec, undo: Undo[]): VolumeTrees {
  if (volumes.length === 0) return new Map();
  const directory = join(around.instances, id);
  mkdirSync(around.instances, { recursive: true, mode: 0o700 });
  mkdirSync(directory, { mode: 0o700 });
  undo.push(() => rm(directory, { recursive: true, force: true }));
  return makeVolumes(directory, volumes, undo);
}

export class OciSandbox implements Sandbox {
  readonly id: string;
  readonly #containers = new Map<string, Promise<OciContainer>>();
  readonly #etc: Readonly<Record<string, string>>;
  /** Resolves when everything is cleaned up. */
  readonly closed: Promise<void>;
  #closing: Promise<void> | undefined;
  #isClosed: () => void = () => undefined;

  constructor(
    readonly around: Surroundings,
    readonly spec: SandboxSpec,
    readonly namespace: SandboxNamespace,
    readonly volumes: VolumeTrees,
    readonly undo: Undo[],
  ) {
    this.id = spec.id;
    this.closed = new Promise((resolve) => {
      this.#isClosed = resolve;
    });
    this.#etc = etcFiles(spec.hostname, namespace);
  }

  /** The name may be used again once its container has ended. */
  async start(spec: ContainerSpec, room?: Room): Promise<OciContainer> {
    const { name } = spec;
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) throw new StartFailure(`${name} is not a container's name`);
    if (this.#containers.has(name)) throw new StartFailure(`container ${name} of ${this.id} runs already`);
    if (this.#closing !== undefined) throw new StartFailure(`sandbox ${this.id} is closed`);
    const starting = this.#start(spec, room);
    this.#containers.set(name, starting);
    const forget = () => this.#containers.delete(name);
    starting.then((container) => container.exited.then(forget), forget);
    return await starting;
  }

  async connect(port: number): Promise<Socket> {
    checkPort(port);
    return await dial(() => this.namespace.fd(), port);
  }

  /** As `connect`, but gives the descriptor of the socket, which the caller owns then. */
  async connectDescriptor(port: number): Promise<number> {
    checkPort(port);
    return await dialDescriptor(() => this.namespace.fd(), port);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(spec: ContainerSpec, room?: Room): Promise<OciContainer> {
    await this.around.layers.prepare(spec.layers);
    if (this.#closing !== undefined) throw new StartFailure(`sandbox ${this.id} is closed`);
    const shared = {
      hostname: this.spec.hostname,
      network: this.namespace.path,
      etc: this.#etc,
      volumes: this.volumes,
    };
    return await startContainer(this.around, containerId(this.id, spec.name), spec, shared, room);
  }

  async #close(): Promise<void> {
    const containers = [...this.#containers.values()];
    await Promise.all(
      containers.map((starting) => starting.then((each) => each.kill()).catch(() => undefined)),
    );
    await takeDown(this.undo, `sandbox ${this.id}`, this.around.onWarning);
    this.#isClosed();
  }
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw connectError('EADDRNOTAVAIL', port);
}

function etcFiles(hostname: string, { hosts, resolvConf }: SandboxNamespace): Record<string, string> {
  const local = ['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback', `127.0.0.1 ${hostname}`];
  return {
    hosts: [...local, ...hosts].map((line) => `${line}\n`).join(''),
    hostname: `${hostname}\n`,
    'resolv.conf': resolvConf,
  };
}
