/**
 * Who is calling the registry, from the Authorization header (docs "Configure authentication to Artifact
 * Registry for Docker"): a registry token, an access token as Bearer, an access token as the password of Basic, the
 * way gcloud's credential helper and `docker login` send it, or a service account's key file as that password.
 */
import { isJsonObject, type JsonObject } from '../google/index.js';
import { type Identity, InvalidCredential } from '../identity/index.js';
import { ANONYMOUS } from '../names/index.js';
import type { Reach } from './exchange.js';
import { OciError } from './oci-errors.js';
import { RegistryTokens, type TokenHolder } from './registry-token.js';

export type Credential =
  /** No Authorization header at all: such a caller is told where to get a token. */
  | { readonly kind: 'none' }
  /** Accepted. The principal is anonymous for the token that anybody can get. */
  | ({ readonly kind: 'accepted' } & TokenHolder)
  | { readonly kind: 'refused'; readonly message: string };

/** User names whose password is an access token. */
const TOKEN_USERS: readonly string[] = ['oauth2accesstoken', '_token', '_dcgcloud_token'];

const NOT_VALID = 'not authenticated: No valid credential was supplied.';
const REFUSED: Credential = { kind: 'refused', message: NOT_VALID };

const SCOPE = 'https://www.googleapis.com/auth/';
/** Docs "Access scopes": Cloud Storage's stand for the registry's, which has none of its own. */
const WRITING: readonly string[] = [
  `${SCOPE}cloud-platform`,
  `${SCOPE}devstorage.read_write`,
  `${SCOPE}devstorage.full_control`,
];
const READING: readonly string[] = [`${SCOPE}cloud-platform.read-only`, `${SCOPE}devstorage.read_only`];

export class Credentials {
  constructor(
    private readonly identity: Pick<Identity, 'mayAct' | 'verifyAccessToken' | 'verifyKeyFile'>,
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
        return REFUSED;
    }
  }

  async #bearer(token: string, now: Date): Promise<Credential> {
    if (!RegistryTokens.claims(token)) return this.#accessToken(token);
    const holder = await this.tokens.verify(token, now);
    return holder && (await this.#mayAct(holder)) ? { kind: 'accepted', ...holder } : REFUSED;
  }

  async #basic(encoded: string): Promise<Credential> {
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    const user = colon < 0 ? text : text.slice(0, colon);
    const password = colon < 0 ? '' : text.slice(colon + 1);
    // Docker sends an empty pair when it knows no credential.
    if (user === '' && password === '') return { kind: 'accepted', principal: ANONYMOUS, reach: 'write' };
    if (TOKEN_USERS.includes(user)) return this.#accessToken(password);
    if (user === '_json_key') return this.#keyFile(password);
    if (user === '_json_key_base64') return this.#keyFile(Buffer.from(password, 'base64').toString('utf8'));
    return REFUSED;
  }

  #accessToken(token: string): Promise<Credential> {
    return verified(async () => {
      const { principal, scopes, origin } = await this.identity.verifyAccessToken(token);
      return { principal, reach: reachOf(scopes), ...(origin === undefined ? {} : { origin }) };
    });
  }

  /** The account whose key the file is. Keys know no scopes: all that the account may do is open. */
  #keyFile(text: string): Promise<Credential> {
    return verified(async () => {
      const { principal, origin } = await this.identity.verifyKeyFile(parseObject(text));
      return { principal, reach: 'write', ...(origin === undefined ? {} : { origin }) };
    });
  }

  /** A registry token outlives the credential it was got with, but not its account's or pool's being disabled or gone. */
  async #mayAct({ principal }: TokenHolder): Promise<boolean> {
    return principal.kind === 'anonymous' || this.identity.mayAct(principal);
  }
}

async function verified(verify: () => Promise<TokenHolder>): Promise<Credential> {
  try {
    return { kind: 'accepted', ...(await verify()) };
  } catch (error) {
    if (error instanceof InvalidCredential) return REFUSED;
    throw error;
  }
}

function reachOf(scopes: readonly string[]): Reach {
  if (scopes.some((scope) => WRITING.includes(scope))) return 'write';
  return scopes.some((scope) => READING.includes(scope)) ? 'read' : 'none';
}

/** @returns the object that the text is; an empty one for anything else, which is no key file either */
function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** A 401 with the challenge that names the token end point. */
export function unauthorized(message: string, challenge: string): OciError {
  return new OciError(401, 'UNAUTHORIZED', message, { 'WWW-Authenticate': challenge });
}
