/** `projects create`, `services enable`, `artifacts repositories create`: gcloud's calls, in its order. */
import { setTimeout as delay } from 'node:timers/promises';
import { type GcloudCommand, required } from './gcloud-command.js';
import { type HttpSession, Refused } from './http-session.js';
import { at, textAt } from './json.js';

const PROJECTS = 'cloudresourcemanager.googleapis.com';
const SERVICES = 'serviceusage.googleapis.com';
const ARTIFACTS = 'artifactregistry.googleapis.com';
const POLL_MS = 100;

export async function createProject(
  { positional: [project = ''] }: GcloudCommand,
  http: HttpSession,
): Promise<void> {
  const operation = await http.call('POST', PROJECTS, '/v1/projects', { projectId: project, name: project });
  await finished(http, PROJECTS, operation);
  const enabling = `/v1/projects/${project}/services/cloudapis.googleapis.com:enable`;
  await finished(http, SERVICES, await http.call('POST', SERVICES, enabling, {}));
}

export async function enableServices(command: GcloudCommand, http: HttpSession): Promise<void> {
  const services = `/v1/projects/${required(command, '--project')}/services`;
  const [first = '', ...others] = command.positional;
  const operation =
    others.length === 0
      ? await http.call('POST', SERVICES, `${services}/${first}:enable`, {})
      : await http.call('POST', SERVICES, `${services}:batchEnable`, { serviceIds: command.positional });
  await finished(http, SERVICES, operation);
}

export async function createRepository(command: GcloudCommand, http: HttpSession): Promise<void> {
  const [repository = ''] = command.positional;
  const parent = `projects/${required(command, '--project')}/locations/${required(command, '--location')}`;
  const name = `${parent}/repositories/${repository}`;
  const format = required(command, '--repository-format').toUpperCase();
  const path = `/v1/${parent}/repositories?repositoryId=${repository}`;
  const body = { format, mode: 'MODE_UNSPECIFIED', name };
  await finished(http, ARTIFACTS, await http.call('POST', ARTIFACTS, path, body));
  await http.call('GET', ARTIFACTS, `/v1/${name}`);
  http.say(`Created repository [${repository}].`);
}

/** Waits for a long-running operation. @throws Refused with its error */
async function finished(http: HttpSession, host: string, operation: unknown): Promise<void> {
  let current = operation;
  while (at(current, 'done') !== true) {
    await delay(POLL_MS);
    current = await http.call('GET', host, `/v1/${textAt(current, 'name')}`);
  }
  const message = at(current, 'error', 'message');
  if (message !== undefined) throw new Refused(String(message));
}
