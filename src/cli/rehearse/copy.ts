/** The copy of real projects that a plane takes: read, tried, and rid of what it does not take. */
import { estateSource } from '../../plane/index.js';
import type { GoogleReader } from '../../sources/index.js';

export interface RehearsalChoice {
  readonly projects: readonly string[];
  /** As a member. */
  readonly as: string;
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

/** @throws CopyError, GoogleSignInError */
export async function rehearsalEstate(
  reader: GoogleReader,
  { projects, as }: RehearsalChoice,
): Promise<RehearsalEstate> {
  const { copyFromGoogle, fitEstate, googleSource } = await import('../../sources/index.js');
  const source = googleSource({ reader });
  const { estate, gaps } = await copyFromGoogle(reader, source, { projects, caller: as });
  const fitted = await fitEstate(estate, problemsOf);
  return {
    text: textOf(fitted.estate),
    gaps: [...gaps, ...new Set(fitted.leftOut.map((sentence) => `left out: ${sentence}`))],
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
