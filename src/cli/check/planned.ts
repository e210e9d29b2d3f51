/** `--plan`: a Terraform plan, laid over the source. */
import type { Fault, Source, WrittenDeploy } from '../../checkpoint/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { checkMessages } from './messages.js';

export type TerraformPlan = Readonly<Record<never, never>>;

/** @throws UsageError for a file that cannot be opened; TerraformPlanError for one that is no plan */
export async function readPlan(
  { plan }: { readonly plan: string; readonly terraformDir?: string },
  { language }: CliContext,
): Promise<TerraformPlan> {
  throw new UsageError(checkMessages[language].cannotRead(plan, 'not there yet'));
}

/** The source as it will be once the plan is applied. */
export async function laidOver(base: Source, _: TerraformPlan): Promise<Source> {
  return base;
}

/** Everything of Cloud Run's that the plan creates or changes, and what goes wrong with it whatever is granted. */
export async function deploysOfPlan(
  _plan: TerraformPlan,
  _source: Source,
  { file }: { readonly as: string; readonly file: string },
  { language }: CliContext,
): Promise<{ readonly deploys: readonly WrittenDeploy[]; readonly faults: readonly Fault[] }> {
  throw new UsageError(checkMessages[language].noResourceInPlan(file));
}
