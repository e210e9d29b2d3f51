/** A service's container, which v1 and v2 spell almost alike. */
import {
  type Container,
  DEFAULTS,
  defaultContainer,
  type EnvVar,
  parseCpu,
  parseMemory,
} from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import type { Fields } from './fields.js';
import { parseProbe } from './probe.js';

/** What the versions spell differently. */
export interface ContainerDialect {
  /** The field in which a variable names its secret, and how that is read. */
  readonly secretSource: 'valueFrom' | 'valueSource';
  readonly secret: (reference: Fields) => { readonly name: string; readonly version: string };
  /** CPU allocation and boost. @param resources undefined where the client gave none */
  readonly cpu: (resources: Fields | undefined) => Pick<Container, 'cpuIdle' | 'startupCpuBoost'>;
  readonly unsupported: { readonly container: readonly string[]; readonly resources: readonly string[] };
  /** Fields without a meaning on Cloud Run. */
  readonly meaningless: readonly string[];
}

/** Set by Cloud Run itself (docs "Container runtime contract"). */
const RESERVED_ENV = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'];
/** "You can set a maximum of 1000 environment variables per container" (https://cloud.google.com/run/docs/configuring/services/environment-variables). */
const MAX_ENV = 1000;

/**
 * The one container of a template.
 * @param service the service's name, after which an unnamed container is named
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseContainers(
  template: Fields,
  service: string,
  dialect: ContainerDialect,
): readonly Container[] {
  const [first, ...sidecars] = template.objects('containers');
  const path = template.at('containers');
  if (!first) throw badField(path, 'At least one container is required.');
  if (sidecars.length > 0) throw badField(path, 'More than one container is not supported.');
  return [parseContainer(first, service, dialect)];
}

function parseContainer(fields: Fields, service: string, dialect: ContainerDialect): Container {
  const image = fields.string('image') ?? '';
  if (image === '') throw badField(fields.at('image'), 'An image is required.');
  const base = defaultContainer(`${service}-1`, image);
  const port = parsePort(fields);
  const workingDir = fields.string('workingDir');
  const startupProbe = parseProbe(fields.child('startupProbe'), port);
  const container: Container = {
    ...base,
    name: fields.string('name') || base.name,
    image,
    command: fields.strings('command'),
    args: fields.strings('args'),
    env: parseEnv(fields, dialect),
    port: { number: port, protocol: 'http1' },
    ...parseResources(fields, base, dialect),
    ...(workingDir === undefined || workingDir === '' ? {} : { workingDir }),
    ...(startupProbe === undefined ? {} : { startupProbe }),
  };
  fields
    .unsupported(...dialect.unsupported.container)
    .skip(...dialect.meaningless)
    .done();
  return container;
}

function parsePort(fields: Fields): number {
  const [first, ...others] = fields.objects('ports');
  if (others.length > 0) throw badField(fields.at('ports'), 'Only one port may be given.');
  if (!first) return DEFAULTS.port;
  const port = first.integer('containerPort', 1, 65535) ?? DEFAULTS.port;
  const name = first.string('name') ?? '';
  if (name !== '' && name !== 'http1')
    throw badField(first.at('name'), `The port name '${name}' is not supported: use 'http1'.`);
  const protocol = first.string('protocol') ?? 'TCP';
  if (protocol !== 'TCP')
    throw badField(first.at('protocol'), `The protocol '${protocol}' is not supported: use 'TCP'.`);
  first.done();
  return port;
}

function parseResources(
  fields: Fields,
  base: Container,
  dialect: ContainerDialect,
): Pick<Container, 'cpu' | 'memory' | 'cpuIdle' | 'startupCpuBoost'> {
  const resources = fields.child('resources');
  const limits = resources?.child('limits');
  const cpu = limits?.string('cpu') ?? base.cpu;
  const memory = limits?.string('memory') ?? base.memory;
  limits?.done();
  const allocation = dialect.cpu(resources);
  resources?.unsupported(...dialect.unsupported.resources).done();
  const cores = parseCpu(cpu);
  if (cores === undefined || cores < 0.08 || cores > 8) {
    throw badField(
      `${fields.at('resources')}.limits.cpu`,
      `Invalid value specified for cpu: '${cpu}'. It must be between 0.08 and 8.`,
    );
  }
  const bytes = parseMemory(memory);
  if (bytes === undefined || bytes < 128 * 2 ** 20 || bytes > 32 * 2 ** 30) {
    throw badField(
      `${fields.at('resources')}.limits.memory`,
      `Invalid value specified for memory: '${memory}'. It must be between 128Mi and 32Gi.`,
    );
  }
  return { cpu, memory, ...allocation };
}

function parseEnv(fields: Fields, dialect: ContainerDialect): readonly EnvVar[] {
  const entries = fields.objects('env');
  if (entries.length > MAX_ENV)
    throw badField(
      fields.at('env'),
      `${entries.length} environment variables are given; ${MAX_ENV} is the most.`,
    );
  const env = entries.map((entry) => parseVariable(entry, dialect));
  const reserved = env.filter((entry) => RESERVED_ENV.includes(entry.name)).map((entry) => entry.name);
  if (reserved.length > 0) {
    throw badField(
      fields.at('env'),
      `The following reserved env names were provided: ${reserved.join(', ')}. These values are automatically set by the system.`,
    );
  }
  const twice = env.find((entry, index) => env.findIndex((other) => other.name === entry.name) !== index);
  if (twice)
    throw badField(fields.at('env'), `The environment variable '${twice.name}' is given more than once.`);
  return env;
}

function parseVariable(entry: Fields, { secretSource, secret }: ContainerDialect): EnvVar {
  const name = entry.string('name') ?? '';
  if (!/^[^=]+$/.test(name))
    throw badField(entry.at('name'), `'${name}' is no name of an environment variable.`);
  const value = entry.string('value');
  const from = entry.child(secretSource);
  entry.done();
  if (!from) return { name, value: value ?? '' };
  if (value !== undefined && value !== '')
    throw badField(entry.at(secretSource), 'May not be specified when `value` is not empty.');
  const reference = from.required('secretKeyRef');
  from.done();
  const named = secret(reference);
  reference.done();
  return { name, secret: named };
}
