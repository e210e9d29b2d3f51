/** Changes to an environment, written for shells, programs and GitHub's runners. Pure. */
import type { EnvironmentChanges } from '../plane/clients/index.js';

export type EnvironmentFormat = 'sh' | 'json' | 'github';

/**
 * The changes as text, ending in a line break.
 * - `sh`: for `eval` by any POSIX shell
 * - `json`: an object of strings; null for a variable to take away
 * - `github`: lines for the file that GITHUB_ENV names; a variable can only be emptied there
 *   (https://docs.github.com/actions/reference/workflow-commands-for-github-actions#environment-files)
 */
export function formatEnvironment({ set, unset }: EnvironmentChanges, format: EnvironmentFormat): string {
  switch (format) {
    case 'sh':
      return lines([
        ...unset.map((name) => `unset ${name}`),
        ...Object.entries(set).map(([name, value]) => `export ${name}=${quote(value)}`),
      ]);
    case 'json': {
      const removed = Object.fromEntries(unset.map((name) => [name, null]));
      return `${JSON.stringify({ ...removed, ...set }, null, 2)}\n`;
    }
    case 'github':
      return lines([
        ...unset.map((name) => `${name}=`),
        ...Object.entries(set).map(([name, value]) => githubLine(name, value)),
      ]);
  }
}

const lines = (all: readonly string[]) => all.map((line) => `${line}\n`).join('');

/** One word for a POSIX shell: within single quotes everything stands for itself. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A value of several lines stands between delimiters that it doesn't hold. */
function githubLine(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return `${name}=${value}`;
  let delimiter = 'END';
  while (value.includes(delimiter)) delimiter = `${delimiter}_`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}`;
}
