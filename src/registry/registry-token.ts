/**
 * The tokens that `/v2/token` hands out: who the bearer is and until when, sealed with a key of the plane.
 * They are good for this registry alone, and what the bearer may do is asked anew on each request.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isJsonObject } from '../google/index.js';
import { ANONYMOUS, type CredentialOrigin, type FederatedPrincipal, type Principal } from '../names/index.js';
import { type Store, VersionConflict } from '../store/index.js';
import type { Caller, Reach } from './exchange.js';

/** Seconds that a token lasts: what Artifact Registry's answers say (`expires_in`). */
export const TOKEN_SECONDS = 3600;

const PREFIX = 'registry.';
const KEY_ROW = 'registry/token-key';

/** The bearer, and how far the credential reached that the token was got with. */
export type TokenHolder = Pick<Caller, 'principal' | 'reach' | 'origin'>;

export class RegistryTokens {
  #key: Promise<Buffer> | undefined;

  constructor(private readonly store: Store) {}

  /** Whether a bearer token claims to be one of these; any other is an access token. */
  static claims(token: string): boolean {
    return token.startsWith(PREFIX);
  }

  async mint({ principal, reach, origin }: TokenHolder, now: Date): Promise<string> {
    const expires = Math.floor(now.getTime() / 1000) + TOKEN_SECONDS;
    const payload = Buffer.from(JSON.stringify({ principal, reach, origin, expires })).toString('base64url');
    return `${PREFIX}${payload}.${(await this.#seal(payload)).toString('base64url')}`;
  }

  /** @returns who holds it; undefined when the token is forged, another plane's, or expired */
  async verify(token: string, now: Date): Promise<TokenHolder | undefined> {
    const [payload, seal, ...rest] = token.slice(PREFIX.length).split('.');
    if (payload === undefined || seal === undefined || rest.length > 0) return undefined;
    const expected = await this.#seal(payload);
    const actual = Buffer.from(seal, 'base64url');
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined;
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (!isJsonObject(claims) || typeof claims.expires !== 'number') return undefined;
    const principal = claims.expires * 1000 > now.getTime() ? principalOf(claims.principal) : undefined;
    const origin = isJsonObject(claims.origin) ? { origin: claims.origin as CredentialOrigin } : {};
    return principal && { principal, reach: reachOf(claims.reach), ...origin };
  }

  async #seal(payload: string): Promise<Buffer> {
    this.#key ??= this.#loadKey();
    return createHmac('sha256', await this.#key)
      .update(payload)
      .digest();
  }

  /** The stored key, made at first need: a push that goes on while the plane restarts keeps its token. */
  async #loadKey(): Promise<Buffer> {
    const key = randomBytes(32).toString('base64');
    try {
      await this.store.commit([{ op: 'put', key: KEY_ROW, value: { key }, ifVersion: 0 }]);
      return Buffer.from(key, 'base64');
    } catch (error) {
      const stored = await this.store.get<{ key: string }>(KEY_ROW);
      if (!(error instanceof VersionConflict) || !stored) throw error;
      return Buffer.from(stored.value.key, 'base64');
    }
  }
}

function reachOf(value: unknown): Reach {
  return value === 'read' || value === 'write' ? value : 'none';
}

/** The seal says that this was one; of which kind says what it holds. */
function principalOf(value: unknown): Principal | undefined {
  if (!isJsonObject(value)) return undefined;
  const { kind, email, pool, subject } = value;
  if (kind === 'anonymous') return ANONYMOUS;
  if (kind === 'federated' && typeof pool === 'string' && typeof subject === 'string') {
    return value as unknown as FederatedPrincipal;
  }
  if ((kind !== 'user' && kind !== 'serviceAccount') || typeof email !== 'string') return undefined;
  return { kind, email };
}
