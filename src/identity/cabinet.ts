/** Where private keys lie: files that only the plane's user may read or, without a directory, rows of the store. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Store, VersionConflict } from '../store/index.js';

/** Values by name; a name is a plain file name. What is kept is kept for good, also through a crash. */
export interface KeyCabinet {
  /** Undefined when nothing was kept under the name. @throws Error when it cannot be read */
  read<T>(name: string): Promise<T | undefined>;
  /** Keeps the first value under a name; when another came first, that one stays. */
  keep(name: string, value: unknown): Promise<void>;
  forget(name: string): Promise<void>;
}

/** @param keysDir a directory that only the plane's user may read; without it the store keeps the keys */
export function openCabinet(store: Store, keysDir: string | undefined): KeyCabinet {
  return keysDir === undefined ? storeCabinet(store) : fileCabinet(keysDir);
}

function storeCabinet(store: Store): KeyCabinet {
  const keyOf = (name: string) => `identity/${name}`;
  return {
    read: async <T>(name: string) => (await store.get<T>(keyOf(name)))?.value,
    async keep(name, value) {
      try {
        await store.commit([{ op: 'put', key: keyOf(name), value, ifVersion: 0 }]);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
      }
    },
    async forget(name) {
      await store.commit([{ op: 'delete', key: keyOf(name) }]);
    },
  };
}

/** The data directory's lock keeps other planes away, so an atomic rename is enough. */
function fileCabinet(directory: string): KeyCabinet {
  const fileOf = (name: string) => join(directory, `${name}.json`);
  return {
    async read(name) {
      const file = fileOf(name);
      try {
        return JSON.parse(await readFile(file, 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new Error(`${file} cannot be read`, { cause: error });
      }
    },
    async keep(name, value) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const draft = `${fileOf(name)}.${randomUUID()}`;
      await writeFile(draft, JSON.stringify(value), { mode: 0o600, flush: true });
      await rename(draft, fileOf(name));
    },
    forget: (name) => rm(fileOf(name), { force: true }),
  };
}
