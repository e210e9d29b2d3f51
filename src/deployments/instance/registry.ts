/** The instances that run now, by their ids. */
import type { InstanceIdentity, InstanceRegistry } from './types.js';

export function instanceRegistry(): InstanceRegistry {
  const running = new Map<string, InstanceIdentity>();
  return {
    add: (identity) => void running.set(identity.id, identity),
    remove: (id) => void running.delete(id),
    get: (id) => running.get(id),
  };
}
