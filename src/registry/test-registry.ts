/** A registry with real store, policies and tokens behind a bare HTTP server, for this room's tests. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dispatcher, request } from 'undici';
import { type AccessControl, openAccess } from '../access/index.js';
import { openLog } from '../audit/index.js';
import { type Identity, type IdentityPool, openIdentity } from '../identity/index.js';
import { principalOfEmail, repositoryName } from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { digestOf } from './blob-store.js';
import { type BuiltBlob, type BuiltImage, buildImage } from './image-builder.js';
import { openRegistry } from './registry.js';
import type { NewRepository, Registry, RepositoryId } from './types.js';

export const HOST = 'asia-northeast1-docker.pkg.dev';
export const REPOSITORY: RepositoryId = {
  project: 'myproject-b',
  location: 'asia-northeast1',
  repository: 'myrepo',
};
/** The image most tests push, in the direct form. */
export const NAME = `${HOST}/myproject-b/myrepo/app`;
export const READER = 'reader@example.com';
export const WRITER = 'writer@example.com';
export const ADMIN = 'admin@example.com';
export const STRANGER = 'stranger@example.com';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface CallOptions {
  readonly as?: string;
  readonly authorization?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Speak to this host, as through the proxy, in place of the plane's own address. */
  readonly host?: string;
}

const START = new Date('2026-01-01T00:00:00Z');
/** Making keys takes longer than a whole test: all registries of a file share them. */
let identities: Promise<Identity> | undefined;
const identityStore = openSqlite(':memory:');

export class TestRegistry {
  now = START;

  private constructor(
    readonly dataDir: string,
    readonly store: Store,
    readonly access: AccessControl,
    readonly identity: Identity,
    readonly registry: Registry,
    readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}

  /** Opens one with the repository, a reader, a writer and an admin of it. */
  static async open(): Promise<TestRegistry> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sekisho-registry-'));
    const store = openSqlite(':memory:');
    const holder: { test?: TestRegistry } = {};
    const clock = () => holder.test?.now ?? START;
    const access = openAccess({ store, accountExists: async () => true });
    identities ??= openIdentity({ store: identityStore, clock: () => START });
    const identity = await identities;
    const log = openLog(store);
    const createRepository = async (request: NewRepository, time: Date) => {
      await holder.test?.registry.repositories.create(request, time);
    };
    const options = { store, access, identity, log, dataDir, clock, createRepository };
    const onError = (error: unknown) => {
      throw error;
    };
    const registry = openRegistry({ ...options, onError, requireEnabled: () => {} });
    const { url, end } = await listen(registry);
    const test = new TestRegistry(dataDir, store, access, identity, registry, url, end);
    holder.test = test;
    await test.#seed();
    return test;
  }

  async #seed(): Promise<void> {
    await this.project('myproject-b', '222222222222');
    await this.repository(REPOSITORY);
    await this.grant('roles/artifactregistry.reader', READER);
    await this.grant('roles/artifactregistry.writer', WRITER);
    await this.grant('roles/artifactregistry.repoAdmin', ADMIN);
  }

  /** Makes a service account with a key, and gives its key file as an object. */
  async keyFile(email: string): Promise<Record<string, string>> {
    const project = 'myproject-b';
    const named = { email, project, displayName: '', description: '', disabled: false };
    const { account, write } = this.identity.accounts.creation({ ...named, kind: 'user-managed' }, this.now);
    await identityStore.commit([write]);
    const { key, privateKey } = await this.identity.accountKeys.create(account, this.now);
    return { client_email: email, private_key_id: key.id, private_key: privateKey };
  }

  /** Makes a workload identity pool, or puts it in the place of the one that is there. */
  async pool(pool: IdentityPool): Promise<void> {
    const { pools } = this.identity;
    const stored = await pools.pool(pool.project, pool.pool);
    await identityStore.commit(
      stored ? [pools.poolUpdate(pool, stored.version)] : await pools.poolCreation(pool),
    );
  }

  async project(projectId: string, number: string): Promise<void> {
    const createTime = this.now.toISOString();
    await this.store.commit(
      this.access.projects.creation({
        projectId,
        number,
        name: projectId,
        state: 'ACTIVE',
        createTime,
        labels: {},
        services: {},
      }),
    );
  }

  async repository(id: RepositoryId): Promise<void> {
    await this.registry.repositories.create({ ...id, description: '', labels: {} }, this.now);
  }

  async grant(role: string, member: string, id: RepositoryId = REPOSITORY): Promise<void> {
    const resource = repositoryName(id.project, id.location, id.repository);
    const who = /^[^:]+@/.test(member) ? `user:${member}` : member;
    await this.store.commit([await this.access.grantWrite(resource, role, who)]);
  }

  async token(email: string): Promise<string> {
    return (await this.identity.mintAccessToken(principalOfEmail(email))).token;
  }

  /** Calls `/v2…`. */
  async call(method: Dispatcher.HttpMethod, path: string, options: CallOptions = {}): Promise<Answer> {
    const authorization = options.as ? `Bearer ${await this.token(options.as)}` : options.authorization;
    const response = await request(path.startsWith('http') ? path : `${this.url}${path}`, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(options.host === undefined ? {} : { 'x-asked-host': options.host }),
        ...options.headers,
      },
      body: options.body ?? null,
    });
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
  }

  /** Uploads a blob in one go, as the writer. */
  async blob(bytes: Buffer, name = NAME, as = WRITER): Promise<string> {
    const digest = digestOf(bytes);
    const answer = await this.call('POST', `/v2/${name}/blobs/uploads/?digest=${digest}`, {
      as,
      body: bytes,
    });
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${answer.text}`);
    return digest;
  }

  /** Pushes an image as the writer and gives its digest. */
  async push(image: BuiltImage, reference: string, name = NAME): Promise<string> {
    for (const blob of [image.config, ...image.layers]) await this.blob(await bytesOf(blob), name);
    const answer = await this.call('PUT', `/v2/${name}/manifests/${reference}`, {
      as: WRITER,
      headers: { 'content-type': image.manifest.mediaType },
      body: await bytesOf(image.manifest),
    });
    if (answer.status !== 201) throw new Error(`push: ${answer.status} ${answer.text}`);
    return image.digest;
  }

  /** Files that hold blobs, by name, and the unfinished uploads. */
  async filesOnDisk(): Promise<{ blobs: string[]; uploads: string[] }> {
    const list = async (directory: string) => {
      const entries = await readdir(join(this.dataDir, 'registry', directory), {
        recursive: true,
        withFileTypes: true,
      }).catch(() => []);
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    };
    return { blobs: await list('blobs'), uploads: await list('uploads') };
  }

  async close(): Promise<void> {
    await this.end();
    await this.registry.close();
    await this.store.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** An image with one small file. */
export function smallImage(content: string, architecture = 'amd64'): Promise<BuiltImage> {
  return buildImage({ files: [{ path: '/hello.txt', content }], config: { Cmd: ['/hello'] }, architecture });
}

export async function bytesOf(blob: BuiltBlob): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of blob.open()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** The error's code and message. */
export function errorOf(answer: Answer): { code: string; message: string } {
  const body: { errors: { code: string; message: string }[] } = JSON.parse(answer.text);
  const [error] = body.errors;
  if (!error) throw new Error(`no error: ${answer.text}`);
  return error;
}

async function listen(registry: Registry): Promise<{ url: string; end: () => Promise<void> }> {
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const asked = incoming.headers['x-asked-host'];
    const own = incoming.headers.host ?? '';
    const host = typeof asked === 'string' ? asked : (own.split(':')[0] ?? '');
    const direct = asked === undefined;
    const baseUrl = direct ? `http://${own}` : `https://${host}`;
    const context = { host, url: incoming.url ?? '/', baseUrl, direct, callerIp: '127.0.0.1' };
    try {
      await registry.handle(incoming, outgoing, context);
    } catch (error) {
      outgoing.statusCode = 500;
      outgoing.end(String(error));
    }
  };
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const end = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}`, end };
}
