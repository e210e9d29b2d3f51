/** How an estate is built. */
import type { Problems } from './problems.js';

export interface BuildOptions {
  /** The member that owns what is created. */
  readonly owner: string;
  readonly time: Date;
  /** True takes away what the estate does not name. */
  readonly exact: boolean;
  readonly problems: Problems;
}
