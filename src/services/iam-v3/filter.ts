/** The filter of ListPolicyBindings: `target` and `policy`, whole or by how they begin, without regard to case. */
import type { KeptPolicyBinding } from '../../access/index.js';
import { parseFilter, type Test, unsupportedClause } from '../filter.js';

const CLAUSE = /^(target|policy)[:=](?:"([^"]+)"|([^"]+))$/;

/** @throws GoogleError INVALID_ARGUMENT naming the clause that is not supported */
export function bindingFilter(filter: string): Test<KeptPolicyBinding> {
  return parseFilter(filter, { comparison, sequence: () => 'all' });
}

function comparison(clause: string): Test<KeptPolicyBinding> {
  const [, field, quoted, plain = ''] = CLAUSE.exec(clause) ?? [];
  if (field === undefined) throw unsupportedClause(clause);
  const value = (quoted ?? plain).toLowerCase();
  const matches = value.endsWith('*')
    ? (text: string) => text.toLowerCase().startsWith(value.slice(0, -1))
    : (text: string) => text.toLowerCase() === value;
  if (field === 'policy') return ({ policy }) => matches(policy);
  return ({ principalSet, target }) => matches(principalSet) || matches(target);
}
