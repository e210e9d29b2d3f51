/**
 * The process inside the namespaces: root there, and the first of their processes, so that all others end with it.
 * It ends when the plane's process does, however that came about.
 */
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { OciExecutor, type OciInstance } from '../oci/index.js';
import { type Exit, type InstanceSpec, type Layer, StartFailure } from '../types.js';
import { OutputSender } from './output-sender.js';
import { type Handlers, Peer } from './peer.js';
import type { HelperCalls, Opening, PlaneCalls, RemoteLayer } from './protocol.js';

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
  readonly instance: OciInstance;
  readonly output: OutputSender;
}

function handlers(plane: () => Plane): Handlers<HelperCalls> {
  const running = new Map<string, Running>();
  let opened: { readonly executor: OciExecutor; readonly root: string } | undefined;
  const executor = (): OciExecutor => {
    if (opened === undefined) throw new Error('not opened yet');
    return opened.executor;
  };
  const instance = (id: string): Running => {
    const found = running.get(id);
    if (found === undefined) throw new StartFailure(`there is no instance ${id}`);
    return found;
  };
  const ended = async ({ instance: { id, exited }, output }: Running): Promise<Exit> => {
    const exit = await exited;
    await output.flushed();
    running.delete(id);
    return exit;
  };
  return {
    open: async (opening) => {
      opened = { executor: await open(opening, plane()), root: join(opening.dataDir, 'runtime') };
    },
    prepare: async (layers) => await executor().prepare(layers.map((layer) => fetched(layer, plane()))),
    start: async (remote) => {
      const output = new OutputSender((runs) => plane().call('output', { id: remote.id, runs }));
      const layers = remote.layers.map((layer) => fetched(layer, plane()));
      const spec: InstanceSpec = { ...remote, layers, onOutput: output.deliver };
      running.set(remote.id, { instance: await executor().start(spec, output.room), output });
    },
    connect: async ({ id, port }, give) => {
      const fd = await instance(id).instance.connectDescriptor(port);
      give(new Socket({ fd, readable: false, writable: true })); // reads nothing: that is for whoever gets it
    },
    wait: async (id) => await ended(instance(id)),
    stop: async ({ id, graceMs }) => {
      const found = instance(id);
      await found.instance.stop(graceMs);
      return await ended(found);
    },
    close: async ({ erase }) => {
      await opened?.executor.close();
      if (erase && opened !== undefined)
        await rm(opened.root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The first thing it does is to clear away what a killed plane has left. */
async function open({ runtime, dataDir, footing, limits }: Opening, plane: Plane): Promise<OciExecutor> {
  const onWarning = (message: string) => void plane.call('warn', message).catch(() => undefined);
  const executor = new OciExecutor(runtime, { dataDir, footing, limits, onWarning });
  await executor.reap();
  return executor;
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
