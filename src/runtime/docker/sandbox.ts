/** Containers of the daemon's that share a network and volumes. */
import type { Socket } from 'node:net';
import {
  type ContainerSpec,
  type RunningContainer,
  type Sandbox,
  type SandboxSpec,
  StartFailure,
} from '../types.js';
import { isRefusal } from './calls.js';
import { containerBody, holderBody } from './container.js';
import { EngineError } from './engine.js';
import type { DockerImages } from './images.js';
import { connectError, type Route } from './network.js';
import type { Owner } from './owner.js';
import {
  type DockerContainer,
  type RunningSurroundings,
  removeContainer,
  startContainer,
} from './running.js';
import { DockerVolumes } from './volumes.js';

/** What all sandboxes of an executor share. */
export interface SandboxSurroundings extends RunningSurroundings {
  readonly owner: Owner;
  readonly images: DockerImages;
  /** Passes a warning of the daemon's on, once. */
  readonly warnOnce: (message: string) => void;
}

/** Calls the daemon; what it could not do is why a container does not start. @throws StartFailure */
async function starting<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new StartFailure(`Docker could not start the container: ${error.message}`, { cause: error });
  }
}

/** Once again when something is gone: somebody has tidied the daemon up. */
async function again<T>(attempt: () => Promise<T>, forget: () => void): Promise<T> {
  return await attempt().catch((error: unknown) => {
    if (!isRefusal(error, 404)) throw error;
    forget();
    return attempt();
  });
}

export class DockerSandbox implements Sandbox {
  readonly id: string;
  /** Begins the names of what it has in the daemon. */
  readonly #name: string;
  readonly #containers = new Map<string, Promise<DockerContainer>>();
  readonly #volumes: DockerVolumes;
  #holder: { readonly id: string; readonly route: Route } | undefined;
  #closing: Promise<void> | undefined;
  #isClosed: () => void = () => undefined;
  /** Resolves when it is closed. */
  readonly closed = new Promise<void>((resolve) => {
    this.#isClosed = resolve;
  });

  private constructor(
    readonly around: SandboxSurroundings,
    readonly spec: SandboxSpec,
  ) {
    this.id = spec.id;
    this.#name = `${around.owner.name}-${spec.id}`;
    this.#volumes = new DockerVolumes(around.calls.engine, around.owner, this.#name, spec.volumes);
  }

  /** @throws StartFailure, with nothing left behind */
  static async open(around: SandboxSurroundings, spec: SandboxSpec): Promise<DockerSandbox> {
    const sandbox = new DockerSandbox(around, spec);
    try {
      await starting(() => sandbox.#open());
    } catch (error) {
      await sandbox.close();
      throw error;
    }
    return sandbox;
  }

  /** Ids of its containers in the daemon. */
  async containerIds(): Promise<string[]> {
    const started = await Promise.allSettled(this.#containers.values());
    const ids = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value.containerId] : []));
    return this.#holder === undefined ? ids : [this.#holder.id, ...ids];
  }

  /** The name may be used again once its container has ended. */
  async start(spec: ContainerSpec): Promise<RunningContainer> {
    const { name } = spec;
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) throw new StartFailure(`${name} is not a container's name`);
    if (this.#containers.has(name)) throw new StartFailure(`container ${name} of ${this.id} runs already`);
    if (this.#closing !== undefined) throw new StartFailure(`sandbox ${this.id} is closed`);
    const begun = starting(() => this.#start(spec));
    this.#containers.set(name, begun);
    const forget = () => this.#containers.delete(name);
    begun.then((container) => container.exited.then(forget), forget);
    return await begun;
  }

  async connect(port: number): Promise<Socket> {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw connectError('EADDRNOTAVAIL', port);
    // Its address may be another's by now.
    if (this.#holder === undefined || this.#closing !== undefined) throw connectError('ECONNREFUSED', port);
    return await this.#holder.route.connect(port);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(): Promise<void> {
    const { images, network, calls } = this.around;
    await this.#volumes.create();
    const id = await again(
      () => this.#hold(),
      () => {
        images.forget();
        network.forget();
      },
    );
    this.#holder = { id, route: network.route(await calls.inspect(id)) };
    await this.#volumes.fill(id);
  }

  /** Starts the holder. Its image is missed when it is made, its network when it starts. @returns its id */
  async #hold(): Promise<string> {
    const { around } = this;
    const { images, network, owner } = around;
    const { hostname, ports = [] } = this.spec;
    const image = await images.holder();
    await network.ensure();
    const published = network.publish(ports);
    const body = holderBody({
      ...{ owner, image, hostname, published },
      ...{ network: network.name, volumes: this.#volumes.held },
    });
    const id = await this.#create(this.#name, body);
    this.#holder = { id, route: network.noRoute };
    try {
      await around.calls.start(id);
    } catch (error) {
      this.#holder = undefined;
      await removeContainer(around, id);
      throw error;
    }
    return id;
  }

  async #start(spec: ContainerSpec): Promise<DockerContainer> {
    const { around } = this;
    if (this.#holder === undefined) throw new StartFailure(`sandbox ${this.id} is closed`);
    const holder = this.#holder.id;
    const volumes = await this.#volumes.mountsOf(holder, spec.mounts);
    // Only this is tried again: a program that has been started may have done something.
    const created = await again(
      async () => {
        const image = await around.images.ensure(spec.layers);
        const body = containerBody({ spec, owner: around.owner, image, holder, volumes });
        return await this.#create(`${this.#name}_${spec.name}`, body);
      },
      () => around.images.forget(),
    );
    return await startContainer(around, created, `${this.id}_${spec.name}`, spec);
  }

  async #create(name: string, body: object): Promise<string> {
    const { id, warnings } = await this.around.calls.create(name, body);
    for (const warning of warnings) this.around.warnOnce(`Docker: ${warning}`);
    return id;
  }

  async #close(): Promise<void> {
    const containers = [...this.#containers.values()];
    await Promise.all(containers.map((each) => each.then((one) => one.kill()).catch(() => undefined)));
    if (this.#holder !== undefined) await removeContainer(this.around, this.#holder.id);
    const { patience } = this.around;
    await this.#volumes.remove(patience.stopMs).catch((error: unknown) => this.#warn(error));
    this.#isClosed();
  }

  #warn(error: unknown): void {
    this.around.onWarning(`sandbox ${this.id}: ${error instanceof Error ? error.message : error}`);
  }
}
