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

export interface InstanceSpec {
  /** Unique; also names cgroup, mounts and state directory. `[a-z0-9-]+` */
  readonly id: string;
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
  /** Replace Entrypoint and Cmd when given, as in Knative's command and args. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Added to (and winning over) the image's Env. */
  readonly env: Readonly<Record<string, string>>;
  /** Cores, e.g. 1 or 0.5. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly hostname: string;
  /** Those that will be connected to. Only executors that must know them beforehand read this; any port may be otherwise. */
  readonly ports?: readonly number[];
  /** Called for each line the container writes, without its newline. */
  readonly onOutput: (stream: 'stdout' | 'stderr', line: string) => void;
}

export interface Exit {
  /** The exit code; 128+N after signal N. */
  readonly code: number;
  readonly outOfMemory: boolean;
}

/** A running container with a network of its own: every app may listen on 8080. */
export interface Instance {
  readonly id: string;
  /** Opens a TCP connection to a port inside the instance. Rejects with ECONNREFUSED when nothing listens. */
  connect(port: number): Promise<Duplex>;
  /** Resolves when the container has ended, however that came about. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, then SIGKILL after the grace period (ms); resolves when everything is cleaned up. */
  stop(graceMs: number): Promise<Exit>;
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
  /** Starts an instance; the layers must have been prepared. @throws StartFailure */
  start(spec: InstanceSpec): Promise<Instance>;
  /** Ends and cleans up whatever an earlier, killed plane left behind in this data dir. */
  reap(): Promise<void>;
  close(): Promise<void>;
}
