/** What the IAM resources of a plan do to allow policies, each as one edit of one policy. */

import { numberToCome } from '../../checkpoint/index.js';
import type { Condition } from '../../iam/index.js';
import {
  defaultComputeAccount,
  normalizeMember,
  parseMember,
  projectName,
  type ResourceName,
} from '../../names/index.js';
import type { ResourceChange } from './document.js';
import { at, fieldsOf, listOf, textOf, textsOf } from './json.js';
import { isRemoved, isWritten, type TerraformPlan } from './plan.js';
import { type IamForm, iamTarget, iamType, readAfter, readBefore } from './targets.js';

/** What a plan leaves open in a policy. */
export type OpenText = { readonly open: string };

/** A binding of which parts may be known only after apply. */
export interface PlannedBinding {
  readonly role: string | OpenText;
  readonly members: readonly (string | OpenText)[];
  readonly condition?: Condition | OpenText;
}

/** One change of one policy. */
export interface IamEdit {
  readonly change: ResourceChange;
  readonly form: IamForm;
  /** Undefined when it is known only after apply. */
  readonly resource: ResourceName | undefined;
  /** What goes: a binding's members, a whole role, or everything. */
  readonly removes: readonly (PlannedBinding | 'everything')[];
  readonly adds: readonly PlannedBinding[];
  /** Set when not even what goes is known. */
  readonly open?: string;
}

/** The edits in the order in which they can be relied on: what is taken away first, what one member is given last. */
export function iamEdits(plan: TerraformPlan): readonly IamEdit[] {
  const edits = plan.document.changes.flatMap((change) => editsOf(change, plan));
  const rank = ({ form, adds }: IamEdit) =>
    adds.length === 0 && form !== 'policy' ? 0 : { policy: 1, binding: 2, member: 3 }[form];
  return edits.sort((a, b) => rank(a) - rank(b));
}

function editsOf(change: ResourceChange, plan: TerraformPlan): readonly IamEdit[] {
  if (TAKES_AWAY[change.type] !== undefined) return isWritten(change) ? [takingAway(change, plan)] : [];
  const type = change.mode === 'managed' ? iamType(change.type) : undefined;
  if (!type) return [];
  const edits: IamEdit[] = [];
  if (isRemoved(change) || change.action === 'update') edits.push(...removal(change, type));
  if (isWritten(change)) edits.push(addition(change, type, plan));
  return edits;
}

/** Resources that exist in order to take a role of a project away from somebody. */
const TAKES_AWAY: Readonly<Record<string, 'member' | 'default-account'>> = {
  google_project_iam_member_remove: 'member',
  google_project_default_service_accounts: 'default-account',
};

function takingAway(change: ResourceChange, { resolver }: TerraformPlan): IamEdit {
  const project = resolver.project(change);
  const resource = project === undefined ? undefined : projectName(project);
  const base = { change, form: 'member', resource, adds: [] } as const;
  if (TAKES_AWAY[change.type] === 'default-account') {
    const member = `serviceAccount:${defaultComputeAccount(numberToCome(project ?? ''))}`;
    return { ...base, removes: [{ role: 'roles/editor', members: [member] }] };
  }
  const role = resolver.text(change, ['role']);
  const member = memberText(resolver.text(change, ['member']));
  if (role === undefined || member === undefined)
    return { ...base, removes: [], open: open(change, 'member').open };
  return { ...base, removes: [{ role, members: [member] }] };
}

function removal(change: ResourceChange, { form, on }: { form: IamForm; on: string }): IamEdit[] {
  const resource = iamTarget(on, readBefore(change));
  const base = { change, form, resource, adds: [] };
  switch (form) {
    case 'member':
      return [{ ...base, removes: [writtenBinding(change.before, textsOf([change.before.member]))] }];
    case 'binding':
      return [{ ...base, removes: [{ ...writtenBinding(change.before, []), members: [] }] }];
    case 'policy':
      // What an update writes replaces everything anyway.
      return change.action === 'update' ? [] : [{ ...base, removes: ['everything'] }];
  }
}

function writtenBinding(values: unknown, members: readonly string[]): PlannedBinding {
  const condition = conditionIn(at(values, ['condition', 0]));
  return { role: textOf(fieldsOf(values).role) ?? '', members, ...(condition && { condition }) };
}

function conditionIn(value: unknown): Condition | undefined {
  const { expression, title, description } = fieldsOf(value);
  if (typeof expression !== 'string') return undefined;
  return {
    expression,
    title: textOf(title) ?? '',
    ...(typeof description === 'string' && description !== '' && { description }),
  };
}

function addition(
  change: ResourceChange,
  { form, on }: { form: IamForm; on: string },
  plan: TerraformPlan,
): IamEdit {
  const { resolver } = plan;
  const resource = iamTarget(on, readAfter(change, resolver));
  const base = { change, form, resource };
  if (form === 'policy') return policyOf(base, plan);
  const role = resolver.text(change, ['role']) ?? open(change, 'role');
  const condition = conditionOf(change, plan);
  const members =
    form === 'member'
      ? [memberText(resolver.text(change, ['member'])) ?? open(change, 'member')]
      : (resolver.texts(change, ['members'])?.map((text) => memberText(text) ?? open(change, 'members')) ?? [
          open(change, 'members'),
        ]);
  const binding: PlannedBinding = { role, members, ...(condition && { condition }) };
  if (form === 'member') return { ...base, removes: [], adds: [binding] };
  const unclear = typeof role !== 'string' ? role : condition && 'open' in condition ? condition : undefined;
  return {
    ...base,
    removes: unclear ? [] : [{ ...binding, members: [] }],
    adds: [binding],
    ...(unclear && { open: unclear.open }),
  };
}

const open = ({ address }: ResourceChange, attribute: string): OpenText => ({
  open: `${address}.${attribute} is known only after apply`,
});

/** An expression that is nothing but an account's address, where a member must stand, names the account. */
function memberText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const account = /^[^:/]+@[^:/]*gserviceaccount\.com$/.test(text);
  const member = account ? `serviceAccount:${text}` : text;
  // A part of a member, as the number of a project is, does not say who it is.
  return parseMember(member) ? normalizeMember(member) : undefined;
}

function conditionOf(change: ResourceChange, { resolver }: TerraformPlan): Condition | OpenText | undefined {
  const unclear = ['expression', 'title'].some((name) => resolver.isUnknown(change, ['condition', 0, name]));
  if (unclear) return open(change, 'condition');
  return conditionIn(at(change.after, ['condition', 0]));
}

/** `policy_data` is JSON, usually from a data source that may itself wait for values. */
function policyOf(base: Pick<IamEdit, 'change' | 'form' | 'resource'>, plan: TerraformPlan): IamEdit {
  const { change } = base;
  const text = textOf(change.after.policy_data);
  const bindings = text === undefined ? deferredPolicy(change, plan) : bindingsIn(text);
  if (bindings) return { ...base, removes: ['everything'], adds: bindings };
  return { ...base, removes: [], adds: [], open: open(change, 'policy_data').open };
}

function bindingsIn(text: string): readonly PlannedBinding[] | undefined {
  try {
    return listOf(fieldsOf(JSON.parse(text)).bindings).map((each) => {
      const { role, members, condition } = fieldsOf(each);
      const found = conditionIn(condition);
      return {
        role: textOf(role) ?? '',
        members: textsOf(members).map(normalizeMember),
        ...(found && { condition: found }),
      };
    });
  } catch {
    return undefined;
  }
}

/** The bindings of a `google_iam_policy` that is read only while applying. */
function deferredPolicy(change: ResourceChange, plan: TerraformPlan): readonly PlannedBinding[] | undefined {
  const [data] = plan.resolver.referredTo(change, ['policy_data']);
  if (data?.type !== 'google_iam_policy' || data.mode !== 'data') return undefined;
  const bindings = at(data.after, ['binding']);
  if (!Array.isArray(bindings) || at(data.afterUnknown, ['binding']) === true) return undefined;
  return bindings.map((binding, index) => {
    const members = plan.resolver.texts(data, ['binding', index, 'members']);
    const condition = conditionIn(at(binding, ['condition', 0]));
    return {
      role: textOf(fieldsOf(binding).role) ?? open(data, `binding[${index}].role`),
      members: members?.map((text) => memberText(text) ?? open(data, 'members')) ?? [open(data, 'members')],
      ...(condition && { condition }),
    };
  });
}
