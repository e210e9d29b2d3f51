/**
 * The annotations by which v1 says of a template's instances what are fields in the model and in v2; on the template of
 * a service or worker pool, and on that of a job's executions.
 */
import type { Container, ExecutionEnvironment, InstanceTemplate } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { type AnnotationReader, type Annotations, present } from './annotation-reader.js';
import { secretAliases } from './secret-aliases.js';

const CPU_THROTTLING = 'run.googleapis.com/cpu-throttling';
const CPU_BOOST = 'run.googleapis.com/startup-cpu-boost';
const EXECUTION_ENVIRONMENT = 'run.googleapis.com/execution-environment';
const DEPENDENCIES = 'run.googleapis.com/container-dependencies';
const SECRETS = 'run.googleapis.com/secrets';

const ENVIRONMENTS = { gen1: 'gen1', gen2: 'gen2' } as const;

/** What the annotations say, for {@link v1Dialect}. */
export interface InstanceAnnotations {
  readonly cpu: Pick<Container, 'cpuIdle' | 'startupCpuBoost'>;
  readonly executionEnvironment: ExecutionEnvironment | undefined;
  /** By containers' names. */
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
  /** Where they stand, as refusals name it. */
  readonly dependenciesPath: string;
  /** Full names of secrets, `projects/P/secrets/S`, by the names that the template uses for them. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** @throws INVALID_ARGUMENT naming the annotation */
export function readInstanceAnnotations(read: AnnotationReader): InstanceAnnotations {
  return {
    cpu: {
      cpuIdle: read.flag(CPU_THROTTLING) ?? true,
      startupCpuBoost: read.flag(CPU_BOOST) ?? false,
    },
    executionEnvironment: read.choice(EXECUTION_ENVIRONMENT, ENVIRONMENTS),
    dependencies: read.lists(DEPENDENCIES),
    dependenciesPath: read.at(DEPENDENCIES),
    secrets: readSecrets(read),
  };
}

/** `ALIAS:projects/P/secrets/S,…` (https://cloud.google.com/run/docs/configuring/services/secrets#other-projects). */
function readSecrets(read: AnnotationReader): ReadonlyMap<string, string> {
  const text = read.text(SECRETS) ?? '';
  const secrets = new Map<string, string>();
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const [, alias, name] =
      /^([^:]+):(projects\/[^/:]+\/secrets\/[A-Za-z0-9_-]{1,255})$/.exec(pair.trim()) ?? [];
    if (alias === undefined || name === undefined || secrets.has(alias))
      throw badField(
        read.at(SECRETS),
        `Invalid entry '${pair}': expected ALIAS:projects/PROJECT/secrets/SECRET.`,
      );
    secrets.set(alias, name);
  }
  return secrets;
}

/** The annotations that show what instances run. */
export function instanceAnnotations(template: InstanceTemplate): Annotations {
  const { containers, executionEnvironment } = template;
  const dependencies = Object.fromEntries(
    containers
      .filter(({ dependsOn }) => dependsOn.length > 0)
      .map(({ name, dependsOn }) => [name, dependsOn]),
  );
  const aliases = [...secretAliases(template)].map(([name, alias]) => `${alias}:${name}`).sort();
  return present([
    [CPU_THROTTLING, containers.some(({ cpuIdle }) => !cpuIdle) && 'false'],
    [CPU_BOOST, containers.some(({ startupCpuBoost }) => startupCpuBoost) && 'true'],
    [EXECUTION_ENVIRONMENT, executionEnvironment ?? false],
    [DEPENDENCIES, Object.keys(dependencies).length > 0 && JSON.stringify(dependencies)],
    [SECRETS, aliases.length > 0 && aliases.join(',')],
  ]);
}
