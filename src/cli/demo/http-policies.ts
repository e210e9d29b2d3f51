/** `add-iam-policy-binding` and `remove-iam-policy-binding`: read, modify, write, with the etag that was read. */
import { type GcloudCommand, required } from './gcloud-command.js';
import { type HttpSession, Refused } from './http-session.js';
import { at, listAt } from './json.js';

/** How one kind of resource takes policies, and how gcloud names it. */
interface Target {
  readonly host: string;
  readonly path: string;
  readonly called: string;
  readonly read: (http: HttpSession, path: string) => Promise<unknown>;
  /** True where gcloud asks for version 3, and writes it. */
  readonly versioned: boolean;
}

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: unknown;
}

export function projectPolicy(command: GcloudCommand, http: HttpSession): Promise<void> {
  const [project = ''] = command.positional;
  return change(command, http, {
    host: 'cloudresourcemanager.googleapis.com',
    path: `/v1/projects/${project}`,
    called: `project [${project}]`,
    read: (session, path) =>
      session.call('POST', 'cloudresourcemanager.googleapis.com', `${path}:getIamPolicy`, {
        options: { requestedPolicyVersion: 3 },
      }),
    versioned: true,
  });
}

export function serviceAccountPolicy(command: GcloudCommand, http: HttpSession): Promise<void> {
  const [email = ''] = command.positional;
  return change(command, http, {
    host: 'iam.googleapis.com',
    path: `/v1/projects/${required(command, '--project')}/serviceAccounts/${email}`,
    called: `serviceAccount [${email}]`,
    read: (session, path) =>
      session.call('POST', 'iam.googleapis.com', `${path}:getIamPolicy?options.requestedPolicyVersion=3`),
    versioned: true,
  });
}

export function repositoryPolicy(command: GcloudCommand, http: HttpSession): Promise<void> {
  const [repository = ''] = command.positional;
  const location = `projects/${required(command, '--project')}/locations/${required(command, '--location')}`;
  return change(command, http, {
    host: 'artifactregistry.googleapis.com',
    path: `/v1/${location}/repositories/${repository}`,
    called: `repository [${repository}]`,
    read: (session, path) => session.call('GET', 'artifactregistry.googleapis.com', `${path}:getIamPolicy`),
    versioned: false,
  });
}

async function change(command: GcloudCommand, http: HttpSession, target: Target): Promise<void> {
  const policy = await target.read(http, target.path);
  const member = required(command, '--member');
  const role = required(command, '--role');
  const bindings = listAt(policy, 'bindings').map(readBinding);
  const changed = command.name.endsWith('remove-iam-policy-binding')
    ? without(bindings, role, member)
    : withMember(bindings, role, member);
  await http.call('POST', target.host, `${target.path}:setIamPolicy`, {
    policy: { bindings: changed, etag: at(policy, 'etag'), ...(target.versioned ? { version: 3 } : {}) },
  });
  http.say(`Updated IAM policy for ${target.called}.`);
}

function readBinding(value: unknown): Binding {
  const condition = at(value, 'condition');
  return {
    role: String(at(value, 'role')),
    members: listAt(value, 'members').map(String),
    ...(condition === undefined ? {} : { condition }),
  };
}

const isPlain = (binding: Binding, role: string) => binding.role === role && binding.condition === undefined;

/** The member joins the role's binding without a condition, which is made when there is none. */
export function withMember(bindings: readonly Binding[], role: string, member: string): readonly Binding[] {
  if (!bindings.some((binding) => isPlain(binding, role))) return [...bindings, { role, members: [member] }];
  return bindings.map((binding) =>
    isPlain(binding, role) ? { ...binding, members: [...new Set([...binding.members, member])] } : binding,
  );
}

/** The member leaves the role's binding; a binding without members goes. @throws Refused as gcloud refuses */
export function without(bindings: readonly Binding[], role: string, member: string): readonly Binding[] {
  if (!bindings.some((binding) => isPlain(binding, role) && binding.members.includes(member))) {
    throw new Refused('Policy binding with the specified principal, role, and condition not found!');
  }
  return bindings
    .map((binding) =>
      isPlain(binding, role)
        ? { ...binding, members: binding.members.filter((other) => other !== member) }
        : binding,
    )
    .filter(({ members }) => members.length > 0);
}
