import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadAuthorizationRequest, parseAuthorizationRequest } from './authorization-request.js';
import { type EndPoints, SECRET, startEndPoints } from './test-end-points.js';

const START = new Date('2026-01-01T00:00:00Z');
const GCLOUD = {
  response_type: 'code',
  client_id: '32555940559.apps.googleusercontent.com',
  redirect_uri: 'https://sdk.cloud.google.com/authcode.html',
  scope: 'openid https://www.googleapis.com/auth/cloud-platform',
  state: 'the-state',
  access_type: 'offline',
  code_challenge: 'c'.repeat(43),
  code_challenge_method: 'S256',
};
const LOOPBACK = { ...GCLOUD, redirect_uri: 'http://localhost:8085/' };

let ends: EndPoints;
beforeAll(async () => {
  ends = await startEndPoints(() => START);
});
afterAll(() => ends.close());

type Query = Readonly<Record<string, string>>;
const urlOf = (query: Query) =>
  `${ends.base}/accounts.google.com/o/oauth2/auth?${new URLSearchParams(query)}`;
const open = (query: Query, headers: Query = {}) => fetch(urlOf(query), { headers });
const submit = (query: Query, form: Query) =>
  fetch(urlOf(query), { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
const alice = { email: 'Alice@example.com', secret: SECRET };

describe('the form', () => {
  it('says who asks for what, and proposes the address that the program expects', async () => {
    const response = await open({ ...GCLOUD, login_hint: 'bob@example.com' });
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(page).toContain(GCLOUD.client_id);
    expect(page).toContain('<li>https://www.googleapis.com/auth/cloud-platform</li>');
    expect(page).toContain('value="bob@example.com"');
    expect(page).not.toContain(SECRET);
  });

  it('speaks the reader’s language', async () => {
    const title = async (language: string) =>
      /<html lang="(..)">/.exec(await (await open(GCLOUD, { 'accept-language': language })).text())?.[1];
    expect(await title('ja')).toBe('ja');
    expect(await title('ja-JP,ja;q=0.9,en;q=0.8')).toBe('ja');
    expect(await title('en-US,en;q=0.9,ja;q=0.8')).toBe('en');
    expect(await title('ja;q=0,de')).toBe('en');
  });

  it('loads nothing, runs nothing, and stands in no frame', async () => {
    const { headers } = await open(GCLOUD);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    const local = (await open(LOOPBACK)).headers.get('content-security-policy');
    expect(local).toContain("form-action 'self' http://localhost:8085;");
  });

  it('shows what it was given as text', async () => {
    const attack = '"><script>alert(1)</script>';
    const hinted = await (await open({ ...GCLOUD, login_hint: attack })).text();
    const typed = await (await submit(GCLOUD, { email: attack, secret: 'x' })).text();
    for (const page of [hinted, typed]) expect(page).not.toMatch(/<script>|value=""/);
  });
});

describe('signing in', () => {
  it('shows a code for the program to which it is copied', async () => {
    const page = await (await submit(GCLOUD, alice)).text();
    const code = /<code id="code">([^<]+)</.exec(page)?.[1] ?? '';
    expect(await ends.identity.authorizationCodes.redeem(code)).toEqual({
      principal: { kind: 'user', email: 'alice@example.com' },
      clientId: GCLOUD.client_id,
      redirectUri: GCLOUD.redirect_uri,
      scopes: ['openid', 'https://www.googleapis.com/auth/cloud-platform'],
      offline: true,
      challenge: { method: 'S256', value: GCLOUD.code_challenge },
    });
  });

  it('sends the code back to a program on this machine, with its state', async () => {
    const response = await submit(LOOPBACK, alice);
    expect(response.status).toBe(302);
    const target = new URL(response.headers.get('location') ?? '');
    expect(target.origin).toBe('http://localhost:8085');
    expect(target.searchParams.get('state')).toBe('the-state');
    const code = target.searchParams.get('code') ?? '';
    expect(await ends.identity.authorizationCodes.redeem(code)).toMatchObject({
      redirectUri: LOOPBACK.redirect_uri,
    });
  });

  it.each([
    ['without the secret', { email: alice.email }, 403],
    ['with another secret', { ...alice, secret: `${SECRET}x` }, 403],
    ['as a service account', { ...alice, email: 'x@p.iam.gserviceaccount.com' }, 400],
    ['as nobody', { ...alice, email: 'nobody' }, 400],
  ])('fails %s', async (_, form, status) => {
    const response = await submit(LOOPBACK, form);
    expect(response.status).toBe(status);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain('role="alert"');
    expect(await ends.store.list('authorization-codes/')).toEqual([]);
  });
});

describe('a request', () => {
  it.each([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ client_id: '' }, 'invalid_request'],
    [{ scope: '' }, 'invalid_request'],
    [{ scope: 'a"b' }, 'invalid_scope'],
    [{ redirect_uri: '' }, 'invalid_request'],
    [{ redirect_uri: 'https://evil.example.com/' }, 'redirect_uri_mismatch'],
    [{ redirect_uri: 'http://localhost.example.com/' }, 'redirect_uri_mismatch'],
    [{ redirect_uri: 'http://localhost@evil.example.com/' }, 'redirect_uri_mismatch'],
    [{ redirect_uri: 'https://sdk.cloud.google.com/authcode.html?x' }, 'redirect_uri_mismatch'],
    [{ redirect_uri: 'javascript:alert(1)' }, 'redirect_uri_mismatch'],
    [{ code_challenge_method: 'none' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
  ])('with %j is not answered, and nobody is sent anywhere', async (change, code) => {
    const response = await submit({ ...GCLOUD, ...(change as Query) }, alice);
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(await response.text()).toContain(`400: ${code}`);
  });

  it('never leads away from this machine, whatever address it names', () => {
    const part = fc.constantFrom(
      'https://sdk.cloud.google.com.',
      'http://localhost',

      'http',
      's',
      '://',
      'localhost',
      '127.0.0.1',
      '@',
      ':',
      '8085',
      '/',
      '\\',
      '#',
      '.',
      'evil.com',
    );
    const address = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(address, (redirect_uri) => {
        try {
          const parsed = parseAuthorizationRequest(new URLSearchParams({ ...GCLOUD, redirect_uri }));
          expect(['localhost', '127.0.0.1', '[::1]']).toContain(new URL(parsed.redirectUri).hostname);
        } catch (error) {
          expect(error).toBeInstanceOf(BadAuthorizationRequest);
        }
      }),
    );
  });

  it('is refused when it says a thing twice, or comes by another method', async () => {
    expect((await fetch(`${urlOf(GCLOUD)}&scope=x`)).status).toBe(400);
    expect((await fetch(urlOf(GCLOUD), { method: 'PUT' })).status).toBe(405);
  });
});
