/** Environment variables of containers, which v1 and v2 spell alike but for where a secret's version is named. */
import type { EnvVar, SecretReference } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import type { Fields } from './fields.js';

/** Where a variable names its secret, and how that is read. */
export interface EnvDialect {
  readonly secretSource: 'valueFrom' | 'valueSource';
  readonly secret: (reference: Fields) => SecretReference;
}

/** Set by Cloud Run itself (https://cloud.google.com/run/docs/container-contract#env-vars). */
const RESERVED: Readonly<Record<RunKind, readonly string[]>> = {
  service: ['K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'],
  job: [
    'CLOUD_RUN_JOB',
    'CLOUD_RUN_EXECUTION',
    'CLOUD_RUN_TASK_INDEX',
    'CLOUD_RUN_TASK_ATTEMPT',
    'CLOUD_RUN_TASK_COUNT',
  ],
  workerPool: ['CLOUD_RUN_WORKER_POOL', 'CLOUD_RUN_WORKER_POOL_REVISION'],
};
/** "You can set a maximum of 1000 environment variables per container" (https://cloud.google.com/run/docs/configuring/services/environment-variables). */
const MAX_ENV = 1000;
/** "Must not exceed 32768 characters", names and values alike (google.cloud.run.v2.EnvVar). */
const LONGEST = 32768;

/**
 * The variables of one container.
 * @param takesRequests true for a service's ingress container: "The PORT variable is only added to the ingress container"
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseEnv(
  fields: Fields,
  kind: RunKind,
  takesRequests: boolean,
  dialect: EnvDialect,
): readonly EnvVar[] {
  const entries = fields.objects('env');
  const path = fields.at('env');
  if (entries.length > MAX_ENV)
    throw badField(path, `${entries.length} environment variables are given; ${MAX_ENV} is the most.`);
  const env = entries.map((entry) => parseVariable(entry, dialect));
  const names = takesRequests ? ['PORT', ...RESERVED[kind]] : RESERVED[kind];
  const reserved = env.map(({ name }) => name).filter((name) => names.includes(name));
  if (reserved.length > 0) {
    throw badField(
      path,
      `The following reserved env names were provided: ${reserved.join(', ')}. These values are automatically set by the system.`,
    );
  }
  const seen = new Set<string>();
  for (const { name } of env) {
    if (seen.has(name)) throw badField(path, `The environment variable '${name}' is given more than once.`);
    seen.add(name);
  }
  return env;
}

function parseVariable(entry: Fields, { secretSource, secret }: EnvDialect): EnvVar {
  const name = entry.string('name') ?? '';
  if (!/^[^=]+$/.test(name))
    throw badField(entry.at('name'), `'${name}' is no name of an environment variable.`);
  if (name.length > LONGEST) throw badField(entry.at('name'), `Must not exceed ${LONGEST} characters.`);
  const value = entry.string('value');
  if (Buffer.byteLength(value ?? '') > LONGEST)
    throw badField(entry.at('value'), `Must not exceed ${LONGEST} bytes.`);
  const from = entry.child(secretSource);
  entry.done();
  if (!from) return { name, value: value ?? '' };
  if (value !== undefined && value !== '')
    throw badField(entry.at(secretSource), 'May not be specified when `value` is not empty.');
  const reference = from.required('secretKeyRef');
  from.unsupported('configMapKeyRef').done();
  const named = secret(reference);
  reference.done();
  return { name, secret: named };
}
