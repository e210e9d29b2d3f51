/** Starts a plane: opens every room over one data directory and puts the front door before them. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { openAccess } from '../access/index.js';
import { openLog } from '../audit/index.js';
import { checkDeploy, openDeployments } from '../deployments/index.js';
import { createFrontDoor, type FrontDoor } from '../front-door/index.js';
import { openIdentity } from '../identity/index.js';
import { createIngress } from '../ingress/index.js';
import { openRegistry } from '../registry/index.js';
import { type Executor, openExecutor } from '../runtime/index.js';
import {
  artifactRegistryApi,
  iamApi,
  iamCredentialsApi,
  loggingApi,
  oauth2Handler,
  resourceManagerApi,
  revisionView,
  runV1Api,
  serviceUsageApi,
  serviceView,
  servingWhere,
} from '../services/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { adminHandler } from './admin.js';
import { writeCaBundle } from './ca-bundle.js';
import {
  adminSecret,
  DataDirError,
  lockDataDir,
  prepareDataDir,
  removeRecord,
  writeRecord,
} from './data-dir.js';
import { foreseen } from './foreseen.js';
import { openLocalDoor } from './isolation/local-door.js';
import { type PlaneOptions, planeOptions } from './options.js';

/** A running plane. */
export interface Plane {
  /** e.g. `http://127.0.0.1:8750` */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly secret: string;
  readonly owner: string;
  /** Drains: no new connections, requests under way end, instances are stopped, everything is on disk. */
  stop(): Promise<void>;
}

/** Ends what was opened, last first, also when starting fails half-way. */
class Closers {
  readonly #closers: (() => void | Promise<void>)[] = [];

  add(close: () => void | Promise<void>): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) await close();
  }
}

/**
 * Starts a plane and resolves when it serves.
 * @throws DataDirError when the data directory cannot be used or is in use; the listen error when the port is
 */
export async function startPlane(
  given: Partial<PlaneOptions> & Pick<PlaneOptions, 'dataDir'>,
): Promise<Plane> {
  const options = planeOptions(given);
  const closers = new Closers();
  try {
    await prepareDataDir(options.dataDir);
    const lock = await lockDataDir(options.dataDir);
    closers.add(() => lock.release());
    return await open(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** The executor is opened at the first need; what a killed plane left running is ended before anything starts. */
function lazyExecutor(options: PlaneOptions, closers: Closers): () => Promise<Executor> {
  let opened: Promise<Executor> | undefined;
  closers.add(async () => {
    await (await opened?.catch(() => undefined))?.close();
  });
  return () => {
    opened ??= openExecutor(options.runtime, {
      dataDir: options.dataDir,
      onWarning: options.onError,
      temporary: options.memory,
    }).then(async (executor) => {
      if (options.runtime !== 'none') options.onInfo(`containers: ${executor.describe}`);
      await executor.reap();
      return executor;
    });
    return opened;
  };
}

/** @throws DataDirError for a file that is no database, or cannot be read */
function openStore({ memory, dataDir }: PlaneOptions): Store {
  const file = path.join(dataDir, 'plane.db');
  try {
    return openSqlite(memory ? ':memory:' : file);
  } catch (error) {
    throw new DataDirError(`The database ${file} cannot be used: ${(error as Error).message}`);
  }
}

async function open(options: PlaneOptions, closers: Closers): Promise<Plane> {
  const { dataDir, clock, onError, platform, imageReadCheck } = options;
  const store = openStore(options);
  closers.add(() => store.close());
  const keysDir = path.join(dataDir, 'keys');
  await mkdir(keysDir, { recursive: true, mode: 0o700 });
  const identity = await openIdentity({ store, keysDir, clock });
  const accountExists = async (email: string) => (await identity.accounts.get(email)) !== undefined;
  const access = openAccess({ store, accountExists });
  const log = openLog(store);
  closers.add(() => log.flush());
  const registry = openRegistry({ store, access, identity, dataDir, clock });
  closers.add(() => registry.close());
  // Large files may take a while to go, and nobody has to wait: the first upload does, by itself.
  registry.sweepUploads().catch(onError);
  await registry.seedPublicImages();
  const executor = lazyExecutor(options, closers);
  const deployments = await openDeployments({
    store,
    access,
    accounts: identity.accounts,
    log,
    puller: registry.puller,
    openBlob: (digest) => () => registry.openBlob(digest),
    executor,
    imageReadCheck,
    platform,
    clock,
    onError,
    views: {
      service: (value) => ({
        '@type': 'type.googleapis.com/google.cloud.run.v1.Service',
        ...serviceView({ value, version: 0 }),
      }),
      revision: (value) => ({
        '@type': 'type.googleapis.com/google.cloud.run.v1.Revision',
        ...revisionView({ value, version: 0 }, false),
      }),
    },
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
  });
  closers.add(() => deployments.close());
  const secret = await adminSecret(dataDir);
  const certificatesDir = path.join(dataDir, 'ca');
  const shared = { store, access, identity, log, clock };
  const frontDoor = createFrontDoor({
    apis: [
      runV1Api({ access, deployments }),
      resourceManagerApi(shared),
      serviceUsageApi(shared),
      servingWhere('usable', iamApi(shared), access),
      servingWhere('usable', iamCredentialsApi(shared), access),
      servingWhere('enabled', artifactRegistryApi({ ...shared, registry }), access),
      servingWhere('enabled', loggingApi(shared), access),
    ],
    oauth2: oauth2Handler({ ...shared, adminSecret: secret }),
    registry: registry.handle,
    ingress: createIngress({ deployments, access, identity, log, clock }),
    admin: adminHandler({
      secret,
      identity,
      clock,
      check: (request, time) =>
        checkDeploy(
          request,
          { store, access, accounts: identity.accounts, puller: registry.puller, imageReadCheck, platform },
          time,
        ),
      status: async () => ({ owner: options.owner, imageReadCheck, runtime: (await executor()).describe }),
    }),
    identity,
    access,
    log,
    clock,
    certificatesDir,
    translate: (error) => foreseen(error, dataDir),
    egress: options.egress ? 'tunnel' : 'refuse',
    onError,
    ...(options.upstreamProxy === undefined ? {} : { upstreamProxy: options.upstreamProxy }),
  });
  closers.add(() => frontDoor.close());
  return announce(options, closers, frontDoor, { executor, secret, certificatesDir });
}

async function announce(
  options: PlaneOptions,
  closers: Closers,
  frontDoor: FrontDoor,
  opened: { executor: () => Promise<Executor>; secret: string; certificatesDir: string },
): Promise<Plane> {
  const { dataDir, host, owner } = options;
  const { port } = await frontDoor.listen(host, options.port);
  if (process.platform === 'linux') closers.add(await openLocalDoor(frontDoor, dataDir));
  await writeCaBundle(dataDir, await readFile(path.join(opened.certificatesDir, 'ca.pem'), 'utf8'));
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  await writeRecord(dataDir, { url, secret: opened.secret, owner, pid: process.pid });
  closers.add(() => removeRecord(dataDir));
  // After everybody can be served: what a killed plane left running is ended now, not when a container is needed.
  setImmediate(() => void opened.executor().catch(options.onError));
  return { url, port, dataDir, secret: opened.secret, owner, stop: () => closers.close() };
}
