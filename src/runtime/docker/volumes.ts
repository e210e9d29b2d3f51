/**
 * Volumes of a sandbox as volumes of the daemon's: each is a tmpfs
 * (https://docs.docker.com/reference/cli/docker/volume/create/#opt), there as long as the holder has it mounted.
 */
import { Readable } from 'node:stream';
import { encodeHeader, padding } from '../layers/index.js';
import { type ContainerSpec, type SharedVolume, StartFailure } from '../types.js';
import { isRefusal } from './calls.js';
import type { DockerEngine } from './engine.js';
import { type Owner, ownedBy } from './owner.js';

/** Since this version of the API a part of a volume can be mounted. */
const SUBPATH_VERSION = 1.45;
const DIRECTORY_MODE = 0o755;
/** As an emptyDir of Kubernetes: whoever the containers run as. */
const MEMORY_MODE = 0o777;

interface Made {
  readonly volume: SharedVolume;
  /** In the daemon. */
  readonly name: string;
  /** In the holder. */
  readonly path: string;
}

export class DockerVolumes {
  readonly #made = new Map<string, Made>();

  /** @param prefix begins the names of the daemon's volumes */
  constructor(
    readonly engine: DockerEngine,
    readonly owner: Owner,
    readonly prefix: string,
    readonly volumes: readonly SharedVolume[],
  ) {}

  /** Makes them, still empty. @throws EngineError */
  async create(): Promise<void> {
    for (const [index, volume] of this.volumes.entries()) {
      const name = `${this.prefix}_${index}`;
      const size =
        volume.kind === 'memory' && volume.sizeBytes !== undefined ? `,size=${volume.sizeBytes}` : '';
      const mode = volume.kind === 'memory' ? MEMORY_MODE : DIRECTORY_MODE;
      const options = { type: 'tmpfs', device: 'tmpfs', o: `mode=${mode.toString(8)},nosuid,nodev${size}` };
      const body = { Name: name, Driver: 'local', DriverOpts: options, Labels: ownedBy(this.owner, 'part') };
      await this.engine.json('POST', '/volumes/create', { body });
      this.#made.set(volume.name, { volume, name, path: `/volumes/${index}` });
    }
  }

  /** For HostConfig of the holder, which has all of them. */
  get held(): object[] {
    return [...this.#made.values()].map(({ name, path }) => mountOf(name, path, false));
  }

  /** Puts the files where they belong, by way of the holder, which runs. @throws EngineError */
  async fill(holder: string): Promise<void> {
    for (const { volume, path } of this.#made.values()) {
      if (volume.kind === 'files') await this.#put(holder, path, archiveOf(volume.files));
    }
  }

  /**
   * For HostConfig of a container; makes the directories that it mounts a part from.
   * @throws StartFailure when there is no such volume, or the daemon is too old; EngineError
   */
  async mountsOf(holder: string, mounts: ContainerSpec['mounts']): Promise<object[]> {
    const made: object[] = [];
    for (const { volume: wanted, path, subPath } of mounts) {
      const found = this.#made.get(wanted);
      if (found === undefined) throw new StartFailure(`there is no volume ${wanted}`);
      const readOnly = found.volume.kind === 'files';
      if (subPath === undefined || subPath === '') {
        made.push(mountOf(found.name, path, readOnly));
        continue;
      }
      if (Number(this.engine.apiVersion) < SUBPATH_VERSION) {
        throw new StartFailure(
          `mounting ${subPath} of volume ${wanted} needs Docker API ${SUBPATH_VERSION}, and this is ${this.engine.describe}`,
        );
      }
      if (!readOnly) await this.#put(holder, found.path, archive(directories(`${subPath}/x`, MEMORY_MODE)));
      made.push(mountOf(found.name, path, readOnly, subPath));
    }
    return made;
  }

  /** Removes them; what still uses one is removed by the next reap. @throws EngineError */
  async remove(limitMs: number): Promise<void> {
    for (const { name } of this.#made.values()) await removeVolume(this.engine, name, limitMs);
    this.#made.clear();
  }

  async #put(holder: string, path: string, tar: Readable): Promise<void> {
    await this.engine.json('PUT', `/containers/${holder}/archive`, { query: { path }, tar });
  }
}

/** Also one that is gone; one in use stays. @throws EngineError */
export async function removeVolume(engine: DockerEngine, name: string, limitMs: number): Promise<void> {
  try {
    await engine.json('DELETE', `/volumes/${name}`, { limitMs });
  } catch (error) {
    if (!isRefusal(error, 404, 409)) throw error;
  }
}

function mountOf(name: string, target: string, readOnly: boolean, subPath?: string): object {
  const part = subPath === undefined ? {} : { Subpath: subPath };
  return {
    Type: 'volume',
    Source: name,
    Target: target,
    ReadOnly: readOnly,
    VolumeOptions: { NoCopy: true, ...part }, // what the image has there stays out of it
  };
}

type VolumeFile = Extract<SharedVolume, { kind: 'files' }>['files'][number];

function archiveOf(files: readonly VolumeFile[]): Readable {
  const made = new Set<string>();
  return archive(
    files.flatMap((file) => {
      const above = directories(file.path, DIRECTORY_MODE).filter(({ path }) => !made.has(path));
      for (const { path } of above) made.add(path);
      return [...above, file];
    }),
  );
}

/** An entry with contents is a file. */
type Entry = Pick<VolumeFile, 'path' | 'mode'> & Partial<Pick<VolumeFile, 'contents'>>;

/** The directories above a path, the highest first. */
function directories(path: string, mode: number): Entry[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => ({ path: parts.slice(0, index + 1).join('/'), mode }));
}

function archive(entries: readonly Entry[]): Readable {
  const owner = { uid: 0, gid: 0, mtime: 0, linkname: '', xattrs: new Map() };
  const blocks = entries.flatMap(({ path, mode, contents }) => {
    const size = contents?.length ?? 0;
    const kind = contents === undefined ? { name: `${path}/`, type: '5' } : { name: path, type: '0' };
    return [
      encodeHeader({ ...kind, mode, size, ...owner }),
      contents ?? Buffer.alloc(0),
      Buffer.alloc(padding(size)),
    ];
  });
  return Readable.from([Buffer.concat([...blocks, Buffer.alloc(1024)])], { objectMode: false });
}
