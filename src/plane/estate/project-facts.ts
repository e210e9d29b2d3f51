/** What is exported of one project: gathered first, so that each of its parts is written by itself. */
import type { CustomRole, Project } from '../../access/index.js';
import type { BindingDocument, TagsDocument } from '../../estate-file/index.js';
import type { Binding } from '../../iam/index.js';
import type { Account } from '../../identity/index.js';
import type { ResourceName } from '../../names/index.js';
import type { Repository } from '../../registry/index.js';
import type { Secret } from '../../secrets/index.js';

/** What the plane holds of one project. */
export interface ProjectFacts {
  readonly project: Project;
  /** Agents and the default account included. */
  readonly accounts: readonly Account[];
  readonly repositories: readonly Repository[];
  readonly secrets: readonly Secret[];
  /** Those in use. */
  readonly customRoles: readonly CustomRole[];
  /** The bindings of the project and of everything in it. */
  readonly policies: ReadonlyMap<ResourceName, readonly Binding[]>;
  /** What tags are attached to: the project, and what lies in it. */
  readonly tagged: readonly ResourceName[];
}

/** The policy and the tags of what lies in a project, as a file lists them. */
export type AccessOf = (
  resource: ResourceName,
) => Promise<{ readonly iam?: readonly BindingDocument[]; readonly tags?: TagsDocument }>;
