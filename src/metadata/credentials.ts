/**
 * Tokens of an instance's runtime service account. Cloud Run's service agent makes them in its name (docs "Service
 * agent", https://cloud.google.com/run/docs/securing/service-identity), so what counts at every request is what the
 * agent may do at that time.
 */
import type { AccessControl } from '../access/index.js';
import type { InstanceIdentity } from '../deployments/index.js';
import { type Account, type Identity, InvalidCredential } from '../identity/index.js';
import { cloudRunAgent, serviceAccountName } from '../names/index.js';

/** There is no token, and why not, in a sentence for the instance's log. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
}

export interface CredentialSource {
  /** @throws NoToken */
  accessToken(
    instance: InstanceIdentity,
    scopes: readonly string[],
  ): Promise<{ token: string; expiresIn: number }>;
  /** @throws NoToken */
  idToken(instance: InstanceIdentity, audience: string): Promise<string>;
}

export interface CredentialOptions {
  readonly identity: Pick<
    Identity,
    'accounts' | 'mintAccessToken' | 'mintIdToken' | 'verifyAccessToken' | 'verifyIdToken'
  >;
  readonly access: Pick<AccessControl, 'isGranted'>;
  readonly clock: () => Date;
}

/** A token is handed out again while it is good for longer than this (seconds; docs "Access tokens", Compute Engine). */
const FRESH_SECONDS = 300;
/** Of one instance: scopes and audiences are the container's to choose. */
const MAX_KEPT = 64;

/** A token with the time at which it ends, in seconds since 1970. */
interface Kept {
  readonly token: string;
  readonly expires: number;
}

export function credentialSource({ identity, access, clock }: CredentialOptions): CredentialSource {
  const kept = new WeakMap<InstanceIdentity, Map<string, Kept>>();
  const now = () => Math.floor(clock().getTime() / 1000);

  /** The account, which the agent may act for at this moment. */
  async function actingFor(
    { serviceAccount, projectNumber }: InstanceIdentity,
    permission: string,
  ): Promise<Account> {
    const agent = cloudRunAgent(projectNumber);
    const account = await identity.accounts.get(serviceAccount);
    if (!account) throw new NoToken(`Service account ${serviceAccount} does not exist.`);
    if (account.disabled) throw new NoToken(`Service account ${serviceAccount} is disabled.`);
    const principal = { kind: 'serviceAccount', email: agent } as const;
    const resource = serviceAccountName(account.project, account.email);
    const granted =
      (await identity.accounts.get(agent)) !== undefined &&
      (await access.isGranted(principal, permission, resource, clock()));
    if (granted) return account;
    throw new NoToken(
      `Google Cloud Run Service Agent ${agent} does not have permission ${permission} on service account ${serviceAccount} (or it may not exist).`,
    );
  }

  /** The kept one while it is fresh and still good: its account may be another one by now, or it may be revoked. */
  async function keptOr(
    instance: InstanceIdentity,
    key: string,
    verify: (token: string) => Promise<unknown>,
    mint: () => Promise<Kept>,
  ): Promise<Kept> {
    const tokens = kept.get(instance) ?? new Map<string, Kept>();
    kept.set(instance, tokens);
    const known = tokens.get(key);
    if (known && known.expires - now() > FRESH_SECONDS && (await isGood(verify(known.token)))) return known;
    tokens.delete(key);
    const made = await mint().catch((error: unknown) => {
      // It was disabled or deleted while we looked.
      throw error instanceof InvalidCredential ? new NoToken(error.message) : error;
    });
    const [oldest] = tokens.keys();
    if (tokens.size >= MAX_KEPT && oldest !== undefined) tokens.delete(oldest);
    tokens.set(key, made);
    return made;
  }

  return {
    async accessToken(instance, scopes) {
      const { email } = await actingFor(instance, 'iam.serviceAccounts.getAccessToken');
      const { token, expires } = await keptOr(
        instance,
        `access ${scopes.join(' ')}`,
        (each) => identity.verifyAccessToken(each),
        async () => {
          const delegation = [`serviceAccount:${cloudRunAgent(instance.projectNumber)}`];
          const options = { scopes, origin: { delegation } };
          const made = await identity.mintAccessToken({ kind: 'serviceAccount', email }, options);
          return { token: made.token, expires: now() + made.expiresIn };
        },
      );
      return { token, expiresIn: expires - now() };
    },
    async idToken(instance, audience) {
      const { email } = await actingFor(instance, 'iam.serviceAccounts.getOpenIdToken');
      const { token } = await keptOr(
        instance,
        `id ${audience}`,
        (each) => identity.verifyIdToken(each),
        async () => {
          const made = await identity.mintIdToken({ kind: 'serviceAccount', email }, audience);
          return { token: made, expires: (await identity.verifyIdToken(made)).exp };
        },
      );
      return token;
    },
  };
}

async function isGood(verified: Promise<unknown>): Promise<boolean> {
  try {
    await verified;
    return true;
  } catch (error) {
    if (error instanceof InvalidCredential) return false;
    throw error;
  }
}
