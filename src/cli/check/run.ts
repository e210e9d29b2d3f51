/** Judges what the command line names, and puts the reports together. */
import type { Checked, ChecksReport } from '../../checkpoint/index.js';
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
  const { checkDeployOn, checksReport, located } = await import('../../checkpoint/index.js');
  const checked = await Promise.all(
    deploys.map(async (deploy) => {
      const made = await checkDeployOn(deploy.request, source, { ...options, explain });
      return { ...made, report: located(made.report, deploy) };
    }),
  );
  return {
    checked,
    report: checksReport(
      checked.map(({ report }) => report),
      faults,
      source.name,
    ),
  };
}
