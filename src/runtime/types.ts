/** Executors: what runs a container, behind one interface. */
import type { Duplex, Readable } from 'node:stream';

/** One layer, to be unpacked once and shared by every image that has it. */
export interface Layer {
  /** Digest of the blob as stored (compressed). */
  readonly digest: string;
  readonly mediaType: string;
  /** Digest of the uncompressed tar, from the image config's rootfs.diff_ids: the name of the unpacked directory. */
  readonly diffId: string;
  readonly size: number;
  readonly open: () => Readable;
}

/** The parts of an OCI image config that matter at run time. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
}

export interface Exit {
  /** The exit code; 128+N after signal N. */
  readonly code: number;
  readonly outOfMemory: boolean;
}

/** A directory that the containers of one sandbox share by mounting it. */
export type SharedVolume = { readonly name: string } & (
  | {
      /** A tmpfs, which counts towards the memory of the containers that write to it. */
      readonly kind: 'memory';
      /** Bytes; without it, as much as there is memory. */
      readonly sizeBytes?: number;
    }
  | {
      /** Files that are there from the start and cannot be written; kept in memory, never on disk. */
      readonly kind: 'files';
      readonly files: readonly {
        /** Relative, e.g. `db/password`. */
        readonly path: string;
        /** Permission bits. */
        readonly mode: number;
        readonly contents: Uint8Array;
      }[];
    }
);

/** One container of a sandbox. */
export interface ContainerSpec {
  /** Unique in its sandbox. `[a-z0-9-]+` */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
  /** Replace Entrypoint and Cmd when given, as in Knative's command and args. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Replaces the image's working directory. */
  readonly workingDir?: string;
  /** Added to (and winning over) the image's Env. */
  readonly env: Readonly<Record<string, string>>;
  /** Cores, e.g. 1 or 0.5. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly mounts: readonly { readonly volume: string; readonly path: string; readonly subPath?: string }[];
  /** Called for each line the container writes, without its newline. */
  readonly onOutput: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** What containers that run side by side share: a network, in which each may listen on any port, and volumes. */
export interface SandboxSpec {
  /** Unique; also names cgroups, mounts and the state directory. `[a-z0-9-]+` */
  readonly id: string;
  readonly hostname: string;
  readonly volumes: readonly SharedVolume[];
  /** Those that will be connected to. Only executors that must know them beforehand read this; any port may be otherwise. */
  readonly ports?: readonly number[];
}

export interface RunningContainer {
  readonly name: string;
  /** Resolves when the container has ended, however that came about, and everything it wrote has been delivered. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, then SIGKILL after the grace period (ms); resolves as `exited` does. */
  stop(graceMs: number): Promise<Exit>;
}

/** Containers that run side by side: one instance of a revision, or one attempt at a task. */
export interface Sandbox {
  readonly id: string;
  /** Starts a container in it; its layers must have been prepared. @throws StartFailure */
  start(spec: ContainerSpec): Promise<RunningContainer>;
  /** Opens a TCP connection to a port inside the sandbox. Rejects with ECONNREFUSED when nothing listens. */
  connect(port: number): Promise<Duplex>;
  /** Ends at once what still runs, and cleans up everything. */
  close(): Promise<void>;
}

/** Where a connection that a container has opened goes. */
export type NetworkPeer = 'metadata' | 'google';

/** What containers reach: nothing but this. */
export interface ContainerNetwork {
  /** Host names that lead to the plane, port 443: `host` or `*.domain`. The metadata server's are known. */
  readonly googleHosts: readonly string[];
  /** Takes over a connection that a container of the sandbox has opened. */
  readonly accept: (sandbox: string, peer: NetworkPeer, socket: Duplex) => void;
  /** Whether `accept` passes connections on to another process: nothing is read from them here before or after. */
  readonly handsOver?: boolean;
}

/** The container could not be started at all, e.g. its command does not exist. The message is for the user. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}
/** A layer is not what it says or tries to leave its directory. The message names the layer and the entry. */
export class BadLayer extends Error {
  override readonly name = 'BadLayer';
}

export interface Executor {
  readonly name: 'oci' | 'docker' | 'kubernetes' | 'none';
  /** e.g. `crun 1.8.1 as root`: for the ready line and doctor. */
  readonly describe: string;
  /** Unpacks the layers that are not unpacked yet. @throws BadLayer */
  prepare(layers: readonly Layer[]): Promise<void>;
  /** Makes a sandbox without containers. @throws StartFailure */
  open(spec: SandboxSpec): Promise<Sandbox>;
  /** Ends and cleans up whatever an earlier, killed plane left behind in this data dir. */
  reap(): Promise<void>;
  close(): Promise<void>;
}
