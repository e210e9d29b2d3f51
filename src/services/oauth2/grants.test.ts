import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, importX509, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeGrant } from '../../identity/index.js';
import { type EndPoints, type Json, ROBOT, startEndPoints } from './test-end-points.js';

const START = new Date('2026-01-01T00:00:00Z');
const T = START.getTime() / 1000;
const TOKEN = 'oauth2.googleapis.com/token';
const CLIENT = '32555940559.apps.googleusercontent.com';
let now = START;
let ends: EndPoints;
let key: { readonly id: string; readonly pem: string };

beforeAll(async () => {
  ends = await startEndPoints(() => now);
  const made = await ends.identity.accountKeys.create(ends.robot, START);
  key = { id: made.key.id, pem: made.privateKey };
});
afterAll(() => ends.close());

describe('a JWT assertion', () => {
  const scope = 'https://www.googleapis.com/auth/cloud-platform';
  const assertion = (claims: Json) =>
    new SignJWT({ iss: ROBOT, aud: `https://${TOKEN}`, iat: T, exp: T + 3600, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: key.id })
      .sign(createPrivateKey(key.pem));
  const exchange = async (claims: Json) =>
    ends.post(TOKEN, {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: await assertion(claims),
    });

  it('with scopes gives an access token', async () => {
    const [status, answer] = await exchange({ scope });
    expect([status, answer]).toEqual([
      200,
      { access_token: expect.stringMatching(/^ya29\./), expires_in: 3599, token_type: 'Bearer' },
    ]);
    expect(await ends.identity.verifyAccessToken(answer.access_token ?? '')).toMatchObject({
      principal: { kind: 'serviceAccount', email: ROBOT },
      scopes: [scope],
      origin: {
        keyName: expect.stringMatching(`^projects/[^/]+/serviceAccounts/${ROBOT}/keys/[0-9a-f]{40}$`),
      },
    });
  });

  it('with a target audience gives an ID token', async () => {
    const [status, { id_token = '', ...rest }] = await exchange({ target_audience: 'https://x' });
    expect([status, rest]).toEqual([200, {}]);
    expect(decodeJwt(id_token)).toMatchObject({ aud: 'https://x', azp: ROBOT, email: ROBOT });
  });

  it.each([
    [
      { scope, aud: 'https://oauth2.example.com/token' },
      400,
      'invalid_grant',
      'Invalid JWT: Failed audience check.',
    ],
    [
      { scope, iss: 'nobody@my-project.iam.gserviceaccount.com' },
      400,
      'invalid_grant',
      'Invalid grant: account not found',
    ],
    [{}, 400, 'invalid_scope', 'Invalid OAuth scope or ID token audience provided.'],
    [
      { scope, sub: 'alice@example.com' },
      401,
      'unauthorized_client',
      'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
    ],
  ])('with %j is refused', async (claims, status, error, error_description) => {
    expect(await exchange(claims as Json)).toEqual([status, { error, error_description }]);
  });

  it('is refused once its time, its key or its account has ended', async () => {
    const refused = (error_description: string) => [400, { error: 'invalid_grant', error_description }];
    now = new Date(START.getTime() + 3_700_000);
    expect(await exchange({ scope })).toEqual(
      refused(
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      ),
    );
    now = START;
    await ends.identity.accountKeys.setDisabled(ends.robot, key.id, true);
    expect(await exchange({ scope })).toEqual(refused('Invalid JWT Signature.'));
    await ends.identity.accountKeys.setDisabled(ends.robot, key.id, false);
    await ends.identity.accounts.update(ROBOT, (row) => ({ ...row, disabled: true }));
    expect(await exchange({ scope })).toEqual(refused('Invalid grant: account not found'));
    await ends.identity.accounts.update(ROBOT, (row) => ({ ...row, disabled: false }));
    const [status, answer] = await ends.post(TOKEN, {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: 'x.y.z',
    });
    expect([status, answer.error]).toEqual([400, 'invalid_grant']);
  });
});

describe('an authorization code', () => {
  const verifier = 'v'.repeat(43);
  const grant: CodeGrant = {
    principal: { kind: 'user', email: 'alice@example.com' },
    clientId: CLIENT,
    redirectUri: 'http://localhost:8085/',
    scopes: ['openid', 'email'],
    offline: true,
    challenge: { method: 'S256', value: createHash('sha256').update(verifier).digest('base64url') },
  };
  const form = async (change: Partial<CodeGrant> = {}): Promise<Json> => ({
    grant_type: 'authorization_code',
    code: await ends.identity.authorizationCodes.issue({ ...grant, ...change }),
    client_id: CLIENT,
    redirect_uri: grant.redirectUri,
    code_verifier: verifier,
  });

  it('gives tokens of its client, which end together', async () => {
    const [status, answer] = await ends.post(TOKEN, await form());
    expect(status).toBe(200);
    expect(answer).toMatchObject({ expires_in: 3599, scope: 'openid email', token_type: 'Bearer' });
    expect(decodeJwt(answer.id_token ?? '')).toMatchObject({
      aud: CLIENT,
      azp: CLIENT,
      email: 'alice@example.com',
    });
    const { refresh_token = '', access_token: token = '' } = answer;
    const refresh = { grant_type: 'refresh_token', refresh_token };
    expect((await ends.post(TOKEN, { ...refresh, client_id: 'other' }))[1].error).toBe('unauthorized_client');
    expect((await ends.post(TOKEN, { ...refresh, client_id: CLIENT, scope: 'email x' }))[1].error).toBe(
      'invalid_scope',
    );
    expect((await ends.post(TOKEN, { ...refresh, client_id: CLIENT, scope: 'email' }))[1].scope).toBe(
      'email',
    );
    await ends.post('oauth2.googleapis.com/revoke', { token: refresh_token });
    await expect(ends.identity.verifyAccessToken(token)).rejects.toThrow(/revoked/);
  });

  it('gives no refresh token unless the client may go on without its user', async () => {
    const [, answer] = await ends.post(TOKEN, await form({ offline: false }));
    expect(answer).not.toHaveProperty('refresh_token');
    expect(answer).toHaveProperty('access_token');
  });

  it('may come with Basic credentials', async () => {
    const { client_id: _, ...rest } = await form();
    const authorization = `Basic ${Buffer.from(`${CLIENT}:secret`).toString('base64')}`;
    expect((await ends.post(TOKEN, rest, { authorization }))[0]).toBe(200);
  });

  it.each([
    [{ code: 'x' }, 'invalid_grant', 'Malformed auth code.'],
    [{ code: `4/0A${'x'.repeat(64)}` }, 'invalid_grant', 'Bad Request'],
    [{ client_id: 'other' }, 'unauthorized_client', 'Unauthorized'],
    [{ redirect_uri: 'http://localhost:9/' }, 'redirect_uri_mismatch', 'Bad Request'],
    [{ code_verifier: 'w'.repeat(43) }, 'invalid_grant', 'Invalid code verifier.'],
    [{ code_verifier: '' }, 'invalid_grant', 'Missing code verifier.'],
  ])('is used up by a wrong attempt: %j', async (change, error, error_description) => {
    const good = await form();
    const [, answer] = await ends.post(TOKEN, { ...good, ...(change as Json) });
    expect(answer).toEqual({ error, error_description });
    const [again] = await ends.post(TOKEN, good);
    expect(again).toBe('code' in change ? 200 : 400);
  });
});

describe('public keys', () => {
  it('verify ID tokens, as certificates too', async () => {
    const token = await ends.identity.mintIdToken({ kind: 'user', email: 'alice@example.com' }, 'x');
    const [, certificates] = await ends.get('www.googleapis.com/oauth2/v1/certs');
    const options = { audience: 'x', currentDate: START };
    const find = ({ kid = '' }) => importX509(certificates[kid] ?? '', 'RS256');
    expect((await jwtVerify(token, find, options)).payload.email).toBe('alice@example.com');
    expect((await ends.get('www.googleapis.com/oauth2/v1/certs'))[1]).toEqual(certificates);
    const [certificate = ''] = Object.values(certificates);
    expect(new X509Certificate(certificate).subject).toBe('CN=federated-signon.system.gserviceaccount.com');
  });

  it('of a service account verify what it signed, without the keys that are switched off', async () => {
    const { signedJwt, keyId } = await ends.identity.signer.signJwt(ends.robot, '{"sub":"x"}');
    const [, keys] = await ends.get(`www.googleapis.com/service_accounts/v1/jwk/${ROBOT}`);
    const set = createLocalJWKSet(keys as unknown as Parameters<typeof createLocalJWKSet>[0]);
    expect((await jwtVerify(signedJwt, set)).payload).toEqual({ sub: 'x' });
    const at = encodeURIComponent(ROBOT);
    for (const path of [`service_accounts/v1/metadata/x509/${at}`, `robot/v1/metadata/x509/${at}`]) {
      expect(Object.keys((await ends.get(`www.googleapis.com/${path}`))[1])).toEqual([key.id, keyId]);
    }
    await ends.identity.accountKeys.setDisabled(ends.robot, key.id, true);
    const [, left] = await ends.get(`www.googleapis.com/robot/v1/metadata/x509/${at}`);
    expect(Object.keys(left)).toEqual([keyId]);
    await ends.identity.accountKeys.setDisabled(ends.robot, key.id, false);
    expect((await ends.get('www.googleapis.com/robot/v1/metadata/x509/nobody%40x'))[0]).toBe(404);
    expect((await ends.get('www.googleapis.com/robot/v1/metadata/x509/%E0'))[0]).toBe(404);
  });
});
