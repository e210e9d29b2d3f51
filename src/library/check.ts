/** The question: would these deploys go through? */
import {
  type CheckReport,
  type ChecksReport,
  checkDeployOn,
  checksReport,
  type ImageReadCheck,
  located,
  type Source,
  type WrittenDeploy,
} from '../checkpoint/index.js';
import { deploysOf, faultsOf, plannedSource, readTerraformPlan, remembering } from '../sources/index.js';
import { asMember, type Deploy, type Deployer, writtenDeploys } from './deploys.js';

export interface CheckOptions {
  /** Where the facts are from. */
  readonly source: Source;
  /** When the deploy is to be made, for conditions on the time; now when left out. */
  readonly time?: Date;
  /** `enforce` when left out, as Cloud Run does. */
  readonly imageReadCheck?: ImageReadCheck;
  /** What images must run on; `linux/amd64` when left out. */
  readonly platform?: string;
  /** Whether reports carry the whole evaluation of each requirement. */
  readonly explain?: boolean;
}

/**
 * Judges one deploy.
 * @throws BadInput and its like for what cannot be read, or describes several; UnresolvableDeploy for a deploy into a
 *   project or region that is not there
 */
export async function check(deploy: Deploy, options: CheckOptions): Promise<CheckReport> {
  const { checks } = await checkAll([deploy], options);
  const [report, ...more] = checks;
  if (!report || more.length > 0) {
    throw new Error(`${checks.length} deploys are described: checkAll() judges several`);
  }
  return report;
}

/** Judges several deploys, and every document of a file. @throws as check() does */
export async function checkAll(deploys: readonly Deploy[], options: CheckOptions): Promise<ChecksReport> {
  const written = (await Promise.all(deploys.map(writtenDeploys))).flat();
  const { source } = options;
  return checksReport(await judged(written, source, options), [], source.name);
}

/** What `terraform show -json` wrote of a plan, and who applies it. */
export interface PlanToCheck extends Pick<Deployer, 'as'> {
  readonly plan: string;
  /** What messages call it; `plan.json` when left out. */
  readonly file?: string;
  /** Where the plan's `.tf` files are, for the lines in findings; not looked for when left out. */
  readonly directory?: string;
}

/**
 * Judges everything of Cloud Run's that a Terraform plan creates or changes, as it will be once the plan is applied,
 * and finds what would go wrong on the way.
 * @throws TerraformPlanError for what is no plan
 */
export async function checkPlan(
  { plan: text, as, file = 'plan.json', directory }: PlanToCheck,
  options: CheckOptions,
): Promise<ChecksReport> {
  const { source, time = new Date() } = options;
  const plan = readTerraformPlan(text, { file, directory: directory ?? null });
  const member = asMember(as);
  const before = remembering(source);
  const after = remembering(plannedSource(before, plan, { as: member }));
  const [checks, faults] = await Promise.all([
    judged(deploysOf(plan, { as: member }), after, options),
    faultsOf(plan, before, { as: member, time }),
  ]);
  return checksReport(checks, faults, after.name);
}

async function judged(
  deploys: readonly WrittenDeploy[],
  source: Source,
  { time = new Date(), imageReadCheck, platform, explain }: CheckOptions,
): Promise<readonly CheckReport[]> {
  const options = {
    time,
    ...(imageReadCheck && { imageReadCheck }),
    ...(platform === undefined ? {} : { platform }),
    ...(explain === undefined ? {} : { explain }),
  };
  return Promise.all(
    deploys.map(async (deploy) => {
      const { report } = await checkDeployOn(deploy.request, source, options);
      return located(report, deploy);
    }),
  );
}
