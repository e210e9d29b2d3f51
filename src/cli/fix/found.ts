/** Judges what the command line names, and works out what is to be done for all of it together. */
import type { Checked, Fault, Remark, Step, WrittenDeploy } from '../../checkpoint/index.js';
import type { Inputs } from '../check/inputs.js';

export interface FoundDeploy extends WrittenDeploy {
  readonly checked: Checked;
}

/** What is wrong, and what is to be done. */
export interface Found {
  readonly deploys: readonly FoundDeploy[];
  readonly steps: readonly Step[];
  readonly remarks: readonly Remark[];
  /** What goes wrong with a plan whatever is granted. */
  readonly faults: readonly Fault[];
}

/** @throws UnresolvableDeploy for a project or a region that is not there; what the source throws */
export async function fixesFor(
  { deploys, faults, source, options }: Pick<Inputs, 'deploys' | 'faults' | 'source' | 'options'>,
  customRole: boolean,
): Promise<Found> {
  const { checkDeployOn, remarksOn, stepsForAll } = await import('../../checkpoint/index.js');
  const checked = await Promise.all(
    deploys.map(async (deploy) => ({
      ...deploy,
      checked: await checkDeployOn(deploy.request, source, options),
    })),
  );
  const judged = checked.map((each) => each.checked);
  const { steps, unmet } = stepsForAll(judged, { customRole });
  const remarks = judged.flatMap(({ judgement }, index) =>
    remarksOn(judgement, steps, index === 0 ? unmet : []),
  );
  return { deploys: checked, steps, remarks, faults };
}

/** 0 when the steps mend everything, 1 when something stays denied or goes wrong, 2 when something stays unknown. */
export function statusOf({ remarks, faults }: Pick<Found, 'remarks' | 'faults'>): 0 | 1 | 2 {
  if (faults.some(({ severity }) => severity === 'error')) return 1;
  const kinds = new Set(remarks.map(({ kind }) => kind));
  kinds.delete('group');
  if (kinds.size === 0) return 0;
  return [...kinds].every((kind) => kind === 'unknown') ? 2 : 1;
}
