/** Deny policies and principal access boundaries of estate files. */
import type { DenyPolicyDocument, OrganizationDocument } from '../../estate-file/index.js';
import type { BoundaryEntry, DenyPolicyEntry, Placed } from './estate.js';
import { each, given, listed, mapping, type Parts } from './parts.js';
import type { Problems } from './problems.js';

export function denyPoliciesOf(
  problems: Problems,
  parts: readonly Placed<{ readonly denyPolicies?: readonly DenyPolicyDocument[] }>[],
): readonly DenyPolicyEntry[] {
  return each(
    problems,
    listed(parts, 'denyPolicies', ({ denyPolicies }) => denyPolicies),
    ({ id }) => id,
    'deny policy',
    (own) => ({ ...textsOf(problems, own), rules: own.flatMap(({ value }) => value.rules) }),
  );
}

export function boundariesOf(
  problems: Problems,
  parts: readonly Placed<OrganizationDocument>[],
): readonly BoundaryEntry[] {
  return each(
    problems,
    listed(parts, 'principalAccessBoundaryPolicies', (part) => part.principalAccessBoundaryPolicies),
    ({ id }) => id,
    'principal access boundary policy',
    (own) => ({
      ...textsOf(problems, own),
      ...given(own, ['enforcementVersion'], problems),
      rules: own.flatMap(({ value }) => value.rules),
      policyBindings: each(
        problems,
        listed(own, 'policyBindings', ({ policyBindings }) => policyBindings),
        ({ id, target }) => `${id} of ${target}`,
        'policy binding',
        (bound) => ({
          ...textsOf(problems, bound),
          target: bound[0].value.target,
          ...given(bound, ['condition'], problems),
        }),
      ),
    }),
  );
}

function textsOf<
  T extends {
    readonly id: string;
    readonly displayName?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  },
>(problems: Problems, parts: Parts<T>) {
  const [{ value, place }] = parts;
  const annotations = mapping(parts, 'annotations', (part) => part.annotations, problems);
  return { id: value.id, place, ...given(parts, ['displayName'], problems), annotations };
}
