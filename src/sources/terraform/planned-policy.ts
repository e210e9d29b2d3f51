/**
 * Allow policies after apply. What a plan leaves open goes into them as a group whose members nobody can read, so
 * that whoever might be in it is neither granted nor denied, and as a role of which nobody knows what it contains.
 */
import { isUnknown, type Known, numberToCome, projectAwaited, type Unknown } from '../../checkpoint/index.js';
import type { Binding, Policy } from '../../iam/index.js';
import {
  CLOUD_RUN_AGENT,
  cloudRunAgent,
  defaultComputeAccount,
  normalizeMember,
  type ResourceName,
} from '../../names/index.js';
import { type IamEdit, type OpenText, type PlannedBinding, sameKey } from './iam-edits.js';
import { enables, type PlannedState } from './planned-state.js';

/** What stands in policies for what is not known, and why it is not. */
export class OpenParts {
  readonly #whys = new Map<string, string>();

  /** A group that nobody can read. */
  member(why: string): string {
    return this.#keep(`group:${slug(why)}@known-after-apply.invalid`, why);
  }

  role(why: string): string {
    return this.#keep(`roles/known-after-apply.${slug(why)}`, why);
  }

  why(name: string): Unknown | undefined {
    const why = this.#whys.get(name);
    return why === undefined ? undefined : { unknown: true, why };
  }

  #keep(name: string, why: string): string {
    this.#whys.set(name, why);
    return name;
  }
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/ (?:is|are) known only after apply$/, '')
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^-|-$/g, '');
}

export interface PolicyContext {
  readonly state: PlannedState;
  readonly open: OpenParts;
  /** Who applies the plan, as a member: a project's creator becomes its owner. */
  readonly creator?: string | undefined;
  /** The numbers of projects that are there already, by id. */
  number(project: string): Promise<string | undefined>;
}

/**
 * @param resource what the policy is of
 * @param base what the source below answers for it
 */
export async function plannedPolicy(
  resource: ResourceName,
  base: Known<Policy | 'absent'>,
  context: PolicyContext,
): Promise<Known<Policy | 'absent'>> {
  const { state } = context;
  if (state.deleted.has(resource)) return 'absent';
  const created = state.created.has(resource);
  const edits = state.edits.filter((edit) => edit.resource === resource);
  const unplaced = created ? unplacedOn(resource, state) : [];
  const automatic = automaticBindings(resource, context);
  if (!created && edits.length === 0 && automatic.length === 0) return base;
  const below = created ? EMPTY : base === 'absent' ? EMPTY : base;
  const start = isUnknown(below) ? [remainder(below.why, context.open)] : below.bindings;
  let bindings: readonly Binding[] = await Promise.all(
    [...start, ...automatic].map((binding) => settle(binding, context)),
  );
  for (const edit of edits) {
    if (edit.open !== undefined) return { unknown: true, why: edit.open };
    const removes = await Promise.all(edit.removes.map((gone) => settleRemoval(gone, context)));
    bindings = edited(bindings, { ...edit, removes }, context.open);
  }
  for (const { adds } of unplaced)
    bindings = [...bindings, ...adds.map((each) => openBinding(each, context.open))];
  const settled = await Promise.all(bindings.map((binding) => settle(binding, context)));
  return { ...(isUnknown(below) ? EMPTY : below), bindings: settled };
}

const EMPTY: Policy = { version: 3, etag: 'ACAB', bindings: [] };

/** Everything that is in a policy that could not be read: perhaps anything, to anybody. */
function remainder(why: string, open: OpenParts): Binding {
  return { role: open.role(why), members: [open.member(why)] };
}

/** Grants of which it is not known on what they are made: perhaps on this, if it is new and of that kind. */
function unplacedOn(resource: ResourceName, { edits }: PlannedState): readonly IamEdit[] {
  const kind = KINDS.find(([pattern]) => pattern.test(resource))?.[1];
  return edits.filter(
    ({ resource: on, change }) => on === undefined && kind !== undefined && change.type.startsWith(kind),
  );
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\/\/cloudresourcemanager\.googleapis\.com\/projects\//, 'google_project_iam_'],
  [/^\/\/iam\.googleapis\.com\//, 'google_service_account_iam_'],
  [/^\/\/artifactregistry\.googleapis\.com\//, 'google_artifact_registry_repository_iam_'],
  [/^\/\/secretmanager\.googleapis\.com\//, 'google_secret_manager_secret_iam_'],
];

function edited(
  bindings: readonly Binding[],
  { removes, adds }: IamEdit,
  open: OpenParts,
): readonly Binding[] {
  let left = bindings;
  for (const gone of removes) left = gone === 'everything' ? [] : without(left, gone);
  return [...left, ...adds.map((binding) => openBinding(binding, open))];
}

/** A binding without members stands for its whole role. */
function without(bindings: readonly Binding[], gone: PlannedBinding): readonly Binding[] {
  return bindings.flatMap((binding) => {
    if (!sameKey(binding, gone)) return [binding];
    if (gone.members.length === 0) return [];
    const members = binding.members.filter((member) => !gone.members.includes(normalizeMember(member)));
    return members.length === 0 ? [] : [{ ...binding, members }];
  });
}

const isOpen = (part: unknown): part is OpenText =>
  typeof part === 'object' && part !== null && 'open' in part;

function openBinding({ role, members, condition }: PlannedBinding, open: OpenParts): Binding {
  const named = isOpen(role) ? open.role(role.open) : role;
  // Under a condition that is not known nobody is known to be granted anything.
  if (isOpen(condition)) return { role: named, members: [open.member(condition.open)] };
  return {
    role: named,
    members: members.map((member) => (isOpen(member) ? open.member(member.open) : member)),
    ...(condition && { condition }),
  };
}

/** What Google grants by itself: to who creates a project, and to the agents of an API that is enabled. */
function automaticBindings(resource: ResourceName, { state, creator }: PolicyContext): Binding[] {
  const [, project] = /^\/\/cloudresourcemanager\.googleapis\.com\/projects\/(.+)$/.exec(resource) ?? [];
  if (project === undefined) return [];
  const planned = state.projects.get(project);
  const bindings: Binding[] = [];
  if (planned !== undefined && creator !== undefined)
    bindings.push({ role: 'roles/owner', members: [creator] });
  if (!enables(state, project)) return bindings;
  const number = numberToCome(project);
  if (CLOUD_RUN_AGENT.role !== undefined) {
    bindings.push({ role: CLOUD_RUN_AGENT.role, members: [`serviceAccount:${cloudRunAgent(number)}`] });
  }
  // Organizations made since May 2024 do not grant the default account anything
  // (https://cloud.google.com/resource-manager/docs/secure-by-default-organizations).
  const free =
    planned !== undefined &&
    planned !== 'deleted' &&
    Array.isArray(planned.above) &&
    planned.above.length === 0;
  if (free)
    bindings.push({ role: 'roles/editor', members: [`serviceAccount:${defaultComputeAccount(number)}`] });
  return bindings;
}

/** Puts the numbers of projects that have one into the addresses that wait for it. */
async function settle(binding: Binding, context: PolicyContext): Promise<Binding> {
  if (!binding.members.some((member) => member.includes('number-of-'))) return binding;
  const members = await Promise.all(binding.members.map((member) => settledMember(member, context)));
  return { ...binding, members };
}

async function settleRemoval(gone: IamEdit['removes'][number], context: PolicyContext) {
  if (gone === 'everything') return gone;
  const members = await Promise.all(
    gone.members.map((member) => (isOpen(member) ? member : settledMember(member, context))),
  );
  return { ...gone, members };
}

async function settledMember(member: string, { number }: PolicyContext): Promise<string> {
  const project = projectAwaited(member.slice(member.indexOf(':') + 1));
  const known = project === undefined ? undefined : await number(project);
  return project === undefined || known === undefined ? member : member.replace(numberToCome(project), known);
}
