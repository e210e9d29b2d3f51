/**
 * A Terraform plan as `terraform show -json` writes it
 * (https://developer.hashicorp.com/terraform/internals/json-format): what is needed of it, read strictly.
 */
import { type Fields, fieldsOf, isFields, listOf, textOf, textsOf } from './json.js';
import { jsonOf, TerraformPlanError } from './text.js';

export type Action = 'create' | 'update' | 'delete' | 'replace' | 'no-op' | 'read' | 'forget';

/** What the plan does to one instance of one resource. */
export interface ResourceChange {
  /** e.g. `module.app["a"].google_cloud_run_v2_service.web[0]` */
  readonly address: string;
  /** e.g. `module.app["a"]`; empty for the root module. */
  readonly module: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  /** The key of `for_each`, or the number of `count`. */
  readonly index?: string | number;
  readonly action: Action;
  readonly before: Fields;
  readonly after: Fields;
  /** True, or a structure with true at what is known only after apply. */
  readonly afterUnknown: unknown;
}

/** A resource as it is written: its expressions, without their values. */
export interface ConfiguredResource {
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  readonly expressions: Fields;
  readonly dependsOn: readonly string[];
  /** The expressions of count, for_each and provisioners, which make edges as well. */
  readonly others: readonly unknown[];
}

export interface ConfiguredModule {
  readonly resources: readonly ConfiguredResource[];
  readonly calls: ReadonlyMap<string, ModuleCall>;
  /** The expression of each output. */
  readonly outputs: ReadonlyMap<
    string,
    { readonly expression: unknown; readonly dependsOn: readonly string[] }
  >;
}

export interface ModuleCall {
  /** As written, e.g. `./modules/app` */
  readonly source: string;
  readonly expressions: Fields;
  readonly others: readonly unknown[];
  readonly dependsOn: readonly string[];
  readonly module: ConfiguredModule;
}

/** A plan, read. */
export interface PlanDocument {
  /** As the caller named it. */
  readonly file: string;
  readonly terraformVersion?: string;
  /** Managed resources and data sources, those that are only read and those that do not change included. */
  readonly changes: readonly ResourceChange[];
  readonly root: ConfiguredModule;
  readonly variables: ReadonlyMap<string, unknown>;
  /** The defaults of the google provider: `project`, `region`. */
  readonly provider: { readonly project?: unknown; readonly region?: unknown };
}

const ACTIONS: Readonly<Record<string, Action>> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  'no-op': 'no-op',
  read: 'read',
  forget: 'forget',
  'create,delete': 'replace',
  'delete,create': 'replace',
  // A resource that is replaced while the old one is only forgotten.
  'create,forget': 'create',
  'forget,create': 'create',
};

const SHOW = 'terraform show -json tfplan > plan.json';

/**
 * Reads what `terraform show -json` wrote of a plan.
 * @param content the file's bytes, or its text
 * @param options.file how the file is called in messages
 * @throws TerraformPlanError naming the file, what it is instead, and the command that writes a plan
 */
export function readPlanDocument(content: string | Uint8Array, { file }: { file: string }): PlanDocument {
  const plan = jsonOf(content, file);
  checkVersion(plan, file);
  const changes = plan.resource_changes === undefined ? [] : plan.resource_changes;
  if (!Array.isArray(changes)) throw new TerraformPlanError(file, 'resource_changes must be a list.');
  const configuration = fieldsOf(plan.configuration);
  const version = textOf(plan.terraform_version);
  return {
    file,
    ...(version === undefined ? {} : { terraformVersion: version }),
    changes: [
      ...changes
        .map((change, index) => ({
          change: readChange(change, index, file),
          deposed: fieldsOf(change).deposed,
        }))
        // What is left of a replacement that broke off goes; the resource itself has a change of its own.
        .flatMap(({ change, deposed }) => (deposed === undefined ? [change] : [])),
      ...dataSources(fieldsOf(fieldsOf(plan.prior_state).values).root_module),
    ],
    root: readModule(configuration.root_module),
    variables: new Map(
      Object.entries(fieldsOf(plan.variables)).map(([name, variable]) => [name, fieldsOf(variable).value]),
    ),
    provider: readProvider(fieldsOf(configuration.provider_config)),
  };
}

function checkVersion(plan: Fields, file: string): void {
  const version = textOf(plan.format_version);
  if (version === undefined) {
    const what = plan.serial !== undefined ? "is Terraform's state file" : 'has no format_version';
    throw new TerraformPlanError(file, `${what}: it is no plan. Write one by: ${SHOW}`);
  }
  // The first releases with plans in JSON wrote 0.1 and 0.2, whose plans are those of 1.0.
  if (!/^(?:1\.\d+|0\.[12])$/.test(version)) {
    throw new TerraformPlanError(file, `has format_version ${version}; only 1.x can be read.`);
  }
  if (plan.errored === true) {
    throw new TerraformPlanError(file, 'is the plan of a run that failed: it is not complete. Plan again.');
  }
  if (listOf(plan.deferred_changes).length > 0) {
    throw new TerraformPlanError(
      file,
      'leaves changes for a later plan (deferred_changes): what they come to is not in it. Apply it, and plan again.',
    );
  }
  if (plan.resource_changes === undefined && plan.planned_values === undefined) {
    const what = plan.values === undefined ? 'has neither resource_changes nor planned_values' : 'is a state';
    throw new TerraformPlanError(
      file,
      `${what}, not a plan. Show a plan: terraform plan -out=tfplan && ${SHOW}`,
    );
  }
}

function readChange(value: unknown, index: number, file: string): ResourceChange {
  const wrong = (problem: string) => new TerraformPlanError(file, `resource_changes[${index}]: ${problem}`);
  if (!isFields(value)) throw wrong('must be an object.');
  const address = textOf(value.address);
  const type = textOf(value.type);
  const name = textOf(value.name);
  if (address === undefined || type === undefined || name === undefined) {
    throw wrong('must have an address, a type and a name.');
  }
  const change = value.change;
  if (!isFields(change)) throw wrong(`${address} must have a change.`);
  const actions = textsOf(change.actions).join(',');
  const action = ACTIONS[actions];
  if (action === undefined) throw wrong(`${address} has the actions [${actions}], which are not known.`);
  const { index: key } = value;
  return {
    address,
    module: textOf(value.module_address) ?? '',
    mode: value.mode === 'data' ? 'data' : 'managed',
    type,
    name,
    ...(typeof key === 'string' || typeof key === 'number' ? { index: key } : {}),
    action,
    before: fieldsOf(change.before),
    after: fieldsOf(change.after),
    afterUnknown: change.after_unknown,
  };
}

/** What was read while planning is not among the changes, but in the state before. */
function dataSources(module: unknown): ResourceChange[] {
  const fields = fieldsOf(module);
  const own = listOf(fields.resources).flatMap((each): ResourceChange[] => {
    const { address, mode, type, name, index, values } = fieldsOf(each);
    if (mode !== 'data' || typeof address !== 'string') return [];
    if (typeof type !== 'string' || typeof name !== 'string') return [];
    const known = fieldsOf(values);
    return [
      {
        address,
        module: textOf(fields.address) ?? '',
        mode: 'data',
        type,
        name,
        ...(typeof index === 'string' || typeof index === 'number' ? { index } : {}),
        action: 'no-op',
        before: known,
        after: known,
        afterUnknown: {},
      },
    ];
  });
  return [...own, ...listOf(fields.child_modules).flatMap(dataSources)];
}

function readModule(value: unknown): ConfiguredModule {
  const fields = fieldsOf(value);
  return {
    resources: listOf(fields.resources).flatMap((each): ConfiguredResource[] => {
      const resource = fieldsOf(each);
      const type = textOf(resource.type);
      const name = textOf(resource.name);
      if (type === undefined || name === undefined) return [];
      return [
        {
          mode: resource.mode === 'data' ? 'data' : 'managed',
          type,
          name,
          expressions: fieldsOf(resource.expressions),
          dependsOn: textsOf(resource.depends_on),
          others: [resource.count_expression, resource.for_each_expression, resource.provisioners],
        },
      ];
    }),
    calls: new Map(
      Object.entries(fieldsOf(fields.module_calls)).map(([name, call]) => [name, readCall(fieldsOf(call))]),
    ),
    outputs: new Map(
      Object.entries(fieldsOf(fields.outputs)).map(([name, output]) => [
        name,
        { expression: fieldsOf(output).expression, dependsOn: textsOf(fieldsOf(output).depends_on) },
      ]),
    ),
  };
}

function readCall(call: Fields): ModuleCall {
  return {
    source: textOf(call.source) ?? '',
    expressions: fieldsOf(call.expressions),
    others: [call.count_expression, call.for_each_expression],
    dependsOn: textsOf(call.depends_on),
    module: readModule(call.module),
  };
}

function readProvider(providers: Fields): PlanDocument['provider'] {
  const google = Object.values(providers)
    .map(fieldsOf)
    .filter(({ name }) => name === 'google' || name === 'google-beta')
    // Aliased ones are no defaults.
    .find(({ alias, module_address }) => alias === undefined && module_address === undefined);
  const { project, region } = fieldsOf(google?.expressions);
  return { project, region };
}
