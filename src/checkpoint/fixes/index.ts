/** Fixes: the smallest roles on the narrowest resources after which a deploy goes through, and what no role helps. */
import type { DeployPlan, Fix, Judgement, Step } from '../types.js';
import {
  createAccountCommand,
  createAgentCommand,
  createRoleCommand,
  enableApiCommand,
  grantCommand,
} from './commands.js';
import { type FixOptions, stepsFor } from './steps.js';
import { TerraformWriter } from './terraform.js';

export * from './estate-patch.js';
export type { Need } from './needs.js';
export * from './remarks.js';
export * from './smallest-role.js';
export * from './steps.js';
export * from './terraform.js';
export * from './with-steps.js';

function commandOf(step: Step): string {
  switch (step.kind) {
    case 'grant':
      return grantCommand(step);
    case 'create-role':
      return createRoleCommand(step.project, step.role, step.permissions);
    case 'create-account':
      return createAccountCommand(step.project, step.email);
    case 'enable-api':
      return enableApiCommand(step.project, step.api);
    case 'create-agent':
      return createAgentCommand(step.project, step.api);
  }
}

/** Steps with the command and the Terraform that do them. @param apiVersion which Terraform resource a service is */
export function written(steps: readonly Step[], apiVersion: DeployPlan['apiVersion']): Fix[] {
  const writer = new TerraformWriter(apiVersion);
  return steps.map((step) => ({ ...step, gcloud: commandOf(step), terraform: writer.block(step).text }));
}

/**
 * The grants (and the enabling of the API) after which the deploy goes through, in the order to make them.
 * Nothing is proposed for what is unknown, nor a service agent's role for anybody but the agent itself.
 */
export function fixes(
  judgement: Judgement,
  plan: Pick<DeployPlan, 'apiVersion' | 'target'>,
  options: FixOptions = {},
): Fix[] {
  return written(stepsFor(judgement, plan, options).steps, plan.apiVersion);
}
