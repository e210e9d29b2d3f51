/** The clients that the tests drive. Where one is missing, its tests are skipped, and fail where CI=true. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

function isInstalled(command: string): boolean {
  const directories = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(path.join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether a suite that needs these commands is to run: `describe.runIf(canRun('gcloud', 'skopeo'))`. */
export function canRun(...commands: readonly string[]): boolean {
  return process.env.CI === 'true' || commands.every(isInstalled);
}
