/**
 * The few Linux system calls that Node.js does not offer, called through koffi. The library is loaded on first
 * use, because a plane that never starts a container need not pay for it.
 */
import { createRequire } from 'node:module';
import { constants } from 'node:os';

const require = createRequire(import.meta.url);

/** Flags from `<sched.h>`, `<sys/mount.h>` and `<fcntl.h>`; the same on x86-64 and arm64. */
export const CLONE_NEWNS = 0x0002_0000;
export const CLONE_NEWNET = 0x4000_0000;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_BIND = 4_096;
export const MS_REC = 16_384;
export const MS_SLAVE = 1 << 19;
const MNT_DETACH = 2;
export const O_CLOEXEC = 0o2_000_000;
export const O_NONBLOCK = 0o4_000;

/** System call numbers: `mknodat` is older than the generic table, the others have one number everywhere. */
const SYS_OPENAT2 = 437;
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_MKNODAT: Partial<Record<NodeJS.Architecture, number>> = { x64: 259, arm64: 33 };

const RESOLVE_IN_ROOT = 0x10n;
const S_IFCHR = 0o020_000;
const AT_FDCWD = -100;
const POLLIN = 1;
/** prctl(2) */
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

/** A system call that failed; `code` is the errno's name, e.g. `ENOENT`. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  constructor(
    readonly syscall: string,
    readonly errno: number,
    readonly code: string,
    detail: string,
  ) {
    super(`${syscall}(${detail}): ${code}`);
  }
}

type Call = (...args: readonly (string | number | bigint | Buffer | number[] | null)[]) => number;

interface Bindings {
  readonly errno: () => number;
  readonly unshare: Call;
  readonly setns: Call;
  readonly mount: Call;
  readonly umount2: Call;
  readonly chdir: Call;
  readonly fchdir: Call;
  readonly pipe2: Call;
  readonly eventfd: Call;
  readonly setxattr: Call;
  readonly socket: Call;
  readonly connect: Call;
  readonly bind: Call;
  readonly send: Call;
  readonly recv: Call;
  readonly poll: Call;
  readonly getsockopt: Call;
  readonly openat2: Call;
  readonly mknodat: Call;
  readonly pidfdOpen: Call;
  readonly prctl: Call;
  readonly pidfdSendSignal: Call;
}

let bindings: Bindings | undefined;

function libc(): Bindings {
  bindings ??= bind();
  return bindings;
}

function bind(): Bindings {
  const koffi = require('koffi') as typeof import('koffi');
  const lib = koffi.load(null);
  return {
    errno: () => koffi.errno(),
    unshare: lib.func('int unshare(int flags)'),
    setns: lib.func('int setns(int fd, int type)'),
    mount: lib.func(
      'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
    ),
    umount2: lib.func('int umount2(const char *target, int flags)'),
    chdir: lib.func('int chdir(const char *path)'),
    fchdir: lib.func('int fchdir(int fd)'),
    pipe2: lib.func('int pipe2(_Out_ int *fds, int flags)'),
    eventfd: lib.func('int eventfd(unsigned int initial, int flags)'),
    setxattr: lib.func(
      'int setxattr(const void *path, const char *name, const char *value, size_t size, int flags)',
    ),
    socket: lib.func('int socket(int domain, int type, int protocol)'),
    connect: lib.func('int connect(int fd, const void *address, unsigned int length)'),
    bind: lib.func('int bind(int fd, const void *address, unsigned int length)'),
    send: lib.func('long send(int fd, const void *data, size_t length, int flags)'),
    recv: lib.func('long recv(int fd, void *buffer, size_t length, int flags)'),
    poll: lib.func('int poll(void *fds, unsigned long count, int timeout)'),
    getsockopt: lib.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
    openat2: lib.func('syscall', 'long', ['long', 'int', 'const char *', 'void *', 'size_t']),
    mknodat: lib.func('syscall', 'long', ['long', 'int', 'const void *', 'unsigned int', 'unsigned long']),
    prctl: lib.func(
      'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
    ),
    pidfdOpen: lib.func('syscall', 'long', ['long', 'int', 'unsigned int']),
    pidfdSendSignal: lib.func('syscall', 'long', ['long', 'int', 'int', 'void *', 'unsigned int']),
  };
}

/** e.g. `ECONNREFUSED` for 111. (Node.js's `util.getSystemErrorName` knows only what libuv uses.) */
export function errorName(errno: number): string {
  return Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
}

function checked(syscall: string, detail: string, result: number): number {
  if (result < 0) {
    const errno = libc().errno();
    throw new SystemCallError(syscall, errno, errorName(errno), detail);
  }
  return result;
}

/** Moves the calling thread into new namespaces. @throws SystemCallError */
export function unshare(flags: number): void {
  checked('unshare', `0x${flags.toString(16)}`, libc().unshare(flags));
}

/** Moves the calling thread into the namespace that `fd` refers to. @throws SystemCallError */
export function setns(fd: number, type: number): void {
  checked('setns', `${fd}`, libc().setns(fd, type));
}

/** mount(2), with `data` as the filesystem's own options. @throws SystemCallError */
export function mount(
  source: string,
  target: string,
  type: string | null,
  flags: number,
  data: string | null,
): void {
  checked('mount', `${type ?? 'flags'}, ${target}`, libc().mount(source, target, type, flags, data));
}

/** Detaches the mount at `target` (MNT_DETACH), also while something still uses it. @throws SystemCallError */
export function unmount(target: string): void {
  checked('umount2', target, libc().umount2(target, MNT_DETACH));
}

/** Changes the calling thread's working directory; Node.js's own `process.cwd()` is cached. @throws SystemCallError */
export function chdir(path: string): void {
  checked('chdir', path, libc().chdir(path));
}

/** Back to the directory that `fd` was opened on. @throws SystemCallError */
export function fchdir(fd: number): void {
  checked('fchdir', `${fd}`, libc().fchdir(fd));
}

/** A pipe, closed on exec. (Node.js's own `stdio: 'pipe'` is a socket, which `/dev/stdout` cannot reopen.) */
export function pipe(): { readonly read: number; readonly write: number } {
  const fds = [0, 0];
  checked('pipe2', '', libc().pipe2(fds, O_CLOEXEC));
  const [read = -1, write = -1] = fds;
  return { read, write };
}

/** A non-blocking event counter. @throws SystemCallError */
export function eventfd(): number {
  return checked('eventfd', '', libc().eventfd(0, O_CLOEXEC | O_NONBLOCK));
}

/** Sets an extended attribute; `path` in bytes, because file names need not be UTF-8. @throws SystemCallError */
export function setxattr(path: Buffer, name: string, value: string): void {
  const result = libc().setxattr(terminated(path), name, value, Buffer.byteLength(value), 0);
  checked('setxattr', `${path.toString()}, ${name}`, result);
}

/** Makes the character device 0:0, which overlayfs reads as "deleted in this layer". @throws SystemCallError */
export function makeWhiteout(path: Buffer): void {
  const number = SYS_MKNODAT[process.arch];
  if (number === undefined) throw new Error(`unpacking layers is not supported on ${process.arch}`);
  checked('mknod', path.toString(), libc().mknodat(number, AT_FDCWD, terminated(path), S_IFCHR, 0));
}

/**
 * Opens `path` for reading as a process whose root directory is `rootFd` would: symbolic links, absolute ones too,
 * stay inside (openat2(2), RESOLVE_IN_ROOT; Linux 5.6). Never blocks on a FIFO.
 * @throws SystemCallError
 */
export function openInRoot(rootFd: number, path: string): number {
  const how = Buffer.alloc(24); // struct open_how { u64 flags, mode, resolve }
  how.writeBigUInt64LE(BigInt(O_CLOEXEC | O_NONBLOCK), 0);
  how.writeBigUInt64LE(RESOLVE_IN_ROOT, 16);
  return checked('openat2', path, libc().openat2(SYS_OPENAT2, rootFd, path, how, how.length));
}

/** Takes the ambient capabilities away, so that programs started from here have none that their user lacks. */
export function dropAmbientCapabilities(): void {
  // Where the kernel knows none, there are none to take away.
  libc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/** A handle on a process that cannot come to mean another one when the pid is used again. @throws SystemCallError */
export function pidfdOpen(pid: number): number {
  return checked('pidfd_open', `${pid}`, libc().pidfdOpen(SYS_PIDFD_OPEN, pid, 0));
}

/** Sends a signal; false when the process has ended. @throws SystemCallError */
export function pidfdSignal(pidfd: number, signal: number): boolean {
  const result = libc().pidfdSendSignal(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, null, 0);
  if (result < 0 && errorName(libc().errno()) === 'ESRCH') return false;
  checked('pidfd_send_signal', `${signal}`, result);
  return true;
}

/** Whether the process has ended, be it that its parent has not asked for its end yet (pidfd_open(2)). */
export function pidfdEnded(pidfd: number): boolean {
  const request = Buffer.alloc(8); // struct pollfd { int fd; short events, revents }
  request.writeInt32LE(pidfd, 0);
  request.writeInt16LE(POLLIN, 4);
  return libc().poll(request, 1, 0) === 1;
}

/** Sockets as the system has them: see dial.ts, listen.ts and netlink.ts. Errors are SystemCallErrors. @internal */
export const sockets = {
  open: (domain: number, type: number, protocol = 0): number =>
    checked('socket', `${domain}`, libc().socket(domain, type, protocol)),
  /** The errno's name, or undefined when connected. */
  connect: (fd: number, address: Buffer): string | undefined =>
    libc().connect(fd, address, address.length) < 0 ? errorName(libc().errno()) : undefined,
  bind: (fd: number, address: Buffer): void => {
    checked('bind', `${fd}`, libc().bind(fd, address, address.length));
  },
  send: (fd: number, data: Buffer): number => checked('send', `${fd}`, libc().send(fd, data, data.length, 0)),
  /** Bytes written into the buffer. */
  recv: (fd: number, buffer: Buffer): number =>
    checked('recv', `${fd}`, libc().recv(fd, buffer, buffer.length, 0)),
  poll: (request: Buffer): number => libc().poll(request, 1, 0),
  getsockopt: (fd: number, level: number, name: number, value: Buffer, length: Buffer): number =>
    checked('getsockopt', `${fd}`, libc().getsockopt(fd, level, name, value, length)),
};

function terminated(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.of(0)]);
}
