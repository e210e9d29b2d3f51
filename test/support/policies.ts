/** Grants by REST, where the grant is the scenery and not the play: a tenth of what gcloud takes. */

import type { TestPlane } from './plane.js';
import { A, OWNER, REGION } from './world.js';

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
}

interface Policy {
  readonly bindings?: readonly Binding[];
  readonly etag?: string;
  readonly version?: number;
}

/** A resource with a policy: where its IAM methods are, and the verb that reads it. */
export interface PolicyTarget {
  readonly url: string;
  readonly read: 'GET' | 'POST';
}

export const onProject = (project: string): PolicyTarget => ({
  url: `cloudresourcemanager.googleapis.com/v1/projects/${project}`,
  read: 'POST',
});
export const onAccount = (email: string, project = A): PolicyTarget => ({
  url: `iam.googleapis.com/v1/projects/${project}/serviceAccounts/${email}`,
  read: 'POST',
});
export const onRepository = (project: string, repository: string): PolicyTarget => ({
  url: `artifactregistry.googleapis.com/v1/projects/${project}/locations/${REGION}/repositories/${repository}`,
  read: 'GET',
});

async function answer<T>(promise: Promise<{ status: number; body: unknown }>): Promise<T> {
  const { status, body } = await promise;
  if (status !== 200) throw new Error(`HTTP ${status}: ${JSON.stringify(body)}`);
  return body as T;
}

/** The bindings of a resource's own policy, as the owner reads them. */
export async function bindingsOf(plane: TestPlane, { url, read }: PolicyTarget): Promise<readonly Binding[]> {
  const policy = await answer<Policy>(
    plane.api(OWNER, read, `${url}:getIamPolicy`, read === 'POST' ? {} : undefined),
  );
  return policy.bindings ?? [];
}

async function change(
  plane: TestPlane,
  { url, read }: PolicyTarget,
  edit: (bindings: readonly Binding[]) => readonly Binding[],
): Promise<void> {
  const policy = await answer<Policy>(
    plane.api(OWNER, read, `${url}:getIamPolicy`, read === 'POST' ? {} : undefined),
  );
  const bindings = edit(policy.bindings ?? []);
  await answer(plane.api(OWNER, 'POST', `${url}:setIamPolicy`, { policy: { ...policy, bindings } }));
}

/** Grants a role to a member (`user:…`) on a resource. */
export function grant(plane: TestPlane, target: PolicyTarget, member: string, role: string): Promise<void> {
  return change(plane, target, (bindings) => [...bindings, { role, members: [member] }]);
}

/** Takes a role away from a member. @throws when the member never had it: a test would then prove nothing */
export function revoke(plane: TestPlane, target: PolicyTarget, member: string, role: string): Promise<void> {
  return change(plane, target, (bindings) => {
    const held = bindings.filter((binding) => binding.role === role && binding.members.includes(member));
    if (held.length === 0) throw new Error(`${member} has no ${role} on ${target.url}`);
    return bindings
      .map((binding) =>
        binding.role === role
          ? { ...binding, members: binding.members.filter((each) => each !== member) }
          : binding,
      )
      .filter(({ members }) => members.length > 0);
  });
}

/** Enables APIs in a project; their accounts and grants come with them. */
export async function enable(plane: TestPlane, project: string, services: readonly string[]): Promise<void> {
  const url = `serviceusage.googleapis.com/v1/projects/${project}/services:batchEnable`;
  await answer(plane.api(OWNER, 'POST', url, { serviceIds: services }));
}

/** A project of the owner's, with its APIs enabled. @returns its number */
export async function newProject(
  plane: TestPlane,
  project: string,
  services: readonly string[],
): Promise<string> {
  const projects = 'cloudresourcemanager.googleapis.com/v1/projects';
  await answer(plane.api(OWNER, 'POST', projects, { projectId: project }));
  await enable(plane, project, services);
  const made = await answer<{ projectNumber: string }>(plane.api(OWNER, 'GET', `${projects}/${project}`));
  return made.projectNumber;
}

/** A service account of a project. */
export async function newAccount(plane: TestPlane, project: string, accountId: string): Promise<void> {
  const url = `iam.googleapis.com/v1/projects/${project}/serviceAccounts`;
  await answer(plane.api(OWNER, 'POST', url, { accountId }));
}

/** A Docker repository in the stories' region. */
export async function newRepository(plane: TestPlane, project: string, repository: string): Promise<void> {
  const url = `artifactregistry.googleapis.com/v1/projects/${project}/locations/${REGION}/repositories?repositoryId=${repository}`;
  await answer(plane.api(OWNER, 'POST', url, { format: 'DOCKER' }));
}
