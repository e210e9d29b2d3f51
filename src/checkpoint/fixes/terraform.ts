/** What mends a deploy as Terraform: resources that add to policies, and never ones that own a whole policy. */
import { projectOf, type ResourceName, serviceAccountName, splitResource } from '../../names/index.js';
import type { DeployPlan, GrantStep, Step } from '../types.js';
import { identifier, Labels, resourceBlock, type Value } from './hcl.js';
import { targetOf } from './targets.js';

/** Which resources of Google Cloud a configuration makes itself. */
export interface TerraformReferences {
  /** Undefined for what is made elsewhere. */
  get(resource: ResourceName):
    | {
        /** e.g. `google_artifact_registry_repository.docker` */
        readonly address: string;
        /** The module it is in; empty for the root, where alone expressions can be written. */
        readonly module: string;
        /** Expressions for the attributes of a member's resource, e.g. `repository`. */
        readonly attributes: Readonly<Record<string, string>>;
      }
    | undefined;
}

export interface Block {
  /** e.g. `google_secret_manager_secret_iam_member.db_password_secretaccessor_runtime` */
  readonly address: string;
  readonly text: string;
}

const NO_REFERENCES: TerraformReferences = { get: () => undefined };

/** One block of Terraform per step, in their order. */
export class TerraformWriter {
  readonly #labels = new Labels();
  readonly #roles = new Map<string, string>();
  readonly #references: TerraformReferences;
  readonly #apiVersion: DeployPlan['apiVersion'];

  /** @param apiVersion which of the two resources for Cloud Run services the configuration uses */
  constructor(apiVersion: DeployPlan['apiVersion'], references: TerraformReferences = NO_REFERENCES) {
    this.#apiVersion = apiVersion;
    this.#references = references;
  }

  block(step: Step): Block {
    switch (step.kind) {
      case 'grant':
        return this.#grant(step);
      case 'create-role': {
        const id = step.role.slice(step.role.lastIndexOf('/') + 1);
        const block = this.#block('google_project_iam_custom_role', identifier(id), {
          project: step.project,
          role_id: id,
          title: id,
          permissions: step.permissions,
        });
        this.#roles.set(step.role, `${block.address}.id`);
        return block;
      }
      case 'create-account':
        return this.#block('google_service_account', identifier(step.email.replace(/@.*/, '')), {
          project: step.project,
          account_id: step.email.replace(/@.*/, ''),
        });
      case 'enable-api':
        return this.#block('google_project_service', identifier(step.project, step.api), {
          project: step.project,
          service: step.api,
        });
      case 'create-agent':
        return this.#block('google_project_service_identity', identifier(step.project, step.api), {
          provider: { expression: 'google-beta' },
          project: step.project,
          service: step.api,
        });
    }
  }

  #grant({ member, role, resource }: GrantStep): Block {
    const { terraform, attributes, label } = targetOf(resource, this.#apiVersion);
    const account = member.slice(member.indexOf(':') + 1).replace(/@.*/, '');
    const name = identifier(label, role.slice(role.search(/[^./]*$/)), account);
    const made = this.#made(resource);
    const own = this.#roles.get(role);
    return this.#block(terraform, name, {
      ...attributes,
      ...(made && referring(attributes, made.attributes)),
      role: own === undefined ? role : { expression: own },
      member: this.#member(member),
    });
  }

  /** An account that the configuration makes goes by its address there: then it is made first. */
  #member(member: string): Value {
    const [, email = ''] = /^serviceAccount:(.+)$/.exec(member) ?? [];
    const project = /@(.+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1];
    const made = project === undefined ? undefined : this.#made(serviceAccountName(project, email));
    return made ? { expression: `${made.address}.member` } : member;
  }

  #made(resource: ResourceName) {
    const made = this.#references.get(resource);
    return made?.module === '' ? made : undefined;
  }

  #block(type: string, label: string, values: Readonly<Record<string, Value>>): Block {
    const name = this.#labels.unused(label);
    return { address: `${type}.${name}`, text: resourceBlock(type, name, values) };
  }
}

/** Expressions in place of the names that the resource takes. */
const referring = (
  attributes: Readonly<Record<string, string>>,
  expressions: Readonly<Record<string, string>>,
): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(expressions).flatMap(([key, expression]) =>
      key in attributes ? [[key, { expression }]] : [],
    ),
  );

const DEPLOYED: Readonly<Record<DeployPlan['target']['kind'], string>> = {
  service: 'google_cloud_run_v2_service',
  job: 'google_cloud_run_v2_job',
  workerPool: 'google_cloud_run_v2_worker_pool',
};

/**
 * The whole configuration: a block for each step, and what the deploy's own block has to wait for. Without that
 * Terraform would make the deploy and its grants at the same time.
 * @param label the address of the deploy's own block; the usual one for its kind and name when left out
 */
export function terraformOf(
  steps: readonly Step[],
  { apiVersion, target }: Pick<DeployPlan, 'apiVersion' | 'target'>,
  references: TerraformReferences = NO_REFERENCES,
  label?: string,
): string {
  const writer = new TerraformWriter(apiVersion, references);
  const blocks = steps.map((step) => ({ step, ...writer.block(step) }));
  const first = blocks.filter(({ step }) => !isOnItself(step, target)).map(({ address }) => address);
  const type =
    target.kind === 'service' && apiVersion === 'v1' ? 'google_cloud_run_service' : DEPLOYED[target.kind];
  const hint = [
    `# In ${label ?? `${type}.${identifier(target.name)}`}, so that all of this is there before it is deployed:`,
    '#',
    '#   depends_on = [',
    ...first.map((address) => `#     ${address},`),
    '#   ]',
  ];
  return `${[...blocks.map(({ text }) => text), ...(first.length > 0 ? [hint.join('\n')] : [])].join('\n\n')}\n`;
}

/** A binding on the deployed resource itself can only come after it. */
function isOnItself(step: Step, { project, name }: DeployPlan['target']): boolean {
  if (step.kind !== 'grant') return false;
  const { service, path } = splitResource(step.resource);
  return (
    service === 'run.googleapis.com' && projectOf(step.resource) === project && path.endsWith(`/${name}`)
  );
}
