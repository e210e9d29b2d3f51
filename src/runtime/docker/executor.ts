/** The executor that has a Docker daemon run the containers. */
import { mkdirSync } from 'node:fs';
import { type Executor, type Layer, type SandboxSpec, StartFailure } from '../types.js';
import { idsOf, volumeNames } from './answers.js';
import { ContainerCalls, isRefusal } from './calls.js';
import { type DockerEngine, EngineError } from './engine.js';
import { DockerImages } from './images.js';
import { DockerNetwork } from './network.js';
import { filterOf, type Owner, ownerOf } from './owner.js';
import { type Patience, removeContainer } from './running.js';
import { DockerSandbox, type SandboxSurroundings } from './sandbox.js';
import { removeVolume } from './volumes.js';

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
  readonly #around: SandboxSurroundings;
  readonly #open = new Map<string, Promise<DockerSandbox>>();
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
      images: this.#images,
      owner: this.#owner,
      patience: options.patience ?? PATIENCE,
      onWarning: options.onWarning,
      warnOnce: (message) => this.#warnOnce(message),
      leftBehind: (containerId) => this.#leftBehind.add(containerId),
    };
  }

  /** Loads an image of these layers into the daemon. @throws BadLayer, StartFailure when it is not taken */
  async prepare(layers: readonly Layer[]): Promise<void> {
    await this.#images.ensure(layers);
  }

  async open(spec: SandboxSpec): Promise<DockerSandbox> {
    if (!/^[a-z0-9][a-z0-9-]{0,127}$/.test(spec.id))
      throw new StartFailure(`${spec.id} is not a sandbox's id`);
    if (this.#open.has(spec.id)) throw new StartFailure(`sandbox ${spec.id} is open already`);
    if (this.#closed) throw new StartFailure('the plane is shutting down');
    const opening = this.#removeLeftBehind().then(() => DockerSandbox.open(this.#around, spec));
    this.#open.set(spec.id, opening);
    const forget = () => this.#open.delete(spec.id);
    opening.then((sandbox) => sandbox.closed.then(forget), forget);
    return await opening;
  }

  /** @throws EngineError when the daemon does not answer */
  async reap(): Promise<void> {
    const ours = await Promise.all((await this.#sandboxes()).map((sandbox) => sandbox.containerIds()));
    await this.#removeContainers(new Set(ours.flat()));
    await this.#removeVolumes();
    if (this.#open.size === 0) await this.#removeNetworkAndImages();
  }

  /** Ends what still runs, and leaves nothing in the daemon: who wants to give it time stops it first. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all((await this.#sandboxes()).map((sandbox) => sandbox.close()));
    try {
      await this.#removeContainers(new Set());
      await this.#removeVolumes();
      await this.#removeNetworkAndImages();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.options.onWarning(`what is left in Docker will be removed by the next start: ${error.message}`);
    }
  }

  async #sandboxes(): Promise<readonly DockerSandbox[]> {
    const settled = await Promise.allSettled(this.#open.values());
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

  /** Those in use stay. */
  async #removeVolumes(): Promise<void> {
    const limitMs = this.#around.patience.stopMs;
    const query = filterOf(this.#owner, 'part');
    const names = volumeNames(await this.engine.json('GET', '/volumes', { query, limitMs }));
    await Promise.all(names.map((name) => removeVolume(this.engine, name, limitMs)));
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
