/** Images in the daemon: one for each stack of layers, loaded from our blobs when a container first needs it. */
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { checkLayer, DEFAULT_LIMITS } from '../layers/index.js';
import { type Layer, StartFailure } from '../types.js';
import { imageArchive } from './archive.js';
import { type DockerEngine, EngineError } from './engine.js';
import { holderLayer } from './holder.js';
import { type Owner, ownedBy } from './owner.js';

/** Unpacking a large layer takes the daemon a while after the last byte. */
const LOAD_LIMIT_MS = 300_000;

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');

export class DockerImages {
  /** The uncompressed sizes of layers that have been found good. */
  readonly #checked = new Map<string, Promise<number>>();
  readonly #loaded = new Map<string, Promise<void>>();
  /** Stacks that the daemon has, by chain id: their layers are not sent again. */
  readonly #chains = new Set<string>();
  #holder: Layer | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    readonly engine: DockerEngine,
    readonly owner: Owner,
  ) {}

  /**
   * Makes sure that the daemon has an image of these layers. It is nothing but its layers: what runs in it, as whom
   * and with which variables, is said when a container is made.
   * @returns the image's name
   * @throws BadLayer, StartFailure when the daemon does not take it
   */
  async ensure(layers: readonly Layer[]): Promise<string> {
    const name = this.#nameOf(layers);
    let loading = this.#loaded.get(name);
    if (loading === undefined) {
      // One after the other: the next one then need not send what this one has brought.
      loading = this.#queue.then(() => this.#load(name, layers));
      this.#queue = loading.catch(() => this.#loaded.delete(name));
      this.#loaded.set(name, loading);
    }
    await loading;
    return name;
  }

  /** The image of what holds a sandbox together. @returns its name @throws StartFailure */
  async holder(): Promise<string> {
    this.#holder ??= holderLayer(this.engine.daemon.arch);
    return await this.ensure([this.#holder]);
  }

  /** What was loaded is no longer in the daemon, or who knows. */
  forget(): void {
    this.#loaded.clear();
    this.#chains.clear();
  }

  #nameOf(layers: readonly Layer[]): string {
    return `${this.owner.name}:${sha256(layers.map(({ diffId }) => diffId).join())}`;
  }

  async #load(name: string, layers: readonly Layer[]): Promise<void> {
    const chains = chainIds(layers);
    const known = chains.map((chain) => this.#chains.has(chain));
    try {
      await this.#send(name, layers, known);
    } catch (error) {
      // Its store may have lost a layer since, or want every layer in every archive (containerd's does).
      if (!(error instanceof EngineError) || typeof error.status === 'string' || !known.includes(true)) {
        throw failure(error);
      }
      this.#chains.clear();
      await this.#send(name, layers, known.fill(false)).catch((again: unknown) => {
        throw failure(again);
      });
    }
    for (const chain of chains) this.#chains.add(chain);
  }

  async #send(name: string, layers: readonly Layer[], known: readonly boolean[]): Promise<void> {
    const sized = [];
    for (const [index, layer] of layers.entries()) {
      sized.push({ layer, bytes: known[index] === true ? undefined : await this.#check(layer) });
    }
    const { os, arch: architecture } = this.engine.daemon;
    const tar = imageArchive({ name, os, architecture, labels: ownedBy(this.owner, 'image'), layers: sized });
    const query = { quiet: '1' };
    const answer = await this.engine.stream('POST', '/images/load', { query, tar, limitMs: LOAD_LIMIT_MS });
    const problem = errorIn(await text(answer));
    if (problem !== undefined) throw new EngineError(500, problem);
  }

  #check(layer: Layer): Promise<number> {
    const key = [layer.digest, layer.diffId, layer.mediaType, layer.size].join();
    let checked = this.#checked.get(key);
    if (checked === undefined) {
      checked = checkLayer(layer, DEFAULT_LIMITS);
      checked.catch(() => this.#checked.delete(key));
      this.#checked.set(key, checked);
    }
    return checked;
  }
}

/** Of each stack from the lowest layer up: https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid */
function chainIds(layers: readonly Layer[]): string[] {
  let below: string | undefined;
  return layers.map(({ diffId }) => {
    below = below === undefined ? diffId : `sha256:${sha256(`${below} ${diffId}`)}`;
    return below;
  });
}

function failure(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return new StartFailure(`the image could not be loaded into Docker: ${error.message}`, { cause: error });
}

/** Progress comes as JSON lines after a status of 200; so does what goes wrong. */
function errorIn(progress: string): string | undefined {
  return /"error":("(?:[^"\\]|\\.)*")/
    .exec(progress)?.[1]
    ?.replace(/^.*$/, (quoted) => JSON.parse(quoted) as string);
}
