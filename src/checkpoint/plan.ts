/** What a plan asks to be found out, so that whoever gathers facts looks up no more and no less. */
import { type ImageReference, memberOf, type Principal, type ResourceName } from '../names/index.js';
import { demandsOf, type JudgeOptions } from './judge.js';
import { requirements } from './requirements.js';
import type { Requirement } from './rule.js';
import { references } from './subjects.js';
import type { DeployPlan } from './types.js';

export interface AccessQuestion {
  readonly principal: Principal;
  readonly permission: string;
  readonly resource: ResourceName;
}

const ENFORCED: JudgeOptions = { imageReadCheck: 'enforce' };

function keyOf({ principal, permission, resource }: AccessQuestion): string {
  return `${memberOf(principal) ?? principal.kind} ${permission} ${resource}`;
}

/** Every access decision that judging the plan will ask for, each once. */
export function questions(
  deploy: DeployPlan,
  options: JudgeOptions = ENFORCED,
  rules: readonly Requirement[] = requirements,
): readonly AccessQuestion[] {
  const asked = demandsOf(deploy, options, rules).flatMap((demand): AccessQuestion[] => {
    if (demand.kind !== 'permission') return [];
    const { principal = demand.standIn, permission, resource } = demand;
    return principal ? [{ principal, permission, resource }] : [];
  });
  return [...new Map(asked.map((question) => [keyOf(question), question])).values()];
}

/** The images whose manifests must be looked for, each once; none when the request makes no new revision. */
export function imagesToProbe(deploy: DeployPlan): readonly ImageReference[] {
  return deploy.templateChanged ? references(deploy) : [];
}
