/** Making a project: the one way, for the API and for whoever sets up a plane. */
import type { AccessControl, Grant, Project } from '../../access/index.js';
import { alreadyExists, badField } from '../../google/index.js';
import { isProjectId, isProjectNumber, newProjectNumber, projectName } from '../../names/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';
import { DEFAULT_APIS } from '../service-usage/index.js';
import { requireUsableParent } from './parents.js';
import { requireLabels, requireName, requireParentName } from './rules.js';
import { inTree, TREE_ROW } from './tree.js';

export interface NewProject {
  readonly projectId: string;
  /** Drawn at random when left out. */
  readonly number?: string;
  /** The id when left out. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** `folders/N` or `organizations/N` */
  readonly parent?: string;
  /** Members who become owners: the creator. */
  readonly owners: readonly string[];
}

/** Random numbers that are taken are drawn again; there are 9·10¹¹ of them. */
const ATTEMPTS = 5;

/**
 * Creates a project with its owners and the APIs that are enabled from the start, in one commit. The id of a project
 * that is marked for deletion stays taken.
 *
 * Google also creates `NUMBER@cloudservices.gserviceaccount.com` and makes it an editor. Nothing here acts as that
 * account, so it is left out: a policy shows nobody who could not use it.
 *
 * @param also writes that belong to the same transaction
 * @throws GoogleError INVALID_ARGUMENT for a bad id, number, name or label; ALREADY_EXISTS; FAILED_PRECONDITION in a
 *   folder that is marked for deletion
 */
export async function createProject(
  { store, access }: { readonly store: Store; readonly access: AccessControl },
  wanted: NewProject,
  time: Date,
  also: (project: Project) => readonly Write[] = () => [],
): Promise<Project> {
  requireValid(wanted);
  if (wanted.parent === undefined) return attempts({ store, access }, wanted, time, also);
  return inTree(store, async (turn) => {
    await requireUsableParent({ access }, wanted.parent);
    return attempts({ store, access }, wanted, time, (project) => [...also(project), turn]);
  });
}

async function attempts(
  { store, access }: { readonly store: Store; readonly access: AccessControl },
  wanted: NewProject,
  time: Date,
  also: (project: Project) => readonly Write[],
): Promise<Project> {
  const grants = wanted.owners.map((member): Grant => ({ role: 'roles/owner', member }));
  for (let attempt = 1; ; attempt++) {
    const project = newProject(wanted, time);
    const owners = await access.grantsWrite(projectName(project.projectId), grants);
    try {
      await store.commit([...access.projects.creation(project), owners, ...also(project)]);
      return project;
    } catch (error) {
      if (!(error instanceof VersionConflict) || error.key === TREE_ROW) throw error;
      const idTaken = (await access.projects.get(project.projectId)) !== undefined;
      if (idTaken || wanted.number !== undefined || attempt === ATTEMPTS) {
        throw alreadyExists('Requested entity already exists');
      }
    }
  }
}

/** A project as it begins, with a number of its own when none is wanted; nothing is stored. */
function newProject(wanted: Omit<NewProject, 'owners'>, time: Date): Project {
  const createTime = time.toISOString();
  return {
    projectId: wanted.projectId,
    number: wanted.number ?? newProjectNumber(),
    name: wanted.name ?? wanted.projectId,
    state: 'ACTIVE',
    createTime,
    labels: wanted.labels ?? {},
    ...(wanted.parent === undefined ? {} : { parent: wanted.parent }),
    services: Object.fromEntries(DEFAULT_APIS.map((api) => [api, createTime])),
  };
}

function requireValid({ projectId, number, name, labels, parent }: NewProject): void {
  if (!isProjectId(projectId)) {
    throw badField(
      'project_id',
      'project_id must be 6 to 30 lowercase letters, digits, or hyphens. It must start with a letter. Trailing hyphens are prohibited.',
    );
  }
  if (number !== undefined && !isProjectNumber(number)) {
    throw badField('project_number', `"${number}" is no project number.`);
  }
  if (name !== undefined) requireName(name);
  requireLabels(labels ?? {});
  if (parent !== undefined) requireParentName(parent);
}
