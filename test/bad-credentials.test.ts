/** Credentials that are no good: Google's 401 and its reason. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openIdentity } from '../src/identity/index.js';
import { openSqlite } from '../src/store/index.js';
import { told, unauthenticated } from './support/refusals.js';
import type { As } from './support/rest.js';
import { SERVICES, useUntouchedPlane } from './support/untouched.js';
import { OWNER } from './support/world.js';

const untouched = useUntouchedPlane();

describe('a credential', () => {
  const METHOD = 'google.cloud.run.v1.Services.ListServices';
  const bad = (reason: string) =>
    unauthenticated('Request had invalid authentication credentials.', reason, 'run.googleapis.com', METHOD);
  const listing = (as: As) => untouched.tried('GET', SERVICES, undefined, as);
  const owner = { kind: 'user', email: OWNER } as const;

  it('is needed', async () => {
    expect(await told(await untouched.rest.call(undefined, 'GET', SERVICES))).toEqual(
      unauthenticated(
        'Request is missing required authentication credential.',
        'CREDENTIALS_MISSING',
        'run.googleapis.com',
        METHOD,
      ),
    );
    const answer = await untouched.rest.call({ token: 'x' }, 'GET', SERVICES);
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="https://accounts.google.com/", error="invalid_token"',
    );
  });

  it('is not garbage, nor a good one cut short, nor one with another signature', async () => {
    const good = await untouched.rest.token(OWNER);
    const swapped = `${good.slice(0, good.lastIndexOf('.'))}.${'A'.repeat(342)}`;
    for (const token of ['x', 'ya29.x', good.slice(0, -5), `ya29.${'x'.repeat(9000)}`, swapped]) {
      expect(await listing({ token })).toEqual(bad('ACCESS_TOKEN_TYPE_UNSUPPORTED'));
    }
  });

  it('is not an ID token or a refresh token', async () => {
    expect(await listing({ token: await untouched.plane.token(OWNER, 'https://x.run.app') })).toEqual(
      bad('ACCESS_TOKEN_TYPE_UNSUPPORTED'),
    );
    const here = await identityOver(path.join(untouched.plane.data, 'keys'), () => new Date());
    expect(await listing({ token: await here.mintRefreshToken(owner) })).toEqual(
      bad('ACCESS_TOKEN_TYPE_UNSUPPORTED'),
    );
  });

  it('does not outlive its hour', async () => {
    const twoHoursAgo = () => new Date(Date.now() - 2 * 3600 * 1000);
    const then = await identityOver(path.join(untouched.plane.data, 'keys'), twoHoursAgo);
    expect(await listing({ token: (await then.mintAccessToken(owner)).token })).toEqual(
      bad('ACCESS_TOKEN_EXPIRED'),
    );
  });

  it('of another plane is nobody here', async () => {
    const keys = await mkdtemp(path.join(tmpdir(), 'sekisho-foreign-'));
    try {
      const elsewhere = await identityOver(keys, () => new Date());
      expect(await listing({ token: (await elsewhere.mintAccessToken(owner)).token })).toEqual(
        bad('ACCESS_TOKEN_TYPE_UNSUPPORTED'),
      );
    } finally {
      await rm(keys, { recursive: true, force: true });
    }
  });

  it('opens the admin calls to nobody but its own commands', async () => {
    for (const token of ['x', await untouched.rest.token(OWNER)]) {
      const answer = await untouched.rest.call({ token }, 'POST', 'sekisho.internal/v1/token', { as: OWNER });
      expect(answer.status).toBe(401);
    }
  });

  /** Keys and tokens over a directory of keys, at another time perhaps. */
  async function identityOver(keysDir: string, clock: () => Date) {
    return openIdentity({ store: openSqlite(':memory:'), keysDir, clock });
  }
});
