/** A source after its fixes: what would be so if these steps were done, without doing them. */
import { projectName, projectOf, type ResourceName } from '../../names/index.js';
import type { Source } from '../source/types.js';
import type { GrantStep, Step } from '../types.js';

type Policy = Exclude<Awaited<ReturnType<Source['policy']>>, string | { readonly unknown: true }>;

const NEW: Policy = { version: 1, etag: '', bindings: [] };

const isPolicy = (answer: Awaited<ReturnType<Source['policy']>>): answer is Policy =>
  typeof answer === 'object' && 'bindings' in answer;

/** The policy with one more member of one role without a condition. */
function withGrant(policy: Policy, { member, role }: GrantStep): Policy {
  const own = policy.bindings.find((binding) => binding.role === role && binding.condition === undefined);
  if (own?.members.includes(member)) return policy;
  if (!own) return { ...policy, bindings: [...policy.bindings, { role, members: [member] }] };
  return {
    ...policy,
    bindings: policy.bindings.map((each) =>
      each === own ? { ...own, members: [...own.members, member] } : each,
    ),
  };
}

/** The same source, with the steps done. What it cannot tell stays unknown. */
export function withSteps(source: Source, steps: readonly Step[]): Source {
  const grants = steps.filter((step) => step.kind === 'grant');
  const made = steps.flatMap((step) => (step.kind === 'create-account' ? [step] : []));
  const newPolicy = (resource: ResourceName) =>
    made.some(({ email }) => resource.endsWith(`/serviceAccounts/${email}`));
  return {
    ...source,
    async policy(resource) {
      const here = grants.filter((grant) => grant.resource === resource);
      const read = await source.policy(resource);
      const policy = read === 'absent' && newPolicy(resource) ? NEW : read;
      return isPolicy(policy) ? here.reduce(withGrant, policy) : policy;
    },
    async role(name) {
      const step = steps.find((each) => each.kind === 'create-role' && each.role === name);
      if (step?.kind !== 'create-role') return source.role(name);
      return { name, title: '', description: '', stage: 'GA', permissions: new Set(step.permissions) };
    },
    async apiEnabled(project, api) {
      const enabled = steps.some(
        (step) => step.kind === 'enable-api' && step.project === project && step.api === api,
      );
      return enabled || source.apiEnabled(project, api);
    },
    async account(email) {
      const read = await source.account(email);
      const step = made.find((each) => each.email === email);
      return read === 'absent' && step ? { project: step.project, isAgent: false, disabled: false } : read;
    },
  };
}

/** The project whose policy, or whose resource's policy, a grant changes; undefined above projects. */
export const isProjectWide = ({ resource }: GrantStep): boolean =>
  resource === projectName(projectOf(resource) ?? '');
