/**
 * The runtime configuration of one container
 * (https://github.com/opencontainers/runtime-spec/blob/main/config.md), as Docker would write it unless said otherwise.
 */
import { type Footing, hasManyIds } from '../footing.js';
import { type ContainerSpec, StartFailure } from '../types.js';
import { seccompProfile } from './seccomp.js';
import type { ContainerUser } from './user.js';
import type { VolumeMount } from './volumes.js';

export interface BundleFacts {
  readonly spec: ContainerSpec;
  readonly user: ContainerUser;
  readonly hostname: string;
  /** Path of the network namespace. */
  readonly network: string;
  readonly rootfs: string;
  /** In the order in which they are to be made. */
  readonly mounts: readonly VolumeMount[];
  /** Directory with the files hosts, hostname and resolv.conf. */
  readonly etc: string;
  readonly cgroupsPath: string | undefined;
  /** Our own hard limit of open files; without CAP_SYS_RESOURCE nothing above it can be given. */
  readonly maxOpenFiles: number;
  readonly footing: Footing;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CPU_PERIOD_US = 100_000;
const OPEN_FILES = 65_536;
const MAX_PROCESSES = 4_096;

/** Docker's, less MKNOD, NET_RAW, SETFCAP and AUDIT_WRITE, which Cloud Run's first generation does not serve either. */
const CAPABILITIES = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'],
  ...['CAP_SETGID', 'CAP_SETPCAP', 'CAP_SETUID', 'CAP_SYS_CHROOT'],
];

const MASKED_PATHS = [
  ...['/proc/acpi', '/proc/asound', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats'],
  ...['/proc/sched_debug', '/proc/scsi', '/proc/timer_list', '/proc/timer_stats', '/sys/firmware'],
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** The contents of config.json. @throws StartFailure when there is no command, or the working directory is relative */
export function bundleConfig(facts: BundleFacts): object {
  const { spec, user } = facts;
  return {
    ociVersion: '1.0.2',
    root: { path: facts.rootfs, readonly: false },
    hostname: facts.hostname,
    process: {
      terminal: false,
      user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
      args: commandOf(spec),
      env: environment(facts),
      cwd: workingDirectory(spec),
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      noNewPrivileges: true,
      rlimits: [openFiles(facts.maxOpenFiles), { type: 'RLIMIT_CORE', hard: 0, soft: 0 }, ...data(facts)],
    },
    mounts: mounts(facts),
    linux: {
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
        { type: 'network', path: facts.network },
      ],
      seccomp: seccompProfile(),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READONLY_PATHS,
      ...(facts.cgroupsPath === undefined ? {} : { cgroupsPath: facts.cgroupsPath }),
      resources: facts.cgroupsPath === undefined ? {} : resources(spec),
    },
  };
}

/**
 * What is run: `command` and `args` replace Entrypoint and Cmd; a command without args drops the image's Cmd
 * (https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/).
 */
export function commandOf(spec: Pick<ContainerSpec, 'config' | 'command' | 'args'>): string[] {
  const command = spec.command ?? [];
  const args = spec.args ?? [];
  const head = command.length > 0 ? command : (spec.config.Entrypoint ?? []);
  const tail = args.length > 0 || command.length > 0 ? args : (spec.config.Cmd ?? []);
  if (head.length + tail.length === 0)
    throw new StartFailure('the image has no Entrypoint or Cmd, and no command is given');
  return [...head, ...tail];
}

function environment({ spec, user, hostname }: BundleFacts): string[] {
  const variables = new Map([
    ['PATH', DEFAULT_PATH],
    ['HOSTNAME', hostname],
    ['HOME', user.home],
  ]);
  for (const setting of spec.config.Env ?? []) {
    const equals = setting.indexOf('=');
    if (equals > 0) variables.set(setting.slice(0, equals), setting.slice(equals + 1));
  }
  for (const [name, value] of Object.entries(spec.env)) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

/** The given one, or the image's. @throws StartFailure when it is relative */
export function workingDirectory({
  config,
  workingDir,
}: Pick<ContainerSpec, 'config' | 'workingDir'>): string {
  const directory = workingDir || config.WorkingDir || '/';
  if (!directory.startsWith('/'))
    throw new StartFailure(`the working directory ${directory} is not absolute`);
  return directory;
}

function openFiles(ours: number): object {
  const limit = Math.min(OPEN_FILES, ours);
  return { type: 'RLIMIT_NOFILE', hard: limit, soft: limit };
}

/**
 * Without a control group, at least no single process takes memory without end. Twice the limit, because what a
 * program may write to (setrlimit(2), RLIMIT_DATA) is more than what it has written to, which is what Cloud Run counts.
 */
function data({ cgroupsPath, spec }: BundleFacts): object[] {
  const limit = 2 * spec.memoryBytes;
  return cgroupsPath === undefined ? [{ type: 'RLIMIT_DATA', hard: limit, soft: limit }] : [];
}

function resources(spec: ContainerSpec): object {
  return {
    devices: [{ allow: false, access: 'rwm' }],
    memory: { limit: spec.memoryBytes },
    cpu: { quota: Math.max(1_000, Math.round(spec.cpu * CPU_PERIOD_US)), period: CPU_PERIOD_US },
    pids: { limit: MAX_PROCESSES },
  };
}

function mounts({ etc, cgroupsPath, footing, mounts: volumes }: BundleFacts): object[] {
  const hidden = ['nosuid', 'noexec', 'nodev'];
  const file = (name: string): object => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: `${etc}/${name}`,
    options: ['bind', 'rprivate', 'rw', ...hidden],
  });
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: hidden },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: [
        ...['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
        ...(hasManyIds(footing) ? ['gid=5'] : []), // tty
      ],
    },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...hidden, 'mode=1777', 'size=65536k'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...hidden, 'ro'] },
    // Read-only, so that runtimes (V8, the JVM, Go) find their memory and CPU limits.
    ...(cgroupsPath === undefined
      ? []
      : [{ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...hidden, 'ro'] }]),
    file('hosts'),
    file('hostname'),
    file('resolv.conf'),
    ...volumes.map(({ source, destination, readOnly }) => ({
      destination,
      type: 'bind',
      source,
      options: ['bind', 'rprivate', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'],
    })),
  ];
}
