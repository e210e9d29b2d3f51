/** A small filesystem of its own, in a file that is mounted as a disk: to be filled to the last byte. */
import { execFile } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class SmallDisk {
  private constructor(
    private readonly home: string,
    /** Where it is mounted. */
    readonly directory: string,
  ) {}

  /** Needs root. */
  static async mount(mebibytes: number): Promise<SmallDisk> {
    const home = await mkdtemp(path.join(tmpdir(), 'sekisho-disk-'));
    const image = path.join(home, 'disk.img');
    const directory = path.join(home, 'disk');
    await writeFile(image, '');
    await truncate(image, mebibytes << 20);
    // No blocks kept back for root, who runs this.
    await run('/usr/sbin/mkfs.ext4', ['-q', '-m', '0', image]);
    await mkdir(directory);
    await run('mount', ['-o', 'loop', image, directory]);
    return new SmallDisk(home, directory);
  }

  /** Takes all the space that is left. */
  fill(): void {
    const fd = openSync(path.join(this.directory, 'filler'), 'a');
    try {
      for (const size of [1 << 20, 1 << 12, 1]) writeUntilFull(fd, Buffer.alloc(size));
    } finally {
      closeSync(fd);
    }
  }

  /** Gives the space back. */
  async free(): Promise<void> {
    await rm(path.join(this.directory, 'filler'), { force: true });
  }

  async remove(): Promise<void> {
    await run('umount', [this.directory]);
    await rm(this.home, { recursive: true, force: true });
  }
}

function writeUntilFull(fd: number, block: Buffer): void {
  try {
    for (;;) if (writeSync(fd, block) < block.length) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
