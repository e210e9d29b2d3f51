/** What instances run: containers, their probes, environment and volumes; alike in services, jobs and worker pools. */
import type { JsonObject } from '../../google/index.js';

export type ProbeCheck =
  | { readonly kind: 'tcp'; readonly port: number }
  | {
      readonly kind: 'http';
      readonly port: number;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** grpc.health.v1.Health/Check; `service` empty asks for the server as a whole. */
  | { readonly kind: 'grpc'; readonly port: number; readonly service: string };

export interface Probe {
  readonly initialDelaySeconds: number;
  readonly timeoutSeconds: number;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly check: ProbeCheck;
}

/** A secret by id in the resource's own project, or in full (`projects/P/secrets/S`), and a version or `latest`. */
export interface SecretReference {
  readonly name: string;
  readonly version: string;
}

export type EnvVar =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secret: SecretReference };

/** One file of a secret volume. */
export interface SecretItem {
  readonly path: string;
  readonly version: string;
  /** Permission bits; the volume's own default when left out. */
  readonly mode?: number;
}

export type Volume =
  | {
      readonly kind: 'secret';
      readonly name: string;
      /** As in {@link SecretReference.name}. */
      readonly secret: string;
      readonly defaultMode?: number;
      /** Empty: the latest version, in a file that is called like the secret. */
      readonly items: readonly SecretItem[];
    }
  | {
      readonly kind: 'memory';
      readonly name: string;
      /** A quantity, e.g. `64Mi`; without one, what memory the containers have. */
      readonly sizeLimit?: string;
    };

export interface VolumeMount {
  /** The volume's name. */
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
}

export interface ContainerPort {
  readonly number: number;
  /** `h2c`: the container is sent HTTP/2 without TLS, end to end. */
  readonly protocol: 'http1' | 'h2c';
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly workingDir?: string;
  /** Where requests go: in exactly one container of a service, in none of a job or worker pool. */
  readonly port?: ContainerPort;
  readonly cpu: string;
  readonly memory: string;
  /** CPU only while requests are served (services' default), and more of it while starting. */
  readonly cpuIdle: boolean;
  readonly startupCpuBoost: boolean;
  /** Undefined in a service's ingress container: Cloud Run's default, a TCP probe of the port with 240 s. */
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  /** Names of containers that must have started before this one does. */
  readonly dependsOn: readonly string[];
  readonly volumeMounts: readonly VolumeMount[];
}

export type ExecutionEnvironment = 'gen1' | 'gen2';

/** What one instance runs: of a revision, or of a job's task. */
export interface InstanceTemplate {
  /** The runtime identity; the default compute account when the client named none. */
  readonly serviceAccount: string;
  readonly executionEnvironment?: ExecutionEnvironment;
  /** At least one; in a service, the one with a port takes the requests. */
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
}

/** Cloud Run's own copy of an image: instances start from it, whatever becomes of the repository. */
export interface ImportedImage {
  /** `HOST/P/R/I@sha256:…` */
  readonly digest: string;
  readonly config: JsonObject;
  readonly layers: readonly {
    readonly digest: string;
    readonly diffId: string;
    readonly mediaType: string;
    readonly size: number;
  }[];
}

/** By the containers' names. */
export type ImportedImages = Readonly<Record<string, ImportedImage>>;
