/** The rooms of a plane, opened over one data directory. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type AccessControl, endPropagation, openAccess, openPropagation } from '../access/index.js';
import { type Log, type LogCatalogue, openLog } from '../audit/index.js';
import { type Deployments, openDeployments } from '../deployments/index.js';
import type { RoleCatalogue } from '../iam/index.js';
import { type Identity, openIdentity } from '../identity/index.js';
import { openRegistry, type Registry } from '../registry/index.js';
import { type Executor, openExecutor } from '../runtime/index.js';
import { openSecrets, type SecretRoom } from '../secrets/index.js';
import {
  createRepository,
  executionView,
  jobView,
  poolRevisionView,
  requireArtifactRegistry,
  revisionView,
  serviceView,
  workerPoolView,
} from '../services/index.js';
import { openSqlite, type Store } from '../store/index.js';
import type { Closers } from './closers.js';
import { Containers } from './containers.js';
import { DataDirError } from './data-dir.js';
import { applyFirst } from './estate/index.js';
import type { PlaneOptions } from './options.js';
import { rolesOf } from './roles/index.js';

export interface Rooms {
  readonly store: Store;
  /** The same store, in which changes of access take effect at once whatever the plane's propagation delay. */
  readonly immediate: Store;
  readonly identity: Identity;
  /** The predefined roles that the plane goes by. */
  readonly predefined: RoleCatalogue;
  readonly access: AccessControl;
  readonly log: Log & LogCatalogue;
  readonly registry: Registry;
  readonly secrets: SecretRoom;
  readonly deployments: Deployments;
  /** Opened at the first call. */
  readonly executor: () => Promise<Executor>;
  /** What containers reach of the plane; opened with the front door. */
  readonly containers: Containers;
  readonly clock: () => Date;
  /** What became of the estate files; undefined when none were given. */
  readonly estate: 'applied' | 'left-alone' | undefined;
}

/**
 * Opens every room; what was opened is left to the closers, also when this fails.
 * @throws DataDirError when the database cannot be used
 */
export async function openRooms(options: PlaneOptions, closers: Closers): Promise<Rooms> {
  const { dataDir, clock, owner } = options;
  const predefined = await rolesOf(dataDir);
  const immediate = openStore(options);
  closers.add(() => immediate.close());
  const propagation = await propagationOf(options, immediate);
  const store = propagation?.store ?? immediate;
  const keysDir = path.join(dataDir, 'keys');
  await mkdir(keysDir, { recursive: true, mode: 0o700 });
  const identity = await openIdentity({ store, keysDir, clock });
  const accountExists = async (email: string) => (await identity.accounts.get(email)) !== undefined;
  const accountHome = async (email: string) => {
    const account = await identity.accounts.get(email);
    return account && { project: account.project, isAgent: account.kind === 'agent' };
  };
  const access = openAccess({
    store,
    accountExists,
    accountHome,
    poolExists: (name) => identity.pools.exists(name),
    roles: predefined,
    ...(propagation ? { propagation } : {}),
  });
  const log = openLog(store);
  closers.add(() => log.flush());
  const shared = { store, access, identity, log, clock };
  const registry = openRegistry({
    ...shared,
    // What it grants by itself are Google's own images, which are everybody's from the start.
    store: immediate,
    dataDir,
    requireEnabled: requireArtifactRegistry,
    onError: options.onError,
    createRepository: (request, time) => createRepository({ ...shared, registry }, request, time),
  });
  closers.add(() => registry.close());
  await registry.seedPublicImages();
  const estate =
    options.estate && (await applyFirst({ store: immediate, clock, owner, predefined }, options.estate));
  const containers = new Containers();
  closers.add(() => containers.close());
  const executor = lazyExecutor(options, closers, containers);
  const secrets = openSecrets(shared);
  const own = { ...shared, immediate, predefined, registry, secrets, executor, containers };
  const deployments = await openDeploymentsOf(options, own);
  closers.add(() => deployments.close());
  closers.add(() => containers.giveUp());
  return { ...own, deployments, estate };
}

/** @returns undefined where changes of access take effect at once, those of an earlier start included */
async function propagationOf({ propagation: delay, clock, onError }: PlaneOptions, store: Store) {
  if (delay !== undefined && delay.maxMs > 0) return openPropagation({ store, clock, delay, onError });
  await endPropagation(store);
  return undefined;
}

function openDeploymentsOf(
  { imageReadCheck, platform, onError, idleMs }: PlaneOptions,
  rooms: Pick<
    Rooms,
    'store' | 'access' | 'identity' | 'log' | 'clock' | 'registry' | 'secrets' | 'executor' | 'containers'
  >,
): Promise<Deployments> {
  const { store, access, identity, log, clock, registry, secrets, executor, containers } = rooms;
  return openDeployments({
    store,
    access,
    accounts: identity.accounts,
    log,
    puller: registry.puller,
    secrets,
    openBlob: (digest) => () => registry.openBlob(digest),
    executor,
    trust: containers.trust,
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
      job: (value) => ({
        '@type': 'type.googleapis.com/google.cloud.run.v1.Job',
        ...jobView({ value, version: 0 }),
      }),
      execution: (value) => ({
        '@type': 'type.googleapis.com/google.cloud.run.v1.Execution',
        ...executionView({ value, version: 0 }),
      }),
      workerPool: (value) => ({
        '@type': 'type.googleapis.com/google.cloud.run.v1.WorkerPool',
        ...workerPoolView({ value, version: 0 }),
      }),
      workerPoolRevision: (value) => ({
        '@type': 'type.googleapis.com/google.cloud.run.v1.Revision',
        ...poolRevisionView({ value, version: 0 }, false),
      }),
    },
    ...(idleMs === undefined ? {} : { idleMs }),
  });
}

/** The executor is opened at the first need; what a killed plane left running is ended before anything starts. */
function lazyExecutor(
  options: PlaneOptions,
  closers: Closers,
  { network }: Containers,
): () => Promise<Executor> {
  let opened: Promise<Executor> | undefined;
  closers.add(async () => {
    await (await opened?.catch(() => undefined))?.close();
  });
  return () => {
    opened ??= openExecutor(options.runtime, {
      dataDir: options.dataDir,
      onWarning: options.onError,
      temporary: options.memory,
      network,
    }).then(async (executor) => {
      if (options.runtime !== 'none') options.onInfo(`containers: ${executor.describe}`);
      try {
        await executor.reap();
      } catch (error) {
        await executor.close();
        throw error;
      }
      return executor;
    });
    // What could not be had, a Docker daemon say, may be there when it is needed next.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
}

export const databaseOf = (dataDir: string): string => path.join(dataDir, 'plane.db');

/** @throws DataDirError for a file that is no database, or cannot be read */
function openStore({ memory, dataDir }: PlaneOptions): Store {
  const file = databaseOf(dataDir);
  try {
    return openSqlite(memory ? ':memory:' : file);
  } catch (error) {
    throw new DataDirError(`The database ${file} cannot be used: ${(error as Error).message}`);
  }
}
