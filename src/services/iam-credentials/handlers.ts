/** The four methods: what is asked for, the chain that leads there, and the credential. */
import type { MessageShape } from '@bufbuild/protobuf';
import type { GenService } from '@bufbuild/protobuf/codegenv2';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { GenerateAccessTokenRequestSchema } from '../../google/gen/google/iam/credentials/v1/common_pb.js';
import type { IAMCredentials } from '../../google/gen/google/iam/credentials/v1/iamcredentials_pb.js';
import { invalidArgument, type ProtoHandlers } from '../../google/index.js';
import type { Account, Identity } from '../../identity/index.js';
import { parseClaims, requireBytes } from '../iam/index.js';
import type { Chains } from './chain.js';
import type { EmailAzp } from './email-azp.js';

type Handlers = ProtoHandlers<typeof IAMCredentials extends GenService<infer Methods> ? Methods : never>;

/** What each method needs at the end of its chain. */
export const PERMISSIONS = {
  GenerateAccessToken: 'iam.serviceAccounts.getAccessToken',
  GenerateIdToken: 'iam.serviceAccounts.getOpenIdToken',
  SignBlob: 'iam.serviceAccounts.signBlob',
  SignJwt: 'iam.serviceAccounts.signJwt',
} as const;

/** Of a plane's identities, what these methods use. */
export type Credentials = Pick<Identity, 'signer' | 'mintAccessToken' | 'mintIdToken'>;

export function credentialHandlers(identity: Credentials, chain: Chains, azp: EmailAzp): Handlers {
  return {
    async generateAccessToken(request, call) {
      const scopes = scopesOf(request.scope);
      const lifetime = lifetimeOf(request);
      const account = await chain.follow(request, PERMISSIONS.GenerateAccessToken, call);
      const options = { scopes, lifetime, origin: { delegation: await chain.delegation(request, call) } };
      const { token, expiresIn } = await identity.mintAccessToken(principalOf(account), options);
      const expires = (Math.floor(call.time.getTime() / 1000) + expiresIn) * 1000;
      return { accessToken: token, expireTime: timestampFromDate(new Date(expires)) };
    },
    async generateIdToken(request, call) {
      const { audience, includeEmail } = request;
      if (audience === '') throw invalidArgument('Audience required.');
      const account = await chain.follow(request, PERMISSIONS.GenerateIdToken, call);
      const options = {
        includeEmail,
        ...(azp.isWanted(request) ? { authorizedParty: account.email } : {}),
      };
      return { token: await identity.mintIdToken(principalOf(account), audience, options) };
    },
    async signBlob(request, call) {
      const payload = requireBytes(request.payload);
      const account = await chain.follow(request, PERMISSIONS.SignBlob, call);
      const { keyId, signature } = await identity.signer.signBlob(account, payload);
      return { keyId, signedBlob: signature };
    },
    async signJwt(request, call) {
      parseClaims(request.payload, call.time);
      const account = await chain.follow(request, PERMISSIONS.SignJwt, call);
      return identity.signer.signJwt(account, request.payload);
    },
  };
}

const principalOf = ({ email }: Account) => ({ kind: 'serviceAccount', email }) as const;

/** "At least one value required." A scope has no blanks in it (RFC 6749, 3.3). @throws GoogleError INVALID_ARGUMENT */
function scopesOf(scopes: readonly string[]): readonly string[] {
  if (scopes.length === 0) throw invalidArgument('Scope required.');
  const malformed = scopes.find((each) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(each));
  if (malformed !== undefined) throw invalidArgument(`Invalid scope: "${malformed}".`);
  return scopes;
}

const LONGEST = 3600;

/**
 * Seconds. "Must be set to a value less than or equal to 3600 (1 hour)"; longer ones are for the accounts that an
 * organization policy names, of which there are none here.
 * @throws GoogleError INVALID_ARGUMENT
 */
function lifetimeOf({ lifetime }: MessageShape<typeof GenerateAccessTokenRequestSchema>): number {
  if (lifetime === undefined) return LONGEST;
  const seconds = Number(lifetime.seconds) + lifetime.nanos / 1e9;
  if (seconds <= 0 || seconds > LONGEST) {
    throw invalidArgument(
      `Invalid lifetime: ${seconds}s. It must be more than 0s and not more than ${LONGEST}s.`,
    );
  }
  return Math.max(1, Math.floor(seconds));
}
