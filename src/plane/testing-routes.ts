/** For tests: a plane's world with one of everything, and a request for every route that names what is there. */

import type { AccessControl } from '../access/index.js';
import type { Api, ApiMethod, HttpBinding } from '../google/index.js';
import { type BuiltImage, buildImage } from '../registry/index.js';
import { groupId } from '../services/index.js';
import type { Write } from '../store/index.js';
import { BODIES, job, ORGANIZATION, PROJECT, QUERIES, REGION, workerPool } from './testing-bodies.js';

const GROUP = 'routes@example.com';

/** An organization and a folder in it, and a group. */
export function hierarchy({ organizations, folders }: AccessControl): Write[] {
  const createTime = new Date(0).toISOString();
  const folder = { id: '4711', displayName: 'Routes', state: 'ACTIVE', createTime } as const;
  return [
    organizations.creation({ id: ORGANIZATION, customerId: 'C00000001', createTime }),
    folders.creation({ ...folder, parent: `organizations/${ORGANIZATION}` }),
    { op: 'put', key: `groups/${GROUP}`, value: ['user:member@example.com'] },
  ];
}

/** Where the deny policies of IAM v2 are attached, as its names have it. */
const ATTACHMENT = `cloudresourcemanager.googleapis.com%2Fprojects%2F${PROJECT}`;

/** What lies where: by the API's host and the collection's name in paths. */
export interface World {
  /** The service account's unique id. */
  readonly accountId: string;
  readonly names: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Call = (verb: string, target: string, body?: unknown) => Promise<unknown>;

/** The value at a path of keys; undefined where the path ends early. */
function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>(
    (current, key) =>
      typeof current === 'object' && current !== null
        ? (current as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

const last = (name: unknown): string => String(name).split('/').at(-1) ?? '';

/**
 * Makes one of everything.
 * @param call as the owner; fails unless it succeeds
 * @param push pushes an image to a name and tag, and gives its digest
 */
export async function seed(
  call: Call,
  push: (image: BuiltImage, name: string, tag: string) => Promise<string>,
): Promise<World> {
  const created = await call('POST', 'cloudresourcemanager.googleapis.com/v1/projects', {
    projectId: PROJECT,
  });
  const enabled = await call(
    'POST',
    `serviceusage.googleapis.com/v1/projects/${PROJECT}/services:batchEnable`,
    {
      serviceIds: ['run.googleapis.com', 'artifactregistry.googleapis.com', 'secretmanager.googleapis.com'],
    },
  );
  const repositories = `artifactregistry.googleapis.com/v1/projects/${PROJECT}/locations/${REGION}/repositories`;
  const repository = await call('POST', `${repositories}?repositoryId=repo`, { format: 'DOCKER' });
  const built = await buildImage({ files: [{ path: '/app', content: 'x' }], config: { Cmd: ['/app'] } });
  const digest = await push(built, `${REGION}-docker.pkg.dev/${PROJECT}/repo/app`, 'v1');
  const accounts = `iam.googleapis.com/v1/projects/${PROJECT}/serviceAccounts`;
  const account = await call('POST', accounts, { accountId: 'account' });
  const key = await call('POST', `${accounts}/${at(account, 'email')}/keys`, {});
  // Called like a predefined one, so that one name serves for both.
  const roles = `iam.googleapis.com/v1/projects/${PROJECT}/roles`;
  await call('POST', roles, { roleId: 'viewer', role: { title: 'Viewer' } });
  const deployed = await call(
    'POST',
    `${REGION}-run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/services?serviceId=web`,
    {
      template: { containers: [{ image: `${REGION}-docker.pkg.dev/${PROJECT}/repo/app:v1` }] },
    },
  );
  const operation = last(at(deployed, 'name'));
  const done = (name: string) =>
    call('POST', `run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/operations/${name}:wait`, {
      timeout: '30s',
    });
  await done(operation);
  const jobs = `${REGION}-run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/jobs`;
  await done(last(at(await call('POST', `${jobs}?jobId=batch`, job), 'name')));
  const execution = last(at(await call('POST', `${jobs}/batch:run`, {}), 'metadata', 'name'));
  const { revisions } = (await call(
    'GET',
    `run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/services/web/revisions`,
  )) as { revisions: readonly unknown[] };
  const revision = last(at(revisions, 0, 'name'));
  // Called like the service, so that its revision may be too.
  await call(
    'POST',
    `${REGION}-run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/workerPools?workerPoolId=web`,
    { template: { ...workerPool.template, revision }, scaling: { manualInstanceCount: 0 } },
  );
  await call('POST', 'logging.googleapis.com/v2/entries:write', {
    entries: [{ logName: `projects/${PROJECT}/logs/routes`, resource: { type: 'global' }, textPayload: 'x' }],
  });
  const secrets = `secretmanager.googleapis.com/v1/projects/${PROJECT}/secrets`;
  await call('POST', `${secrets}?secretId=secret`, { replication: { automatic: {} } });
  await call('POST', `${secrets}/secret:addVersion`, {
    payload: { data: Buffer.from('x').toString('base64') },
  });
  const tags = await seedTags(call);
  const everywhere = { projects: PROJECT, locations: REGION, organizations: '1', folders: '1' };
  const artifacts = {
    packages: 'app',
    versions: digest,
    tags: 'v1',
    dockerImages: `app@${digest}`,
    files: digest,
  };
  return {
    accountId: String(at(account, 'uniqueId')),
    names: {
      'run.googleapis.com': {
        ...everywhere,
        namespaces: PROJECT,
        services: 'web',
        jobs: 'batch',
        workerPools: 'web',
        workerpools: 'web',
        revisions: revision,
        executions: execution,
        tasks: `${execution}-task0`,
        operations: operation,
      },
      'cloudresourcemanager.googleapis.com': {
        ...everywhere,
        folders: '4711',
        ...tags,
        operations: last(at(created, 'name')),
      },
      'serviceusage.googleapis.com': {
        ...everywhere,
        '': 'projects',
        services: 'run.googleapis.com',
        operations: last(at(enabled, 'name')),
      },
      'iam.googleapis.com': {
        ...everywhere,
        locations: 'global',
        serviceAccounts: String(at(account, 'email')),
        keys: last(at(key, 'name')),
        roles: 'viewer',
        denypolicies: 'no-deletes',
        operations: 'unknown',
        principalAccessBoundaryPolicies: 'boundary',
        policyBindings: 'binding',
      },
      'iamcredentials.googleapis.com': { projects: '-', serviceAccounts: String(at(account, 'email')) },
      'artifactregistry.googleapis.com': {
        ...everywhere,
        repositories: 'repo',
        operations: last(at(repository, 'name')),
        ...artifacts,
      },
      'secretmanager.googleapis.com': { ...everywhere, secrets: 'secret', versions: '1' },
      'cloudidentity.googleapis.com': { groups: groupId(GROUP) },
      'logging.googleapis.com': { ...everywhere, folders: '4711', '': 'projects', logs: 'routes' },
    },
  };
}

/** A key with a value, which is attached to the project and held. */
async function seedTags(call: Call): Promise<Readonly<Record<string, string>>> {
  const api = 'cloudresourcemanager.googleapis.com/v3';
  const parent = `projects/${PROJECT}`;
  const make = async (target: string, body: unknown) =>
    String(at(await call('POST', `${api}/${target}`, body), 'response', 'name'));
  const key = await make('tagKeys', { parent, shortName: 'env' });
  const value = await make('tagValues', { parent: key, shortName: 'prod' });
  const binding = await make('tagBindings', {
    parent: `//cloudresourcemanager.googleapis.com/${parent}`,
    tagValue: value,
  });
  const holder = '//compute.googleapis.com/compute/projects/p/zones/z/instances/i';
  return {
    tagKeys: last(key),
    tagValues: last(value),
    tagBindings: binding.slice('tagBindings/'.length),
    tagHolds: last(await make(`${value}/tagHolds`, { holder })),
  };
}

/** A template's path with what the world holds: each `*` is the collection before it. */
function pathOf(template: string, host: string, { names }: World): string {
  const known = names[host] ?? {};
  const segments = template
    // {name=projects/*/locations/*} is its pattern, {project} a `*` of its own.
    .replace(/\{[^}=]+=([^}]+)\}/g, '$1')
    .replace(/\{[^}]+\}/g, '*')
    .replace('/policies/*/*', `/policies/${ATTACHMENT}/denypolicies`)
    .split('/');
  return segments
    .map((segment, index) => {
      const [name = '', ...verb] = segment.split(':');
      if (name !== '*' && name !== '**') return segment;
      const before = segments[index - 1] ?? '';
      // What stands at the beginning, as in */*/services/*, is itself a collection.
      const collection = before === '*' ? 'projects' : /^v\d/.test(before) ? '' : before;
      return [known[collection] ?? 'unknown', ...verb].join(':');
    })
    .join('/');
}

export interface RouteRequest {
  /** Host and path, in the direct form. */
  readonly url: string;
  readonly body: unknown;
}

/** A request for a route that is well formed as far as it must be. */
export function requestOf(
  { host }: Api,
  method: ApiMethod,
  binding: HttpBinding,
  world: World,
): RouteRequest {
  const place = pathOf(binding.template, host, world);
  // A deleted account goes by its number.
  const undelete = method.name.endsWith('.UndeleteServiceAccount');
  return {
    // Namespaced paths say no region: the host does.
    url: `${binding.template.startsWith('/apis/') ? `${REGION}-` : ''}${host}${
      undelete ? place.replace(/[^/]+(?=:undelete)/, world.accountId) : place
    }${filled(QUERIES[method.name] ?? '', host, world)}`,
    body:
      binding.body === undefined
        ? undefined
        : JSON.parse(filled(JSON.stringify(BODIES[method.name] ?? {}), host, world)),
  };
}

/** Numbers that the seed drew, as `{tagKeys}`, filled in. */
function filled(text: string, host: string, { names }: World): string {
  return text.replace(/\{(tag\w+)\}/g, (_, collection: string) => names[host]?.[collection] ?? 'unknown');
}
