/** What in the daemon belongs to one data directory: by its labels it is found again after a crash. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Owner {
  /** Twelve hexadecimal digits. */
  readonly id: string;
  /** Begins the names of containers, images and the network. */
  readonly name: string;
  readonly dataDir: string;
}

/**
 * Containers inherit their image's labels. Images have one of their own, so that what somebody else runs of them is
 * not taken for the plane's.
 */
const LABEL = { part: 'sekisho.owner', image: 'sekisho.image-owner' } as const;
export type Owned = keyof typeof LABEL;

/**
 * The owner that stands for a data directory. A random id is kept in it, because machines that share a daemon may
 * all have the same path; the path counts as well, so that a copied directory owns nothing of the original's.
 */
export function ownerOf(dataDir: string): Owner {
  const real = realpathSync(dataDir);
  const directory = path.join(real, 'runtime');
  const file = path.join(directory, 'docker-owner');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const id = createHash('sha256')
    .update(`${keptIn(file)} ${real}`)
    .digest('hex')
    .slice(0, 12);
  return { id, name: `sekisho-${id}`, dataDir: real };
}

function keptIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = randomBytes(16).toString('hex');
  writeFileSync(`${file}.new`, made, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return made;
}

/** The labels of everything that is made for a data directory; the path is for people. */
export function ownedBy({ id, dataDir }: Owner, what: Owned): Record<string, string> {
  return { [LABEL[what]]: id, 'sekisho.data-dir': dataDir };
}

/** The query that finds it again. */
export function filterOf({ id }: Owner, what: Owned): Record<string, string> {
  return { filters: JSON.stringify({ label: [`${LABEL[what]}=${id}`] }) };
}
