/** Starts a plane: opens every room over one data directory and puts the front door before them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FrontDoor } from '../front-door/index.js';
import { writeCaBundle } from './ca-bundle.js';
import { Closers } from './closers.js';
import {
  adminSecret,
  DataDirError,
  lockDataDir,
  prepareDataDir,
  removeRecord,
  writeRecord,
} from './data-dir.js';
import { apisOf, certificatesOf, openFrontDoor, openToContainers } from './doors.js';
import { checkEstate } from './estate/index.js';
import { isFull } from './foreseen.js';
import { openLocalDoor } from './isolation/local-door.js';
import { type PlaneOptions, planeOptions } from './options.js';
import { rolesOf } from './roles/index.js';
import { databaseOf, openRooms, type Rooms } from './rooms.js';

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
  await checkEstate({ owner, clock, predefined: await rolesOf(dataDir) }, estate);
}

async function open(options: PlaneOptions, closers: Closers): Promise<Plane> {
  const rooms = await openRooms(options, closers);
  const secret = await adminSecret(options.dataDir);
  const frontDoor = openFrontDoor(options, rooms, apisOf(rooms), secret);
  closers.add(() => frontDoor.close());
  const plane = await announce(options, closers, frontDoor, { ...rooms, secret });
  // After everybody can be served: large files may take a while to go, and nobody has to wait for them.
  rooms.registry.startUpkeep(options.onError);
  closers.add(rooms.secrets.startUpkeep(options.onError));
  return plane;
}

async function announce(
  options: PlaneOptions,
  closers: Closers,
  frontDoor: FrontDoor,
  opened: Rooms & { readonly secret: string },
): Promise<Plane> {
  const { dataDir, host, owner } = options;
  const { port } = await frontDoor.listen(host, options.port);
  if (process.platform === 'linux') closers.add(await openLocalDoor(frontDoor, dataDir));
  const caPem = await readFile(path.join(certificatesOf(dataDir), 'ca.pem'), 'utf8');
  await writeCaBundle(dataDir, caPem);
  openToContainers(options, opened, frontDoor, caPem);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  await writeRecord(dataDir, { url, secret: opened.secret, owner, pid: process.pid });
  closers.add(() => removeRecord(dataDir));
  // After everybody can be served: what a killed plane left running is ended now, not when a container is needed.
  setImmediate(() => void opened.executor().catch(options.onError));
  const { secret, estate } = opened;
  return { url, port, dataDir, secret, owner, estate, stop: () => closers.close() };
}
