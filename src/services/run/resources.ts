/** What CPU and memory containers may ask for, each and together. */
import {
  type Container,
  DEFAULTS,
  type ExecutionEnvironment,
  parseCpu,
  parseMemory,
} from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { type Fields, inResource } from './fields.js';

const MI = 2 ** 20;
const GI = 2 ** 30;

type Resources = Pick<Container, 'cpu' | 'memory'>;

/**
 * One container's limits. "Any value above 1 must be an integer value"
 * (https://cloud.google.com/run/docs/configuring/services/cpu).
 * @param limits undefined where the client gave none
 * @param path of the limits, as refusals name it
 * @throws INVALID_ARGUMENT
 */
export function parseLimits(limits: Fields | undefined, path: string, defaults: Resources): Resources {
  const cpu = limits?.string('cpu') ?? defaults.cpu;
  const memory = limits?.string('memory') ?? defaults.memory;
  limits?.unsupported('nvidia.com/gpu').done();
  const cores = parseCpu(cpu);
  if (cores === undefined || cores < 0.08 || cores > 8 || (cores > 1 && !Number.isInteger(cores))) {
    throw badField(
      `${path}.cpu`,
      `Invalid value specified for cpu: '${cpu}'. It must be an integer from 1 to 8, or less than 1 and at least 0.08.`,
    );
  }
  const bytes = parseMemory(memory);
  if (bytes === undefined || bytes <= 0 || bytes > 32 * GI) {
    throw badField(`${path}.memory`, `Invalid value specified for memory: '${memory}'. The most is 32Gi.`);
  }
  return { cpu, memory };
}

/** What depends on CPU: memory's bounds (https://cloud.google.com/run/docs/configuring/services/memory-limits). */
function memoryBounds(
  cores: number,
  environment: ExecutionEnvironment | undefined,
): { least: number; most: number } {
  const most = [
    { below: 0.5, bytes: 512 * MI },
    { below: 1, bytes: GI },
    { below: 2, bytes: 4 * GI },
    { below: 4, bytes: 8 * GI },
    { below: 6, bytes: 16 * GI },
    { below: 8, bytes: 24 * GI },
  ].find(({ below }) => cores < below);
  const least = [
    { from: 6, bytes: 4 * GI },
    { from: 4, bytes: 2 * GI },
    { from: 0, bytes: environment === 'gen2' ? 512 * MI : 128 * MI },
  ].find(({ from }) => cores >= from);
  return { least: least?.bytes ?? 0, most: most?.bytes ?? 32 * GI };
}

const quantity = (bytes: number) => (bytes % GI === 0 ? `${bytes / GI}Gi` : `${bytes / MI}Mi`);

/** `1.0`, `0.5`, as Google's messages write a number of CPUs. */
const cpus = (cores: number) => (Number.isInteger(cores) ? cores.toFixed(1) : String(cores));

/** Cores of all containers together. */
function totalCores(containers: readonly Resources[]): number {
  const total = containers.reduce((sum, { cpu }) => sum + (parseCpu(cpu) ?? 0), 0);
  return Math.round(total * 1000) / 1000;
}

/**
 * "If not specified or 0, concurrency defaults to 80 when requested `CPU >= 1` and defaults to 1 when requested
 * `CPU < 1`" (google.cloud.run.v2.RevisionTemplate).
 */
export const defaultConcurrency = (containers: readonly Resources[]): number =>
  totalCores(containers) < 1 ? 1 : DEFAULTS.concurrency;

/**
 * What the containers of an instance ask for together.
 * @param fields the object whose `containers` they are
 * @param environment the generation that they will certainly run in, when it is known
 * @param concurrency of a service's requests in one instance
 * @throws INVALID_ARGUMENT
 */
export function checkTotals(
  fields: Fields,
  containers: readonly Container[],
  environment: ExecutionEnvironment | undefined,
  concurrency?: number,
): void {
  const cores = totalCores(containers);
  const bytes = containers.reduce((sum, { memory }) => sum + (parseMemory(memory) ?? 0), 0);
  const at = inResource(fields.at('containers'));
  const badCpu = (why: string) =>
    badField(`${at}.resources.limits.cpu`, `Invalid value specified for cpu. ${why}`);
  if (cores > 8) throw badCpu(`Total cpu must not be greater than 8.`);
  if (cores < 1) {
    if (environment === 'gen2')
      throw badCpu('Total cpu < 1 is not supported with gen2 execution environment.');
    if (concurrency !== undefined && concurrency > 1)
      throw badCpu('Total cpu < 1 is not supported with concurrency > 1.');
    if (containers.some(({ cpuIdle }) => !cpuIdle))
      throw badCpu('Total cpu < 1 is not supported with cpu-throttling set to false.');
  }
  const { least, most } = memoryBounds(cores, environment);
  if (bytes < least || bytes > most) {
    const generation = environment === 'gen2' ? ' with gen2 execution environment' : '';
    throw badField(
      `${at}${containers.length === 1 ? '[0]' : ''}.resources.limits.memory`,
      `Invalid value specified for memory${generation}. For ${cpus(cores)} CPU, memory must be between ${quantity(least)} and ${quantity(most)} inclusive.`,
    );
  }
}
