/** What all of Cloud Run's resources have. */

/** The tool that a client says it is; empty when it says nothing. */
export interface Client {
  readonly name: string;
  readonly version: string;
}

export type LaunchStage = 'ALPHA' | 'BETA' | 'GA';

/** What clients say of a resource, or of a template, beside what it does. */
export interface Described {
  readonly labels: Readonly<Record<string, string>>;
  /** The client's own; Google's are fields here. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly client: Client;
}

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  /** v1's spelling, e.g. `ContainerPermissionDenied`. */
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

/** Where a resource lies; the project by its id. */
export interface ResourceKey {
  readonly project: string;
  readonly location: string;
  readonly name: string;
}

/** What is deleted is listed on request until it expires. */
export interface Deletion {
  readonly deleteTime: string;
  readonly expireTime: string;
}

/** A google.rpc code and its message. */
export interface Failure {
  readonly code: number;
  readonly message: string;
}

/** A resource that clients write: a service, a job, a worker pool. */
export interface WrittenRecord<Spec> extends ResourceKey {
  readonly projectNumber: string;
  readonly uid: string;
  readonly generation: number;
  /** The newest generation that has come to something. */
  readonly observedGeneration: number;
  readonly createTime: string;
  readonly updateTime: string;
  readonly creator: string;
  readonly lastModifier: string;
  /** The operation of the newest write. */
  readonly operationId: string;
  readonly spec: Spec;
  readonly conditions: readonly Condition[];
  readonly deletion?: Deletion;
}
