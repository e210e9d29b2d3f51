/** The executor that has a Docker daemon run the containers. */
import { mkdirSync } from 'node:fs';
import {
  type Executor,
  type Instance,
  type InstanceSpec,
  type Layer,
  type Sandbox,
  type SandboxSpec,
  StartFailure,
} from '../types.js';
import { idsOf } from './answers.js';
import { ContainerCalls, isRefusal } from './calls.js';
import { containerBody } from './container.js';
import { type DockerEngine, EngineError } from './engine.js';
import { DockerImages } from './images.js';
import {
  type DockerInstance,
  type InstanceSurroundings,
  type Patience,
  removeContainer,
  startContainer,
} from './instance.js';
import { DockerNetwork } from './network.js';
import { filterOf, type Owner, ownerOf } from './owner.js';

export interface DockerExecutorOptions {
  /** The plane's data directory; made when missing. What is made in the daemon is labelled with it. */
  readonly dataDir: string;
  readonly onWarning: (message: string) => void;
  readonly patience?: Patience;
  /** Whether a bridge of the daemon's is in this process's network; found out when left out. */
  readonly isHere?: (bridge: string) => boolean;
}

const PATIENCE: Patience = { returnMs: 30_000, stopMs: 10_000 };

export class DockerExecutor implements Executor {
  readonly name = 'docker';
  readonly describe: string;
  readonly #owner: Owner;
  readonly #images: DockerImages;
  readonly #network: DockerNetwork;
  readonly #around: InstanceSurroundings;
  readonly #running = new Map<string, Promise<DockerInstance>>();
  /** Containers that the daemon would not remove when they ended. */
  readonly #leftBehind = new Set<string>();
  readonly #warned = new Set<string>();
  #closed = false;

  constructor(
    readonly engine: DockerEngine,
    readonly options: DockerExecutorOptions,
  ) {
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    this.describe = engine.describe;
    this.#owner = ownerOf(options.dataDir);
    this.#images = new DockerImages(engine, this.#owner);
    this.#network = new DockerNetwork(engine, this.#owner, options.isHere);
    this.#around = {
      calls: new ContainerCalls(engine, this.#network.name),
      network: this.#network,
      patience: options.patience ?? PATIENCE,
      onWarning: options.onWarning,
      leftBehind: (containerId) => this.#leftBehind.add(containerId),
    };
  }

  /** Loads an image of these layers into the daemon. @throws BadLayer, StartFailure when it is not taken */
  async prepare(layers: readonly Layer[]): Promise<void> {
    await this.#images.ensure(layers);
  }

  async start(spec: InstanceSpec): Promise<Instance> {
    if (!/^[a-z0-9][a-z0-9-]{0,127}$/.test(spec.id))
      throw new StartFailure(`${spec.id} is not an instance id`);
    if (this.#running.has(spec.id)) throw new StartFailure(`instance ${spec.id} runs already`);
    if (this.#closed) throw new StartFailure('the plane is shutting down');
    const starting = this.#start(spec);
    this.#running.set(spec.id, starting);
    const forget = () => this.#running.delete(spec.id);
    starting.then((instance) => instance.exited.then(forget), forget);
    return await starting;
  }

  /** @throws EngineError when the daemon does not answer */
  async open(spec: SandboxSpec): Promise<Sandbox> {
    throw new StartFailure(`sandbox ${spec.id}: not served yet`);
  }

  async reap(): Promise<void> {
    const instances = await this.#instances();
    const ours = new Set(instances.map(({ containerId }) => containerId));
    await this.#removeContainers(ours);
    if (this.#running.size === 0) await this.#removeNetworkAndImages();
  }

  /** Ends what still runs, and leaves nothing in the daemon: who wants to give it time stops it first. */
  async close(): Promise<void> {
    this.#closed = true;
    const instances = await this.#instances();
    await Promise.all(instances.map((instance) => instance.stop(0)));
    try {
      await this.#removeContainers(new Set());
      await this.#removeNetworkAndImages();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.options.onWarning(`what is left in Docker will be removed by the next start: ${error.message}`);
    }
  }

  async #start(spec: InstanceSpec): Promise<DockerInstance> {
    await this.#removeLeftBehind();
    try {
      return await this.#once(spec).catch((error: unknown) => {
        // The image or the network: somebody has tidied the daemon up.
        if (!isRefusal(error, 404)) throw error;
        this.#images.forget();
        this.#network.forget();
        return this.#once(spec);
      });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new StartFailure(`Docker could not start the container: ${error.message}`, { cause: error });
    }
  }

  async #once(spec: InstanceSpec): Promise<DockerInstance> {
    const image = await this.#images.ensure(spec.layers);
    await this.#network.ensure();
    const body = containerBody({
      spec,
      owner: this.#owner,
      image,
      network: this.#network.name,
      published: this.#network.publish(spec.ports ?? []),
    });
    const name = `${this.#owner.name}-${spec.id}`;
    const { id, warnings } = await this.#around.calls.create(name, body);
    for (const warning of warnings) this.#warnOnce(`Docker: ${warning}`);
    return await startContainer(this.#around, id, spec);
  }

  async #instances(): Promise<readonly DockerInstance[]> {
    const settled = await Promise.allSettled(this.#running.values());
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  }

  async #list(kind: 'containers' | 'images'): Promise<string[]> {
    const query = { ...filterOf(this.#owner, kind === 'images' ? 'image' : 'part'), all: '1' };
    return idsOf(
      await this.engine.json('GET', `/${kind}/json`, { query, limitMs: this.#around.patience.stopMs }),
    );
  }

  async #removeContainers(but: ReadonlySet<string>): Promise<void> {
    const left = (await this.#list('containers')).filter((id) => !but.has(id));
    await Promise.all(left.map((id) => this.#around.calls.remove(id)));
  }

  async #removeNetworkAndImages(): Promise<void> {
    this.#network.forget();
    this.#images.forget();
    const query = filterOf(this.#owner, 'part');
    const networks = idsOf(await this.engine.json('GET', '/networks', { query }));
    const images = await this.#list('images');
    const paths = [...networks.map((id) => `/networks/${id}`), ...images.map((id) => `/images/${id}`)];
    for (const each of paths) {
      try {
        await this.engine.json('DELETE', each, each.startsWith('/images') ? { query: { force: '1' } } : {});
      } catch (error) {
        // Gone already; or in use, by somebody else's containers.
        if (![404, 403, 409].some((status) => isRefusal(error, status))) throw error;
      }
    }
  }

  async #removeLeftBehind(): Promise<void> {
    const left = [...this.#leftBehind];
    this.#leftBehind.clear();
    await Promise.all(left.map((id) => removeContainer(this.#around, id)));
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.options.onWarning(message);
  }
}
