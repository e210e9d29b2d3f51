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
  /** CPU only while requests are served (the default), and more of it while starting: kept, without effect on a plane. */
  readonly cpuIdle: boolean;
  readonly startupCpuBoost: boolean;
  /** Undefined: Cloud Run's default, a TCP probe of the port with 240 s. */
  readonly startupProbe?: Probe;
}

/** The tool that a client says it is; empty when it says nothing. */
export interface Client {
  readonly name: string;
  readonly version: string;
}

export type ExecutionEnvironment = 'gen1' | 'gen2';

export interface Template {
  /** A revision name that the client chose. */
  readonly revisionName?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The client's own; Google's are fields here. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Who wrote the template; only v1 tells it apart from who wrote the service. */
  readonly client: Client;
  readonly executionEnvironment?: ExecutionEnvironment;
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

/** Where requests may come from. */
export type Ingress = 'all' | 'internal' | 'internal-and-load-balancer';

export type LaunchStage = 'ALPHA' | 'BETA' | 'GA';

/** What a client asks a service to be. */
export interface ServiceSpec {
  readonly labels: Readonly<Record<string, string>>;
  /** The client's own; Google's are fields here. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly description: string;
  readonly client: Client;
  readonly ingress: Ingress;
  readonly launchStage: LaunchStage;
  /** Audiences of ID tokens that invoke the service, beside its URLs. */
  readonly customAudiences: readonly string[];
  /** True for a service that everybody may invoke, whatever its policy says. */
  readonly invokerIamDisabled: boolean;
  /** True for a service that its run.app URLs do not reach. */
  readonly defaultUriDisabled: boolean;
  readonly template: Template;
  readonly traffic: readonly TrafficTarget[];
}

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
  readonly deletion?: Deletion;
}

/** What is deleted is listed on request until it expires. */
export interface Deletion {
  readonly deleteTime: string;
  readonly expireTime: string;
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
  readonly launchStage: LaunchStage;
  readonly state: RevisionState;
  readonly conditions: readonly Condition[];
  readonly imported?: ImportedImage;
  /** The error of a failed revision, as its operation carries it. */
  readonly error?: { readonly code: number; readonly message: string };
  readonly deletion?: Deletion;
}

/** What an operation is about. */
export type OperationSubject =
  | { readonly kind: 'service'; readonly service: ServiceRecord }
  | { readonly kind: 'revision'; readonly revision: RevisionRecord };

export interface OperationRecord {
  readonly project: string;
  readonly location: string;
  readonly id: string;
  readonly createTime: string;
  readonly kind: 'create' | 'update' | 'delete';
  readonly service: string;
  readonly generation: number;
  /** As it stood when the operation began and, once that has ended, as it stood then. */
  readonly subject: OperationSubject;
  /** Undefined while the operation runs; google.rpc code and message when it failed. */
  readonly result?: { readonly error?: { readonly code: number; readonly message: string } };
}

export const keys = {
  services: (project: string, location?: string) =>
    `run/services/${project}/${location === undefined ? '' : `${location}/`}`,
  service: (key: ServiceKey) => `run/services/${key.project}/${key.location}/${key.name}`,
  revisions: (project: string, location: string) => `run/revisions/${project}/${location}/`,
  revision: (project: string, location: string, name: string) =>
    `run/revisions/${project}/${location}/${name}`,
  operations: (project: string, location?: string) =>
    `run/operations/${project}/${location === undefined ? '' : `${location}/`}`,
  operation: (project: string, location: string, id: string) => `run/operations/${project}/${location}/${id}`,
  /** Deleted services by name and uid, and deleted revisions by service, name and uid: until they expire. */
  deletedServices: (project: string, location?: string) =>
    `run/deleted/services/${project}/${location === undefined ? '' : `${location}/`}`,
  deletedService: (key: ServiceKey, uid: string) =>
    `run/deleted/services/${key.project}/${key.location}/${key.name}/${uid}`,
  deletedRevisions: (project: string, location: string) => `run/deleted/revisions/${project}/${location}/`,
  deletedRevision: (project: string, location: string, name: string, uid: string) =>
    `run/deleted/revisions/${project}/${location}/${name}/${uid}`,
  /** One row per unfinished operation of a service: generation → operation id. */
  pending: (key: ServiceKey) => `run/pending/${key.project}/${key.location}/${key.name}/`,
  pendingAt: (key: ServiceKey, generation: number) =>
    `run/pending/${key.project}/${key.location}/${key.name}/${String(generation).padStart(10, '0')}`,
} as const;
