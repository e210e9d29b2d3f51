/** What v1 and v2 read alike of jobs (https://cloud.google.com/run/docs/configuring/task-timeout, …/max-retries, …/parallelism). */
import type {
  ContainerOverride,
  ExecutionTemplate,
  InstanceTemplate,
  RunOverrides,
} from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { type EnvDialect, parseEnv } from './env.js';
import type { Fields } from './fields.js';

/** "Tasks per execution: 10,000" (https://cloud.google.com/run/quotas). */
const MOST_TASKS = 10_000;
const MOST_RETRIES = 10;
const DEFAULT_RETRIES = 3;
/** "By default, each task runs for a maximum of 10 minutes. You can change this up to 168 hours (7 days)." */
const DEFAULT_TIMEOUT_SECONDS = 600;
export const LONGEST_TASK_SECONDS = 168 * 3600;

/** How many tasks an execution has, and how many of them run at a time. @throws INVALID_ARGUMENT naming the field */
export function parseCounts(fields: Fields): Pick<ExecutionTemplate, 'taskCount' | 'parallelism'> {
  const taskCount = fields.integer('taskCount', 0, MOST_TASKS) || 1;
  const parallelism = fields.integer('parallelism', 0, MOST_TASKS) ?? 0;
  // "Must be <= task_count." (google.cloud.run.v2.ExecutionTemplate.parallelism)
  if (parallelism > taskCount)
    throw badField(
      fields.at('parallelism'),
      `Invalid value ${parallelism}: must be less than or equal to the number of tasks, ${taskCount}.`,
    );
  return { taskCount, parallelism };
}

/**
 * "Jobs always use the second generation execution environment"
 * (https://cloud.google.com/run/docs/about-execution-environments).
 * @param path of the template's annotations, which v2 names too
 * @throws INVALID_ARGUMENT
 */
export function requireSecondGeneration({ executionEnvironment }: InstanceTemplate, path: string): void {
  if (executionEnvironment === 'gen1')
    throw badField(
      path,
      "Annotation 'run.googleapis.com/execution-environment' with value 'gen1' is not supported on resources of kind Execution.",
    );
}

/** @throws INVALID_ARGUMENT naming the field */
export const parseMaxRetries = (fields: Fields): number =>
  fields.integer('maxRetries', 0, MOST_RETRIES) ?? DEFAULT_RETRIES;

/** The timeout of a task, given what its field says. */
export const taskTimeout = (seconds: number | undefined): number => seconds ?? DEFAULT_TIMEOUT_SECONDS;

/** How the versions spell a run's overrides. */
export interface OverridesDialect extends EnvDialect {
  /** Reads the timeout in seconds; undefined where the run has the job's own. */
  readonly timeout: (overrides: Fields) => number | undefined;
}

/** What one run does otherwise than its job says. @throws INVALID_ARGUMENT naming the field */
export function parseOverrides(fields: Fields, dialect: OverridesDialect): RunOverrides {
  const taskCount = fields.integer('taskCount', 0, MOST_TASKS) || undefined;
  const timeoutSeconds = dialect.timeout(fields);
  const containerOverrides = fields
    .objects('containerOverrides')
    .map((override) => parseContainerOverride(override, dialect));
  fields.done();
  return {
    containerOverrides,
    ...(taskCount === undefined ? {} : { taskCount }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}

function parseContainerOverride(fields: Fields, dialect: EnvDialect): ContainerOverride {
  const name = fields.string('name') ?? '';
  const args = fields.strings('args');
  const env = parseEnv(fields, 'job', false, dialect);
  const clearArgs = fields.boolean('clearArgs') ?? false;
  fields.done();
  if (clearArgs && args.length > 0)
    throw badField(fields.at('args'), 'Must be empty if clear_args is set to true.');
  return { ...(name === '' ? {} : { name }), args, env, clearArgs };
}

/** True when a run is to do anything otherwise: that takes a permission of its own. */
export const overridesAnything = ({ containerOverrides, taskCount, timeoutSeconds }: RunOverrides): boolean =>
  containerOverrides.length > 0 || taskCount !== undefined || timeoutSeconds !== undefined;
