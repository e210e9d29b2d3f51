/**
 * What containers stand on: root's powers, or those that a user namespace gives an ordinary user
 * (https://man7.org/linux/man-pages/man7/user_namespaces.7.html). There `many` ids are the user's own and the
 * subordinate ones of /etc/subuid and /etc/subgid; without those there is `one`, and everything in the namespace,
 * files and processes alike, belongs to its uid 0.
 */
export type Footing =
  | { readonly kind: 'root' }
  | { readonly kind: 'namespace'; readonly ids: 'many' | 'one' };

export const ROOT: Footing = { kind: 'root' };

/** One word per footing: layers that were unpacked on one cannot be used on another. */
export function footingName(footing: Footing): string {
  return footing.kind === 'root' ? 'root' : `namespace-${footing.ids}`;
}

/** Whether files and processes may belong to more than one user. */
export const hasManyIds = (footing: Footing): boolean => footing.kind === 'root' || footing.ids === 'many';
