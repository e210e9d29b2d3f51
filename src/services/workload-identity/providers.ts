/** google.iam.v1.WorkloadIdentityPoolProvider, in and out. */
import { invalidArgument, isJsonObject, type JsonObject } from '../../google/index.js';
import { providerRulesProblem } from '../../iam/index.js';
import type { OidcSettings, PoolProvider } from '../../identity/index.js';
import { commonJson, poolPath, poolSettings } from './pools.js';
import { type FieldRules, type Fields, readObject, text, textMap, texts } from './requests.js';

const OTHER_KIND = 'only OpenID Connect providers (oidc) are implemented.';

export const PROVIDER_FIELDS: FieldRules = {
  resource: 'workload_identity_pool_provider',
  known: ['displayName', 'description', 'disabled', 'attributeMapping', 'attributeCondition', 'oidc'],
  unserved: { aws: OTHER_KIND, saml: OTHER_KIND, x509: OTHER_KIND },
};

export type ProviderSettings = Omit<
  PoolProvider,
  'project' | 'projectNumber' | 'pool' | 'provider' | 'deleteTime'
>;

export const NEW_PROVIDER: ProviderSettings = {
  displayName: '',
  description: '',
  disabled: false,
  attributeMapping: {},
  attributeCondition: '',
  oidc: { issuerUri: '', allowedAudiences: [] },
};

/**
 * Issuers whose tokens anybody can get: "you must configure an attribute condition"
 * (https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions).
 */
const SHARED_ISSUERS: readonly string[] = [
  'https://token.actions.githubusercontent.com',
  'https://gitlab.com',
  'https://app.terraform.io',
];

/**
 * A provider's settings, checked.
 * @param now what holds where the fields say nothing
 * @throws GoogleError INVALID_ARGUMENT
 */
export function providerSettings(fields: Fields, now: ProviderSettings): ProviderSettings {
  const settings = {
    ...poolSettings(fields, now),
    attributeMapping:
      'attributeMapping' in fields ? textMap(fields, 'attributeMapping') : now.attributeMapping,
    attributeCondition: text(fields, 'attributeCondition', now.attributeCondition),
    oidc: fields.oidc === undefined ? now.oidc : oidcSettings(fields, now.oidc),
  };
  requireIssuer(settings.oidc.issuerUri);
  const shared = SHARED_ISSUERS.includes(settings.oidc.issuerUri.replace(/\/$/, ''));
  const problem = providerRulesProblem(settings, shared);
  if (problem !== undefined) throw invalidArgument(problem);
  return settings;
}

function oidcSettings(fields: Fields, now: OidcSettings): OidcSettings {
  const oidc = readObject(fields.oidc ?? {}, 'workload_identity_pool_provider.oidc', [
    'issuerUri',
    'allowedAudiences',
    'jwksJson',
  ]);
  const allowedAudiences =
    'allowedAudiences' in oidc ? texts(oidc, 'allowedAudiences') : now.allowedAudiences;
  if (allowedAudiences.length > 10) throw invalidArgument('At most 10 allowed audiences can be configured.');
  if (allowedAudiences.some((audience) => audience === '' || audience.length > 256)) {
    throw invalidArgument('Allowed audiences must have 1 to 256 characters each.');
  }
  const jwksJson = text(oidc, 'jwksJson', now.jwksJson ?? '');
  if (jwksJson !== '') requireKeys(jwksJson);
  return {
    issuerUri: text(oidc, 'issuerUri', now.issuerUri, 2000),
    allowedAudiences,
    ...(jwksJson === '' ? {} : { jwksJson }),
  };
}

/** "Must be an HTTPS endpoint." */
function requireIssuer(issuer: string): void {
  if (issuer === '') throw invalidArgument('oidc.issuer_uri: the issuer URI is required.');
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw invalidArgument(`Invalid issuer URI: "${issuer}". It must be a URL that begins with https://.`);
  }
}

/** "The JWK must use following format and include only the following fields." */
const KEY_FIELDS = ['kty', 'alg', 'use', 'kid', 'n', 'e', 'x', 'y', 'crv'];

/** RSA and EC keys with ids: others verify nothing. @throws GoogleError INVALID_ARGUMENT */
function requireKeys(jwksJson: string): void {
  const invalid = (why: string) => invalidArgument(`Invalid oidc.jwks_json: ${why}`);
  let set: unknown;
  try {
    set = JSON.parse(jwksJson);
  } catch {
    throw invalid('it is no JSON.');
  }
  if (!isJsonObject(set) || !Array.isArray(set.keys) || set.keys.length === 0) {
    throw invalid('it must be an object with a list of keys.');
  }
  for (const key of set.keys as readonly unknown[]) {
    if (!isJsonObject(key) || (key.kty !== 'RSA' && key.kty !== 'EC')) {
      throw invalid('keys must be of the type RSA or EC.');
    }
    if (typeof key.kid !== 'string' || key.kid === '') throw invalid('each key must have a kid.');
    const other = Object.keys(key).find((field) => !KEY_FIELDS.includes(field));
    if (other !== undefined) throw invalid(`keys must not have the field "${other}".`);
  }
}

export const providerPath = (provider: Pick<PoolProvider, 'projectNumber' | 'pool' | 'provider'>): string =>
  `${poolPath(provider)}/providers/${provider.provider}`;

export function providerJson(provider: PoolProvider): JsonObject {
  const { attributeMapping, attributeCondition, oidc } = provider;
  const { issuerUri, allowedAudiences, jwksJson } = oidc;
  return {
    name: providerPath(provider),
    ...commonJson(provider),
    attributeMapping: { ...attributeMapping },
    ...(attributeCondition === '' ? {} : { attributeCondition }),
    oidc: {
      issuerUri,
      ...(allowedAudiences.length === 0 ? {} : { allowedAudiences: [...allowedAudiences] }),
      ...(jwksJson === undefined ? {} : { jwksJson }),
    },
  };
}
