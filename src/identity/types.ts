/** Accounts, tokens, and what verifying one gives. */
import type { Principal } from '../names/index.js';

/** A service account, or a service agent (owned by Google, hidden from lists). */
export interface Account {
  readonly email: string;
  readonly uniqueId: string;
  /** The project (id) whose resource it is; for an agent, the project it acts for. */
  readonly project: string;
  readonly kind: 'user-managed' | 'default' | 'agent';
  readonly displayName: string;
  readonly description: string;
  readonly disabled: boolean;
  readonly createTime: string;
  readonly etag: string;
}

/** The principals that signed in through the plane; a user needs no registration. */
export interface Persona {
  readonly email: string;
  readonly uniqueId: string;
}

/** Who presented an access token, and through what client. */
export interface Caller {
  readonly principal: Exclude<Principal, { kind: 'anonymous' }>;
  readonly uniqueId: string;
  readonly scopes: readonly string[];
  readonly clientId?: string;
  /** When the token ends, in seconds since 1970; undefined for refresh tokens, which don't. */
  readonly expires?: number;
  /** The sign-in behind the token: revoking its refresh token ends the access tokens made from it. */
  readonly grant?: string;
}

export interface AccessToken {
  readonly token: string;
  /** Seconds from now. */
  readonly expiresIn: number;
}

/** What an ID token asserts once its signature, issuer and time have been checked. */
export interface IdTokenClaims {
  readonly email: string;
  readonly sub: string;
  readonly aud: string;
  readonly exp: number;
  readonly iat: number;
}

/** Why a credential is no good, as google.api.ErrorReason names it. */
export type CredentialProblem =
  | 'ACCESS_TOKEN_TYPE_UNSUPPORTED'
  | 'ACCESS_TOKEN_EXPIRED'
  | 'ACCOUNT_STATE_INVALID';

/** A credential was presented and is not good: wrong signature, expired, another plane's, a disabled account. */
export class InvalidCredential extends Error {
  override readonly name = 'InvalidCredential';
  constructor(
    message: string,
    readonly problem: CredentialProblem = 'ACCESS_TOKEN_TYPE_UNSUPPORTED',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Rows under `accounts/EMAIL`; the store's version guards each write. */
export interface Accounts {
  get(email: string): Promise<Account | undefined>;
  /** User-managed and default accounts of a project, by address; agents are left out. */
  list(project: string): Promise<Account[]>;
  /** The store write that creates the account, for a transaction of the caller's. Fails the commit if it exists. */
  creation(
    account: Omit<Account, 'uniqueId' | 'createTime' | 'etag'>,
    time: Date,
  ): { account: Account; write: import('../store/index.js').Write };
  /** @throws VersionConflict when somebody else changed it meanwhile */
  update(email: string, change: (account: Account) => Account): Promise<Account | undefined>;
  remove(email: string): Promise<boolean>;
}

/** Keys and tokens of one plane. */
export interface Identity {
  readonly accounts: Accounts;
  /** Signed access token; `lifetime` in seconds, 3600 when left out. Opaque to clients. */
  mintAccessToken(
    principal: Exclude<Principal, { kind: 'anonymous' }>,
    options?: { scopes?: readonly string[]; lifetime?: number; clientId?: string; grant?: string },
  ): Promise<AccessToken>;
  /** A Google-shaped RS256 ID token (iss https://accounts.google.com), good for an hour. */
  mintIdToken(principal: Exclude<Principal, { kind: 'anonymous' }>, audience: string): Promise<string>;
  /** A refresh token for gcloud's `activate-refresh-token`; good until the plane's data is removed. */
  mintRefreshToken(principal: Exclude<Principal, { kind: 'anonymous' }>): Promise<string>;
  /**
   * @param hosts the API hosts that the call was made to: a service account's self-signed token names one of them
   * @throws InvalidCredential
   */
  verifyAccessToken(token: string, hosts?: readonly string[]): Promise<Caller>;
  /** @throws InvalidCredential */
  verifyIdToken(token: string): Promise<IdTokenClaims>;
  /** @throws InvalidCredential */
  verifyRefreshToken(token: string): Promise<Caller>;
  /**
   * Ends an access or refresh token before its time, and with a refresh token what was made from it.
   * @throws InvalidCredential when it is no good token of this plane's
   */
  revoke(token: string): Promise<void>;
  /** The public keys as a JWK set. */
  jwks(): Promise<{ keys: object[] }>;
}
