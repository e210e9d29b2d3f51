/** Starts a plane: opens every room over one data directory and puts the front door before them. */
import { existsSync } from 'node:fs';
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
  createRepository,
  iamApi,
  iamCredentialsApi,
  loggingApi,
  oauth2Handler,
  resourceManagerApi,
  revisionView,
  runApi,
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
import { applyFirst, checkEstate, estateCalls } from './estate/index.js';
import { foreseen, isFull } from './foreseen.js';
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
  /** What became of the estate files; undefined when none were given. */
  readonly estate: 'applied' | 'left-alone' | undefined;
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
 * @throws EstateError for estate files that cannot be applied, before anything is made;
 *   DataDirError when the data directory cannot be used or is in use; the listen error when the port is
 */
export async function startPlane(
  given: Partial<PlaneOptions> & Pick<PlaneOptions, 'dataDir'>,
): Promise<Plane> {
  const options = planeOptions(given);
  await checkEstateFirst(options);
  const closers = new Closers();
  try {
    await prepareDataDir(options.dataDir);
    const lock = await lockDataDir(options.dataDir);
    closers.add(() => lock.release());
    return await open(options, closers);
  } catch (error) {
    await closers.close().catch(options.onError);
    if (!isFull(error)) throw error;
    throw new DataDirError(
      `The disk of the data directory ${options.dataDir} is full. Free some space and start again.`,
    );
  }
}

/** On a new data directory, a bad estate leaves nothing behind. */
async function checkEstateFirst({ estate, memory, dataDir, owner, clock }: PlaneOptions): Promise<void> {
  if (!estate || (!memory && existsSync(databaseOf(dataDir)))) return;
  await checkEstate({ owner, clock }, estate);
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

const databaseOf = (dataDir: string): string => path.join(dataDir, 'plane.db');

/** @throws DataDirError for a file that is no database, or cannot be read */
function openStore({ memory, dataDir }: PlaneOptions): Store {
  const file = databaseOf(dataDir);
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
  const shared = { store, access, identity, log, clock };
  const registry = openRegistry({
    ...shared,
    dataDir,
    createRepository: (request, time) => createRepository({ ...shared, registry }, request, time),
  });
  closers.add(() => registry.close());
  await registry.seedPublicImages();
  const { owner } = options;
  const estate = options.estate && (await applyFirst({ store, clock, owner }, options.estate));
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
  const frontDoor = createFrontDoor({
    apis: [
      runApi({ access, deployments }),
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
      more: estateCalls({
        ...shared,
        owner,
        registry,
        instancesStopped: () => deployments.goneStopped(),
      }),
      status: async () => ({ owner, imageReadCheck, runtime: (await executor()).describe }),
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
  const plane = await announce(options, closers, frontDoor, { executor, secret, certificatesDir, estate });
  // After everybody can be served: large files may take a while to go, and nobody has to wait for them.
  registry.startUpkeep(onError);
  return plane;
}

async function announce(
  options: PlaneOptions,
  closers: Closers,
  frontDoor: FrontDoor,
  opened: {
    executor: () => Promise<Executor>;
    secret: string;
    certificatesDir: string;
    estate: Plane['estate'];
  },
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
  const { secret, estate } = opened;
  return { url, port, dataDir, secret, owner, estate, stop: () => closers.close() };
}
