import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicInstanceId } from '../deployments/index.js';
import { AGENT, INSTANCE, RUNTIME, TestWorld } from './testing-server.js';

let world: TestWorld;
beforeEach(async () => {
  world = new TestWorld();
  await world.listen();
});
afterEach(() => world.close());

const ACCOUNT = '/computeMetadata/v1/instance/service-accounts/default';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const token = async (query = '') => JSON.parse((await world.ask(`${ACCOUNT}/token${query}`)).body);
const idToken = async () => (await world.ask(`${ACCOUNT}/identity?audience=https://a&format=full`)).body;
const refused = { status: 500, body: `Could not fetch URI ${ACCOUNT}/token\n` };

describe('an access token', () => {
  it('is the runtime account’s, with the scopes asked for', async () => {
    expect(await token()).toEqual({
      access_token: `ya29.${RUNTIME} ${SCOPE} 1`,
      expires_in: 3600,
      token_type: 'Bearer',
    });
    expect((await token('?scopes=a,b')).access_token).toBe(`ya29.${RUNTIME} a b 2`);
  });

  it('tells audit logs that the agent made it', async () => {
    await token();
    expect(world.origin).toEqual({ delegation: [`serviceAccount:${AGENT}`] });
  });

  it('is handed out again while it is good for more than five minutes', async () => {
    const first = await token();
    world.now = new Date(world.now.getTime() + 3_299_000);
    expect(await token()).toEqual({ ...first, expires_in: 301 });
    world.now = new Date(world.now.getTime() + 1_000);
    expect((await token()).access_token).toMatch(/ 2$/);
  });

  it('is made anew when the one before is no longer good', async () => {
    const { access_token: first } = await token();
    world.revoked.add(first);
    expect((await token()).access_token).not.toBe(first);
  });

  it('is another instance’s own', async () => {
    const { access_token: first } = await token();
    world.instance = { ...INSTANCE };
    expect((await token()).access_token).not.toBe(first);
  });

  it.each([
    ['the agent may make none any longer', () => world.grants.clear(), `${AGENT} does not have permission`],
    ['there is no agent', () => world.accounts.delete(AGENT), `${AGENT} does not have permission`],
    ['there is no such account', () => world.accounts.delete(RUNTIME), 'does not exist'],
    [
      'the account is disabled',
      () => {
        const account = world.accounts.get(RUNTIME);
        if (account) world.accounts.set(RUNTIME, { ...account, disabled: true });
      },
      'is disabled',
    ],
  ])('is not to be had when %s, also where one was, and the log says why once', async (_, change, why) => {
    await token();
    change();
    expect(await world.ask(`${ACCOUNT}/token`)).toMatchObject(refused);
    expect(await world.ask(`${ACCOUNT}/token`)).toMatchObject(refused);
    expect(world.entries).toEqual([
      expect.objectContaining({
        severity: 'ERROR',
        textPayload: expect.stringContaining(why),
        labels: { instanceId: publicInstanceId(INSTANCE.id) },
      }),
    ]);
  });
});

describe('an ID token', () => {
  it('is the runtime account’s, for the audience, and handed out again', async () => {
    expect(await idToken()).toBe(`id ${RUNTIME} https://a 1`);
    expect(await idToken()).toBe(`id ${RUNTIME} https://a 1`);
  });

  it('takes a permission of its own', async () => {
    for (const grant of world.grants) if (grant.includes('getOpenIdToken')) world.grants.delete(grant);
    expect(await idToken()).toContain('Could not fetch URI');
    expect((await world.ask(`${ACCOUNT}/token`)).status).toBe(200);
  });
});
