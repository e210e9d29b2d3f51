/** The room's objects over one store, and what instances may ask of them. */
import { type AccessControl, isServing } from '../access/index.js';
import { GoogleError } from '../google/index.js';
import { secretVersionName } from '../names/index.js';
import { type Store, VersionConflict } from '../store/index.js';
import { isDue, versionAt } from './expiry.js';
import { keys, type SecretVersion } from './model.js';
import { Secrets } from './secrets.js';
import type { SecretAccess, SecretReader } from './types.js';
import { SecretVersions } from './versions.js';

export const SECRET_MANAGER = 'secretmanager.googleapis.com';

/** Everything a plane knows of secrets. */
export interface SecretRoom extends SecretReader {
  readonly secrets: Secrets;
  readonly versions: SecretVersions;
  /** Clears away what has expired and destroys what is due. */
  sweep(): Promise<void>;
  /**
   * Sweeps now and once an hour. Nobody is shown what is due meanwhile: only its bytes wait.
   * @returns a function that stops it, and resolves when nothing is under way any more
   */
  startUpkeep(onError: (error: unknown) => void): () => Promise<void>;
}

/** Milliseconds. */
const HOUR = 3_600_000;

export interface SecretsOptions {
  readonly store: Store;
  readonly access: AccessControl;
  readonly clock: () => Date;
}

export function openSecrets({ store, access, clock }: SecretsOptions): SecretRoom {
  const secrets = new Secrets(store, access);
  const versions = new SecretVersions(store, secrets);
  const read: SecretReader['access'] = async (principal, { project, secret, version }, time) => {
    const found = await access.projects.get(project);
    // Secret Manager asks for the permission first: whoever lacks it learns nothing of what exists.
    if (!found || !isServing(found, SECRET_MANAGER)) return { ok: false, cause: 'forbidden' };
    const id = { project: found.projectId, projectNumber: found.number, secret };
    const resource = secretVersionName(found.projectId, secret, version);
    if (!(await access.isGranted(principal, 'secretmanager.versions.access', resource, time)))
      return { ok: false, cause: 'forbidden' };
    return payloadOf(versions.read(id, version, time));
  };
  const sweep = async () => {
    const time = clock();
    await secrets.sweep(time);
    await destroyDue(store, time);
  };
  return {
    secrets,
    versions,
    access: read,
    sweep,
    startUpkeep: (onError) => {
      let running = sweep().catch(onError);
      const timer = setInterval(() => {
        running = running.then(sweep).catch(onError);
      }, HOUR).unref();
      return async () => {
        clearInterval(timer);
        await running;
      };
    },
  };
}

async function payloadOf(read: ReturnType<SecretVersions['read']>): Promise<SecretAccess> {
  try {
    return { ok: true, payload: (await read).payload };
  } catch (error) {
    if (error instanceof GoogleError) return { ok: false, cause: 'missing' };
    throw error;
  }
}

/** Destroys the versions whose delay is over: their payloads go. */
async function destroyDue(store: Store, time: Date): Promise<void> {
  for (const { key, value, version } of await store.list<SecretVersion>(keys.allVersions)) {
    if (!isDue(value, time)) continue;
    const [project = '', secret = ''] = key.slice(keys.allVersions.length).split('/');
    try {
      await store.commit([
        { op: 'put', key, value: versionAt(value, time), ifVersion: version },
        { op: 'delete', key: keys.payload({ project, secret }, value.number) },
      ]);
    } catch (error) {
      // Somebody called it off, or deleted the secret.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
}
