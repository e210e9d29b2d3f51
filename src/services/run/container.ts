/** Containers, which v1 and v2 spell almost alike. */
import { type Container, DEFAULTS, defaultContainer, type Volume } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import { checkDependencies } from './dependencies.js';
import { type EnvDialect, parseEnv } from './env.js';
import { type Fields, inResource } from './fields.js';
import { parseProbe } from './probe.js';
import { parseLimits } from './resources.js';
import { DNS_LABEL, parseMounts } from './volumes.js';

/** What the versions spell differently. */
export interface ContainerDialect extends EnvDialect {
  /** CPU allocation and boost. @param resources undefined where the client gave none */
  readonly cpu: (resources: Fields | undefined) => Pick<Container, 'cpuIdle' | 'startupCpuBoost'>;
  /** The containers that the one of that name waits for. */
  readonly dependsOn: (container: Fields, name: string) => readonly string[];
  readonly unsupported: { readonly container: readonly string[]; readonly resources: readonly string[] };
  /** Fields without a meaning on Cloud Run. */
  readonly meaningless: readonly string[];
}

/** Whose containers they are. */
export interface ContainerOwner {
  readonly kind: RunKind;
  /** After which an unnamed container is named. */
  readonly name: string;
}

/** "up to 10 containers per instance including the ingress container" (https://cloud.google.com/run/docs/deploying#sidecars). */
const MAX_CONTAINERS = 10;

/**
 * The containers of a template: of a service's, exactly one has a port.
 * @param template the object whose `containers` they are
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseContainers(
  template: Fields,
  owner: ContainerOwner,
  volumes: readonly Volume[],
  dialect: ContainerDialect,
): readonly Container[] {
  const entries = template.objects('containers');
  const path = template.at('containers');
  if (entries.length === 0) throw badField(path, 'At least one container is required.');
  if (entries.length > MAX_CONTAINERS)
    throw badField(inResource(path), `No more than ${MAX_CONTAINERS} containers may be given.`);
  const alone = entries.length === 1;
  const containers = entries.map((entry) => parseContainer(entry, owner, alone, volumes, dialect));
  for (const [index, { name }] of containers.entries()) {
    if (containers.findIndex((other) => other.name === name) !== index)
      throw badField(`${inResource(path)}[${index}].name`, `The name '${name}' is given to two containers.`);
  }
  if (owner.kind === 'service' && containers.filter(({ port }) => port !== undefined).length !== 1) {
    throw badField(
      inResource(path),
      'Revision template should contain exactly one container with an exposed port.',
    );
  }
  checkDependencies(path, containers);
  return containers;
}

/** @param alone true for the only container of its template, which needs neither a name nor a port */
function parseContainer(
  fields: Fields,
  owner: ContainerOwner,
  alone: boolean,
  volumes: readonly Volume[],
  dialect: ContainerDialect,
): Container {
  const image = fields.string('image') ?? '';
  if (image === '') throw badField(fields.at('image'), 'An image is required.');
  const name = parseName(fields, owner, alone);
  const base = defaultContainer(name, image);
  const port = parsePort(fields, owner.kind, alone);
  const workingDir = fields.string('workingDir') ?? '';
  const startupProbe = parseProbe(fields, 'startupProbe', port?.number, owner.kind);
  const livenessProbe = parseProbe(fields, 'livenessProbe', port?.number, owner.kind);
  const readinessProbe = parseProbe(fields, 'readinessProbe', port?.number, owner.kind);
  const container: Container = {
    ...base,
    command: fields.strings('command'),
    args: fields.strings('args'),
    env: parseEnv(fields, owner.kind, port !== undefined, dialect),
    ...(port === undefined ? {} : { port }),
    ...parseResources(fields, base, dialect),
    dependsOn: dialect.dependsOn(fields, name),
    volumeMounts: parseMounts(fields, volumes),
    ...(workingDir === '' ? {} : { workingDir }),
    ...(startupProbe === undefined ? {} : { startupProbe }),
    ...(livenessProbe === undefined ? {} : { livenessProbe }),
    ...(readinessProbe === undefined ? {} : { readinessProbe }),
  };
  if (owner.kind === 'job' && readinessProbe)
    throw badField(fields.at('readinessProbe'), 'Readiness probes are not supported in jobs.');
  fields
    .unsupported(...dialect.unsupported.container)
    .skip(...dialect.meaningless)
    .done();
  return container;
}

/** "Name of the container specified as a DNS_LABEL (RFC 1123)" (google.cloud.run.v2.Container). */
function parseName(fields: Fields, owner: ContainerOwner, alone: boolean): string {
  const name = fields.string('name') ?? '';
  if (name === '') {
    if (alone) return defaultName(owner.name);
    throw badField(fields.at('name'), 'A name is required where there are several containers.');
  }
  if (DNS_LABEL.test(name)) return name;
  throw badField(
    fields.at('name'),
    `Invalid container name '${name}': only lower-case letters, digits and dashes, at most 63.`,
  );
}

/** What an only container is called that the client gave no name. */
export const defaultName = (owner: string): string => `${owner}-1`;

function parsePort(fields: Fields, kind: RunKind, alone: boolean): Container['port'] {
  const [first, ...others] = fields.objects('ports');
  if (others.length > 0) throw badField(fields.at('ports'), 'ports should contain 0 or 1 port.');
  if (!first) {
    return kind === 'service' && alone ? { number: DEFAULTS.port, protocol: 'http1' } : undefined;
  }
  if (kind !== 'service')
    throw badField(fields.at('ports'), 'Ports are only supported in the containers of services.');
  const number = first.integer('containerPort', 1, 65535) ?? DEFAULTS.port;
  const protocol = first.string('name') || 'http1';
  if (protocol !== 'http1' && protocol !== 'h2c')
    throw badField(
      first.at('name'),
      `The port name '${protocol}' is not supported: it must be 'http1' or 'h2c'.`,
    );
  const transport = first.string('protocol') ?? 'TCP';
  if (transport !== 'TCP')
    throw badField(first.at('protocol'), `The protocol '${transport}' is not supported: use 'TCP'.`);
  first.done();
  return { number, protocol };
}

function parseResources(
  fields: Fields,
  base: Container,
  dialect: ContainerDialect,
): Pick<Container, 'cpu' | 'memory' | 'cpuIdle' | 'startupCpuBoost'> {
  const resources = fields.child('resources');
  const allocation = dialect.cpu(resources);
  const limits = parseLimits(resources?.child('limits'), `${fields.at('resources')}.limits`, base);
  resources?.unsupported(...dialect.unsupported.resources).done();
  return { ...limits, ...allocation };
}
