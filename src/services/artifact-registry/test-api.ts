/** The API over rooms in memory and a registry with real blobs, for this folder's tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '../../audit/index.js';
import type { Api, JsonValue } from '../../google/index.js';
import { principalOfEmail } from '../../names/index.js';
import { type BuiltImage, openRegistry, pushImage, type Registry } from '../../registry/index.js';
import { createProject } from '../resource-manager/index.js';
import { enableService } from '../service-usage/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { artifactRegistryApi } from './api.js';
import { requireApi } from './context.js';
import { createRepository } from './repositories.js';

export const OWNER = 'user:owner@example.com';
export const STRANGER = 'user:stranger@example.com';
export const LOCATION = '/v1/projects/myproject-b/locations/asia-northeast1';
export const REPOSITORIES = `${LOCATION}/repositories`;
export const REPOSITORY = `${REPOSITORIES}/myrepo`;
export const NAME = 'projects/myproject-b/locations/asia-northeast1/repositories/myrepo';
/** As gcloud sends it. */
export const DOCKER = { format: 'DOCKER', mode: 'MODE_UNSPECIFIED', name: NAME };

export class TestApi {
  private constructor(
    readonly rooms: Rooms,
    readonly registry: Registry,
    readonly api: Api,
    private readonly dataDir: string,
    /** Where images are pushed to. */
    private readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}

  /** Opens one with the project myproject-b, whose owner has enabled the API. */
  static async open(): Promise<TestApi> {
    const rooms = await openRooms();
    const dataDir = await mkdtemp(join(tmpdir(), 'sekisho-ar-'));
    const registry: Registry = openRegistry({
      ...rooms,
      log: openLog(rooms.store),
      dataDir,
      clock: () => NOW,
      requireEnabled: requireApi,
      onError: (error) => {
        throw error;
      },
      createRepository: (request, time) => createRepository({ ...rooms, registry }, request, time),
    });
    const api = artifactRegistryApi({ ...rooms, registry });
    await createProject(rooms, { projectId: 'myproject-b', number: '222222222222', owners: [OWNER] }, NOW);
    await enableService(rooms, 'myproject-b', 'artifactregistry.googleapis.com', NOW);
    const { url, close } = await serve(registry);
    return new TestApi(rooms, registry, api, dataDir, url, close);
  }

  async as(member: string, verb: string, url: string, body?: JsonValue): Promise<JsonValue> {
    return (await invoke(this.api, this.rooms.access, member, verb, url, body)).json;
  }

  owner(verb: string, url: string, body?: JsonValue): Promise<JsonValue> {
    return this.as(OWNER, verb, url, body);
  }

  create(id = 'myrepo', body: JsonValue = DOCKER): Promise<JsonValue> {
    return this.owner('POST', `${REPOSITORIES}?repositoryId=${id}`, body);
  }

  /** Pushes an image under its name in `myrepo`, as the owner. */
  async push(image: BuiltImage, name: string, tag: string): Promise<void> {
    const { token } = await this.rooms.identity.mintAccessToken(principalOfEmail('owner@example.com'));
    const path = `asia-northeast1-docker.pkg.dev/myproject-b/myrepo/${name}`;
    await pushImage({ registryUrl: this.url, name: path, tag, token, image });
  }

  async close(): Promise<void> {
    await this.end();
    await this.registry.close();
    await this.rooms.store.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

export const denied = (permission: string, name: string) => ({
  status: 'PERMISSION_DENIED',
  message: `Permission 'artifactregistry.${permission}' denied on resource '//artifactregistry.googleapis.com/${name}' (or it may not exist).`,
});
export const notFound = { status: 'NOT_FOUND', message: 'Requested entity was not found.' };

/** The registry on a port of its own. */
async function serve({ handle }: Registry): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const baseUrl = `http://${request.headers.host}`;
    const context = {
      host: '127.0.0.1',
      url: request.url ?? '/',
      baseUrl,
      direct: true,
      callerIp: '127.0.0.1',
    };
    void handle(request, response, context);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${address.port}`, close };
}
