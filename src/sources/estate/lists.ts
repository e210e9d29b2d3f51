/** What lies in a project, all of it: lists, of which a check needs none and a copy needs all. */
import type { Absent, Known } from '../../checkpoint/index.js';
import type {
  CustomRoleDocument,
  RunSecretDocument,
  UpstreamPolicyDocument,
} from '../../estate-file/index.js';
import type { RunKind } from '../../names/index.js';

export interface AccountFound {
  readonly email: string;
  readonly disabled: boolean;
}

export interface RepositoryFound {
  readonly id: string;
  readonly location: string;
  /** As Artifact Registry spells it, e.g. `DOCKER`. */
  readonly format: string;
  /** As Artifact Registry spells it, e.g. `STANDARD_REPOSITORY`. */
  readonly mode: string;
  readonly immutableTags: boolean;
  /** Of a virtual one. */
  readonly upstreamPolicies: readonly UpstreamPolicyDocument[];
}

export interface RunFound {
  readonly id: string;
  readonly location: string;
}

export interface RunTemplateFound {
  readonly serviceAccount?: string;
  readonly images: readonly string[];
  readonly secrets: readonly RunSecretDocument[];
  /** Of a service that is open to everybody without a check of invokers. */
  readonly invokerIamDisabled?: boolean;
}

/** Hears what could not be read: what of, and why. */
export type Gap = (what: string, why: string) => void;

/** The lists of a source. What cannot be listed is a gap, and the list has what is known. */
export interface EstateLists {
  /** The enabled APIs, e.g. `run.googleapis.com`. */
  apis(project: string): Promise<readonly string[]>;
  accounts(project: string): Promise<readonly AccountFound[]>;
  /** Custom roles of a project or of an organization: `projects/P`, `organizations/N`. */
  roles(parent: string): Promise<readonly CustomRoleDocument[]>;
  /** @param locations those to look in; all when left out */
  repositories(project: string, locations?: readonly string[]): Promise<readonly RepositoryFound[]>;
  /** By their ids. */
  secrets(project: string): Promise<readonly string[]>;
  /** In every region. */
  runs(kind: RunKind, project: string): Promise<readonly RunFound[]>;
  runTemplate(kind: RunKind, project: string, run: RunFound): Promise<Known<RunTemplateFound | Absent>>;
  /** The organization's domain and its customer. */
  organization(organization: string): Promise<{ readonly domain?: string; readonly customerId?: string }>;
}

/** The last part of a name. */
export const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
