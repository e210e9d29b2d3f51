/** Boundaries prepared for decisions: from each principal set straight to what is bound to it. */
import { compilePrincipalCondition } from './condition.js';
import { blockablePermissions } from './enforcement-versions.js';
import type { BoundaryBinding, BoundaryPolicy, CompiledBoundaries, CompiledBoundary } from './types.js';

/** Prepares all boundaries of a plane. A binding whose policy is not there has no effect. */
export function compileBoundaries(
  policies: readonly BoundaryPolicy[],
  bindings: readonly BoundaryBinding[],
): CompiledBoundaries {
  const byName = new Map(policies.map((policy) => [policy.name, policy]));
  const byTarget = new Map<string, CompiledBoundary[]>();
  for (const binding of bindings) {
    const policy = byName.get(binding.policy);
    if (policy === undefined) continue;
    const compiled = compileBinding(binding, policy);
    const known = byTarget.get(binding.target);
    if (known === undefined) byTarget.set(binding.target, [compiled]);
    else known.push(compiled);
  }
  return { byTarget };
}

function compileBinding(binding: BoundaryBinding, policy: BoundaryPolicy): CompiledBoundary {
  const { condition: source } = binding;
  return {
    binding: binding.name,
    policy: policy.name,
    rules: policy.rules,
    eligible: new Set(policy.rules.flatMap(({ resources }) => resources)),
    version: policy.enforcementVersion,
    blockable: blockablePermissions(policy.enforcementVersion),
    condition: source && { source, test: compilePrincipalCondition(source.expression) },
  };
}
