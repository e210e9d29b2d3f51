/** Exchanges in the data access log of the pool's project (https://cloud.google.com/iam/docs/audit-logging/examples-workload-identity). */
import type { AccessControl } from '../../access/index.js';
import { activityEntry, type Log } from '../../audit/index.js';
import { type PoolProvider, poolName } from '../../identity/index.js';
import {
  ANONYMOUS,
  type FederatedPrincipal,
  memberOf,
  projectName,
  splitResource,
} from '../../names/index.js';
import type { OAuthError } from '../oauth2/index.js';

export interface AuditDeps {
  readonly access: Pick<AccessControl, 'isDataAccessLogged'>;
  readonly log: Pick<Log, 'write'>;
}

/** From where a request came. */
export interface Client {
  readonly callerIp: string;
  readonly userAgent: string;
}

/** One exchange with a provider that is there. */
export interface Exchange {
  readonly provider: PoolProvider;
  readonly client: Client;
  readonly time: Date;
  readonly subjectTokenType: string;
  /** The subject of the provider's token; undefined where the token is not the provider's. */
  readonly subject: string | undefined;
  /** Who that is in the pool; undefined where the provider's rules let nobody of this kind in. */
  readonly principal: FederatedPrincipal | undefined;
  /** What refused it. */
  readonly refusal: OAuthError | undefined;
}

const SERVICE = 'sts.googleapis.com';
const METHOD = 'google.identity.sts.v1.SecurityTokenService.ExchangeToken';
/** google.rpc.Code: PERMISSION_DENIED where the provider's rules refuse, INVALID_ARGUMENT for all else. */
const code = ({ code: problem }: OAuthError) => (problem === 'unauthorized_client' ? 7 : 3);

/** Writes the entry of an exchange where the project's audit configuration asks for it. */
export async function recordExchange(deps: AuditDeps, exchange: Exchange): Promise<void> {
  const { provider, client, time, subject, subjectTokenType, principal, refusal } = exchange;
  const { project } = provider;
  const asked = await deps.access.isDataAccessLogged(
    principal ?? ANONYMOUS,
    SERVICE,
    'ADMIN_READ',
    projectName(project),
  );
  if (!asked) return;
  const audience = `${poolName(provider)}/providers/${provider.provider}`;
  const entry = activityEntry({
    project,
    serviceName: SERVICE,
    methodName: METHOD,
    resourceName: splitResource(poolName(provider)).path.concat(`/providers/${provider.provider}`),
    monitored: {
      type: 'audited_resource',
      labels: { method: METHOD, project_id: project, service: SERVICE },
    },
    permissionType: 'ADMIN_READ',
    caller: { principal: principal ?? ANONYMOUS, ...(subject === undefined ? {} : { subject }) },
    authorizations: [],
    // Neither token is for a log.
    request: {
      '@type': 'type.googleapis.com/google.identity.sts.v1.ExchangeTokenRequest',
      audience,
      grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      subjectTokenType,
    },
    ...(refusal ? { status: { code: code(refusal), message: refusal.message } } : {}),
    ...(principal ? { extra: { metadata: { mapped_principal: memberOf(principal) } } } : {}),
    ...client,
    time,
  });
  await deps.log.write(project, [entry], time);
}
