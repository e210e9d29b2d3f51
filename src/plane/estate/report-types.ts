/** What is told of applying an estate. */

export type ChangeKind =
  | 'organization'
  | 'folder'
  | 'group'
  | 'project'
  | 'serviceAccount'
  | 'serviceAgent'
  | 'customRole'
  | 'denyPolicies'
  | 'boundary'
  | 'tagKey'
  | 'tagValue'
  | 'tag'
  | 'repository'
  | 'secret'
  | 'workloadIdentityPool'
  | 'workloadIdentityProvider'
  | 'runService'
  | 'runJob'
  | 'runWorkerPool'
  | 'binding'
  | 'auditConfig';

export interface EstateChange {
  readonly action: 'created' | 'updated' | 'removed';
  readonly kind: ChangeKind;
  readonly name: string;
  /** What is other than before, for `updated`: field names, and `+x`, `-x` for the parts of a list. */
  readonly details: readonly string[];
}

export interface ApplyReport {
  readonly changes: readonly EstateChange[];
  /** How many things of the files were so already. */
  readonly unchanged: number;
}
