/** What the tables of this folder are made from and made into. */
import type { AccessControl } from '../../access/index.js';
import type { Deployments } from '../../deployments/index.js';
import type { AccessRule, ApiMethod } from '../../google/index.js';

export interface RunV1Dependencies {
  readonly access: AccessControl;
  readonly deployments: Deployments;
}

/** Methods with what each needs, before they are spread over the front door's two tables. */
export interface MethodTable {
  readonly methods: readonly ApiMethod[];
  readonly access: Readonly<Record<string, AccessRule>>;
}
