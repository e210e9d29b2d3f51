/** Which names exist for containers, and where they lead. */
import { inet4Bytes } from '../linux/index.js';
import { GOOGLE_ADDRESS, METADATA_ADDRESS, METADATA_HOSTS } from './addresses.js';
import type { Lookup } from './dns-message.js';

/** @param googleHosts `host`, or `*.domain` for every name below a domain */
export function hostNames(googleHosts: readonly string[]): Lookup {
  const exact = new Set(googleHosts.filter((host) => !host.startsWith('*.')));
  const endings = googleHosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1));
  const metadata = inet4Bytes(METADATA_ADDRESS);
  const google = inet4Bytes(GOOGLE_ADDRESS);
  return (name) => {
    if (METADATA_HOSTS.includes(name)) return metadata;
    const known = exact.has(name) || endings.some((ending) => name.endsWith(ending));
    return known ? google : undefined;
  };
}
