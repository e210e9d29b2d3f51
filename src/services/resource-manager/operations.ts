/**
 * Operations of Resource Manager. Creating or moving a project takes Google some seconds; here all are done when
 * they are answered, and kept so that they can be read again, in either version's form.
 */
import { randomInt } from 'node:crypto';
import type { Folder, Project } from '../../access/index.js';
import type { Call } from '../../google/index.js';
import { memberOf } from '../../names/index.js';
import type { Write } from '../../store/index.js';
import { denied, type ResourceManagerDeps } from './deps.js';
import { FolderRefusal, type FolderViolation } from './folder-rules.js';

export type OperationKind = 'create' | 'update' | 'move' | 'delete' | 'undelete';

interface Done {
  /** e.g. `operations/cp.4711` */
  readonly name: string;
  readonly kind: OperationKind;
  /** The member who started it: nobody else is shown it. */
  readonly startedBy: string;
}

/** An operation that is done: what it did, and the project as it left it. */
export interface ProjectOperation extends Done {
  readonly project: Project;
}

/** An operation on a folder that is done, or has failed. */
export interface FolderOperation extends Done {
  readonly about: FolderChange;
  readonly result: FolderResult;
}

/** What an operation was to make of a folder. */
export interface FolderChange {
  readonly displayName: string;
  /** Where a moved folder was. */
  readonly sourceParent?: string;
  readonly destinationParent: string;
}

export type FolderResult =
  | { readonly ok: true; readonly folder: Folder }
  | {
      readonly ok: false;
      readonly violation: FolderViolation;
      readonly subject: string;
      readonly message: string;
    };

export type Operation = ProjectOperation | FolderOperation;

const PREFIX = 'project-operations/';

/** What the names of each kind begin with. */
const LETTERS = {
  project: { create: 'cp', update: 'up', move: 'pm', delete: 'dp', undelete: 'udp' },
  folder: { create: 'fc', update: 'uf', move: 'fm', delete: 'df', undelete: 'udf' },
} as const satisfies Readonly<Record<string, Readonly<Record<OperationKind, string>>>>;

/** An operation of the caller's that is about to be done. */
export interface StartedOperation<S, O extends Operation> {
  readonly creator: string;
  readonly done: (subject: S) => O;
  /** The write that keeps it, for the transaction of what it does. */
  readonly keep: (subject: S) => readonly Write[];
}

export function startOperation(kind: OperationKind, call: Call): StartedOperation<Project, ProjectOperation> {
  const started = begun('project', kind, call);
  return withKeep(started, (project) => ({ ...started, project }));
}

/** @param about asked once the folder, or the failure, is there */
export function startFolderOperation(
  kind: OperationKind,
  call: Call,
  about: (folder: Folder | undefined) => FolderChange,
): StartedOperation<FolderResult, FolderOperation> {
  const started = begun('folder', kind, call);
  return withKeep(started, (result) => ({
    ...started,
    about: about(result.ok ? result.folder : undefined),
    result,
  }));
}

function begun(subject: keyof typeof LETTERS, kind: OperationKind, { principal }: Call): Done {
  const startedBy = memberOf(principal);
  if (startedBy === undefined) throw new Error(`a ${subject} was changed by nobody`);
  return { name: `operations/${LETTERS[subject][kind]}.${randomInt(1, 2 ** 47)}`, kind, startedBy };
}

function withKeep<S, O extends Operation>(
  { name, startedBy }: Done,
  done: (subject: S) => O,
): StartedOperation<S, O> {
  return {
    creator: startedBy,
    done,
    keep: (subject) => [{ op: 'put', key: PREFIX + name, value: done(subject) }],
  };
}

/**
 * What becomes of an operation whose change a precondition forbids: it fails, while the call that started it does not.
 * @throws every other error, as it was
 */
export function failure(error: unknown): FolderResult {
  if (!(error instanceof FolderRefusal)) throw error;
  const { violation, subject, inOperation } = error;
  return { ok: false, violation, subject, message: inOperation };
}

/** The caller's operation. @throws GoogleError PERMISSION_DENIED for one of somebody else's, or of nobody's */
export async function operationOf(
  { store }: ResourceManagerDeps,
  name: string,
  { principal }: Call,
): Promise<Operation> {
  const row = await store.get<Operation>(PREFIX + name);
  if (!row || row.value.startedBy !== memberOf(principal)) throw denied(name);
  return row.value;
}
