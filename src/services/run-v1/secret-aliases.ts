/** The names by which v1's templates use secrets of other projects; an annotation says what they stand for. */
import { createHash } from 'node:crypto';
import type { InstanceTemplate } from '../../deployments/index.js';

/**
 * Aliases by full names (`projects/P/secrets/S`), for all secrets that a template names in full. Clients choose aliases
 * freely, and v2 has none: these are made from the names, in the form in which gcloud makes them.
 */
export function secretAliases({
  containers,
  volumes,
}: Pick<InstanceTemplate, 'containers' | 'volumes'>): ReadonlyMap<string, string> {
  const names = [
    ...containers.flatMap(({ env }) =>
      env.flatMap((entry) => ('secret' in entry ? [entry.secret.name] : [])),
    ),
    ...volumes.flatMap((volume) => (volume.kind === 'secret' ? [volume.secret] : [])),
  ];
  return new Map(names.filter((name) => name.includes('/')).map((name) => [name, aliasOf(name)]));
}

/** The secret's first five characters and a UUID. */
function aliasOf(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex');
  const uuid = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(12, 16),
    digest.slice(16, 20),
    digest.slice(20, 32),
  ];
  return `${name.slice(name.lastIndexOf('/') + 1).slice(0, 5)}-${uuid.join('-')}`;
}
