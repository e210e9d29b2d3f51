import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Identity, userUniqueId } from '../../identity/index.js';
import { type EndPoints, type Json, ROBOT, startEndPoints } from './test-end-points.js';

const alice = { kind: 'user', email: 'alice@example.com' } as const;
const CLIENT = '32555940559.apps.googleusercontent.com';
let now = new Date('2026-01-01T00:00:00Z');
let ends: EndPoints;
let identity: Identity;

beforeAll(async () => {
  ends = await startEndPoints(() => now);
  identity = ends.identity;
});
afterAll(() => ends.close());

const post: EndPoints['post'] = (...call) => ends.post(...call);
const get: EndPoints['get'] = (...call) => ends.get(...call);
const refresh = (refreshToken: string, more: Json = {}) =>
  post('oauth2.googleapis.com/token', {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: CLIENT,
    client_secret: 'x',
    ...more,
  });

describe('token', () => {
  it('exchanges a refresh token for an access token and an ID token', async () => {
    const [status, answer] = await refresh(await identity.mintRefreshToken(alice));
    expect(status).toBe(200);
    expect(answer).toEqual({
      access_token: expect.stringMatching(/^ya29\./),
      expires_in: 3599,
      token_type: 'Bearer',
      scope: expect.stringContaining('https://www.googleapis.com/auth/cloud-platform'),
      id_token: expect.any(String),
    });
    const caller = await identity.verifyAccessToken(answer.access_token ?? '');
    expect(caller).toMatchObject({ principal: alice, clientId: CLIENT });
    expect(decodeJwt(answer.id_token ?? '')).toMatchObject({
      iss: 'https://accounts.google.com',
      aud: CLIENT,
      azp: CLIENT,
      email: alice.email,
      email_verified: true,
    });
  });

  it('narrows the scopes when asked to', async () => {
    const [, answer] = await refresh(await identity.mintRefreshToken(alice), { scope: 'openid email' });
    expect(answer.scope).toBe('openid email');
    expect((await identity.verifyAccessToken(answer.access_token ?? '')).scopes).toEqual(['openid', 'email']);
  });

  it.each([
    [{ grant_type: 'refresh_token', refresh_token: '1//x', client_id: 'c' }, 'invalid_grant', 'Bad Request'],
    [
      { grant_type: 'refresh_token', refresh_token: '1//x' },
      'invalid_request',
      'Could not determine client ID from request.',
    ],
    [
      { grant_type: 'refresh_token', client_id: 'c' },
      'invalid_request',
      'Required parameter is missing: refresh_token',
    ],
    [{}, 'invalid_request', 'Required parameter is missing: grant_type'],
    [{ grant_type: 'urn:x:y' }, 'unsupported_grant_type', 'Invalid grant_type: urn:x:y'],
  ])('refuses %j', async (form, error, error_description) => {
    expect(await post('oauth2.googleapis.com/token', form as Json)).toEqual([
      400,
      { error, error_description },
    ]);
  });

  it('refuses what is no form, given twice, too large, or no POST', async () => {
    const path = 'oauth2.googleapis.com/token';
    expect((await post(path, { a: 'b' }, { 'content-type': 'application/json' }))[1].error).toBe(
      'invalid_request',
    );
    expect((await post(`${path}?grant_type=x`, { grant_type: 'y' }))[1].error_description).toContain(
      'more than once',
    );
    expect((await post(path, { a: 'x'.repeat(100_000) }))[1].error_description).toContain('too large');
    expect(await get(path)).toMatchObject([405, { error: 'invalid_request' }]);
  });

  it('refuses a service account that was disabled since', async () => {
    const email = ROBOT;
    const token = await identity.mintRefreshToken({ kind: 'serviceAccount', email });
    expect((await refresh(token))[0]).toBe(200);
    await identity.accounts.update(email, (account) => ({ ...account, disabled: true }));
    expect(await refresh(token)).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Invalid grant: account not found' },
    ]);
  });
});

describe('revoke', () => {
  it('ends a refresh token and the access tokens made from it', async () => {
    const token = await identity.mintRefreshToken(alice);
    const [, { access_token = '' }] = await refresh(token);
    expect(await post('oauth2.googleapis.com/revoke', { token })).toEqual([200, {}]);
    expect(await refresh(token)).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    ]);
    await expect(identity.verifyAccessToken(access_token)).rejects.toThrow(/revoked/);
    expect(await post('oauth2.googleapis.com/revoke', { token: 'x' })).toEqual([
      400,
      { error: 'invalid_token', error_description: 'Token expired or revoked' },
    ]);
  });
});

it('takes what is to be revoked from the query too, as gcloud sends it', async () => {
  for (const path of ['oauth2.googleapis.com/revoke', 'accounts.google.com/o/oauth2/revoke']) {
    const token = await identity.mintRefreshToken(alice);
    expect(await get(`${path}?token=${encodeURIComponent(token)}`)).toEqual([200, {}]);
    await expect(identity.verifyRefreshToken(token)).rejects.toThrow(/revoked/);
  }
});

describe('tokeninfo and userinfo', () => {
  it('say what an access token is', async () => {
    const { token } = await identity.mintAccessToken(alice, { scopes: ['a', 'b'], clientId: CLIENT });
    const seconds = now.getTime() / 1000;
    now = new Date(now.getTime() + 10_000);
    const [status, info] = await get(`oauth2.googleapis.com/tokeninfo?access_token=${token}`);
    expect([status, info]).toEqual([
      200,
      {
        azp: CLIENT,
        aud: CLIENT,
        sub: userUniqueId(alice.email),
        scope: 'a b',
        exp: `${seconds + 3600}`,
        expires_in: '3590',
        email: alice.email,
        email_verified: 'true',
        access_type: 'offline',
      },
    ]);
    const bearer = { authorization: `Bearer ${token}` };
    const sub = userUniqueId(alice.email);
    expect(await get('openidconnect.googleapis.com/v1/userinfo', bearer)).toEqual([
      200,
      { sub, email: alice.email, email_verified: true },
    ]);
    expect(await get('www.googleapis.com/oauth2/v2/userinfo', bearer)).toEqual([
      200,
      { id: sub, email: alice.email, verified_email: true },
    ]);
  });

  it('say what an ID token is', async () => {
    const token = await identity.mintIdToken(alice, 'https://x');
    expect(await post('oauth2.googleapis.com/tokeninfo', { id_token: token })).toMatchObject([
      200,
      { iss: 'https://accounts.google.com', aud: 'https://x', email: alice.email },
    ]);
  });

  it('refuse a token that is no good', async () => {
    for (const query of ['access_token=x', 'id_token=x']) {
      expect(await get(`oauth2.googleapis.com/tokeninfo?${query}`)).toEqual([
        400,
        { error: 'invalid_token', error_description: 'Invalid Value' },
      ]);
    }
    for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: 'Basic eDp5' }]) {
      expect((await get('openidconnect.googleapis.com/v1/userinfo', headers))[0]).toBe(401);
    }
  });
});

describe('discovery', () => {
  it('leads to the keys that ID tokens verify with', async () => {
    const [, document] = await get('accounts.google.com/.well-known/openid-configuration');
    const [, keys] = await get((document.jwks_uri ?? '').replace('https://', ''));
    const token = await identity.mintIdToken(alice, 'aud');
    const { payload } = await jwtVerify(
      token,
      createLocalJWKSet(keys as unknown as Parameters<typeof createLocalJWKSet>[0]),
      { issuer: document.issuer ?? '', audience: 'aud', currentDate: now },
    );
    expect(payload.email).toBe(alice.email);
  });

  it('names what is not served', async () => {
    expect(await get('www.googleapis.com/drive/v3/files')).toEqual([
      404,
      {
        error: 'not_found',
        error_description: 'www.googleapis.com/drive/v3/files is not served by Sekisho.',
      },
    ]);
  });
});
