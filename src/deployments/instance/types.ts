/** One instance: the containers of a template, started in order, probed, and ended together. */
import type { Duplex } from 'node:stream';
import type { InstanceOwner } from '../../audit/index.js';
import type { Executor, Exit } from '../../runtime/index.js';
import type { SecretReader } from '../../secrets/index.js';
import type { Container, ImportedImages, InstanceTemplate } from '../model.js';

/** What an instance is made from. */
export interface InstanceRequest {
  /** Unique on this plane; `[a-z0-9-]+`. */
  readonly id: string;
  readonly owner: InstanceOwner;
  readonly projectNumber: string;
  readonly template: InstanceTemplate;
  readonly imported: ImportedImages;
  /** What Cloud Run sets itself in a container's environment (PORT, K_SERVICE, CLOUD_RUN_JOB, …): wins over the template's. */
  readonly environment: (container: Container) => Readonly<Record<string, string>>;
  /** The ingress container's default startup probe: services have one, jobs and worker pools do not. */
  readonly defaultStartupProbe: boolean;
  /** Said in the log when it starts: `Starting new instance. Reason: …`. */
  readonly reason: string;
}

/** The container that ended first, and how. */
export interface InstanceEnd {
  readonly container: string;
  readonly exit: Exit;
}

/** An instance all of whose containers have started, and whose startup probes have succeeded. */
export interface RunningInstance {
  readonly id: string;
  /** Resolves when one container has ended (a job: when all have, or one with an error), the others were stopped, and everything is cleaned up. */
  readonly ended: Promise<InstanceEnd>;
  /** False while a readiness probe fails: then it gets no new requests. */
  readonly ready: boolean;
  /** Called each time `ready` changes. */
  onReady(listener: () => void): void;
  /** Opens a TCP connection to a port inside. */
  connect(port: number): Promise<Duplex>;
  /** SIGTERM to all containers, SIGKILL after the grace period (ms); resolves when everything is cleaned up. */
  stop(graceMs: number): Promise<void>;
}

export interface InstanceEvents {
  output(
    owner: InstanceOwner,
    instanceId: string,
    container: string | undefined,
    stream: 'stdout' | 'stderr',
    line: string,
  ): void;
  system(
    owner: InstanceOwner,
    instanceId: string,
    severity: 'INFO' | 'WARNING' | 'ERROR',
    text: string,
  ): void;
}

/** Certificates for containers to trust. */
export interface ContainerTrust {
  /** Where the volume is mounted: absolute, and no place where images keep something. */
  readonly directory: string;
  /** The file in it. */
  readonly file: string;
  /** PEM. */
  readonly certificates: string;
  /** That are to name the file, unless image or template have them name something else. */
  readonly variables: readonly string[];
}

export interface InstanceDependencies {
  readonly executor: () => Promise<Executor>;
  readonly openBlob: (digest: string) => () => import('node:stream').Readable;
  readonly events: InstanceEvents;
  readonly secrets: SecretReader;
  readonly clock: () => Date;
  /** Who runs here, for the metadata server: set before the first container starts, removed when the instance has ended. */
  readonly registry: InstanceRegistry;
  /** Nothing when left out. Asked for only where containers reach the plane under Google's names. */
  readonly trust?: () => Promise<ContainerTrust>;
}

/** What the metadata server tells an instance about itself. */
export interface InstanceIdentity {
  readonly id: string;
  readonly owner: InstanceOwner;
  readonly projectNumber: string;
  readonly serviceAccount: string;
}

/** The instances that run now. */
export interface InstanceRegistry {
  add(identity: InstanceIdentity): void;
  remove(id: string): void;
  get(id: string): InstanceIdentity | undefined;
}
