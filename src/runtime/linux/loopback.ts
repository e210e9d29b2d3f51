/** What a process needs right after it has entered a network namespace of its own: loopback, and no leftover powers. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const AF_INET = 2;
const SOCK_DGRAM = 2;
/** netdevice(7) */
const SIOCSIFFLAGS = 0x8914;
const IFF_UP_RUNNING = 0x41;
/** prctl(2) */
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

function libc() {
  const koffi = require('koffi') as typeof import('koffi');
  const lib = koffi.load(null);
  return {
    errno: () => koffi.errno(),
    socket: lib.func('int socket(int domain, int type, int protocol)'),
    ioctl: lib.func('int ioctl(int fd, unsigned long request, void *argument)'),
    close: lib.func('int close(int fd)'),
    prctl: lib.func(
      'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
    ),
  };
}

/**
 * Brings up the loopback interface of the calling thread's network namespace, which begins without any.
 * @throws Error with the errno when the thread may not configure the namespace
 */
export function bringLoopbackUp(): void {
  const { socket, ioctl, close, errno } = libc();
  const fd: number = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) throw new Error(`socket: errno ${errno()}`);
  try {
    const request = Buffer.alloc(40); // struct ifreq { char name[16]; short flags; … }
    request.write('lo', 'latin1');
    request.writeInt16LE(IFF_UP_RUNNING, 16);
    if (ioctl(fd, SIOCSIFFLAGS, request) < 0) {
      throw new Error(`the loopback interface could not be brought up: errno ${errno()}`);
    }
  } finally {
    close(fd);
  }
}

/** Takes the ambient capabilities away, so that programs started from here have none that their user lacks. */
export function dropAmbientCapabilities(): void {
  libc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}
