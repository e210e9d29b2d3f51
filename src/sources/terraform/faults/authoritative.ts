/**
 * Resources that own a whole policy or a whole role of it, and so take away what they do not name
 * (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_iam): a service
 * agent's role, a default account's, or that of whoever applies the plan.
 */
import { type Fault, isUnknown } from '../../../checkpoint/index.js';
import type { Binding, Policy } from '../../../iam/index.js';
import { CLOUD_RUN_AGENT, normalizeMember, type ResourceName } from '../../../names/index.js';
import type { IamEdit } from '../iam-edits.js';
import { effectsOf } from '../planned-effects.js';
import { plannedSource } from '../planned-source.js';
import { type FaultContext, fault } from './context.js';
import { block, label, quoted } from './mend.js';

export async function authoritativeFaults(context: FaultContext): Promise<Fault[]> {
  const owners = effectsOf(context.plan).edits.filter(
    ({ form, adds }) => form === 'policy' || (form === 'binding' && adds.length > 0),
  );
  const faults = await Promise.all(
    owners.map(async (edit) => [...(await droppedBy(edit, context)), ...contested(edit, context)]),
  );
  return faults.flat();
}

interface Dropped {
  readonly role: string;
  readonly member: string;
}

async function droppedBy(edit: IamEdit, context: FaultContext): Promise<Fault[]> {
  const { change, resource } = edit;
  if (resource === undefined || change.action === 'delete') return [];
  const { plan, base, as } = context;
  const without = plannedSource(base, plan, { as, keep: (other) => other !== change });
  const alone = plannedSource(base, plan, {
    as,
    keep: (other) => other === change || iamFree(other.type),
  });
  const [before, after] = await Promise.all([without.policy(resource), alone.policy(resource)]);
  if (isUnknown(after) || after === 'absent') return [];
  if (isUnknown(before) || before === 'absent') return [];
  const gone = missing(before, after).filter((each) => matters(each, context));
  if (gone.length === 0) return [];
  const severe = gone.some(
    ({ role, member }) => role === CLOUD_RUN_AGENT.role || member === normalizeMember(as),
  );
  return [
    fault(context, change, {
      id: 'authoritative-policy',
      severity: severe ? 'error' : 'warning',
      message: `${change.address} owns ${edit.form === 'policy' ? 'the whole policy' : `the whole role`} of ${resource.slice(2)} and takes away ${gone.map(({ role, member }) => `${role} from ${member}`).join(', ')}`,
      mend: gone.map((each) => mendOf(each, edit, resource)).join('\n\n'),
    }),
  ];
}

/** Everything but grants. */
const iamFree = (type: string) => !/_iam_(?:member|binding|policy)$/.test(type);

function missing({ bindings }: Policy, after: Policy): Dropped[] {
  const left = new Set(after.bindings.flatMap(keysOf));
  return bindings.flatMap((binding) =>
    binding.members
      .filter((member) => !left.has(keyOf(binding, member)))
      .map((member) => ({ role: binding.role, member })),
  );
}

const keyOf = ({ role, condition }: Binding, member: string) =>
  `${role} ${condition?.expression ?? ''} ${normalizeMember(member)}`;
const keysOf = (binding: Binding) => binding.members.map((member) => keyOf(binding, member));

/** Of what other people are granted, the plan may well mean to take it away. */
function matters({ role, member }: Dropped, { as }: FaultContext): boolean {
  if (/\.serviceagent$/i.test(role) || member === normalizeMember(as)) return true;
  return (
    role === 'roles/editor' && /^serviceAccount:(?:[\w-]+-compute@developer|\d+@cloudservices)\./.test(member)
  );
}

function mendOf({ role, member }: Dropped, { form, change }: IamEdit, resource: ResourceName): string {
  const project = /\/projects\/([^/]+)$/.exec(resource)?.[1];
  if (form === 'binding' || project === undefined) {
    return `# in ${change.address}, add\n#   ${quoted(member)} to ${role}, or use ${change.type.replace(/_(?:binding|policy)$/, '_member')}, which takes nothing away`;
  }
  return [
    `# instead of ${change.address}, or with it given up:`,
    block('google_project_iam_member', label(project, role.replace('roles/', '')), {
      project: quoted(project),
      role: quoted(role),
      member: quoted(member),
    }),
  ].join('\n');
}

/** Two resources of one plan that undo each other: which of them comes last is left to chance. */
function contested(edit: IamEdit, context: FaultContext): Fault[] {
  const { change, resource, form } = edit;
  if (resource === undefined) return [];
  const roles = new Set(edit.adds.map(({ role }) => role));
  const listed = new Set(edit.adds.flatMap(({ members }) => members));
  const fighting = context.state
    .editsOn(resource)
    .filter(
      (other) =>
        other.change !== change &&
        other.form === 'member' &&
        other.adds.some(
          ({ role, members }) =>
            (form === 'policy' || roles.has(role)) && members.some((member) => !listed.has(member)),
        ),
    );
  if (fighting.length === 0) return [];
  return [
    fault(context, change, {
      id: 'authoritative-policy',
      severity: 'warning',
      message: `${change.address} owns ${form === 'policy' ? 'the whole policy' : 'the whole role'} of ${resource.slice(2)}, and ${fighting.map((other) => other.change.address).join(', ')} adds to it: each apply undoes one of them`,
      mend: `# write ${fighting.map((other) => other.change.address).join(', ')} into ${change.address}, or replace that by ${change.type.replace(/_(?:binding|policy)$/, '_member')}`,
    }),
  ];
}
