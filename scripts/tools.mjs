// What the demo and the tests need beyond npm: installed from Debian's packages where we may, named otherwise.
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Commands and the Debian packages that bring them. */
const PACKAGES = {
  buildah: 'buildah',
  busybox: 'busybox-static',
  crun: 'crun',
  dockerd: 'docker.io',
  faketime: 'faketime',
  newuidmap: 'uidmap',
  podman: 'podman',
  runc: 'runc',
  skopeo: 'skopeo',
  zstd: 'zstd',
};

/** True when a command is on PATH, or where Debian puts what only root runs. */
export function isInstalled(command) {
  const dirs = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return dirs.some((dir) => {
    try {
      accessSync(path.join(dir, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Makes sure that the commands are there.
 * @param {string[]} commands keys of PACKAGES
 * @returns {string[]} the commands that are still missing, each with how to get it, as sentences
 */
export function ensureTools(commands) {
  const missing = commands.filter((command) => !isInstalled(command));
  if (missing.length > 0 && process.getuid?.() === 0 && isInstalled('apt-get')) {
    const packages = missing.map((command) => PACKAGES[command]);
    process.stderr.write(`Installing ${packages.join(', ')} from Debian's packages …\n`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    try {
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env,
      });
    } catch {
      // What is missing still is told below.
    }
  }
  return commands
    .filter((command) => !isInstalled(command))
    .map((command) => `${command} is not installed. Install it: sudo apt-get install ${PACKAGES[command]}`);
}
