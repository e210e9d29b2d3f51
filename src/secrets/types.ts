/** What instances ask of secrets. */
import type { Principal } from '../names/index.js';

/** A version of a secret, by `latest`, a number, or an alias. */
export interface SecretVersionName {
  /** The project's id or number. */
  readonly project: string;
  readonly secret: string;
  readonly version: string;
}

export type SecretAccess =
  | { readonly ok: true; readonly payload: Uint8Array }
  /** `missing`: no such secret or version, or it is disabled or destroyed. */
  | { readonly ok: false; readonly cause: 'missing' | 'forbidden' };

/** Reads secrets as whoever asks: `secretmanager.versions.access` is checked each time. */
export interface SecretReader {
  access(principal: Principal, name: SecretVersionName, time: Date): Promise<SecretAccess>;
}
