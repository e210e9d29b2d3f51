/** `--groups FILE`: who is in which group, as the user knows it. */
import { readFile } from 'node:fs/promises';
import { parseMember } from '../../names/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { sourceMessages } from './messages.js';

/** What can be in a group. */
const KINDS: readonly string[] = ['user', 'serviceAccount', 'group'];

/**
 * A YAML or JSON object: a group's address to the list of its members, as policies write them.
 * @throws UsageError for a file that cannot be opened; BadInput naming file and line of what is none of this
 */
export async function groupsIn(
  file: string,
  { language }: CliContext,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const { BadInput, decodeText, readDocuments } = await import('../../checkpoint/index.js');
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(sourceMessages[language].cannotRead(file, error.code ?? error.message));
  });
  const [document, ...more] = await readDocuments(decodeText(bytes, file), file);
  const { value } = document ?? {};
  if (!document || more.length > 0 || typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadInput(file, 'must be one object: the address of a group, and the list of its members.');
  const groups = Object.entries(value as Readonly<Record<string, unknown>>).map(([group, members]) => {
    const wrong = (at: readonly (string | number)[], why: string) => new BadInput(document.placeOf(at), why);
    if (parseMember(group.startsWith('group:') ? group : `group:${group}`) === undefined)
      throw wrong([group], `'${group}' is no group's address.`);
    if (!Array.isArray(members)) throw wrong([group], 'must be a list of members.');
    return [
      group.replace(/^group:/, ''),
      members.map((member: unknown, index) => {
        const kind = typeof member === 'string' ? parseMember(member)?.kind : undefined;
        if (kind !== undefined && KINDS.includes(kind)) return String(member);
        throw wrong([group, index], `'${String(member)}' is none of user:…, serviceAccount:… and group:….`);
      }),
    ] as const;
  });
  return Object.fromEntries(groups);
}
