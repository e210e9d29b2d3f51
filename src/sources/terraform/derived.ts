/**
 * Computed attributes that follow from others, as the google provider documents them for each resource
 * (https://registry.terraform.io/providers/hashicorp/google/latest/docs).
 */
import { numberToCome, PROJECT_TO_COME } from '../../checkpoint/index.js';
import { defaultComputeAccount, SERVICE_AGENTS, serviceAccountEmail } from '../../names/index.js';
import type { ResourceChange } from './document.js';
import type { Path } from './json.js';

/** What is asked of a resource to work its computed attributes out. */
export interface Attributes {
  text(change: ResourceChange, path: Path, bare?: boolean): string | undefined;
  project(change: ResourceChange): string | undefined;
  location(change: ResourceChange): string | undefined;
}

type Derive = (attribute: string, change: ResourceChange, resolver: Attributes) => string | undefined;

const join = (...parts: readonly (string | undefined)[]): string | undefined =>
  parts.every((part) => part !== undefined) ? parts.join('') : undefined;

const account = (email: string | undefined, project: string | undefined, attribute: string) => {
  switch (attribute) {
    case 'email':
    case 'account_email':
      return email;
    case 'member':
      return join('serviceAccount:', email);
    case 'id':
    case 'name':
      return join('projects/', project, '/serviceAccounts/', email);
    default:
      return undefined;
  }
};

/** A project that is named only when it is created still needs a name to be spoken of. */
function projectId(change: ResourceChange, resolver: Attributes): string {
  const { address } = change;
  const known = resolver.text(change, ['project_id'], false);
  return known ?? `${PROJECT_TO_COME}-${address.replace(/[^A-Za-z0-9_.-]/g, '-')}`.toLowerCase();
}

const ofProject: Derive = (attribute, change, resolver) => {
  switch (attribute) {
    case 'project_id':
      return projectId(change, resolver);
    case 'id':
      return `projects/${projectId(change, resolver)}`;
    case 'number':
      return numberToCome(projectId(change, resolver));
    default:
      return undefined;
  }
};

function inProject(collection: string, ...ids: readonly string[]): Derive {
  return (attribute, change, resolver) => {
    if (attribute === 'project') return resolver.project(change);
    if (attribute !== 'id' && attribute !== 'name') return undefined;
    const id = ids.map((name) => resolver.text(change, [name])).find((value) => value !== undefined);
    return join('projects/', resolver.project(change), `/${collection}/`, id);
  };
}

const ofRun =
  (collection: string): Derive =>
  (attribute, change, resolver) => {
    if (attribute === 'project') return resolver.project(change);
    if (attribute === 'location') return resolver.location(change);
    if (attribute !== 'id') return undefined;
    const place = join('projects/', resolver.project(change), '/locations/', resolver.location(change));
    return join(place, `/${collection}/`, resolver.text(change, ['name']));
  };

const DERIVE: Readonly<Record<string, Derive>> = {
  google_project: ofProject,
  'data.google_project': ofProject,
  google_service_account: (attribute, change, resolver) => {
    const id = resolver.text(change, ['account_id']);
    const project = resolver.project(change);
    if (attribute === 'project') return project;
    const email = id === undefined || project === undefined ? undefined : serviceAccountEmail(id, project);
    return account(email, project, attribute);
  },
  google_project_service_identity: (attribute, change, resolver) => {
    const api = resolver.text(change, ['service']);
    const project = resolver.project(change);
    if (attribute === 'project') return project;
    const agent = SERVICE_AGENTS.find((each) => each.api === api);
    const email = project === undefined ? undefined : agent?.email(numberToCome(project));
    return account(email, project, attribute);
  },
  'data.google_compute_default_service_account': (attribute, change, resolver) => {
    const project = resolver.project(change);
    const email = project === undefined ? undefined : defaultComputeAccount(numberToCome(project));
    return account(email, project, attribute);
  },
  google_project_service: (attribute, change, resolver) =>
    attribute === 'project' ? resolver.project(change) : undefined,
  google_artifact_registry_repository: (attribute, change, resolver) => {
    const id = resolver.text(change, ['repository_id']);
    const project = resolver.project(change);
    const location = resolver.location(change);
    switch (attribute) {
      case 'project':
        return project;
      case 'location':
        return location;
      case 'name':
        return id;
      case 'id':
        return join('projects/', project, '/locations/', location, '/repositories/', id);
      case 'registry_uri':
        return join(location, '-docker.pkg.dev/', project, '/', id);
      default:
        return undefined;
    }
  },
  google_secret_manager_secret: inProject('secrets', 'secret_id'),
  // The number of a new version is not known, but it will be the latest one.
  google_secret_manager_secret_version: (attribute) => (attribute === 'version' ? 'latest' : undefined),
  google_project_iam_custom_role: inProject('roles', 'role_id'),
  google_organization_iam_custom_role: (attribute, change, resolver) =>
    attribute === 'id' || attribute === 'name'
      ? join(
          'organizations/',
          resolver.text(change, ['org_id']),
          '/roles/',
          resolver.text(change, ['role_id']),
        )
      : undefined,
  google_cloud_run_service: ofRun('services'),
  google_cloud_run_v2_service: ofRun('services'),
  google_cloud_run_v2_job: ofRun('jobs'),
  google_cloud_run_v2_worker_pool: ofRun('workerPools'),
};

/** The value of a computed attribute; undefined where nothing certain can be said. */
export function derivedValue(
  resolver: Attributes,
  change: ResourceChange,
  attribute: string,
): string | undefined {
  const type = change.mode === 'data' ? `data.${change.type}` : change.type;
  return DERIVE[type]?.(attribute, change, resolver);
}
