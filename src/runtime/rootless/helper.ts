/**
 * The process inside the namespaces: root there, and the first of their processes, so that all others end with it.
 * It ends when the plane's process does, however that came about.
 */
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type OciContainer, OciExecutor, type OciSandbox } from '../oci/index.js';
import { type ContainerNetwork, type Exit, type Layer, StartFailure } from '../types.js';
import { OutputSender } from './output-sender.js';
import { type Handlers, Peer } from './peer.js';
import type { HelperCalls, Opening, PlaneCalls, RemoteLayer, Which } from './protocol.js';

/** Where Node.js loads this module from, source or bundle. */
export const MODULE = import.meta.url;

type Plane = Peer<HelperCalls, PlaneCalls>;

/**
 * Serves the plane that has started this process, until it goes.
 * @public called by name, in the other process
 */
export function serve(): void {
  // A terminal's signals are for the plane, which ends us when it has drained.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.once('disconnect', () => process.exit(0));
  const plane: Plane = new Peer(
    process,
    handlers(() => plane),
  );
}

interface Running {
  readonly container: OciContainer;
  readonly output: OutputSender;
}

/** What the plane knows by its names. */
class Known {
  readonly sandboxes = new Map<string, OciSandbox>();
  readonly #running = new Map<string, Running>();

  sandbox(id: string): OciSandbox {
    const found = this.sandboxes.get(id);
    if (found === undefined) throw new StartFailure(`there is no sandbox ${id}`);
    return found;
  }

  add(which: Which, running: Running): void {
    this.#running.set(keyOf(which), running);
  }

  running(which: Which): Running {
    const found = this.#running.get(keyOf(which));
    if (found === undefined) throw new StartFailure(`there is no container ${keyOf(which)}`);
    return found;
  }

  /** Resolves when the plane has got everything that the container wrote. */
  async ended(which: Which): Promise<Exit> {
    const found = this.running(which);
    const exit = await found.container.exited;
    await found.output.flushed();
    if (this.#running.get(keyOf(which)) === found) this.#running.delete(keyOf(which));
    return exit;
  }
}

const keyOf = ({ sandbox, container }: Which): string => `${sandbox}/${container}`;

function handlers(plane: () => Plane): Handlers<HelperCalls> {
  const known = new Known();
  let opened: { readonly executor: OciExecutor; readonly root: string } | undefined;
  const executor = (): OciExecutor => {
    if (opened === undefined) throw new Error('not opened yet');
    return opened.executor;
  };
  return {
    open: async (opening) => {
      opened = { executor: await open(opening, plane()), root: join(opening.dataDir, 'runtime') };
    },
    prepare: async (layers) => await executor().prepare(layers.map((layer) => fetched(layer, plane()))),
    openSandbox: async (spec) => {
      const sandbox = await executor().open(spec);
      known.sandboxes.set(spec.id, sandbox);
      void sandbox.closed.then(() => known.sandboxes.delete(spec.id));
    },
    start: async ({ sandbox, spec }) => {
      const which = { sandbox, container: spec.name };
      const output = new OutputSender((runs) => plane().call('output', { ...which, runs }));
      const layers = spec.layers.map((layer) => fetched(layer, plane()));
      const local = { ...spec, layers, onOutput: output.deliver };
      known.add(which, { container: await known.sandbox(sandbox).start(local, output.room), output });
    },
    connect: async ({ sandbox, port }, { give }) => {
      const fd = await known.sandbox(sandbox).connectDescriptor(port);
      give(new Socket({ fd, readable: false, writable: true })); // reads nothing: that is for whoever gets it
    },
    wait: async (which) => await known.ended(which),
    stop: async ({ graceMs, ...which }) => {
      await known.running(which).container.stop(graceMs);
      return await known.ended(which);
    },
    closeSandbox: async (id) => await known.sandboxes.get(id)?.close(),
    close: async ({ erase }) => {
      await opened?.executor.close();
      if (erase && opened !== undefined)
        await rm(opened.root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The first thing it does is to clear away what a killed plane has left. */
async function open(opening: Opening, plane: Plane): Promise<OciExecutor> {
  const { runtime, dataDir, footing, limits, googleHosts } = opening;
  const onWarning = (message: string) => void plane.call('warn', message).catch(() => undefined);
  const network = googleHosts === undefined ? {} : { network: networkOf(googleHosts, plane) };
  const executor = new OciExecutor(runtime, { dataDir, footing, limits, onWarning, ...network });
  await executor.reap();
  return executor;
}

/** Connections go to the plane as they are, before anything has been read from them. */
function networkOf(googleHosts: readonly string[], plane: Plane): ContainerNetwork {
  return {
    googleHosts,
    handsOver: true,
    accept: (sandbox, peer, socket) => {
      if (!(socket instanceof Socket)) throw new Error('only a socket can be passed on');
      plane.call('accept', { sandbox, peer }, socket).catch(() => socket.destroy());
    },
  };
}

let readings = 0;

function fetched({ source, ...layer }: RemoteLayer, plane: Plane): Layer {
  return { ...layer, open: () => read(source, plane) };
}

/** Asks for the next piece when there is room for it. */
function read(source: number, plane: Plane): Readable {
  const reading = ++readings;
  return new Readable({
    read() {
      plane.call('read', { source, reading }).then(
        (piece) => this.push(piece),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    destroy(error, done) {
      plane.call('leave', reading).then(
        () => done(error),
        () => done(error),
      );
    },
  });
}
