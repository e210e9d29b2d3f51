/** The estate's admin calls, as commands make them. */
import type { ApplyReport, EstateFile } from '../estate/index.js';
import { adminCall, type RunningPlane } from './admin-client.js';
import { ClientError } from './client-error.js';

export interface ApplyOptions {
  readonly files: readonly EstateFile[];
  /** True removes what the files do not name. */
  readonly prune: boolean;
  readonly dryRun: boolean;
}

/**
 * Applies estate files, all or nothing.
 * @throws Error with a line for each problem when the files cannot be applied; ClientError when the plane is silent
 */
export async function applyEstateFiles(plane: RunningPlane, options: ApplyOptions): Promise<ApplyReport> {
  try {
    const report: Readonly<Record<string, unknown>> = await adminCall(plane, 'POST /v1/apply', options);
    if (isReport(report)) return report;
  } catch (error) {
    // The sentences are about the files, and complete.
    if (error instanceof ClientError && error.problem.kind === 'refused')
      throw new Error(error.problem.cause);
    throw error;
  }
  throw notUnderstood('apply');
}

const isReport = (answer: object): answer is ApplyReport =>
  'changes' in answer && Array.isArray(answer.changes) && 'unchanged' in answer;

/** The plane as an estate file, and what such a file cannot say. @throws ClientError */
export async function exportEstateFile(
  plane: RunningPlane,
  format: 'yaml' | 'json',
): Promise<{ readonly text: string; readonly notes: readonly string[] }> {
  const { text, notes } = await adminCall(plane, 'POST /v1/export', { format });
  if (typeof text === 'string' && Array.isArray(notes)) return { text, notes: notes.map(String) };
  throw notUnderstood('export');
}

/** Empties the plane. @returns how many projects are gone @throws ClientError */
export async function resetEstate(plane: RunningPlane): Promise<number> {
  const { projects } = await adminCall(plane, 'POST /v1/reset', {});
  if (typeof projects === 'number') return projects;
  throw notUnderstood('reset');
}

const notUnderstood = (call: string) =>
  new ClientError({ kind: 'refused', cause: `The plane's answer to ${call} cannot be read.` });
