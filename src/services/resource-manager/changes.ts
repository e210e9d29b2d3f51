/** What can become of a project: changed, moved, marked for deletion, restored. Both versions of the API do it here. */
import { type AccessControl, isUsable, type Project, resourceManagerRefusal } from '../../access/index.js';
import { aborted, failedPrecondition, type PermissionCheck } from '../../google/index.js';
import { projectName, type ResourceName } from '../../names/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';
import { requireLabels, requireName, requireParentName } from './rules.js';

export interface ResourceManagerDeps {
  readonly store: Store;
  readonly access: AccessControl;
}

type Row = Project & { readonly version: number };

/** The refusal that says nothing: of what is forbidden, and of what does not exist. */
export function denied(project: string): Error {
  return resourceManagerRefusal({
    permission: 'resourcemanager.projects.get',
    resource: projectName(project),
    label: `projects/${project}`,
  });
}

/** The project. Whoever may see the folder of one that is not there learns no more than a stranger. */
export async function existing({ access }: ResourceManagerDeps, idOrNumber: string): Promise<Row> {
  const project = await access.projects.get(idOrNumber);
  if (!project) throw denied(idOrNumber);
  return project;
}

/** What a change leaves, with the writes of the caller's that belong to the same transaction. */
export type Also = (project: Project) => readonly Write[];

const nothing: Also = () => [];

async function stored(deps: ResourceManagerDeps, next: Row, also: Also): Promise<Project> {
  const { version: _version, ...project } = next;
  try {
    await deps.store.commit([deps.access.projects.update(next), ...also(project)]);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
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
 *   PERMISSION_DENIED for a parent that does not exist; ABORTED when others change it at the same time
 */
export async function changeProject(
  deps: ResourceManagerDeps,
  idOrNumber: string,
  change: ProjectChange,
  time: Date,
  { also = nothing, accept }: { readonly also?: Also; readonly accept?: (project: Project) => void } = {},
): Promise<Project> {
  const row = await existing(deps, idOrNumber);
  requireActive(row);
  accept?.(row);
  if (change.name !== undefined) requireName(change.name);
  if (change.labels !== undefined) requireLabels(change.labels);
  if (change.parent !== undefined && change.parent !== row.parent) await requireParent(deps, change.parent);
  return stored(deps, { ...row, ...change, updateTime: time.toISOString() }, also);
}

/** A parent that is not there is refused as one that the caller may not see. */
async function requireParent({ store }: ResourceManagerDeps, parent: string): Promise<void> {
  requireParentName(parent);
  if ((await store.get(parent)) === undefined) throw denied(parent);
}

/**
 * What moving a project asks for: to take it from where it is and to make it where it goes; and, for a project that
 * was its owner's alone, to decide who may what in it
 * (https://docs.cloud.google.com/resource-manager/docs/project-migration).
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
    check('resourcemanager.projects.create', parent),
  ];
}

/** @param label `projects/P`, `folders/N` or `organizations/N` */
export function check(permission: string, label: string): PermissionCheck {
  const resource: ResourceName = `//cloudresourcemanager.googleapis.com/${label}`;
  return { permission, resource, label };
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
 * @throws GoogleError FAILED_PRECONDITION for one that is in use; PERMISSION_DENIED; ABORTED
 */
export async function undeleteProject(
  deps: ResourceManagerDeps,
  idOrNumber: string,
  time: Date,
  also: Also = nothing,
): Promise<Project> {
  const { deleteTime: _deleted, ...row } = await existing(deps, idOrNumber);
  if (isUsable(row)) throw failedPrecondition('Cannot restore an active project.');
  return stored(deps, { ...row, state: 'ACTIVE', updateTime: time.toISOString() }, also);
}
