/** What a plane has on the machine outside its database, so that before and after can be compared. */
import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { type Leftovers, leftovers } from '../../src/runtime/testing-leftovers.js';
import type { TestPlane } from './plane.js';

/** What the plane's process and its containers hold of the machine. */
export interface Held extends Leftovers {
  /** How many network namespaces the plane keeps open beside its own and those of the containers that run. */
  readonly namespaces: number;
}

/** The one it runs in, the one in which metadata server and DNS listen, and up to two that are made in advance. */
const OWN_NAMESPACES = 4;

/** For vi.waitFor: what comes soon, even on a machine that has much else to do. */
export const SOON = { timeout: 30_000, interval: 20 } as const;

export function held(plane: TestPlane): Held {
  const left = leftovers(plane.data);
  const sandboxes = new Set(left.monitors.map(({ id }) => id.replace(/_.*$/, ''))).size;
  const open = openNamespaces(plane.pid).length;
  return { ...left, namespaces: Math.max(0, open - OWN_NAMESPACES - sandboxes) };
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

/** How many descriptors the plane's process has open; its clients' connections among them. */
export const openFiles = (plane: TestPlane): number => readdirSync(`/proc/${plane.pid}/fd`).length;

/** The instances of which there are directories, one for the instance and one for each of its containers. */
export function instances(plane: TestPlane): readonly string[] {
  const names = readdirSync(path.join(plane.data, 'runtime/instances'));
  return [...new Set(names.map((name) => name.replace(/_.*$/, '')))];
}
