/** What a container is made of, as the Engine API wants it told. */
import { commandOf, workingDirectory } from '../oci/bundle.js';
import type { ContainerSpec } from '../types.js';
import { HOLDER } from './holder.js';
import { type Owner, ownedBy } from './owner.js';

/** As with the other runtimes: Docker's own, less MKNOD, NET_RAW, SETFCAP and AUDIT_WRITE. */
const CAPABILITIES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];
const CPU_PERIOD_US = 100_000;
const MAX_PROCESSES = 4_096;

/** The least that a container may do. */
const CONFINED = {
  Init: false,
  SecurityOpt: ['no-new-privileges'],
  CapDrop: ['ALL'],
  LogConfig: { Type: 'none', Config: {} }, // we are attached, and keep a log of our own
};

export interface HolderFacts {
  readonly owner: Owner;
  readonly image: string;
  readonly hostname: string;
  readonly network: string;
  /** From DockerNetwork.publish. */
  readonly published: Readonly<Record<string, readonly object[]>>;
  /** From DockerVolumes. */
  readonly volumes: readonly object[];
}

/**
 * The body of `POST /containers/create`
 * (https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerCreate) for what
 * holds a sandbox's network, name and volumes.
 */
export function holderBody({ owner, image, hostname, network, published, volumes }: HolderFacts): object {
  return {
    Image: image,
    Hostname: hostname,
    User: '65534:65534',
    Entrypoint: [HOLDER],
    StopSignal: 'SIGKILL', // as the first of its processes it would not notice another
    Labels: ownedBy(owner, 'part'),
    ExposedPorts: Object.fromEntries(Object.keys(published).map((port) => [port, {}])),
    HostConfig: {
      ...CONFINED,
      NetworkMode: network,
      PortBindings: published,
      Mounts: volumes,
      PidsLimit: 64, // of which the runtime needs some before it executes the holder
      Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    },
  };
}

export interface ContainerFacts {
  readonly spec: ContainerSpec;
  readonly owner: Owner;
  readonly image: string;
  /** The container whose network and name it has. */
  readonly holder: string;
  readonly volumes: readonly object[];
}

/**
 * The body of `POST /containers/create` for a container of a sandbox.
 * The CPU's limit is a quota and not NanoCpus: those the daemon refuses when the machine has fewer.
 * @throws StartFailure when there is no command, or the working directory is relative
 */
export function containerBody({ spec, owner, image, holder, volumes }: ContainerFacts): object {
  const [program, ...args] = commandOf(spec);
  return {
    Image: image,
    User: spec.config.User ?? '',
    WorkingDir: workingDirectory(spec),
    Env: environment(spec),
    Entrypoint: [program],
    Cmd: args,
    Labels: ownedBy(owner, 'part'),
    HostConfig: {
      ...CONFINED,
      NetworkMode: `container:${holder}`,
      Mounts: volumes,
      Memory: spec.memoryBytes,
      MemorySwap: spec.memoryBytes, // no swap beyond it
      CpuPeriod: CPU_PERIOD_US,
      CpuQuota: Math.max(1_000, Math.round(spec.cpu * CPU_PERIOD_US)),
      PidsLimit: MAX_PROCESSES,
      CapAdd: CAPABILITIES,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
    },
  };
}

/** The given variables win; HOME, HOSTNAME and PATH Docker adds where they are missing. */
function environment({ config, env }: ContainerSpec): string[] {
  const variables = new Map<string, string>();
  for (const setting of config.Env ?? []) {
    const equals = setting.indexOf('=');
    if (equals > 0) variables.set(setting.slice(0, equals), setting.slice(equals + 1));
  }
  for (const [name, value] of Object.entries(env)) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
