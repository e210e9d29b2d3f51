/** One deploy, asked of one source: resolved, judged and mended. */

import type { CheckRequest } from '../check-request.js';
import { withExplanations } from '../explain/index.js';
import { fixes } from '../fixes/index.js';
import { judge } from '../judge.js';
import { type CheckReport, report } from '../report.js';
import type { DeployPlan, Facts, Fix, ImageReadCheck, Judgement } from '../types.js';
import { gatherFactsFrom } from './gather.js';
import { resolveDeploy } from './resolve.js';
import type { Source } from './types.js';

export interface CheckOptions {
  /** `enforce` when left out, as Cloud Run does since 2025-01-15. */
  readonly imageReadCheck?: ImageReadCheck;
  /** When the deploy is to be made, for conditions on the time. */
  readonly time: Date;
  /** `linux/amd64` when left out. */
  readonly platform?: string;
  /** Whether the report carries the whole evaluation of each requirement. */
  readonly explain?: boolean;
}

/** Everything that came of a check, for those who go on from it: to mend it, to prove it, to draw it. */
export interface Checked {
  readonly plan: DeployPlan;
  readonly facts: Facts;
  readonly judgement: Judgement;
  readonly fixes: readonly Fix[];
  readonly report: CheckReport;
}

/** What a check finds, without the ways out and without words. */
export type JudgedDeploy = Pick<Checked, 'plan' | 'facts' | 'judgement'>;

/**
 * Judges a deploy and no more: for those who ask many times what would be if something were otherwise.
 * @throws UnresolvableDeploy when the project or the region is not there at all
 */
export async function judgeDeployOn(
  request: CheckRequest,
  source: Source,
  { imageReadCheck = 'enforce', time, platform = 'linux/amd64' }: CheckOptions,
): Promise<JudgedDeploy> {
  const plan = await resolveDeploy(request, source);
  const facts = await gatherFactsFrom(source, plan, { time, platform });
  return { plan, facts, judgement: judge(plan, facts, { imageReadCheck }) };
}

/**
 * Judges a deploy that has not been made by what the source says.
 * @throws UnresolvableDeploy when the project or the region is not there at all
 */
export async function checkDeployOn(
  request: CheckRequest,
  source: Source,
  options: CheckOptions,
): Promise<Checked> {
  const { plan, facts, judgement } = await judgeDeployOn(request, source, options);
  const mended = fixes(judgement, plan);
  const reported = report(plan, judgement, mended);
  const { explain = false } = options;
  return {
    plan,
    facts,
    judgement,
    fixes: mended,
    report: explain ? withExplanations(reported, judgement, facts) : reported,
  };
}
