/**
 * The system calls that a container may not make. Everything here either acts on the machine as a whole, widens the
 * kernel's attack surface for no gain to an HTTP server, or leaves the network namespace; Docker's default profile
 * (https://docs.docker.com/engine/security/seccomp/) refuses them too. A list of refusals is shorter than Docker's
 * list of permissions, and the runtime compiles it at every start.
 */

const EPERM = 1;
const ENOSYS = 38;

const REFUSED = [
  // kernel modules, another kernel, power, the kernel's log
  ...['create_module', 'delete_module', 'finit_module', 'init_module', 'get_kernel_syms', 'query_module'],
  ...['kexec_load', 'kexec_file_load', 'reboot', 'syslog', 'uselib', 'nfsservctl', 'lookup_dcookie'],
  // mounts, roots and namespaces
  ...[
    'mount',
    'umount',
    'umount2',
    'mount_setattr',
    'move_mount',
    'open_tree',
    'fsopen',
    'fsconfig',
    'fsmount',
  ],
  ...['fspick', 'pivot_root', 'setns', 'unshare', 'swapon', 'swapoff', 'quotactl', 'quotactl_fd', 'acct'],
  ...['open_by_handle_at', 'name_to_handle_at', 'fanotify_init'],
  // clocks and hardware
  ...['clock_adjtime', 'clock_settime', 'settimeofday', 'stime', 'iopl', 'ioperm', 'vhangup'],
  // kernel interfaces with a history of escapes
  ...['bpf', 'perf_event_open', 'userfaultfd', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'],
  ...['add_key', 'keyctl', 'request_key', 'kcmp', 'process_vm_readv', 'process_vm_writev', 'ptrace'],
  ...[
    'move_pages',
    'migrate_pages',
    'vm86',
    'vm86old',
    'modify_ldt',
    'sysfs',
    '_sysctl',
    'ustat',
    'personality',
  ],
];

/** CLONE_NEW* for cgroup, uts, ipc, user, pid, net, mount and time namespaces. */
const NAMESPACE_FLAGS = 0x7e02_0080;

/** Address families that reach beyond the network namespace: AF_ALG is the kernel's crypto, AF_VSOCK the hypervisor. */
const REFUSED_FAMILIES = [38, 40];

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
};

/** `linux.seccomp` of the runtime spec (config-linux.md#seccomp). */
export function seccompProfile(): object {
  const architecture = ARCHITECTURES[process.arch];
  const refuse = { action: 'SCMP_ACT_ERRNO', errnoRet: EPERM };
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    ...(architecture === undefined ? {} : { architectures: [architecture] }),
    syscalls: [
      { ...refuse, names: REFUSED },
      // clone3's flags are behind a pointer: with ENOSYS the C libraries fall back to clone.
      { action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, names: ['clone3'] },
      ...namespaceBits().map((bit) => ({
        ...refuse,
        names: ['clone'],
        args: [{ index: 0, value: bit, valueTwo: bit, op: 'SCMP_CMP_MASKED_EQ' }],
      })),
      ...REFUSED_FAMILIES.map((family) => ({
        ...refuse,
        names: ['socket'],
        args: [{ index: 0, value: family, op: 'SCMP_CMP_EQ' }],
      })),
    ],
  };
}

function namespaceBits(): number[] {
  const bits: number[] = [];
  for (let i = 0; i < 32; i++) if (((NAMESPACE_FLAGS >>> i) & 1) === 1) bits.push(2 ** i);
  return bits;
}
