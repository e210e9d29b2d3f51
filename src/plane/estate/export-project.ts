/** One project as an estate file lists it. */
import type { CustomRole, Project } from '../../access/index.js';
import type { AccountTexts, CustomRoleDocument, ProjectDocument } from '../../estate-file/index.js';
import type { Account } from '../../identity/index.js';
import {
  defaultComputeAccount,
  projectName,
  type ResourceName,
  repositoryName,
  SERVICE_AGENTS,
  secretName,
  serviceAccountName,
  serviceAgentOf,
  splitResource,
} from '../../names/index.js';
import { DEFAULT_APIS } from '../../services/index.js';
import type { Automatic } from './automatic.js';
import { exportAuditConfigs, exportIam, holdsAll, without } from './export-iam.js';
import { exportRun } from './export-run.js';
import { exportDenyPolicies } from './governance.js';
import { exportPools } from './pools.js';
import type { AccessOf, ProjectFacts } from './project-facts.js';
import type { Rooms } from './rooms.js';
import { exportTagKeys, exportTags } from './tags.js';

/** What is needed to build the project without its policies: the base of what comes by itself. */
export function projectSkeleton({ project, accounts, repositories, secrets }: ProjectFacts): ProjectDocument {
  return {
    ...projectFields(project),
    services: Object.keys(project.services),
    serviceAccounts: userManaged(accounts).map(({ email }) => ({ id: localPart(email) })),
    repositories: repositories.map(({ repository, location }) => ({ id: repository, location })),
    secrets: secrets.map(({ secret }) => ({ id: secret })),
  };
}

/**
 * @param owner the member that owns what is created: always listed, since another plane may have another one
 * @param notes gets a sentence for everything that a file cannot say
 */
export async function exportProject(
  facts: ProjectFacts,
  automatic: Automatic,
  owner: string,
  rooms: Rooms,
  notes: string[],
): Promise<ProjectDocument> {
  const { project, policies } = facts;
  const { projectId } = project;
  const iamOf = (resource: ResourceName, bindings = policies.get(resource) ?? []) =>
    exportIam(bindings, splitResource(resource).path, rooms, notes);
  const accessOf = async (resource: ResourceName) => ({
    ...some('iam', await iamOf(resource)),
    ...(await exportTags(resource, rooms)),
  });
  const name = projectName(projectId);
  const own = policies.get(name) ?? [];
  const given = automatic.bindings(name);
  const apis = Object.keys(project.services).sort();
  const defaults = holdsAll(own, given) && DEFAULT_APIS.every((api) => apis.includes(api));
  const listed = defaults ? without(own, without(given, [{ role: 'roles/owner', members: [owner] }])) : own;
  return {
    ...projectFields(project),
    ...(defaults ? {} : { defaults }),
    ...some('services', defaults ? apis.filter((api) => !DEFAULT_APIS.includes(api)) : apis),
    ...some('serviceAgents', agentsToMake(facts, automatic, notes)),
    ...some('iam', await iamOf(name, listed)),
    ...(await exportTags(name, rooms)),
    ...(await exportTagKeys(`projects/${projectId}`, rooms, notes)),
    ...(await exportAuditConfigs(name, rooms, notes)),
    ...some('customRoles', facts.customRoles.map(exportCustomRole)),
    ...(await exportDenyPolicies(name, rooms, notes)),
    ...(await exportDefaultAccount(facts, automatic, accessOf, notes)),
    ...some('serviceAccounts', await exportAccounts(facts, accessOf)),
    ...some('repositories', await exportRepositories(facts, accessOf, notes)),
    ...some('secrets', await exportSecrets(facts, accessOf, notes)),
    ...some('workloadIdentityPools', await exportPools(projectId, rooms)),
    ...(await exportRun(facts, accessOf, rooms, notes)),
  };
}

function projectFields({ projectId, number, parent, name, labels }: Project) {
  return {
    id: projectId,
    number,
    ...(parent === undefined ? {} : { parent }),
    ...(name === projectId ? {} : { name }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

/** A key with its list; nothing for an empty one. */
function some<K extends string, T>(key: K, list: readonly T[]): { readonly [P in K]?: readonly T[] } {
  return list.length === 0 ? {} : ({ [key]: list } as { readonly [P in K]: readonly T[] });
}

const localPart = (email: string): string => email.slice(0, email.indexOf('@'));
const userManaged = (accounts: readonly Account[]) => accounts.filter(({ kind }) => kind === 'user-managed');

/** The APIs of the agents that would not come by themselves. Of several agents of one API, the first can be asked for. */
function agentsToMake({ accounts, tagged }: ProjectFacts, automatic: Automatic, notes: string[]): string[] {
  const apis: string[] = [];
  for (const { kind, email, project } of accounts) {
    if (kind !== 'agent') continue;
    if (tagged.includes(serviceAccountName(project, email))) notes.push(`${email}: its tags are left out.`);
    if (automatic.accounts.has(email)) continue;
    const agent = serviceAgentOf(email)?.agent;
    const first = SERVICE_AGENTS.find((candidate) => candidate.api === agent?.api);
    if (agent && agent === first) apis.push(agent.api);
    else notes.push(`${email} is left out: it comes with its API alone.`);
  }
  return apis.sort();
}

export function exportCustomRole(role: CustomRole): CustomRoleDocument {
  const id = role.name.slice(role.name.lastIndexOf('/') + 1);
  return {
    id,
    ...(role.title === id ? {} : { title: role.title }),
    ...(role.description === '' ? {} : { description: role.description }),
    ...(role.stage === 'GA' ? {} : { stage: role.stage }),
    permissions: [...role.permissions].sort(),
  };
}

async function exportAccounts({ accounts, project }: ProjectFacts, accessOf: AccessOf) {
  const exported = userManaged(accounts).map(async (account) => ({
    id: localPart(account.email),
    ...accountTexts(account),
    ...(await accessOf(serviceAccountName(project.projectId, account.email))),
  }));
  return Promise.all(exported);
}

const accountTexts = ({ displayName, description, disabled }: Account): AccountTexts => ({
  ...(displayName === '' ? {} : { displayName }),
  ...(description === '' ? {} : { description }),
  ...(disabled ? { disabled } : {}),
});

async function exportDefaultAccount(
  { accounts, project }: ProjectFacts,
  automatic: Automatic,
  accessOf: AccessOf,
  notes: string[],
): Promise<{ readonly defaultServiceAccount?: AccountTexts }> {
  const email = defaultComputeAccount(project.number);
  const account = accounts.find((candidate) => candidate.email === email);
  const made = automatic.accounts.get(email);
  if (!account) {
    if (made) notes.push(`${email} has been deleted; applying the file to an empty plane brings it back.`);
    return {};
  }
  const texts = {
    ...(made?.displayName === account.displayName ? {} : { displayName: account.displayName }),
    ...(account.description === '' ? {} : { description: account.description }),
    ...(account.disabled ? { disabled: true } : {}),
    ...(await accessOf(serviceAccountName(project.projectId, email))),
  };
  return Object.keys(texts).length === 0 ? {} : { defaultServiceAccount: texts };
}

async function exportRepositories({ repositories }: ProjectFacts, accessOf: AccessOf, notes: string[]) {
  const exported = repositories.map(async (row) => {
    const { project, location, repository, format, description, labels, immutableTags } = row;
    if (row.cleanupPolicies?.length || row.scanning === 'DISABLED') {
      notes.push(`${project}/${location}/${repository}: cleanup policies and scanning are left out.`);
    }
    return {
      id: repository,
      location,
      format,
      ...(description === '' ? {} : { description }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(immutableTags === true ? { immutableTags } : {}),
      ...(row.upstreamPolicies === undefined ? {} : { upstreamPolicies: row.upstreamPolicies }),
      ...(await accessOf(repositoryName(project, location, repository))),
    };
  });
  return Promise.all(exported);
}

/** What a secret holds is left out: a file lies outside the data directory. */
async function exportSecrets(
  { project: { projectId }, secrets }: ProjectFacts,
  accessOf: AccessOf,
  notes: string[],
) {
  const exported = secrets.map(async (row) => {
    const { secret, replication, labels, annotations, lastVersion } = row;
    const resource = secretName(projectId, secret);
    const { path } = splitResource(resource);
    if (lastVersion > 0) notes.push(`${path}: its versions are left out, and with them what is secret.`);
    const more = row.expireTime ?? row.versionDestroyTtl ?? Object.keys(row.versionAliases)[0];
    if (more !== undefined) notes.push(`${path}: expiration, delay of destruction and aliases are left out.`);
    return {
      id: secret,
      ...(replication.kind === 'automatic' ? {} : { locations: replication.locations }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(await accessOf(resource)),
    };
  });
  return Promise.all(exported);
}
