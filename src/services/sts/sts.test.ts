import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openIdentity, type PoolProvider } from '../../identity/index.js';
import { openSqlite, type Store } from '../../store/index.js';
import { startGithubRun } from './github.js';
import { stsHandler } from './handler.js';
import { NoIssuerKeys } from './issuer-keys.js';

const ISSUER = 'https://idp.example.com';
const GITHUB = 'https://token.actions.githubusercontent.com';
const POOL = { project: 'myproject-a', projectNumber: '891566352225', pool: 'pool' };
const NAME = `//iam.googleapis.com/projects/${POOL.projectNumber}/locations/global/workloadIdentityPools/pool`;
const AUDIENCE = `${NAME}/providers/idp-1`;
const NOW = new Date('2026-01-02T03:04:05Z');
const SECONDS = NOW.getTime() / 1000;
const TYPE = 'urn:ietf:params:oauth:token-type';
const REJECTED = 'The given credential is rejected by the attribute condition.';

type Answer = Readonly<Record<string, string | number | boolean>>;

let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let store: Store;
let identity: Awaited<ReturnType<typeof openIdentity>>;
let close: () => Promise<unknown>;
let base: string;
const fetchDocument = vi.fn();
const onError = vi.fn();

beforeAll(async () => {
  keys = await generateKeyPair('ES256', { extractable: true });
  store = openSqlite(':memory:');
  identity = await openIdentity({ store, clock: () => NOW });
  const { pools } = identity;
  const pool = { ...POOL, displayName: '', description: '', disabled: false };
  await store.commit([...(await pools.poolCreation(pool)), ...(await pools.providerCreation(provider()))]);
});
afterAll(() => store.close());

beforeEach(async () => {
  const silent = { access: { isDataAccessLogged: async () => false }, log: { write: async () => {} } };
  const options = { identity, clock: () => NOW, refuse: false, fetchDocument, onError } as const;
  const handler = stsHandler({ ...options, ...silent });
  const server = createServer((request, response) => {
    const [, host = '', ...rest] = (request.url ?? '').split('/');
    const context = { host, url: `/${rest.join('/')}`, baseUrl: '', direct: true, callerIp: '127.0.0.1' };
    void handler(request, response, context);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' };
  fetchDocument.mockReset().mockImplementation(async (url: URL) => {
    return url.pathname === '/jwks' ? { keys: [jwk] } : { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` };
  });
  onError.mockReset();
});
afterEach(async () => {
  await close();
  await change({});
});

function provider(more: Partial<PoolProvider> = {}): PoolProvider {
  return {
    ...POOL,
    provider: 'idp-1',
    displayName: '',
    description: '',
    disabled: false,
    attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.team': 'assertion.team' },
    attributeCondition: "assertion.team != 'guests'",
    oidc: { issuerUri: ISSUER, allowedAudiences: [] },
    ...more,
  };
}

async function change(more: Partial<PoolProvider>): Promise<void> {
  const found = await identity.pools.provider(POOL.project, POOL.pool, 'idp-1');
  await store.commit([identity.pools.providerUpdate(provider(more), found?.version ?? 0)]);
}

const token = (claims: JWTPayload = {}, kid = 'one') =>
  new SignJWT({
    iss: ISSUER,
    aud: `https:${AUDIENCE}`,
    sub: 'worker-1',
    team: 'dev',
    iat: SECONDS - 10,
    exp: SECONDS + 600,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(keys.privateKey);

async function post(path: string, body: string, type: string): Promise<[number, Answer]> {
  const response = await fetch(`${base}/${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  return [response.status, (await response.json()) as Answer];
}

const request = (subjectToken: string, more: Readonly<Record<string, string>> = {}) => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  audience: AUDIENCE,
  scope: 'https://www.googleapis.com/auth/cloud-platform',
  requested_token_type: `${TYPE}:access_token`,
  subject_token: subjectToken,
  subject_token_type: `${TYPE}:jwt`,
  ...more,
});

const exchange = (subjectToken: string, more: Readonly<Record<string, string>> = {}) =>
  post(
    'sts.googleapis.com/v1/token',
    new URLSearchParams(request(subjectToken, more)).toString(),
    'application/x-www-form-urlencoded',
  );

const refusal = (error: string, error_description: string) => [400, { error, error_description }];

describe('a token exchange', () => {
  it('gives an access token of the mapped identity, for as long as the token lasts', async () => {
    const [status, answer] = await exchange(await token());
    expect([status, answer]).toEqual([
      200,
      {
        access_token: expect.stringMatching(/^ya29\./),
        issued_token_type: `${TYPE}:access_token`,
        token_type: 'Bearer',
        expires_in: 600,
      },
    ]);
    expect(await identity.verifyAccessToken(String(answer.access_token))).toMatchObject({
      principal: {
        kind: 'federated',
        pool: NAME,
        subject: 'worker-1',
        attributes: { team: 'dev' },
        groups: [],
      },
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    });
    const [, longer] = await exchange(await token({ exp: SECONDS + 86_400 }));
    expect(longer.expires_in).toBe(3600);
  });

  it('is asked for in JSON too', async () => {
    const fields = Object.entries(request(await token())).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]);
    const body = JSON.stringify(Object.fromEntries(fields));
    expect(await post('sts.googleapis.com/v1/token', body, 'application/json')).toMatchObject([
      200,
      { token_type: 'Bearer' },
    ]);
  });

  it('asks an issuer once for its keys, and again for a key that is new', async () => {
    await exchange(await token());
    await exchange(await token());
    expect(fetchDocument.mock.calls.map(([url]) => String(url))).toEqual([
      `${ISSUER}/.well-known/openid-configuration`,
      `${ISSUER}/jwks`,
    ]);
    expect(await exchange(await token({}, 'two'))).toEqual(
      refusal('invalid_grant', 'Invalid ID Token: no key of the issuer verifies its signature.'),
    );
  });

  it('takes the provider’s own keys and asks nobody where there are some', async () => {
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' };
    const jwksJson = JSON.stringify({ keys: [jwk] });
    await change({ oidc: { issuerUri: ISSUER, allowedAudiences: ['here'], jwksJson } });
    expect(await exchange(await token({ aud: ['there', 'here'] }))).toMatchObject([200, {}]);
    expect(fetchDocument).not.toHaveBeenCalled();
  });

  it('says that the issuer cannot be asked, and the plane’s log why', async () => {
    fetchDocument.mockRejectedValue(new NoIssuerKeys('idp.example.com is not in the internet.'));
    expect(await exchange(await token())).toEqual(
      refusal('invalid_grant', "Error connecting to the given credential's issuer."),
    );
    expect(onError).toHaveBeenCalledWith(expect.any(NoIssuerKeys), `the keys of ${ISSUER}`);
  });

  it.each<[string, JWTPayload, string, string]>([
    [
      'issuer',
      { iss: 'https://evil.example' },
      'invalid_grant',
      `The issuer in ID Token https://evil.example does not match the expected ones: ${ISSUER}`,
    ],
    [
      'audience',
      { aud: 'x' },
      'invalid_grant',
      `The audience in ID Token [x] does not match the expected audience ${AUDIENCE}.`,
    ],
    ['end', { exp: SECONDS }, 'invalid_grant', `ID Token issued at ${SECONDS - 10} is stale to sign-in.`],
    [
      'beginning',
      { iat: SECONDS + 61 },
      'invalid_grant',
      `ID Token issued at ${SECONDS + 61} is not valid yet.`,
    ],
    ['subject', { sub: 'x'.repeat(128) }, 'unauthorized_client', expect.stringContaining('127 bytes limit')],
    [
      'type',
      { team: 7 },
      'unauthorized_client',
      "The mapped attribute 'attribute.team' must be of type STRING.",
    ],
    ['condition', { team: 'guests' }, 'unauthorized_client', REJECTED],
  ])('refuses a token for its %s', async (_, claims, error, description) => {
    expect(await exchange(await token(claims))).toEqual(refusal(error, description));
  });

  it('refuses what somebody else signed, or nobody', async () => {
    const good = await token();
    const [head, body] = good.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const other = await generateKeyPair('ES256');
    const forged = await new SignJWT({ ...JSON.parse(Buffer.from(body ?? '', 'base64url').toString()) })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(other.privateKey);
    for (const bad of [forged, `${head}.${body}.`, `${none}.${body}.`, 'x', good.slice(0, -4)]) {
      expect(await exchange(bad)).toMatchObject([400, { error: 'invalid_grant' }]);
    }
  });

  it.each<[Readonly<Record<string, string>>, string, string]>([
    [{ grant_type: 'password' }, 'unsupported_grant_type', 'grant_type'],
    [{ audience: 'projects/1' }, 'invalid_request', 'Invalid value for "audience".'],
    [{ audience: AUDIENCE.replace('idp-1', 'none') }, 'invalid_target', "it doesn't exist."],
    [{ audience: AUDIENCE.replace('8915', '1') }, 'invalid_target', "it doesn't exist."],
    [{ subject_token_type: `${TYPE}:saml2` }, 'invalid_request', 'subject_token_type'],
    [{ requested_token_type: `${TYPE}:id_token` }, 'invalid_request', 'requested_token_type'],
    [{ scope: '' }, 'invalid_scope', 'scope'],
    [{ options: '{"accessBoundary":{}}' }, 'invalid_request', 'options'],
    [{ actor_token: 'x' }, 'invalid_request', 'actor_token'],
  ])('refuses a request with %j', async (more, error, description) => {
    expect(await exchange(await token(), more)).toEqual(refusal(error, expect.stringContaining(description)));
  });

  it('does not take part with a disabled or deleted provider', async () => {
    for (const state of [{ disabled: true }, { deleteTime: NOW.toISOString() }]) {
      await change(state);
      expect(await exchange(await token())).toMatchObject([400, { error: 'invalid_target' }]);
    }
  });
});

describe('introspection', () => {
  it('names the identity of an exchanged token, and of no other', async () => {
    const [, { access_token }] = await exchange(await token());
    const ask = (text: string) =>
      post('sts.googleapis.com/v1/introspect', `token=${text}`, 'application/x-www-form-urlencoded');
    expect(await ask(String(access_token))).toMatchObject([
      200,
      { active: true, username: `principal:${NAME}/subject/worker-1`, exp: SECONDS + 600 },
    ]);
    const user = await identity.mintAccessToken({ kind: 'user', email: 'alice@example.com' });
    for (const other of [user.token, 'x']) expect(await ask(other)).toEqual([200, { active: false }]);
  });
});

describe('a run of GitHub’s workflows', () => {
  const ask = async (requestToken: string, audience: string) => {
    const url = `${base}/token.actions.githubusercontent.com/idtoken?api-version=2.0&audience=${audience}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${requestToken}` } });
    return [response.status, (await response.json()) as Answer] as const;
  };

  it('gets ID tokens that its provider takes, and nobody without its token does', async () => {
    const started = await startGithubRun(identity.playedIssuer, { repository: 'octo/app' }, NOW);
    if (typeof started === 'string') throw new Error(started);
    await change({
      attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.repository': 'assertion.repository' },
      attributeCondition: "assertion.repository_owner == 'octo'",
      oidc: { issuerUri: GITHUB, allowedAudiences: [] },
    });
    const [status, { value }] = await ask(started.requestToken, encodeURIComponent(`https:${AUDIENCE}`));
    expect(status).toBe(200);
    const [, { access_token }] = await exchange(String(value));
    expect((await identity.verifyAccessToken(String(access_token))).principal).toMatchObject({
      subject: 'repo:octo/app:ref:refs/heads/main',
      attributes: { repository: 'octo/app' },
    });
    expect(fetchDocument).not.toHaveBeenCalled();
    for (const bad of ['x', String(value)]) expect((await ask(bad, 'a'))[0]).toBe(401);
    const other = await startGithubRun(identity.playedIssuer, { repository: 'evil/app' }, NOW);
    if (typeof other === 'string') throw new Error(other);
    const [, theirs] = await ask(other.requestToken, encodeURIComponent(`https:${AUDIENCE}`));
    expect(await exchange(String(theirs.value))).toEqual(refusal('unauthorized_client', REJECTED));
  });

  it.each([
    [{ environment: 'prod' }, 'repo:octo/app:environment:prod'],
    [{ event: 'pull_request' }, 'repo:octo/app:pull_request'],
    [{ ref: 'refs/tags/v1' }, 'repo:octo/app:ref:refs/tags/v1'],
  ])('has the subject that GitHub gives it: %j', async (choice, subject) => {
    const started = await startGithubRun(identity.playedIssuer, { repository: 'octo/app', ...choice }, NOW);
    if (typeof started === 'string') throw new Error(started);
    const [, { value }] = await ask(started.requestToken, 'a');
    const claims = JSON.parse(Buffer.from(String(value).split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ sub: subject, aud: 'a', iss: GITHUB, repository_owner: 'octo' });
  });

  it.each([
    { repository: 'octo' },
    { repository: 'octo/app', ref: 'main' },
    { repository: 'octo/app', event: 'Push!' },
    { repository: 'octo/app', workflow: '../x' },
    { repository: 'octo/app', environment: '' },
  ])('is refused when GitHub could not have it: %j', async (choice) => {
    expect(await startGithubRun(identity.playedIssuer, choice, NOW)).toContain('" is no ');
  });
});
