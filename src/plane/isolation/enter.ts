/** How a command is started in a network namespace of its own: by util-linux's unshare(1), as root or as anybody. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The isolation cannot be had here; the message says why and what to do. */
export class IsolationUnavailable extends Error {
  override readonly name = 'IsolationUnavailable';
}

const COMMAND = 'unshare';
/** For root, and where root is not enough (a container without CAP_SYS_ADMIN) or not there: a user namespace around. */
const AS_ROOT = ['--net'];
const AS_USER = ['--user', '--map-current-user', '--keep-caps', '--net'];

/**
 * The words before a command that start it in a network namespace of its own, with the power to configure that.
 * @throws IsolationUnavailable
 */
export async function namespaceCommand(): Promise<readonly string[]> {
  if (process.platform !== 'linux') {
    throw new IsolationUnavailable(
      `--isolated needs Linux's network namespaces; this is ${process.platform}`,
    );
  }
  const ways = process.geteuid?.() === 0 ? [AS_ROOT, AS_USER] : [AS_USER];
  const refusals: string[] = [];
  for (const way of ways) {
    const refusal = await tried([...way, '--', 'true']);
    if (refusal === undefined) return [COMMAND, ...way, '--'];
    refusals.push(refusal);
  }
  throw new IsolationUnavailable(
    `--isolated needs a network namespace, and the system gives none (${refusals.join('; ')}). ` +
      'Run it as root, or allow user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1',
  );
}

/** Why unshare refuses, or undefined when it works. */
async function tried(args: readonly string[]): Promise<string | undefined> {
  try {
    await promisify(execFile)(COMMAND, args, { timeout: 10_000 });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: unknown };
    if (code === 'ENOENT') {
      throw new IsolationUnavailable(
        '--isolated needs unshare, which is not installed. Install it: sudo apt-get install util-linux',
      );
    }
    return String(stderr ?? '').trim() || String(error);
  }
}
