/** What the plane's process and the process in the namespaces say to each other. */
import type { Footing } from '../footing.js';
import type { OciRuntime } from '../oci/index.js';
import type { RuntimeLimits } from '../oci/limits.js';
import type { ContainerSpec, Exit, Layer, NetworkPeer, SandboxSpec } from '../types.js';

/** A layer whose content stays in the plane's process and is asked for by a number. */
export interface RemoteLayer extends Omit<Layer, 'open'> {
  readonly source: number;
}

export interface RemoteSpec extends Omit<ContainerSpec, 'layers' | 'onOutput'> {
  readonly layers: readonly RemoteLayer[];
}

export interface Opening {
  readonly runtime: OciRuntime;
  readonly dataDir: string;
  readonly footing: Footing;
  readonly limits: Partial<RuntimeLimits>;
  /** As ContainerNetwork's; undefined when containers reach nothing. */
  readonly googleHosts: readonly string[] | undefined;
}

/** One container of a sandbox. */
export interface Which {
  readonly sandbox: string;
  readonly container: string;
}

/** Lines that one stream got, one after the other, with newlines between them: one text is sent faster than many. */
export type OutputRun = readonly [stream: 'stdout' | 'stderr', lines: string];

/** What the plane asks of the other process; `open` comes first. */
export interface HelperCalls {
  open(opening: Opening): Promise<void>;
  prepare(layers: readonly RemoteLayer[]): Promise<void>;
  openSandbox(spec: SandboxSpec): Promise<void>;
  start(what: { readonly sandbox: string; readonly spec: RemoteSpec }): Promise<void>;
  /** The connected socket comes along with the answer. */
  connect(to: { readonly sandbox: string; readonly port: number }): Promise<void>;
  /** Answered when the container has ended and everything it wrote has been delivered. */
  wait(which: Which): Promise<Exit>;
  stop(what: Which & { readonly graceMs: number }): Promise<Exit>;
  closeSandbox(id: string): Promise<void>;
  /** Ends everything; `erase` also removes what is kept for the next start. */
  close(how: { readonly erase: boolean }): Promise<void>;
}

/** What the other process asks of the plane. */
export interface PlaneCalls {
  /** The next piece of a layer; null at its end. `reading` is chosen by the reader, one for each time it is read. */
  read(what: { readonly source: number; readonly reading: number }): Promise<Uint8Array | null>;
  /** The rest of it is not wanted. */
  leave(reading: number): Promise<void>;
  /** Answered when more may come. */
  output(what: Which & { readonly runs: readonly OutputRun[] }): Promise<void>;
  /** A container has opened a connection, which comes along. */
  accept(from: { readonly sandbox: string; readonly peer: NetworkPeer }): Promise<void>;
  warn(message: string): Promise<void>;
}
