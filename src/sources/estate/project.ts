/** What lies in one project, with the policies of each thing. */
import { isUnknown } from '../../checkpoint/index.js';
import type { AccountDocument, BindingDocument, RunDocument } from '../../estate-file/index.js';
import {
  defaultComputeAccount,
  type ResourceName,
  type RunKind,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountEmail,
  serviceAccountName,
  serviceAgentOf,
} from '../../names/index.js';
import type { Copying } from './copying.js';
import type { ProjectCopy } from './document.js';
import type { RepositoryFound } from './lists.js';

/** What every copied secret holds: the real values are never read. */
export const PLACEHOLDER = 'placeholder: the rehearsal does not read what secrets hold';

/** @param number undefined where nobody knows it: a plane makes one up */
export async function copyProject(
  id: string,
  number: string | undefined,
  copying: Copying,
): Promise<ProjectCopy> {
  const { lists, locations } = copying;
  const services = await lists.apis(id);
  /** Without its API, nobody can reach what an API has made. */
  const where = async <T>(api: string, list: () => Promise<readonly T[]>): Promise<readonly T[]> =>
    services.includes(api) ? list() : [];
  const [customRoles, accounts, repositories, secrets] = await Promise.all([
    lists.roles(`projects/${id}`),
    copyAccounts(id, number, copying),
    where('artifactregistry.googleapis.com', () => lists.repositories(id, locations)),
    where('secretmanager.googleapis.com', () => lists.secrets(id)),
  ]);
  const runs = async (kind: RunKind) => {
    const found = await where('run.googleapis.com', () => lists.runs(kind, id));
    return Promise.all(found.map((each) => copyRun(kind, id, each, copying)));
  };
  return {
    id,
    ...(number === undefined ? {} : { number }),
    defaults: false,
    services,
    customRoles,
    ...accounts,
    repositories: await copyRepositories(id, repositories, copying),
    secrets: await Promise.all(secrets.map((secret) => copySecret(id, secret, copying))),
    runServices: await runs('service'),
    runJobs: await runs('job'),
    runWorkerPools: await runs('workerPool'),
  };
}

async function iamOf(
  resource: ResourceName,
  { bindings }: Copying,
): Promise<{ readonly iam?: readonly BindingDocument[] }> {
  const iam = await bindings(resource);
  return iam.length > 0 ? { iam } : {};
}

async function copyAccounts(
  id: string,
  number: string | undefined,
  copying: Copying,
): Promise<Pick<ProjectCopy, 'serviceAccounts' | 'defaultServiceAccount'>> {
  const found = await copying.lists.accounts(id);
  const own: AccountDocument[] = [];
  let compute: Omit<AccountDocument, 'id'> | undefined;
  for (const { email, disabled } of found) {
    const account = {
      ...(disabled ? { disabled } : {}),
      ...(await iamOf(serviceAccountName(id, email), copying)),
    };
    const local = email.slice(0, email.indexOf('@'));
    if (number !== undefined && email === defaultComputeAccount(number)) compute = account;
    else if (email === serviceAccountEmail(local, id)) own.push({ id: local, ...account });
    else if (!serviceAgentOf(email)) copying.gap(email, 'accounts of this kind are not made in a rehearsal');
  }
  return { serviceAccounts: own, ...(compute ? { defaultServiceAccount: compute } : {}) };
}

async function copyRepositories(
  project: string,
  found: readonly RepositoryFound[],
  copying: Copying,
): Promise<NonNullable<ProjectCopy['repositories']>> {
  const copied = found.map(async ({ id, location, format, mode, immutableTags, upstreamPolicies }) => {
    const what = `the repository ${project}/${location}/${id}`;
    if (format !== 'DOCKER') {
      copying.gap(what, `it holds ${format || 'something else'}, no images`);
      return [];
    }
    if (!['STANDARD_REPOSITORY', 'VIRTUAL_REPOSITORY', 'MODE_UNSPECIFIED'].includes(mode))
      copying.gap(`that ${what.slice(4)} is a ${mode}`, 'the rehearsal has an ordinary one');
    return [
      {
        ...{ id, location },
        ...(immutableTags ? { immutableTags } : {}),
        ...(upstreamPolicies.length > 0 ? { upstreamPolicies } : {}),
        ...(await iamOf(repositoryName(project, location, id), copying)),
      },
    ];
  });
  return (await Promise.all(copied)).flat();
}

async function copySecret(project: string, id: string, copying: Copying) {
  const resource = secretName(project, id);
  const latest = await copying.source.secret(resource, 'latest');
  if (typeof latest === 'object') copying.gap(`whether secret ${id} of ${project} has a version`, latest.why);
  return {
    id,
    ...(latest === 'missing' ? {} : { value: PLACEHOLDER }),
    ...(await iamOf(resource, copying)),
  };
}

async function copyRun(
  kind: RunKind,
  project: string,
  { id, location }: { readonly id: string; readonly location: string },
  copying: Copying,
): Promise<RunDocument> {
  const resource = runResourceName(kind, project, location, id);
  const template = await copying.lists.runTemplate(kind, project, { id, location });
  if (isUnknown(template)) copying.gap(`${id} of ${project} in ${location}`, template.why);
  const iam = await iamOf(resource, copying);
  if (isUnknown(template) || template === 'absent') return { id, location, ...iam };
  const { images, secrets, serviceAccount, invokerIamDisabled } = template;
  if (invokerIamDisabled)
    copying.gap(
      `that ${id} of ${project} in ${location} is open to all`,
      'the rehearsal checks its invokers',
    );
  return {
    ...{ id, location },
    ...(images.length === 0 ? {} : { images }),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    ...(secrets.length > 0 ? { secrets } : {}),
    ...iam,
  };
}
