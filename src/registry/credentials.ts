/**
 * Who is calling the registry, from the Authorization header (docs "Configure authentication to Artifact
 * Registry for Docker"): a registry token, an access token as Bearer, or an access token as the password of
 * Basic, the way gcloud's credential helper and `docker login` send it.
 */
import { type Identity, InvalidCredential } from '../identity/index.js';
import { ANONYMOUS, type Principal } from '../names/index.js';
import { OciError } from './oci-errors.js';
import { RegistryTokens } from './registry-token.js';

export type Credential =
  /** No Authorization header at all: such a caller is told where to get a token. */
  | { readonly kind: 'none' }
  /** Accepted. The principal is anonymous for the token that anybody can get. */
  | { readonly kind: 'accepted'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly message: string };

/** User names whose password is an access token. */
const TOKEN_USERS: readonly string[] = ['oauth2accesstoken', '_token', '_dcgcloud_token'];
const KEY_USERS: readonly string[] = ['_json_key', '_json_key_base64'];

const NOT_VALID = 'not authenticated: No valid credential was supplied.';

export class Credentials {
  constructor(
    private readonly identity: Identity,
    private readonly tokens: RegistryTokens,
  ) {}

  /** @param header the Authorization header's value */
  async read(header: string | undefined, now: Date): Promise<Credential> {
    if (header === undefined || header.trim() === '') return { kind: 'none' };
    const [, scheme, value] = /^(\S+)\s+(\S+)\s*$/.exec(header) ?? [];
    switch (scheme?.toLowerCase()) {
      case 'bearer':
        return this.#bearer(value ?? '', now);
      case 'basic':
        return this.#basic(value ?? '');
      default:
        return { kind: 'refused', message: NOT_VALID };
    }
  }

  async #bearer(token: string, now: Date): Promise<Credential> {
    if (!RegistryTokens.claims(token)) return this.#accessToken(token);
    const principal = await this.tokens.verify(token, now);
    if (!principal) return { kind: 'refused', message: NOT_VALID };
    return (await this.#mayAct(principal))
      ? { kind: 'accepted', principal }
      : { kind: 'refused', message: NOT_VALID };
  }

  async #basic(encoded: string): Promise<Credential> {
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    const user = colon < 0 ? text : text.slice(0, colon);
    const password = colon < 0 ? '' : text.slice(colon + 1);
    // Docker sends an empty pair when it knows no credential.
    if (user === '' && password === '') return { kind: 'accepted', principal: ANONYMOUS };
    if (TOKEN_USERS.includes(user)) return this.#accessToken(password);
    if (KEY_USERS.includes(user)) {
      return {
        kind: 'refused',
        message: `not authenticated: service account keys (${user}) are not supported; use oauth2accesstoken with an access token.`,
      };
    }
    return { kind: 'refused', message: NOT_VALID };
  }

  async #accessToken(token: string): Promise<Credential> {
    try {
      const caller = await this.identity.verifyAccessToken(token);
      return { kind: 'accepted', principal: caller.principal };
    } catch (error) {
      if (error instanceof InvalidCredential) return { kind: 'refused', message: NOT_VALID };
      throw error;
    }
  }

  /** A registry token outlives the access token it was got with, but not the account's being disabled or gone. */
  async #mayAct(principal: Principal): Promise<boolean> {
    if (principal.kind !== 'serviceAccount') return true;
    return (await this.identity.accounts.get(principal.email))?.disabled === false;
  }
}

/** A 401 with the challenge that names the token end point. */
export function unauthorized(message: string, challenge: string): OciError {
  return new OciError(401, 'UNAUTHORIZED', message, { 'WWW-Authenticate': challenge });
}
