/** Service Usage's resource names: `projects/P`, `projects/P/services/A`. */
import { invalidArgument, unimplemented } from '../../google/index.js';

/**
 * The project (id or number) of a consumer, `projects/P`.
 * @throws GoogleError UNIMPLEMENTED for folders and organizations, INVALID_ARGUMENT for anything else
 */
export function parseConsumer(parent: string): string {
  const [collection, id, ...rest] = parent.split('/');
  if (rest.length > 0 || id === undefined || id === '') {
    throw invalidArgument(`Invalid consumer: "${parent}". It must be of the form projects/PROJECT.`);
  }
  if (collection === 'folders' || collection === 'organizations') {
    throw unimplemented(`Services of ${collection} are not implemented: "${parent}".`);
  }
  if (collection !== 'projects') throw invalidArgument(`Invalid consumer: "${parent}".`);
  return id;
}

/** The project and the API of `projects/P/services/A`. @throws like {@link parseConsumer} */
export function parseServiceName(name: string): { readonly project: string; readonly api: string } {
  const match = /^([^/]+\/[^/]+)\/services\/([^/]+)$/.exec(name);
  const [, consumer, api] = match ?? [];
  if (consumer === undefined || api === undefined) throw invalidArgument(`Invalid service name: "${name}".`);
  return { project: parseConsumer(consumer), api };
}
