/** What a plane has on the machine outside its database, so that before and after can be compared. */
import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { type Leftovers, leftovers } from '../../src/runtime/testing-leftovers.js';
import type { TestPlane } from './plane.js';

/** What the plane's process and its containers hold of the machine. */
export interface Held extends Leftovers {
  /** Network namespaces that the plane keeps open. */
  readonly namespaces: readonly string[];
}

/** For vi.waitFor: what comes soon, even on a machine that has much else to do. */
export const SOON = { timeout: 30_000, interval: 20 } as const;

export function held(plane: TestPlane): Held {
  return { ...leftovers(plane.data), namespaces: openNamespaces(plane.pid) };
}

/** Everything below the data directory that is neither the database nor a container's. */
export function files(plane: TestPlane): readonly string[] {
  return readdirSync(plane.data, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(plane.data, path.join(entry.parentPath, entry.name)))
    .filter((name) => !/^(?:plane|lock)\.db/.test(name))
    .sort();
}

function openNamespaces(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((fd) => {
    try {
      const target = readlinkSync(path.join(directory, fd));
      return target.startsWith('net:') || target.endsWith('/ns/net') ? [target] : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}
