/**
 * Which changes of a plan may have to do with a requirement. A plan may have thousands, and what certainly has nothing
 * to do with it need not be tried: so they are looked up by what they grant on, or by the name that they make.
 */
import { type CheckRequest, type JudgedRequirement, projectAwaited } from '../../../checkpoint/index.js';
import { predefinedRoles } from '../../../iam/index.js';
import {
  ARTIFACT_REGISTRY_AGENT,
  CLOUD_RUN_AGENT,
  projectName,
  projectOf,
  type ResourceName,
  serviceAgentOf,
} from '../../../names/index.js';
import type { ResourceChange } from '../document.js';
import type { IamEdit } from '../iam-edits.js';
import { at, textOf, textsOf } from '../json.js';
import { isWritten, type TerraformPlan } from '../plan.js';
import { effectsOf } from '../planned-effects.js';
import { iamType } from '../targets.js';

/** The name by which a change concerns a deploy; undefined where it is not known. */
type Naming = (change: ResourceChange, plan: TerraformPlan) => string | undefined;

const inProject: Naming = (change, { resolver }) => resolver.project(change);
const anything: Naming = () => undefined;

/** Resources that may be what a deploy waits for, beside IAM's. */
const PREPARATIONS: Readonly<Record<string, Naming>> = {
  google_project: inProject,
  google_project_service: inProject,
  google_project_service_identity: inProject,
  google_service_account: (change, { resolver }) => resolver.value(change, 'email'),
  google_artifact_registry_repository: (change, { resolver }) => resolver.value(change, 'repository_id'),
  google_secret_manager_secret: (change, { resolver }) => resolver.value(change, 'secret_id'),
  google_secret_manager_secret_version: (change, { resolver }) =>
    /(?:^|\/)projects\/[^/]+\/secrets\/([^/]+)/.exec(resolver.text(change, ['secret']) ?? '')?.[1],
  google_project_iam_custom_role: inProject,
  google_organization_iam_custom_role: anything,
  google_cloud_identity_group_membership: (change, { resolver }) =>
    resolver.text(change, ['preferred_member_key', 0, 'id'])?.toLowerCase(),
};

/** What a change is tried for: a requirement of a deploy. */
type Needed = Pick<JudgedRequirement, 'resource' | 'principal' | 'permission'>;

type Asked = Pick<CheckRequest, 'project' | 'images' | 'serviceAccount' | 'secrets'>;

export class Candidates {
  readonly #places = new Map<ResourceChange, number>();
  /** By the name that they make; of undefined, those that may concern anything. */
  readonly #named = new Map<string | undefined, ResourceChange[]>();
  /** By whose policy they edit, and then by member. */
  readonly #edits = new Map<ResourceName | undefined, EditsByMember>();

  constructor(readonly plan: TerraformPlan) {
    for (const [place, change] of plan.document.changes.entries()) {
      this.#places.set(change, place);
      const naming = Object.hasOwn(PREPARATIONS, change.type) ? PREPARATIONS[change.type] : undefined;
      if (!naming || change.mode !== 'managed' || !isWritten(change)) continue;
      const name = naming(change, plan);
      this.#named.set(name, [...(this.#named.get(name) ?? []), change]);
    }
    for (const edit of effectsOf(plan).edits) {
      if (edit.adds.length === 0 || iamType(edit.change.type) === undefined) continue;
      // What is above projects is above all of them: which one, only the source below knows.
      const on = edit.resource === undefined || ABOVE.test(edit.resource) ? undefined : edit.resource;
      const known = this.#edits.get(on) ?? new EditsByMember();
      this.#edits.set(on, known);
      known.add(edit);
    }
  }

  /** The changes that may have to do with a requirement, in the order of the plan. */
  of(needed: Needed, asked: Asked): readonly ResourceChange[] {
    const found = [...this.#preparations(needed, asked), ...this.#grants(needed)];
    return [...new Set(found)].sort((a, b) => (this.#places.get(a) ?? 0) - (this.#places.get(b) ?? 0));
  }

  #preparations(needed: Needed, asked: Asked): readonly ResourceChange[] {
    const names = [undefined, ...wordsOf(needed, asked)];
    return names.flatMap((name) => this.#named.get(name) ?? []).filter((change) => mayHelp(change, needed));
  }

  #grants(needed: Needed): readonly ResourceChange[] {
    const { resource, permission } = needed;
    if (resource === undefined || permission === undefined) return [];
    const project = projectOf(resource);
    const on = [undefined, resource, ...(project === undefined ? [] : [projectName(project)])];
    return [...new Set(on)]
      .flatMap((each) => this.#edits.get(each)?.of(needed.principal) ?? [])
      .filter((edit) => mayGrant(edit, needed))
      .map(({ change }) => change);
  }
}

const ABOVE = /\/(?:folders|organizations)\//;
const PERSON = /^(?:user|serviceAccount):/;

/** The edits of one policy: those of one person, and those of groups and of members of whom nothing is known. */
class EditsByMember {
  readonly #all: IamEdit[] = [];
  readonly #byMember = new Map<string | undefined, IamEdit[]>();

  add(edit: IamEdit): void {
    this.#all.push(edit);
    const members = edit.adds.flatMap((binding) => binding.members);
    const keys = members.map((member) =>
      typeof member === 'string' && PERSON.test(member) ? member : undefined,
    );
    for (const key of new Set(keys)) this.#byMember.set(key, [...(this.#byMember.get(key) ?? []), edit]);
  }

  of(principal: string | undefined): readonly IamEdit[] {
    if (principal === undefined) return this.#all;
    return [...(this.#byMember.get(principal) ?? []), ...(this.#byMember.get(undefined) ?? [])];
  }
}

function mayGrant({ adds }: IamEdit, { principal, permission = '' }: Needed): boolean {
  return adds.some(({ role, members }) => {
    const known = typeof role === 'string' ? predefinedRoles.get(role) : undefined;
    if (known && !known.permissions.has(permission)) return false;
    return members.some(
      (member) =>
        typeof member !== 'string' || principal === undefined || member === principal || !PERSON.test(member),
    );
  });
}

/** A custom role that is known to lack the permission helps nobody, nor does an API that makes no account that counts. */
function mayHelp(
  { type, after, afterUnknown }: ResourceChange,
  { permission, principal = '' }: Needed,
): boolean {
  switch (type) {
    case 'google_project_service': {
      const api = textOf(after.service);
      return api === undefined || COUNTING.has(api) || isOfAgent(principal, api);
    }
    case 'google_project_iam_custom_role':
    case 'google_organization_iam_custom_role':
      if (at(afterUnknown, ['permissions']) !== undefined) return true;
      return permission !== undefined && textsOf(after.permissions).includes(permission);
    default:
      return true;
  }
}

/** Those whose agents a deploy needs. */
const COUNTING: ReadonlySet<string> = new Set([CLOUD_RUN_AGENT.api, ARTIFACT_REGISTRY_AGENT.api]);

/** Whoever applies the plan may be a service agent as well. */
function isOfAgent(principal: string, api: string): boolean {
  const email = principal.slice(principal.indexOf(':') + 1);
  return projectAwaited(email) !== undefined || serviceAgentOf(email)?.agent.api === api;
}

/** Everything that the requirement and the deploy name: accounts, projects, repositories and secrets. */
function wordsOf({ resource, principal }: Needed, asked: Asked): ReadonlySet<string> {
  const { project, images, serviceAccount, secrets = [] } = asked;
  const texts = [resource, principal, project, ...images, serviceAccount, ...secrets.map(({ name }) => name)];
  const words = new Set<string>();
  for (const text of texts.flatMap((each) => textOf(each) ?? [])) {
    // Old projects' ids have colons, and an account's address ends with that of its project.
    for (const separators of [/[\s/]+/, /[\s/:]+/, /[\s/:@]+/]) {
      for (const word of text.split(separators)) {
        if (word !== '') words.add(word).add(word.replace(/\.iam\.gserviceaccount\.com$/, ''));
      }
    }
  }
  return words;
}
