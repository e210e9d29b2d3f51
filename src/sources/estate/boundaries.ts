/** Principal access boundaries as an estate file has them: each with what it is bound to. */
import type { BoundaryFacts } from '../../checkpoint/index.js';
import type { BoundaryDocument } from '../../estate-file/index.js';
import { conditionCopy } from './copying.js';

const idIn = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** All boundaries of an organization. */
export const boundaryDocuments = ({ policies, bindings }: BoundaryFacts): BoundaryDocument[] =>
  policies.map(({ name, rules, enforcementVersion }) => ({
    id: idIn(name),
    rules,
    enforcementVersion,
    policyBindings: bindings
      .filter(({ policy }) => policy === name)
      .map((binding) => ({
        id: idIn(binding.name),
        target: binding.target,
        ...(binding.condition ? { condition: conditionCopy(binding.condition) } : {}),
      })),
  }));
