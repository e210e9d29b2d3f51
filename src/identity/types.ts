/** Accounts, tokens, and what verifying one gives. */
import type { JWTPayload } from 'jose';
import type { Addressed, CredentialOrigin, SignedIn } from '../names/index.js';
import type { Write } from '../store/index.js';
import type { IdentityPools } from './federation.js';

/** What covers every API; a token without scopes of its own has it. */
export const DEFAULT_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

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
  readonly principal: SignedIn;
  /** Of an identity of a pool, which has no number: its member. */
  readonly uniqueId: string;
  readonly scopes: readonly string[];
  readonly clientId?: string;
  /** When the token ends, in seconds since 1970; undefined for refresh tokens, which don't. */
  readonly expires?: number;
  /** The sign-in behind the token: revoking its refresh token ends the access tokens made from it. */
  readonly grant?: string;
  readonly origin?: CredentialOrigin;
}

export interface AccessToken {
  readonly token: string;
  /** Seconds from now. */
  readonly expiresIn: number;
}

/** What an ID token asserts once its signature, issuer and time have been checked. */
export interface IdTokenClaims {
  /** Of the principal, also when the token leaves it out. */
  readonly email: string;
  readonly includesEmail: boolean;
  readonly authorizedParty?: string;
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

/**
 * Rows under `accounts/EMAIL`; the store's version guards each write. A deleted account stays under
 * `deleted-accounts/UNIQUE_ID` for 30 days.
 */
export interface Accounts {
  get(email: string): Promise<Account | undefined>;
  byUniqueId(uniqueId: string): Promise<Account | undefined>;
  /** User-managed and default accounts of a project, by address; agents are left out. */
  list(project: string): Promise<Account[]>;
  /** The store write that creates the account, for a transaction of the caller's. Fails the commit if it exists. */
  creation(
    account: Omit<Account, 'uniqueId' | 'createTime' | 'etag'>,
    time: Date,
  ): { account: Account; write: Write };
  /** @throws VersionConflict when somebody else changed it meanwhile */
  update(email: string, change: (account: Account) => Account): Promise<Account | undefined>;
  /** The store writes that delete an account, for a transaction of the caller's; undefined when there is none. */
  deletion(email: string, time: Date): Promise<Write[] | undefined>;
  /** Deletes an account. @returns false when there is none */
  remove(email: string): Promise<boolean>;
  /** A deleted account that can still be restored. */
  deleted(uniqueId: string): Promise<Account | undefined>;
  /** The store writes that restore a deleted account. They fail the commit if another one has its address now. */
  restoration(account: Account): Write[];
  /** Forgets accounts that were deleted too long ago. @param forget what else of an account must go */
  sweep(forget: (account: Account) => Promise<void>): Promise<void>;
}

/** A public key of a service account; the private half of a user-managed one is nowhere in the plane. */
export interface AccountKey {
  /** 40 hexadecimal digits: the `kid` of what it signs. */
  readonly id: string;
  readonly type: 'USER_MANAGED' | 'SYSTEM_MANAGED';
  readonly origin: 'GOOGLE_PROVIDED' | 'USER_PROVIDED';
  /** The modulus of the RSA key. */
  readonly bits: number;
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string;
  /** X.509, PEM. */
  readonly certificate: string;
  readonly validAfter: string;
  readonly validBefore: string;
  readonly disabled: boolean;
}

/** Why keys are not changed as asked. */
export type KeyRefusal = 'unknown' | 'exists' | 'too-many' | 'expired' | 'system-managed';

export class KeyRefused extends Error {
  override readonly name = 'KeyRefused';
  constructor(readonly refusal: KeyRefusal) {
    super(`The change of the account's keys was refused: ${refusal}.`);
  }
}

/** What was handed in is no certificate that can be a key; the message says why. */
export class InvalidCertificate extends Error {
  override readonly name = 'InvalidCertificate';
}

/** The keys of service accounts, user-managed and system-managed. All writes throw VersionConflict. */
export interface AccountKeys {
  /** The user-managed ones by age, then the system-managed one. */
  list(account: Account): Promise<AccountKey[]>;
  /** @returns the key, and its private half (PKCS #8, PEM), which is kept nowhere @throws KeyRefused `too-many` */
  create(account: Account, time: Date): Promise<{ key: AccountKey; privateKey: string }>;
  /**
   * @param certificate X.509, PEM, of an RSA key
   * @throws InvalidCertificate; KeyRefused `exists`, `too-many`, `expired`
   */
  upload(account: Account, certificate: string, time: Date): Promise<AccountKey>;
  /** @throws KeyRefused `unknown`, `system-managed` */
  setDisabled(account: Account, id: string, disabled: boolean): Promise<void>;
  /** @throws KeyRefused `unknown`, `system-managed` */
  remove(account: Account, id: string): Promise<void>;
}

/** Signs as a service account, with its system-managed key (RSASSA-PKCS1-v1_5 with SHA-256). */
export interface AccountSigner {
  signBlob(account: Account, payload: Uint8Array): Promise<{ keyId: string; signature: Buffer }>;
  /** @param payload the claims, a JSON object; signed as it stands */
  signJwt(account: Account, payload: string): Promise<{ keyId: string; signedJwt: string }>;
}

/** What of a JSON key file proves who holds it; the file is somebody else's, so nothing is certain of it. */
export interface KeyFile {
  readonly client_email?: unknown;
  readonly private_key_id?: unknown;
  readonly private_key?: unknown;
}

export type AssertionProblem = 'malformed' | 'account' | 'signature' | 'timeframe';

/** What a service account asserts in a JWT of its own, once signature and time have been checked. */
export interface AssertionClaims {
  readonly account: Account;
  /** The key that signed it: `projects/PROJECT/serviceAccounts/EMAIL/keys/KEY`. */
  readonly keyName: string;
  /** Whom it is for; not checked yet. */
  readonly audience: string | undefined;
  readonly scopes: readonly string[];
  /** The audience of the ID token that it wants instead of an access token. */
  readonly targetAudience: string | undefined;
  /** The user that it wants to act for (domain-wide delegation); its own address is left out. */
  readonly subject: string | undefined;
}

/** What a sign-in granted, and to whom. */
export interface CodeGrant {
  readonly principal: Addressed;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** True when the client may go on without its user: it gets a refresh token. */
  readonly offline: boolean;
  /** Proof key (RFC 7636): who redeems the code must know what this was made from. */
  readonly challenge: { readonly method: 'S256' | 'plain'; readonly value: string } | undefined;
}

/** Codes that are good for ten minutes, and once. */
export interface AuthorizationCodes {
  issue(grant: CodeGrant): Promise<string>;
  /** @returns undefined when there is no such code, or not any more; whatever comes of it, it is used up */
  redeem(code: string): Promise<CodeGrant | undefined>;
}

/** A JWT that claims to be signed by a service account is not good. */
export class InvalidAssertion extends InvalidCredential {
  constructor(
    readonly assertion: AssertionProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    const states = { timeframe: 'ACCESS_TOKEN_EXPIRED', account: 'ACCOUNT_STATE_INVALID' } as const;
    const problem = assertion === 'timeframe' || assertion === 'account' ? states[assertion] : undefined;
    super(message, problem, options);
  }
}

/** What an access token says beyond its principal. */
export interface AccessTokenOptions {
  /** cloud-platform when left out. */
  readonly scopes?: readonly string[];
  /** Seconds; 3600 when left out. */
  readonly lifetime?: number;
  readonly clientId?: string;
  /** The sign-in that it is made from. */
  readonly grant?: string;
  readonly origin?: CredentialOrigin;
}

export interface IdTokenOptions {
  /** `azp`: gcloud's client for users, the unique id for service accounts when left out. */
  readonly authorizedParty?: string;
  /** False leaves `email` and `email_verified` out, for a service account. */
  readonly includeEmail?: boolean;
}

export interface RefreshTokenOptions {
  /** The client that alone may use it; any may when left out. */
  readonly clientId?: string;
  /** What access tokens made from it may have; any scopes when left out. */
  readonly scopes?: readonly string[];
}

/** Signs as the issuers that the plane plays; one key for all of them, made when it is first needed. */
export interface PlayedIssuer {
  /** @param claims all of them, `iss` and times included @param typ the JOSE header's */
  sign(claims: JWTPayload, typ?: string): Promise<string>;
  /** The claims of what was signed under this `typ`; undefined for anything else, and when it has ended. */
  verify(token: string, typ: string, now: Date): Promise<JWTPayload | undefined>;
  /** The public keys as a JWK set. */
  jwks(): Promise<{ readonly keys: readonly object[] }>;
}

/** Keys and tokens of one plane. */
export interface Identity {
  readonly accounts: Accounts;
  readonly accountKeys: AccountKeys;
  readonly signer: AccountSigner;
  readonly authorizationCodes: AuthorizationCodes;
  /** Workload identity pools: tokens of their identities are good as long as the pool is. */
  readonly pools: IdentityPools;
  readonly playedIssuer: PlayedIssuer;
  /** Signed access token, opaque to clients. @throws InvalidCredential for an account that may not act */
  mintAccessToken(principal: SignedIn, options?: AccessTokenOptions): Promise<AccessToken>;
  /** A Google-shaped RS256 ID token (iss https://accounts.google.com), good for an hour. @throws InvalidCredential */
  mintIdToken(principal: Addressed, audience: string, options?: IdTokenOptions): Promise<string>;
  /** A refresh token, good until it is revoked. @throws InvalidCredential */
  mintRefreshToken(principal: Addressed, options?: RefreshTokenOptions): Promise<string>;
  /**
   * Verifies an access token, or a JWT that a service account signed itself.
   * @param hosts the API's host names: such a JWT must be for one of them (`aud` `https://HOST/`) or name scopes.
   * Without hosts none is taken.
   * @throws InvalidCredential
   */
  verifyAccessToken(token: string, hosts?: readonly string[]): Promise<Caller>;
  /** @throws InvalidCredential */
  verifyIdToken(token: string): Promise<IdTokenClaims>;
  /** @throws InvalidCredential */
  verifyRefreshToken(token: string): Promise<Caller & { readonly principal: Addressed }>;
  /** True while what was made of a credential of theirs may be used: their account or pool is there, and enabled. */
  mayAct(principal: SignedIn): Promise<boolean>;
  /**
   * Verifies what a service account signed for the token end point: signature, key, account and time.
   * @throws InvalidAssertion
   */
  verifyAssertion(token: string): Promise<AssertionClaims>;
  /**
   * Verifies a key file as a credential: its private key belongs to a good key of its account.
   * @throws InvalidCredential
   */
  verifyKeyFile(file: KeyFile): Promise<Caller>;
  /**
   * Ends an access or refresh token before its time, and with a refresh token what was made from it.
   * @throws InvalidCredential when it is no good token of this plane's
   */
  revoke(token: string): Promise<void>;
  /** The public keys as a JWK set. */
  jwks(): Promise<{ keys: object[] }>;
  /** The same keys as X.509 certificates in PEM form, by id. */
  certificates(): Promise<Readonly<Record<string, string>>>;
  /** Forgets what is kept of accounts that can be restored no more. */
  sweepDeletedAccounts(): Promise<void>;
}
