/** What a container is made of, as the Engine API wants it told. */
import { commandOf } from '../oci/bundle.js';
import type { InstanceSpec } from '../types.js';
import { type Owner, ownedBy } from './owner.js';

/** As with the other runtimes: Docker's own, less MKNOD, NET_RAW, SETFCAP and AUDIT_WRITE. */
const CAPABILITIES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];
const CPU_PERIOD_US = 100_000;
const MAX_PROCESSES = 4_096;

export interface ContainerFacts {
  readonly spec: InstanceSpec;
  readonly owner: Owner;
  readonly image: string;
  readonly network: string;
  /** From DockerNetwork.publish. */
  readonly published: Readonly<Record<string, readonly object[]>>;
}

/**
 * The body of `POST /containers/create`
 * (https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerCreate).
 * The CPU's limit is a quota and not NanoCpus: those the daemon refuses when the machine has fewer.
 * @throws StartFailure when there is no command
 */
export function containerBody({ spec, owner, image, network, published }: ContainerFacts): object {
  const [program, ...args] = commandOf(spec);
  const { User: user = '', WorkingDir: directory = '' } = spec.config;
  return {
    Image: image,
    Hostname: spec.hostname,
    User: user,
    WorkingDir: directory,
    Env: environment(spec),
    Entrypoint: [program],
    Cmd: args,
    Labels: ownedBy(owner, 'part'),
    ExposedPorts: Object.fromEntries(Object.keys(published).map((port) => [port, {}])),
    HostConfig: {
      NetworkMode: network,
      PortBindings: published,
      Memory: spec.memoryBytes,
      MemorySwap: spec.memoryBytes, // no swap beyond it
      CpuPeriod: CPU_PERIOD_US,
      CpuQuota: Math.max(1_000, Math.round(spec.cpu * CPU_PERIOD_US)),
      PidsLimit: MAX_PROCESSES,
      Init: false,
      SecurityOpt: ['no-new-privileges'],
      CapDrop: ['ALL'],
      CapAdd: CAPABILITIES,
      Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      LogConfig: { Type: 'none', Config: {} }, // we are attached, and keep a log of our own
    },
  };
}

/** The given variables win; HOME, HOSTNAME and PATH Docker adds where they are missing. */
function environment({ config, env }: InstanceSpec): string[] {
  const variables = new Map<string, string>();
  for (const setting of config.Env ?? []) {
    const equals = setting.indexOf('=');
    if (equals > 0) variables.set(setting.slice(0, equals), setting.slice(equals + 1));
  }
  for (const [name, value] of Object.entries(env)) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
