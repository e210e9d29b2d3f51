/** Judges what the command line names, and puts the reports together. */
import type { Checked, CheckReport, ChecksReport, Fault } from '../../checkpoint/index.js';
import type { Inputs } from './inputs.js';

export interface CheckedAll {
  readonly checked: readonly Checked[];
  readonly report: ChecksReport;
}

/**
 * @param explain whether the reports carry the whole evaluation
 * @throws UnresolvableDeploy for a deploy into a project or region that is not there; what the source throws
 */
export async function checkAll(
  { deploys, faults, source, options }: Pick<Inputs, 'deploys' | 'faults' | 'source' | 'options'>,
  explain: boolean,
): Promise<CheckedAll> {
  const { checkDeployOn, located } = await import('../../checkpoint/index.js');
  const checked = await Promise.all(
    deploys.map(async (deploy) => {
      const made = await checkDeployOn(deploy.request, source, { ...options, explain });
      return { ...made, report: located(made.report, deploy) };
    }),
  );
  return {
    checked,
    report: together(
      checked.map(({ report }) => report),
      faults,
      source.name,
    ),
  };
}

/** The reports of several deploys as one; a fault that is an error counts as denied. */
export function together(
  checks: readonly CheckReport[],
  faults: readonly Fault[],
  source: string,
): ChecksReport {
  const verdicts = new Set(checks.map(({ verdict }) => verdict));
  const denied = verdicts.has('denied') || faults.some(({ severity }) => severity === 'error');
  const verdict = denied ? 'denied' : verdicts.has('unknown') ? 'unknown' : 'granted';
  return { schema: 'sekisho.checks/1', verdict, source, checks, faults };
}
