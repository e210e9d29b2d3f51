/** Which steps are one and the same. */
import type { Step } from '../types.js';

export function stepKey(step: Step): string {
  switch (step.kind) {
    case 'grant':
      return `${step.kind} ${step.member} ${step.role} ${step.resource}`;
    case 'create-role':
      return `${step.kind} ${step.role}`;
    case 'create-account':
      return `${step.kind} ${step.email}`;
    case 'enable-api':
    case 'create-agent':
      return `${step.kind} ${step.project} ${step.api}`;
  }
}
