/**
 * Allow policies after apply. What a plan leaves open goes into them as a group whose members nobody can read, so
 * that whoever might be in it is neither granted nor denied, and as a role of which nobody knows what it contains.
 */
import { isUnknown, type Known, numberToCome, projectAwaited, type Unknown } from '../../checkpoint/index.js';
import type { Binding, Condition, Policy } from '../../iam/index.js';
import {
  CLOUD_RUN_AGENT,
  cloudRunAgent,
  defaultComputeAccount,
  normalizeMember,
  type ResourceName,
} from '../../names/index.js';
import type { IamEdit, OpenText, PlannedBinding } from './iam-edits.js';
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
  const { state, open } = context;
  if (state.deleted.has(resource)) return 'absent';
  const created = state.created.has(resource);
  const edits = state.editsOn(resource);
  const unplaced = created ? unplacedOn(resource, state) : [];
  const automatic = automaticBindings(resource, context);
  if (!created && edits.length === 0 && automatic.length === 0) return base;
  const below = created ? EMPTY : base === 'absent' ? EMPTY : base;
  const start = isUnknown(below) ? [remainder(below.why, open)] : below.bindings;
  const bindings = new EditedBindings(await settledAll([...start, ...automatic], context));
  for (const edit of edits) {
    if (edit.open !== undefined) return { unknown: true, why: edit.open };
    for (const gone of edit.removes) bindings.remove(await settleRemoval(gone, context));
    for (const binding of edit.adds) bindings.add(openBinding(binding, open));
  }
  for (const { adds } of unplaced) for (const each of adds) bindings.add(openBinding(each, open));
  const settled = await settledAll(bindings.all(), context);
  return { ...(isUnknown(below) ? EMPTY : below), bindings: settled };
}

const EMPTY: Policy = { version: 3, etag: 'ACAB', bindings: [] };

/** Everything that is in a policy that could not be read: perhaps anything, to anybody. */
function remainder(why: string, open: OpenParts): Binding {
  return { role: open.role(why), members: [open.member(why)] };
}

/** Grants of which it is not known on what they are made: perhaps on this, if it is new and of that kind. */
function unplacedOn(resource: ResourceName, state: PlannedState): readonly IamEdit[] {
  const kind = KINDS.find(([pattern]) => pattern.test(resource))?.[1];
  if (kind === undefined) return [];
  return state.editsOn(undefined).filter(({ change }) => change.type.startsWith(kind));
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\/\/cloudresourcemanager\.googleapis\.com\/projects\//, 'google_project_iam_'],
  [/^\/\/iam\.googleapis\.com\//, 'google_service_account_iam_'],
  [/^\/\/artifactregistry\.googleapis\.com\//, 'google_artifact_registry_repository_iam_'],
  [/^\/\/secretmanager\.googleapis\.com\//, 'google_secret_manager_secret_iam_'],
];

/**
 * The bindings of a policy while edits are made to it. IAM keeps them apart by role and condition, and so an edit only
 * looks at those of its own: a project may have thousands.
 */
class EditedBindings {
  /** In their order: numbers only grow. */
  #next = 0;
  #byKey = new Map<string, Map<number, Binding>>();

  constructor(bindings: readonly Binding[]) {
    for (const binding of bindings) this.add(binding);
  }

  add(binding: Binding): void {
    const key = keyOf(binding.role, binding.condition);
    const known = this.#byKey.get(key) ?? new Map<number, Binding>();
    this.#byKey.set(key, known.set(this.#next++, binding));
  }

  /** A binding without members stands for its whole role. What is left open is nobody's key, and takes nothing away. */
  remove(gone: PlannedBinding | 'everything'): void {
    if (gone === 'everything') {
      this.#byKey = new Map();
      return;
    }
    const { role, condition, members } = gone;
    if (isOpen(role) || isOpen(condition)) return;
    const key = keyOf(role, condition);
    if (members.length === 0) this.#byKey.delete(key);
    const found = this.#byKey.get(key) ?? new Map<number, Binding>();
    for (const [place, binding] of found) {
      const left = binding.members.filter((member) => !members.includes(normalizeMember(member)));
      if (left.length === 0) found.delete(place);
      else found.set(place, { ...binding, members: left });
    }
  }

  all(): readonly Binding[] {
    const placed = [...this.#byKey.values()].flatMap((bindings) => [...bindings]);
    return placed.sort(([a], [b]) => a - b).map(([, binding]) => binding);
  }
}

function keyOf(role: string, condition: Condition | undefined): string {
  return JSON.stringify([role, condition?.expression, condition?.title]);
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
  const free = planned !== undefined && planned !== 'deleted' && planned.parent === undefined;
  if (free)
    bindings.push({ role: 'roles/editor', members: [`serviceAccount:${defaultComputeAccount(number)}`] });
  return bindings;
}

async function settledAll(bindings: readonly Binding[], context: PolicyContext): Promise<readonly Binding[]> {
  if (!bindings.some(({ members }) => members.some(waits))) return bindings;
  return Promise.all(bindings.map((binding) => settle(binding, context)));
}

const waits = (member: string) => member.includes('number-of-');

/** Puts the numbers of projects that have one into the addresses that wait for it. */
async function settle(binding: Binding, context: PolicyContext): Promise<Binding> {
  if (!binding.members.some(waits)) return binding;
  const members = await Promise.all(binding.members.map((member) => settledMember(member, context)));
  return { ...binding, members };
}

async function settleRemoval(gone: IamEdit['removes'][number], context: PolicyContext) {
  if (gone === 'everything' || !gone.members.some((member) => !isOpen(member) && waits(member))) return gone;
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
