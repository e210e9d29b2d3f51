import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { NewLogEntry } from '../../audit/index.js';
import { poolName } from '../../identity/index.js';
import { projectName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { NOW, openRooms, type Rooms } from '../test-support.js';
import { exchangeToken } from './exchange.js';

const ISSUER = 'https://idp.example.com';
const TYPE = 'urn:ietf:params:oauth:token-type';
const SECONDS = Math.floor(NOW.getTime() / 1000);
const CLIENT = { callerIp: '192.0.2.7', userAgent: 'google-github-actions' };

let rooms: Rooms;
let provider: string;
let entries: NewLogEntry[];
let exchange: (claims?: JWTPayload) => Promise<string>;

beforeEach(async () => {
  rooms = await openRooms();
  entries = [];
  const { access, identity, store } = rooms;
  await createProject(rooms, { projectId: 'myproject-a', owners: ['user:alice@example.com'] }, NOW);
  const projectNumber = (await access.projects.get('myproject-a'))?.number ?? '';
  const keys = await generateKeyPair('ES256');
  const own = {
    project: 'myproject-a',
    projectNumber,
    pool: 'ci',
    displayName: '',
    description: '',
    disabled: false,
  };
  const jwksJson = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }] });
  await store.commit([
    ...(await identity.pools.poolCreation(own)),
    ...(await identity.pools.providerCreation({
      ...own,
      provider: 'idp',
      attributeMapping: { 'google.subject': '"worker/" + assertion.sub' },
      attributeCondition: "assertion.team == 'dev'",
      oidc: { issuerUri: ISSUER, allowedAudiences: ['here'], jwksJson },
    })),
  ]);
  provider = `${poolName(own)}/providers/idp`;
  const deps = {
    identity,
    access,
    log: {
      write: async (_: string, written: readonly NewLogEntry[]) => {
        entries.push(...written);
      },
    },
    clock: () => NOW,
    playedIssuer: identity.playedIssuer,
    issuerKeys: async () => ({ keys: [] }),
    onError: (error: unknown) => {
      throw error;
    },
  };
  exchange = async (claims = {}) => {
    const all = {
      iss: ISSUER,
      aud: 'here',
      sub: '7',
      team: 'dev',
      iat: SECONDS,
      exp: SECONDS + 60,
      ...claims,
    };
    const token = new SignJWT(all).setProtectedHeader({ alg: 'ES256', kid: 'one' });
    const parameters = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: provider,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      requested_token_type: `${TYPE}:access_token`,
      subject_token: await token.sign(keys.privateKey),
      subject_token_type: `${TYPE}:jwt`,
    };
    return String((await exchangeToken(deps, new Map(Object.entries(parameters)), CLIENT)).access_token);
  };
});
afterEach(() => rooms.store.close());

const configure = (service: string, ...exemptedMembers: string[]) =>
  rooms.access.setPolicy(
    projectName('myproject-a'),
    {
      bindings: [{ role: 'roles/owner', members: ['user:alice@example.com'] }],
      auditConfigs: [{ service, auditLogConfigs: [{ logType: 'ADMIN_READ', exemptedMembers }] }],
    },
    NOW,
  );
const worker = () => `principal:${provider.replace('/providers/idp', '')}/subject/worker/7`;

it('is told in the log of the pool’s project, without either token', async () => {
  await configure('sts.googleapis.com');
  const accessToken = await exchange();
  expect(entries).toMatchObject([
    {
      logName: 'projects/myproject-a/logs/cloudaudit.googleapis.com%2Fdata_access',
      severity: 'INFO',
      resource: {
        type: 'audited_resource',
        labels: { project_id: 'myproject-a', service: 'sts.googleapis.com' },
      },
      protoPayload: {
        serviceName: 'sts.googleapis.com',
        methodName: 'google.identity.sts.v1.SecurityTokenService.ExchangeToken',
        resourceName: provider.replace('//iam.googleapis.com/', ''),
        authenticationInfo: { principalSubject: '7' },
        metadata: { mapped_principal: worker() },
        requestMetadata: { callerIp: '192.0.2.7', callerSuppliedUserAgent: 'google-github-actions' },
        request: { audience: provider, subjectTokenType: `${TYPE}:jwt` },
      },
    },
  ]);
  expect(entries[0]?.protoPayload).not.toHaveProperty('status');
  expect(JSON.stringify(entries)).not.toContain(accessToken);
  expect(JSON.stringify(entries)).not.toContain('eyJ');
});

it('is told only where it is asked for, and not of who is exempt', async () => {
  await exchange();
  await configure('iam.googleapis.com');
  await exchange();
  await configure('allServices', worker());
  await exchange();
  expect(entries).toEqual([]);
  await exchange({ sub: '8' });
  expect(entries).toHaveLength(1);
});

it('is told when it is refused: by the provider’s rules, and for a token that is not the provider’s', async () => {
  await configure('allServices');
  await expect(exchange({ team: 'guests' })).rejects.toThrow('rejected by the attribute condition');
  await expect(exchange({ aud: 'elsewhere' })).rejects.toThrow('does not match the expected audience');
  const [byRules, byToken] = entries.map(({ protoPayload }) => protoPayload);
  expect(byRules).toMatchObject({ status: { code: 7 }, authenticationInfo: { principalSubject: '7' } });
  expect(byToken).toMatchObject({ status: { code: 3 }, authenticationInfo: {} });
  expect(byToken?.authenticationInfo).toEqual({});
  expect(entries.map(({ severity }) => severity)).toEqual(['ERROR', 'ERROR']);
});
