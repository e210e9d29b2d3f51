/** What a plane holds and what it has left on the machine, so that before and after can be compared. */
import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { type Leftovers, leftovers } from '../../src/runtime/testing-leftovers.js';
import { policyOf, readPolicy } from './estate.js';
import type { TestPlane } from './plane.js';
import { at, listAt, type Rest } from './rest.js';
import { OWNER, REGION } from './world.js';

/** Everything that the APIs tell of a plane's resources, apart from the log. */
export async function resources(rest: Rest): Promise<Record<string, unknown>> {
  const listed = await rest.ok(OWNER, 'GET', 'cloudresourcemanager.googleapis.com/v1/projects');
  const projects = listAt(listed, 'projects').map((project) => String(at(project, 'projectId')));
  const entries = projects.map(async (project) => [project, await resourcesOf(rest, project)] as const);
  return { listed, ...Object.fromEntries(await Promise.all(entries)) };
}

async function resourcesOf(rest: Rest, project: string): Promise<Record<string, unknown>> {
  const get = async (target: string) => {
    const answer = await rest.call(OWNER, 'GET', target);
    return answer.status === 200 ? answer.body : answer.status;
  };
  const location = `projects/${project}/locations/${REGION}`;
  const accounts = await get(`iam.googleapis.com/v1/projects/${project}/serviceAccounts?pageSize=100`);
  const repositories = await get(`artifactregistry.googleapis.com/v1/${location}/repositories?pageSize=1000`);
  const services = await get(`run.googleapis.com/v1/projects/${project}/locations/-/services`);
  return {
    policy: await readPolicy(rest, policyOf.project(project)),
    enabled: await get(
      `serviceusage.googleapis.com/v1/projects/${project}/services?filter=state:ENABLED&pageSize=200`,
    ),
    accounts,
    accountPolicies: await Promise.all(
      listAt(accounts, 'accounts').map((account) =>
        readPolicy(rest, policyOf.account(project, String(at(account, 'email')))),
      ),
    ),
    repositories,
    contents: await Promise.all(
      listAt(repositories, 'repositories').map(async (repository) => {
        const name = String(at(repository, 'name'));
        return [
          await readPolicy(rest, policyOf.repository(project, name.slice(name.lastIndexOf('/') + 1))),
          await get(`artifactregistry.googleapis.com/v1/${name}/dockerImages?pageSize=1000`),
        ];
      }),
    ),
    services,
    servicePolicies: await Promise.all(
      listAt(services, 'items').map((service) =>
        readPolicy(rest, policyOf.service(project, String(at(service, 'metadata', 'name')))),
      ),
    ),
    revisions: await get(
      `${REGION}-run.googleapis.com/apis/serving.knative.dev/v1/namespaces/${project}/revisions`,
    ),
  };
}

/** What the plane's process and its containers hold of the machine. */
export interface Held extends Leftovers {
  /** Network namespaces that the plane keeps open. */
  readonly namespaces: readonly string[];
}

export function held(plane: TestPlane): Held {
  return { ...leftovers(plane.data), namespaces: openNamespaces(plane.pid) };
}

/** Everything below the data directory that is neither the database nor a container's. */
export function files(plane: TestPlane): readonly string[] {
  return readdirSync(plane.data, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(plane.data, path.join(entry.parentPath, entry.name)))
    .filter((name) => !/^(?:plane|lock)\.db/.test(name))
    .sort();
}

function openNamespaces(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((fd) => {
    try {
      const target = readlinkSync(path.join(directory, fd));
      return target.startsWith('net:') || target.endsWith('/ns/net') ? [target] : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}
