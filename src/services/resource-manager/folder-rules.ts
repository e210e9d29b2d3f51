/**
 * Where folders may be and what they may be called: "the Folder naming, height and fanout constraints"
 * (google.cloud.resourcemanager.v3.Folders.CreateFolder).
 */
import { type Folder, isUsable } from '../../access/index.js';
import { badField, GoogleError } from '../../google/index.js';

/** FolderOperationError.ErrorMessageId of v2, which v3 uses as types of precondition violations. */
export type FolderViolation =
  | 'ACTIVE_FOLDER_HEIGHT_VIOLATION'
  | 'DELETED_FOLDER_HEIGHT_VIOLATION'
  | 'MAX_CHILD_FOLDERS_VIOLATION'
  | 'FOLDER_NAME_UNIQUENESS_VIOLATION'
  | 'RESOURCE_DELETED_VIOLATION'
  | 'PARENT_DELETED_VIOLATION'
  | 'CYCLE_INTRODUCED_VIOLATION'
  | 'FOLDER_TO_DELETE_NON_EMPTY_VIOLATION';

const MAX_HEIGHT = 10;
/** "the full active + deleted folder hierarchy is allowed to reach a height of 20" */
const MAX_HEIGHT_WITH_DELETED = 20;
const MAX_CHILDREN = 300;

/** Folders.UpdateFolder has the expression. @throws GoogleError INVALID_ARGUMENT */
export function requireFolderName(name: string, field = 'display_name'): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N}_\- ]{1,28}[\p{L}\p{N}]$/u.test(name)) return;
  throw badField(
    field,
    `${field} must be 3 to 30 letters, digits, spaces, hyphens and underscores, with a letter or digit first and last.`,
  );
}

/** The one of all folders that has this name, `folders/N`. */
function named(all: readonly Folder[], name: string): Folder | undefined {
  return all.find(({ id }) => `folders/${id}` === name);
}

/**
 * What is against a folder where it is, or is to be.
 * @param all every folder; the one in question may be among them, as it was
 */
export function placementViolation(
  all: readonly Folder[],
  folder: Pick<Folder, 'id' | 'displayName' | 'parent'>,
): FolderViolation | undefined {
  const above = ancestors(all, folder);
  if (above === undefined) return 'CYCLE_INTRODUCED_VIOLATION';
  if (above.some((ancestor) => !isUsable(ancestor))) return 'PARENT_DELETED_VIOLATION';
  const siblings = all.filter(({ id, parent }) => parent === folder.parent && id !== folder.id);
  const active = siblings.filter(isUsable);
  if (active.some(({ displayName }) => displayName === folder.displayName)) {
    return 'FOLDER_NAME_UNIQUENESS_VIOLATION';
  }
  if (active.length >= MAX_CHILDREN) return 'MAX_CHILD_FOLDERS_VIOLATION';
  if (above.length + height(all.filter(isUsable), folder.id) > MAX_HEIGHT)
    return 'ACTIVE_FOLDER_HEIGHT_VIOLATION';
  if (above.length + height(all, folder.id) > MAX_HEIGHT_WITH_DELETED)
    return 'DELETED_FOLDER_HEIGHT_VIOLATION';
  return undefined;
}

/** The folders above one; undefined when it is above itself. */
function ancestors(
  all: readonly Folder[],
  { id, parent }: Pick<Folder, 'id' | 'parent'>,
): readonly Folder[] | undefined {
  const found: Folder[] = [];
  for (let next = named(all, parent); next; next = named(all, next.parent)) {
    if (next.id === id || found.includes(next)) return undefined;
    found.push(next);
  }
  return found;
}

/** How many levels a folder is, with those in it: 1 for one without any. */
function height(all: readonly Folder[], id: string): number {
  const children = all.filter(({ parent }) => parent === `folders/${id}`);
  return 1 + Math.max(0, ...children.map((child) => height(all, child.id)));
}

/** Google's sentences of names and deleted parents; the others in their manner. */
const DESCRIPTIONS: Readonly<Record<FolderViolation, string>> = {
  ACTIVE_FOLDER_HEIGHT_VIOLATION: 'The folder operation violates height constraints.',
  DELETED_FOLDER_HEIGHT_VIOLATION: 'The folder operation violates height constraints of deleted folders.',
  MAX_CHILD_FOLDERS_VIOLATION: 'The folder operation violates fanout constraints.',
  FOLDER_NAME_UNIQUENESS_VIOLATION:
    'The folder operation violates display name uniqueness within the parent.',
  RESOURCE_DELETED_VIOLATION: 'The folder has been deleted.',
  PARENT_DELETED_VIOLATION: 'The destination resource has been deleted.',
  CYCLE_INTRODUCED_VIOLATION: 'The folder operation introduces a cycle.',
  FOLDER_TO_DELETE_NON_EMPTY_VIOLATION: 'The folder to delete contains active folders or projects.',
};

/** The violation in words. */
export const describeViolation = (violation: FolderViolation): string => DESCRIPTIONS[violation];

/** The refusal of a change: FAILED_PRECONDITION with the violation among its details. */
export class FolderRefusal extends GoogleError {
  /** What an operation that failed says of it. */
  readonly inOperation: string;

  /**
   * @param subject the folder that is refused, `folders/N`, or the one that nothing can be put into
   * @param parent where it was to be
   */
  constructor(
    readonly violation: FolderViolation,
    readonly subject: string,
    parent: string,
  ) {
    const description = DESCRIPTIONS[violation];
    super('FAILED_PRECONDITION', 'Precondition check failed.', {
      reason: 'failedPrecondition',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
          violations: [{ type: violation, subject, description }],
        },
      ],
    });
    const folder = subject === parent ? '' : subject;
    this.inOperation =
      violation === 'FOLDER_NAME_UNIQUENESS_VIOLATION'
        ? description
        : `Folder reservation failed for parent [${parent}], folder [${folder}] due to constraint: ${description}`;
  }
}
