/** What mends a deploy as commands of gcloud; each runs as it stands. */
import type { ResourceName } from '../../names/index.js';
import { targetOf } from './targets.js';

/** A word as a shell takes it. Nothing that we name needs quotes; a stranger's e-mail address may. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const line = (words: readonly string[]): string => ['gcloud', ...words].map(shellWord).join(' ');

/**
 * Always says that it means no condition: without that it asks, or fails where nobody can answer, as soon as any
 * binding of the policy has one.
 */
export function grantCommand({
  member,
  role,
  resource,
}: {
  readonly member: string;
  readonly role: string;
  readonly resource: ResourceName;
}): string {
  const { gcloud, takesCondition } = targetOf(resource, 'v2');
  const condition = takesCondition ? ['--condition=None'] : [];
  return line([...gcloud, `--member=${member}`, `--role=${role}`, ...condition]);
}

/** @param role `projects/P/roles/ID` */
export function createRoleCommand(project: string, role: string, permissions: readonly string[]): string {
  const id = role.slice(role.lastIndexOf('/') + 1);
  return line([
    'iam',
    'roles',
    'create',
    id,
    `--project=${project}`,
    `--title=${id}`,
    `--permissions=${permissions.join(',')}`,
    '--stage=GA',
    '--quiet',
  ]);
}

export const createAccountCommand = (project: string, email: string): string =>
  line(['iam', 'service-accounts', 'create', email.replace(/@.*/, ''), `--project=${project}`]);

export const enableApiCommand = (project: string, api: string): string =>
  line(['services', 'enable', api, `--project=${project}`]);

export const createAgentCommand = (project: string, api: string): string =>
  line(['beta', 'services', 'identity', 'create', `--service=${api}`, `--project=${project}`]);
