/** Enabling APIs: the one place that knows which accounts and grants come with one. */
import type { AccessControl, Grant, Project } from '../../access/index.js';
import { refusals } from '../../checkpoint/index.js';
import { aborted, errorInfo, failedPrecondition, GoogleError, notFound } from '../../google/index.js';
import type { Accounts } from '../../identity/index.js';
import { defaultComputeAccount, projectName, SERVICE_AGENTS, type ServiceAgent } from '../../names/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';
import { knownApi } from './catalogue.js';

/** What enabling needs of the plane. */
export interface Enabling {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: { readonly accounts: Accounts };
}

/** APIs whose first enabling makes the default compute account (docs "Default service accounts"). */
const BRINGS_COMPUTE_ACCOUNT = ['run.googleapis.com', 'compute.googleapis.com'];

/** Others may write the project's policy meanwhile: this often it is all read and tried again. */
const ATTEMPTS = 5;

/**
 * Enables APIs in a project, in one commit: marks them, creates the service agents that come with them and grants
 * those their roles; Cloud Run and Compute Engine also bring the default compute account, with `roles/editor`
 * unless the project belongs to an organization. What is enabled already stays as it is, so that an agent's role
 * that was taken away does not come back.
 *
 * @param project id or number
 * @param apis full names, e.g. `run.googleapis.com`
 * @returns the project as it is now
 * @throws GoogleError NOT_FOUND for an unknown project; PERMISSION_DENIED for an API that does not exist
 */
export async function enableServices(
  deps: Enabling,
  project: string,
  apis: readonly string[],
  time: Date,
): Promise<Project> {
  requireKnown(apis);
  return retrying(async () => {
    const row = await projectAt(deps, project);
    const fresh = [...new Set(apis)].filter((api) => !isEnabled(row, api));
    if (fresh.length === 0) return row;
    const enabled = Object.fromEntries(fresh.map((api) => [api, time.toISOString()]));
    const next = { ...row, services: { ...row.services, ...enabled } };
    const comesWith = await companions(deps, next, fresh, time);
    await deps.store.commit([deps.access.projects.update(next), ...comesWith]);
    return next;
  });
}

/** The project. @throws GoogleError NOT_FOUND */
export async function projectAt(
  { access }: Pick<Enabling, 'access'>,
  idOrNumber: string,
): Promise<Project & { readonly version: number }> {
  const project = await access.projects.get(idOrNumber);
  if (!project) throw notFound(`Project '${idOrNumber}' not found or deleted.`);
  return project;
}

/** Reads, writes, and reads again when somebody else wrote meanwhile. @throws GoogleError ABORTED in the end */
async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS; left > 0; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
  throw aborted('There were concurrent changes to the project. Please retry.');
}

/**
 * Disables an API. Its accounts and their grants stay, as on Google Cloud.
 * @returns the project as it is now
 * @throws GoogleError FAILED_PRECONDITION when it is not enabled; like {@link enableServices}
 */
export async function disableService(deps: Enabling, project: string, api: string): Promise<Project> {
  requireKnown([api]);
  return retrying(async () => {
    const row = await projectAt(deps, project);
    // "fails with FAILED_PRECONDITION if called on a service that is not currently enabled" (DisableServiceRequest)
    if (!isEnabled(row, api)) throw failedPrecondition(`Service ${api} is not enabled for consumer.`);
    const { [api]: _disabled, ...services } = row.services;
    const next = { ...row, services };
    await deps.store.commit([deps.access.projects.update(next)]);
    return next;
  });
}

/** {@link enableServices} for one API. */
export function enableService(deps: Enabling, project: string, api: string, time: Date): Promise<Project> {
  return enableServices(deps, project, [api], time);
}

/** The accounts that the APIs bring, and their grants on the project. */
async function companions(
  deps: Enabling,
  project: Project,
  apis: readonly string[],
  time: Date,
): Promise<Write[]> {
  const agents = SERVICE_AGENTS.filter(({ api, createdOn }) => createdOn === 'enable' && apis.includes(api));
  const writes: Write[] = [];
  const grants: Grant[] = [];
  for (const agent of agents) {
    writes.push(...(await accountOf(deps, project, agentAccount(project, agent), time)));
    grants.push(...agentGrants(project, agent));
  }
  if (apis.some((api) => BRINGS_COMPUTE_ACCOUNT.includes(api))) {
    const email = defaultComputeAccount(project.number);
    const created = await accountOf(
      deps,
      project,
      { email, kind: 'default', displayName: 'Default compute service account' },
      time,
    );
    writes.push(...created);
    if (created.length > 0 && project.parent === undefined) {
      grants.push({ role: 'roles/editor', member: `serviceAccount:${email}` });
    }
  }
  if (grants.length > 0) {
    writes.push(await deps.access.grantsWrite(projectName(project.projectId), grants));
  }
  return writes;
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
  deps: Pick<Enabling, 'identity'>,
  project: Project,
  template: AccountTemplate,
  time: Date,
): Promise<Write[]> {
  const { accounts } = deps.identity;
  if (await accounts.get(template.email)) return [];
  const account = { ...template, project: project.projectId, description: '', disabled: false };
  return [accounts.creation(account, time).write];
}

/**
 * The writes that create an API's service agent and grant its role, for a transaction of the caller's: agents that
 * come with the first resource (Artifact Registry's with the first repository). None when the agent exists.
 */
export async function firstUseWrites(
  deps: Pick<Enabling, 'identity' | 'access'>,
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
  deps: Enabling,
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

function serviceAgentOfApi(api: string): ServiceAgent | undefined {
  return SERVICE_AGENTS.find((agent) => agent.api === api);
}

/** Is the API enabled in the project? */
export function isEnabled(project: Pick<Project, 'services'>, api: string): boolean {
  return Object.hasOwn(project.services, api);
}

/**
 * @param title the API's title as the sentence begins, e.g. `Cloud Run Admin API`
 * @throws GoogleError PERMISSION_DENIED with reason SERVICE_DISABLED when the API is not enabled. gcloud offers to
 *   enable it when the message ends just so.
 */
export function requireEnabled(
  project: Pick<Project, 'services' | 'number'>,
  api: string,
  title: string,
): void {
  if (isEnabled(project, api)) return;
  const { number } = project;
  throw new GoogleError('PERMISSION_DENIED', refusals.apiDisabled(number, { api, title }), {
    details: [refusals.apiDisabledInfo(number, { api, title })],
  });
}

/** @throws GoogleError PERMISSION_DENIED naming those APIs that do not exist, in Service Usage's words */
export function requireKnown(apis: readonly string[]): void {
  const unknown = apis.filter((api) => !knownApi(api));
  if (unknown.length === 0) return;
  const services = unknown.join(',');
  throw new GoogleError(
    'PERMISSION_DENIED',
    `Not found or permission denied for service(s): ${unknown.join(', ')}.`,
    {
      details: [
        errorInfo('SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED', 'serviceusage.googleapis.com', {
          services,
        }),
      ],
    },
  );
}
