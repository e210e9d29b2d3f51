import { type AccessControl, iamRefusal } from '../../access/index.js';
import { IAMCredentials } from '../../google/gen/google/iam/credentials/v1/iamcredentials_pb.js';
import { type AccessRule, type Api, type AuditRule, protoMethods } from '../../google/index.js';
import type { Accounts } from '../../identity/index.js';
import { type ChainRequest, type Chains, chains } from './chain.js';
import { emailAzp } from './email-azp.js';
import { type Credentials, credentialHandlers, PERMISSIONS } from './handlers.js';

export interface IamCredentialsDeps {
  readonly access: AccessControl;
  readonly identity: Credentials & { readonly accounts: Accounts };
}

const SERVICE = 'google.iam.credentials.v1.IAMCredentials';

/** The IAM Service Account Credentials API, v1 (https://cloud.google.com/iam/docs/reference/credentials/rest). */
export function iamCredentialsApi({ access, identity }: IamCredentialsDeps): Api {
  const chain = chains(access, identity.accounts);
  const azp = emailAzp();
  const methods = protoMethods(IAMCredentials, credentialHandlers(identity, chain, azp), {
    audit: {
      generateAccessToken: audit(chain, 'GenerateAccessToken'),
      generateIdToken: audit(chain, 'GenerateIdToken'),
      signBlob: audit(chain, 'SignBlob'),
      signJwt: audit(chain, 'SignJwt'),
    },
  });
  return {
    host: 'iamcredentials.googleapis.com',
    regional: false,
    methods: methods.map((method) =>
      method.name === `${SERVICE}.GenerateIdToken` ? azp.accepting(method) : method,
    ),
    access: {
      [`${SERVICE}.GenerateAccessToken`]: rule(chain, 'GenerateAccessToken'),
      [`${SERVICE}.GenerateIdToken`]: rule(chain, 'GenerateIdToken'),
      [`${SERVICE}.SignBlob`]: rule(chain, 'SignBlob'),
      [`${SERVICE}.SignJwt`]: rule(chain, 'SignJwt'),
    },
  };
}

function rule(chain: Chains, method: keyof typeof PERMISSIONS): AccessRule {
  return {
    kind: 'permission',
    // https://cloud.google.com/iam/docs/audit-logging/audit-logging-iamcreds
    type: 'ADMIN_READ',
    // The caller's own step; the delegates' follow in the handler, as theirs.
    checks: async (request: ChainRequest) => [await chain.firstCheck(request, PERMISSIONS[method])],
    refusal: iamRefusal,
  };
}

/** Neither credentials nor what is signed go into a log (https://cloud.google.com/iam/docs/audit-logging). */
function audit(chain: Chains, method: keyof typeof PERMISSIONS): AuditRule {
  return {
    methodName: method,
    serviceName: 'iamcredentials.googleapis.com',
    resourceName: (request: ChainRequest) => chain.audited(request).resourceName,
    monitored: (request: ChainRequest) => chain.audited(request).monitored,
    project: (request: ChainRequest) => chain.audited(request).project,
    request: ({ name }: ChainRequest) => ({
      '@type': `type.googleapis.com/google.iam.credentials.v1.${method}Request`,
      name,
    }),
    response: () => undefined,
    extra: (request: ChainRequest) => ({
      metadata: { identityDelegationChain: [...chain.audited(request).steps] },
    }),
  };
}
