import type { MessageShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type AccessControl, iamRefusal } from '../../access/index.js';
import type { GenerateAccessTokenRequestSchema } from '../../google/gen/google/iam/credentials/v1/common_pb.js';
import { IAMCredentials } from '../../google/gen/google/iam/credentials/v1/iamcredentials_pb.js';
import {
  type AccessRule,
  type Api,
  type AuditRule,
  invalidArgument,
  protoMethods,
} from '../../google/index.js';
import type { Account, Identity } from '../../identity/index.js';
import { parseClaims, requireBytes } from '../iam/index.js';
import { type ChainRequest, chains } from './chain.js';

export interface IamCredentialsDeps {
  readonly access: AccessControl;
  readonly identity: Pick<Identity, 'accounts' | 'signer' | 'mintAccessToken' | 'mintIdToken'>;
}

const SERVICE = 'google.iam.credentials.v1.IAMCredentials';
const PERMISSIONS = {
  GenerateAccessToken: 'iam.serviceAccounts.getAccessToken',
  GenerateIdToken: 'iam.serviceAccounts.getOpenIdToken',
  SignBlob: 'iam.serviceAccounts.signBlob',
  SignJwt: 'iam.serviceAccounts.signJwt',
} as const;

/** The IAM Service Account Credentials API, v1 (https://cloud.google.com/iam/docs/reference/credentials/rest). */
export function iamCredentialsApi({ access, identity }: IamCredentialsDeps): Api {
  const chain = chains(access, identity.accounts);
  const rule = (method: keyof typeof PERMISSIONS): AccessRule => ({
    kind: 'permission',
    type: 'DATA_READ',
    // The caller's own step; the delegates' follow in the handler, as theirs.
    checks: async (request: ChainRequest) => [await chain.firstCheck(request, PERMISSIONS[method])],
    refusal: iamRefusal,
  });
  const audit = (method: keyof typeof PERMISSIONS): AuditRule => ({
    methodName: method,
    serviceName: 'iamcredentials.googleapis.com',
    resourceName: (request: ChainRequest) => chain.audited(request).resourceName,
    monitored: (request: ChainRequest) => chain.audited(request).monitored,
    project: (request: ChainRequest) => chain.audited(request).project,
    // Neither credentials nor what is signed go into a log.
    request: ({ name }: ChainRequest) => ({
      '@type': `type.googleapis.com/${SERVICE}.${method}Request`,
      name,
    }),
    response: () => undefined,
  });
  return {
    host: 'iamcredentials.googleapis.com',
    regional: false,
    methods: protoMethods(
      IAMCredentials,
      {
        async generateAccessToken(request, call) {
          const { scope } = request;
          const lifetime = lifetimeOf(request);
          if (scope.length === 0) throw invalidArgument('Scope required.');
          const malformed = scope.find((each) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(each));
          if (malformed !== undefined) throw invalidArgument(`Invalid scope: "${malformed}".`);
          const account = await chain.follow(request, PERMISSIONS.GenerateAccessToken, call);
          const { token, expiresIn } = await identity.mintAccessToken(principalOf(account), {
            scopes: scope,
            lifetime,
          });
          const expires = (Math.floor(call.time.getTime() / 1000) + expiresIn) * 1000;
          return { accessToken: token, expireTime: timestampFromDate(new Date(expires)) };
        },
        async generateIdToken(request, call) {
          const { audience, includeEmail } = request;
          if (audience === '') throw invalidArgument('Audience required.');
          const account = await chain.follow(request, PERMISSIONS.GenerateIdToken, call);
          return { token: await identity.mintIdToken(principalOf(account), audience, { includeEmail }) };
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
      },
      {
        audit: {
          generateAccessToken: audit('GenerateAccessToken'),
          generateIdToken: audit('GenerateIdToken'),
          signBlob: audit('SignBlob'),
          signJwt: audit('SignJwt'),
        },
      },
    ),
    access: {
      [`${SERVICE}.GenerateAccessToken`]: rule('GenerateAccessToken'),
      [`${SERVICE}.GenerateIdToken`]: rule('GenerateIdToken'),
      [`${SERVICE}.SignBlob`]: rule('SignBlob'),
      [`${SERVICE}.SignJwt`]: rule('SignJwt'),
    },
  };
}

const principalOf = ({ email }: Account) => ({ kind: 'serviceAccount', email }) as const;

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
