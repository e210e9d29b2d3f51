/**
 * Operations of Resource Manager. Creating or moving a project takes Google some seconds; here all are done when
 * they are answered, and kept so that they can be read again, in either version's form.
 */
import { randomInt } from 'node:crypto';
import type { Project } from '../../access/index.js';
import type { Call } from '../../google/index.js';
import { memberOf } from '../../names/index.js';
import type { Write } from '../../store/index.js';
import { denied, type ResourceManagerDeps } from './changes.js';

export type OperationKind = 'create' | 'update' | 'move' | 'delete' | 'undelete';

/** An operation that is done: what it did, and the project as it left it. */
export interface ProjectOperation {
  /** e.g. `operations/cp.4711` */
  readonly name: string;
  readonly kind: OperationKind;
  /** The member who started it: nobody else is shown it. */
  readonly startedBy: string;
  readonly project: Project;
}

const PREFIX = 'project-operations/';

/** What the names of each kind begin with. */
const LETTERS: Readonly<Record<OperationKind, string>> = {
  create: 'cp',
  update: 'up',
  move: 'pm',
  delete: 'dp',
  undelete: 'udp',
};

/** An operation of the caller's that is about to be done. */
export interface StartedOperation {
  readonly creator: string;
  readonly done: (project: Project) => ProjectOperation;
  /** The write that keeps it, for the transaction of what it does. */
  readonly keep: (project: Project) => readonly Write[];
}

export function startOperation(kind: OperationKind, { principal }: Call): StartedOperation {
  const startedBy = memberOf(principal);
  if (startedBy === undefined) throw new Error('a project was changed by nobody');
  const name = `operations/${LETTERS[kind]}.${randomInt(1, 2 ** 47)}`;
  const done = (project: Project): ProjectOperation => ({ name, kind, startedBy, project });
  return {
    creator: startedBy,
    done,
    keep: (project) => [{ op: 'put', key: PREFIX + name, value: done(project) }],
  };
}

/** The caller's operation. @throws GoogleError PERMISSION_DENIED for one of somebody else's, or of nobody's */
export async function operationOf(
  { store }: ResourceManagerDeps,
  name: string,
  { principal }: Call,
): Promise<ProjectOperation> {
  const row = await store.get<ProjectOperation>(PREFIX + name);
  if (!row || row.value.startedBy !== memberOf(principal)) throw denied(name);
  return row.value;
}
