/** How what is in a plan is spelled in Terraform, so that what is written beside it refers to it. */
import {
  projectName,
  type ResourceName,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
} from '../../names/index.js';
import type { ResourceChange } from './document.js';
import type { TerraformPlan } from './plan.js';
import { runTypeOf } from './run-templates.js';

/** A resource of the plan as other Terraform resources name it. */
export interface TerraformReference {
  /** e.g. `module.app.google_artifact_registry_repository.repo` */
  readonly address: string;
  /** The module that it is in; empty for the root. Only there can the expressions be used. */
  readonly module: string;
  /** Expressions for the attributes of an IAM resource on it, e.g. `repository` → `google_….repo.name`. */
  readonly attributes: Readonly<Record<string, string>>;
}

type Describe = (
  change: ResourceChange,
  plan: TerraformPlan,
) => readonly [ResourceName, Readonly<Record<string, string>>] | undefined;

const DESCRIBE: Readonly<Record<string, Describe>> = {
  google_project: (change, { resolver }) => {
    const id = resolver.value(change, 'project_id');
    return id === undefined ? undefined : [projectName(id), { project: 'project_id' }];
  },
  google_service_account: (change, { resolver }) => {
    const email = resolver.value(change, 'email');
    const project = resolver.project(change);
    if (email === undefined || project === undefined) return undefined;
    return [serviceAccountName(project, email), { service_account_id: 'name' }];
  },
  google_artifact_registry_repository: (change, { resolver }) => {
    const id = resolver.value(change, 'repository_id');
    const project = resolver.project(change);
    const location = resolver.location(change);
    if (id === undefined || project === undefined || location === undefined) return undefined;
    return [
      repositoryName(project, location, id),
      { project: 'project', location: 'location', repository: 'name' },
    ];
  },
  google_secret_manager_secret: (change, { resolver }) => {
    const id = resolver.value(change, 'secret_id');
    const project = resolver.project(change);
    if (id === undefined || project === undefined) return undefined;
    return [secretName(project, id), { project: 'project', secret_id: 'secret_id' }];
  },
};

const describeRun: Describe = (change, { resolver }) => {
  const type = runTypeOf(change);
  const project = resolver.project(change);
  const location = resolver.location(change);
  const name = resolver.text(change, ['name'], false);
  if (!type || project === undefined || location === undefined || name === undefined) return undefined;
  const key = type.apiVersion === 'v1' ? 'service' : 'name';
  return [
    runResourceName(type.kind, project, location, name),
    { project: 'project', location: 'location', [key]: 'name' },
  ];
};

/** What a plan makes or keeps, by resource name. */
export class TerraformReferences {
  readonly #found: ReadonlyMap<ResourceName, TerraformReference>;

  constructor(found: ReadonlyMap<ResourceName, TerraformReference>) {
    this.#found = found;
  }

  /** e.g. `google_artifact_registry_repository.docker`; undefined for what is made elsewhere. */
  address(resource: ResourceName): string | undefined {
    return this.#found.get(resource)?.address;
  }

  get(resource: ResourceName): TerraformReference | undefined {
    return this.#found.get(resource);
  }
}

/**
 * Everything in the plan on which a role can be granted: what is there already and does not change as well, and
 * nothing that is deleted.
 */
export function terraformReferences(plan: TerraformPlan): TerraformReferences {
  const found = new Map<ResourceName, TerraformReference>();
  for (const change of plan.document.changes) {
    if (change.mode !== 'managed' || change.action === 'delete' || change.action === 'forget') continue;
    const described = (DESCRIBE[change.type] ?? describeRun)(change, plan);
    if (!described) continue;
    const [resource, attributes] = described;
    const local = localAddress(change);
    found.set(resource, {
      address: change.address,
      module: change.module,
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, attribute]) => [name, `${local}.${attribute}`]),
      ),
    });
  }
  return new TerraformReferences(found);
}

/** The address inside the resource's own module. */
function localAddress({ module, address }: ResourceChange): string {
  return module === '' ? address : address.slice(module.length + 1);
}
