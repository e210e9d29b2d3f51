/** A policy as getIamPolicy shows it. */
import { createHash } from 'node:crypto';
import { isConditional } from './bindings.js';
import type { Binding, Policy } from './types.js';

/** The versions that a caller may ask for or send; 0 stands for 1. */
export type PolicyVersion = 0 | 1 | 3;

export function isPolicyVersion(version: number): version is PolicyVersion {
  return version === 0 || version === 1 || version === 3;
}

/**
 * The policy in the version asked for. Without conditions that is always version 1. With conditions, who asks for
 * less than 3 sees version 1: the condition is left out and its binding's role bears a suffix `_withcond_` and a
 * hash, so that nobody takes it for an unconditional grant
 * (https://cloud.google.com/iam/docs/troubleshoot-withcond).
 */
export function viewPolicy(policy: Policy, requested: PolicyVersion = 1): Policy {
  if (!isConditional(policy)) return { ...policy, version: 1 };
  if (requested === 3) return { ...policy, version: 3 };
  return { ...policy, version: 1, bindings: policy.bindings.map(withoutCondition) };
}

function withoutCondition(binding: Binding): Binding {
  if (binding.condition === undefined) return binding;
  const { title, description = '', expression } = binding.condition;
  const hash = createHash('sha256').update(JSON.stringify([binding.role, title, description, expression]));
  return {
    role: `${binding.role}_withcond_${hash.digest('hex').slice(0, 20)}`,
    members: binding.members,
  };
}
