/** What comes with an API: service agents, default accounts, and what Google grants them on the project. */
import type { AccessControl, Grant, Project } from '../../access/index.js';
import type { Accounts } from '../../identity/index.js';
import { defaultComputeAccount, projectName, SERVICE_AGENTS, type ServiceAgent } from '../../names/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';

/** Where accounts are looked up and made. */
export interface AccountsOf {
  readonly identity: { readonly accounts: Accounts };
}

/** APIs whose first enabling makes the default compute account (docs "Default service accounts"). */
const BRINGS_COMPUTE_ACCOUNT = ['run.googleapis.com', 'compute.googleapis.com'];

/** The writes that make the accounts that are missing, and the grants on the project that come with the APIs. */
export interface Companions {
  readonly accounts: readonly Write[];
  readonly grants: readonly Grant[];
}

/**
 * The accounts that the APIs bring when they are enabled, and their grants on the project: each service agent with
 * its role; for Cloud Run and Compute Engine also the default compute account, with `roles/editor` when it is new
 * and the project belongs to no organization.
 */
export async function companionsOf(
  deps: AccountsOf,
  project: Project,
  apis: readonly string[],
  time: Date,
): Promise<Companions> {
  const accounts: Write[] = [];
  const grants: Grant[] = [];
  for (const agent of SERVICE_AGENTS) {
    if (agent.createdOn !== 'enable' || !apis.includes(agent.api)) continue;
    accounts.push(...(await accountOf(deps, project, agentAccount(project, agent), time)));
    grants.push(...agentGrants(project, agent));
  }
  if (apis.some((api) => BRINGS_COMPUTE_ACCOUNT.includes(api))) {
    const email = defaultComputeAccount(project.number);
    const displayName = 'Default compute service account';
    const created = await accountOf(deps, project, { email, kind: 'default', displayName }, time);
    accounts.push(...created);
    if (created.length > 0 && project.parent === undefined) {
      grants.push({ role: 'roles/editor', member: `serviceAccount:${email}` });
    }
  }
  return { accounts, grants };
}

interface AccountTemplate {
  readonly email: string;
  readonly kind: 'default' | 'agent';
  readonly displayName: string;
}

const agentAccount = (project: Project, agent: ServiceAgent): AccountTemplate => ({
  email: agent.email(project.number),
  kind: 'agent',
  displayName: agent.title,
});

const agentGrants = (project: Project, agent: ServiceAgent): Grant[] =>
  agent.role === undefined
    ? []
    : [{ role: agent.role, member: `serviceAccount:${agent.email(project.number)}` }];

/** The write that creates the account; none when it exists. */
async function accountOf(
  { identity: { accounts } }: AccountsOf,
  project: Project,
  template: AccountTemplate,
  time: Date,
): Promise<Write[]> {
  if (await accounts.get(template.email)) return [];
  const account = { ...template, project: project.projectId, description: '', disabled: false };
  return [accounts.creation(account, time).write];
}

/**
 * The writes that create an API's service agent and grant its role, for a transaction of the caller's: agents that
 * come with the first resource (Artifact Registry's with the first repository). None when the agent exists.
 */
export async function firstUseWrites(
  deps: AccountsOf & { readonly access: AccessControl },
  project: Project,
  api: string,
  time: Date,
): Promise<Write[]> {
  const agent = serviceAgentOfApi(api);
  if (!agent) return [];
  const created = await accountOf(deps, project, agentAccount(project, agent), time);
  const grants = agentGrants(project, agent);
  if (created.length === 0 || grants.length === 0) return created;
  return [...created, await deps.access.grantsWrite(projectName(project.projectId), grants)];
}

/**
 * Creates an API's service agent where it is missing, and grants it nothing: generateServiceIdentity.
 * @returns its address and unique id; undefined when the API has no agent
 */
export async function createServiceAgent(
  deps: AccountsOf & { readonly store: Store },
  project: Project,
  api: string,
  time: Date,
): Promise<{ readonly email: string; readonly uniqueId: string } | undefined> {
  const agent = serviceAgentOfApi(api);
  if (!agent) return undefined;
  const email = agent.email(project.number);
  try {
    const writes = await accountOf(deps, project, agentAccount(project, agent), time);
    if (writes.length > 0) await deps.store.commit(writes);
  } catch (error) {
    // Somebody else created it meanwhile: then it is there.
    if (!(error instanceof VersionConflict)) throw error;
  }
  const account = await deps.identity.accounts.get(email);
  return account && { email: account.email, uniqueId: account.uniqueId };
}

/** An API's own agent: the first that the table lists for it. */
function serviceAgentOfApi(api: string): ServiceAgent | undefined {
  return SERVICE_AGENTS.find((agent) => agent.api === api);
}
