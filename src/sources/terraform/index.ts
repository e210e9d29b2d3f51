/**
 * Terraform plans: what `terraform show -json` says of a plan, as deploys to be judged, as facts laid over another
 * source, and as faults in the order of things that no verdict on the final state would show.
 */
export { type DeploysOptions, deploysOf, type PlannedDeploy } from './deploys.js';
export { type FaultsOptions, faultsOf } from './faults.js';
export { type ReadPlanOptions, readTerraformPlan, type TerraformPlan } from './plan.js';
export { type PlannedSourceOptions, plannedSource } from './planned-source.js';
export { type TerraformReference, terraformReferences } from './references.js';
export { remembering } from './remembering.js';
export { TerraformPlanError } from './text.js';
