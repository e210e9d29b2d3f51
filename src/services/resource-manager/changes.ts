/** What can become of a project: changed, moved, marked for deletion, restored. Both versions of the API do it here. */
import { isUsable, type Project } from '../../access/index.js';
import { aborted, failedPrecondition, type PermissionCheck } from '../../google/index.js';
import { VersionConflict, type Write } from '../../store/index.js';
import { check, denied, type ResourceManagerDeps } from './deps.js';
import { requireContainer, requireUsableParent } from './parents.js';
import { requireLabels, requireName, requireParentName } from './rules.js';
import { inTree, TREE_ROW } from './tree.js';

export { check, denied, type ResourceManagerDeps };

type Row = Project & { readonly version: number };

/** The project. Whoever may see the folder of one that is not there learns no more than a stranger. */
export async function existing({ access }: ResourceManagerDeps, idOrNumber: string): Promise<Row> {
  const project = await access.projects.get(idOrNumber);
  if (!project) throw denied(`projects/${idOrNumber}`);
  return project;
}

/** What a change leaves, with the writes of the caller's that belong to the same transaction. */
export type Also = (project: Project) => readonly Write[];

const nothing: Also = () => [];

async function stored(
  deps: ResourceManagerDeps,
  next: Row,
  also: Also,
  ...turn: readonly Write[]
): Promise<Project> {
  const { version: _version, ...project } = next;
  try {
    await deps.store.commit([...turn, deps.access.projects.update(next), ...also(project)]);
  } catch (error) {
    if (!(error instanceof VersionConflict) || error.key === TREE_ROW) throw error;
    throw aborted('There were concurrent changes to the project. Please retry.');
  }
  return project;
}

/** "However, you cannot update the project" (DeleteProject). @throws GoogleError FAILED_PRECONDITION */
export function requireActive(project: Pick<Project, 'state'>): void {
  if (!isUsable(project)) throw failedPrecondition('Cannot update an inactive project.');
}

export interface ProjectChange {
  readonly name?: string;
  /** All labels that the project is to have. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly parent?: string;
}

/**
 * Changes a project's name and labels, and moves it.
 * @param accept called with the project before anything is changed; throws what keeps it as it is
 * @throws GoogleError INVALID_ARGUMENT; FAILED_PRECONDITION for a project that is marked for deletion;
 *   or into a folder that is; PERMISSION_DENIED for a parent that does not exist; ABORTED when others change it at the same time
 */
export async function changeProject(
  deps: ResourceManagerDeps,
  idOrNumber: string,
  change: ProjectChange,
  time: Date,
  { also = nothing, accept }: { readonly also?: Also; readonly accept?: (project: Project) => void } = {},
): Promise<Project> {
  return inTree(deps.store, async (turn) => {
    const row = await existing(deps, idOrNumber);
    requireActive(row);
    accept?.(row);
    if (change.name !== undefined) requireName(change.name);
    if (change.labels !== undefined) requireLabels(change.labels);
    const next = { ...row, ...change, updateTime: time.toISOString() };
    if (next.parent === undefined || next.parent === row.parent) return stored(deps, next, also);
    await requireContainer(deps, next.parent);
    await requireUsableParent(deps, next.parent);
    return stored(deps, next, also, turn);
  });
}

/**
 * What moving a project asks for: to take it from where it is, to bring it into a folder or to make it in an
 * organization; and, for a project that was its owner's alone, to decide who may what in it
 * (https://docs.cloud.google.com/resource-manager/docs/assign-iam-roles#project-migration-permissions).
 */
export async function moveChecks(
  { access }: ResourceManagerDeps,
  idOrNumber: string,
  parent: string,
): Promise<readonly PermissionCheck[]> {
  requireParentName(parent);
  const row = await access.projects.get(idOrNumber);
  const project = row?.projectId ?? idOrNumber;
  const onProject = (verb: string) => check(`resourcemanager.projects.${verb}`, `projects/${project}`);
  return [
    onProject('move'),
    row?.parent === undefined
      ? onProject('setIamPolicy')
      : check('resourcemanager.projects.move', row.parent),
    check(`resourcemanager.projects.${parent.startsWith('folders/') ? 'move' : 'create'}`, parent),
  ];
}

/** Marks a project in use for deletion: from then on nothing in it can be reached. */
export async function deleteProject(
  deps: ResourceManagerDeps,
  row: Row,
  time: Date,
  also: Also = nothing,
): Promise<Project> {
  const deleteTime = time.toISOString();
  return stored(deps, { ...row, state: 'DELETE_REQUESTED', deleteTime, updateTime: deleteTime }, also);
}

/**
 * Brings a project back with everything that was in it.
 * @throws GoogleError FAILED_PRECONDITION for one that is in use, and in a folder that is not; PERMISSION_DENIED;
 *   ABORTED
 */
export async function undeleteProject(
  deps: ResourceManagerDeps,
  idOrNumber: string,
  time: Date,
  also: Also = nothing,
): Promise<Project> {
  return inTree(deps.store, async (turn) => {
    const { deleteTime: _deleted, ...row } = await existing(deps, idOrNumber);
    if (isUsable(row)) throw failedPrecondition('Cannot restore an active project.');
    await requireUsableParent(deps, row.parent);
    return stored(deps, { ...row, state: 'ACTIVE', updateTime: time.toISOString() }, also, turn);
  });
}
