/** The stored objects of Cloud Run, free of any API version's spelling, and the keys they lie under. */
import type { JsonObject } from '../google/index.js';

export interface Probe {
  readonly initialDelaySeconds: number;
  readonly timeoutSeconds: number;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly check:
    | { readonly kind: 'tcp'; readonly port: number }
    | {
        readonly kind: 'http';
        readonly port: number;
        readonly path: string;
        readonly headers: Readonly<Record<string, string>>;
      };
}

export type EnvVar =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secret: { readonly name: string; readonly version: string } };

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly workingDir?: string;
  readonly port: number;
  readonly cpu: string;
  readonly memory: string;
  /** Undefined: Cloud Run's default, a TCP probe of the port with 240 s. */
  readonly startupProbe?: Probe;
}

export interface Template {
  /** A revision name that the client chose. */
  readonly revisionName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The runtime identity; the default compute account when the client named none. */
  readonly serviceAccount: string;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly container: Container;
}

export interface TrafficTarget {
  readonly percent: number;
  readonly revision: { readonly latest: true } | { readonly name: string };
  readonly tag?: string;
}

/** A traffic target with the revision it reaches. */
export interface RoutedTarget {
  readonly percent: number;
  readonly revisionName: string;
  readonly latest: boolean;
  readonly tag?: string;
}

/** What a client asks a service to be. */
export interface ServiceSpec {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly template: Template;
  readonly traffic: readonly TrafficTarget[];
}

/** The annotation that takes the check of invokers off a service; its values are `true` and `false`. */
export const INVOKER_IAM_DISABLED = 'run.googleapis.com/invoker-iam-disabled';

/** False for a service that everybody may invoke, whatever its policy says. */
export const checksInvokers = ({ annotations }: Pick<ServiceSpec, 'annotations'>): boolean =>
  annotations[INVOKER_IAM_DISABLED] !== 'true';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
  readonly severity?: 'Info' | 'Warning';
  readonly lastTransitionTime: string;
}

/** A row's value with the version to put a precondition on. */
export interface Stored<T> {
  readonly value: T;
  readonly version: number;
}

export interface ServiceKey {
  readonly project: string;
  readonly location: string;
  readonly name: string;
}

export interface ServiceRecord extends ServiceKey {
  readonly projectNumber: string;
  readonly uid: string;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly createTime: string;
  readonly updateTime: string;
  readonly creator: string;
  readonly lastModifier: string;
  readonly operationId: string;
  readonly spec: ServiceSpec;
  readonly conditions: readonly Condition[];
  readonly latestCreatedRevision: string;
  readonly latestReadyRevision?: string;
  readonly traffic: readonly RoutedTarget[];
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

export type RevisionState = 'pending' | 'ready' | 'failed';

export interface RevisionRecord extends ServiceKey {
  readonly projectNumber: string;
  /** The service the revision belongs to. */
  readonly service: string;
  readonly uid: string;
  readonly generation: number;
  readonly createTime: string;
  readonly creator: string;
  readonly template: Template;
  readonly state: RevisionState;
  readonly conditions: readonly Condition[];
  readonly imported?: ImportedImage;
  /** The error of a failed revision, as its operation carries it. */
  readonly error?: { readonly code: number; readonly message: string };
}

export interface OperationRecord {
  readonly project: string;
  readonly location: string;
  readonly id: string;
  readonly createTime: string;
  readonly kind: 'create' | 'replace';
  readonly service: string;
  readonly generation: number;
  /** The service as it stood when the operation ended; undefined while it runs. */
  readonly result?: {
    readonly service: ServiceRecord;
    readonly error?: { readonly code: number; readonly message: string };
  };
}

export const keys = {
  services: (project: string, location?: string) =>
    `run/services/${project}/${location === undefined ? '' : `${location}/`}`,
  service: (key: ServiceKey) => `run/services/${key.project}/${key.location}/${key.name}`,
  revisions: (project: string, location: string) => `run/revisions/${project}/${location}/`,
  revision: (project: string, location: string, name: string) =>
    `run/revisions/${project}/${location}/${name}`,
  operation: (project: string, location: string, id: string) => `run/operations/${project}/${location}/${id}`,
  /** One row per unfinished operation of a service: generation → operation id. */
  pending: (key: ServiceKey) => `run/pending/${key.project}/${key.location}/${key.name}/`,
  pendingAt: (key: ServiceKey, generation: number) =>
    `run/pending/${key.project}/${key.location}/${key.name}/${String(generation).padStart(10, '0')}`,
} as const;
