/** The copy of real projects that a plane takes: read, tried, and rid of what it does not take. */
import { estateSource } from '../../plane/index.js';
import type { CopiedEstate, GoogleReader, OpenedAssets } from '../../sources/index.js';

export interface RehearsalChoice {
  readonly projects: readonly string[];
  /** As a member. */
  readonly as: string;
}

export interface LiveChoice extends RehearsalChoice {
  /** A group's address → its members, as the user knows them. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

export interface RehearsalEstate {
  /** An estate file's text, in JSON. */
  readonly text: string;
  /** What is not in it, one sentence each. */
  readonly gaps: readonly string[];
}

export const ESTATE_NAME = 'copy.json';
/** Nobody: what is copied has the owners that it has. */
export const NO_OWNER = 'user:operator@sekisho.invalid';

/**
 * Real projects, as Google Cloud tells of them.
 * @throws CopyError, GoogleSignInError
 */
export async function rehearsalEstate(
  reader: GoogleReader,
  { as, ...choice }: LiveChoice,
): Promise<RehearsalEstate> {
  const { copyFromGoogle, googleSource } = await import('../../sources/index.js');
  return fitted(await copyFromGoogle(reader, googleSource({ reader }), { ...choice, caller: as }));
}

/**
 * Real projects, as an export has them.
 * @param path what was opened
 * @throws CopyError
 */
export async function exportedEstate(
  opened: OpenedAssets,
  { projects, as }: RehearsalChoice,
): Promise<RehearsalEstate> {
  const { copyFromAssets } = await import('../../sources/index.js');
  return fitted(await copyFromAssets(opened, { projects, caller: as }));
}

async function fitted({ estate, gaps }: CopiedEstate): Promise<RehearsalEstate> {
  const { fitEstate } = await import('../../sources/index.js');
  const { estate: taken, leftOut } = await fitEstate(estate, problemsOf);
  return {
    text: textOf(taken),
    gaps: [...gaps, ...new Set(leftOut.map((sentence) => `left out: ${sentence}`))],
  };
}

const textOf = (estate: unknown): string => `${JSON.stringify(estate, null, 2)}\n`;

/** What a plane finds wrong with an estate; none when it takes it. */
async function problemsOf(estate: unknown): Promise<readonly string[]> {
  try {
    const file = { name: ESTATE_NAME, text: textOf(estate) };
    const { close } = await estateSource([file], { owner: NO_OWNER });
    await close();
    return [];
  } catch (error) {
    if (error instanceof Error && 'problems' in error && Array.isArray(error.problems)) {
      return error.problems.map(String);
    }
    throw error;
  }
}
