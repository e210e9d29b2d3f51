/** Identities as real clients use them: gcloud, and google-auth-library from npm. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, ROOT, TestPlane } from './support/plane.js';
import { grant, newAccount, newProject, onAccount, onProject } from './support/policies.js';
import { recordCall } from './support/record.js';
import { at, listAt, Rest } from './support/rest.js';
import { signInByBrowser, submitForm } from './support/sign-in.js';
import { OWNER } from './support/world.js';

const P = 'identity-tests';

const ACCOUNT = `robot1@${P}.iam.gserviceaccount.com`;
const MIDDLE = `middle@${P}.iam.gserviceaccount.com`;
const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';
const PROJECT = `cloudresourcemanager.googleapis.com/v1/projects/${P}`;
const AUDIENCE = 'https://application.example.com';

let plane: TestPlane;
let rest: Rest;
let dir: string;

beforeAll(async () => {
  plane = await TestPlane.start({ args: ['--runtime', 'none'] });
  rest = new Rest(plane);
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-identities-'));
  await newProject(plane, P, [
    'iam.googleapis.com',
    'iamcredentials.googleapis.com',
    'cloudresourcemanager.googleapis.com',
  ]);
  for (const id of ['robot1', 'middle']) await newAccount(plane, P, id);
  await grant(plane, onProject(P), `serviceAccount:${ACCOUNT}`, 'roles/viewer');
});
afterAll(async () => {
  await plane.dispose();
  await rm(dir, { recursive: true, force: true });
});

const keysOf = (email: string) => `iam.googleapis.com/v1/projects/-/serviceAccounts/${email}/keys`;

/** A key file, made over REST. */
async function newKey(email: string): Promise<Record<string, string>> {
  const key = await rest.ok(OWNER, 'POST', keysOf(email), {});
  return JSON.parse(Buffer.from(String(at(key, 'privateKeyData')), 'base64').toString());
}

describe('service-account keys, by gcloud', () => {
  const OPERATOR = 'operator@example.com';
  let file: string;
  let id: string;

  it('are made, listed, and sign in', async () => {
    file = path.join(dir, 'key.json');
    const made = await must(
      plane.gcloud(OWNER, `iam service-accounts keys create ${file} --iam-account ${ACCOUNT}`),
    );
    const key = JSON.parse(await readFile(file, 'utf8'));
    id = key.private_key_id;
    expect(made.stderr).toBe(`created key [${id}] of type [json] as [${file}] for [${ACCOUNT}]\n`);
    expect(Object.keys(key)).toEqual([
      'type',
      'project_id',
      'private_key_id',
      'private_key',
      'client_email',
      'client_id',
      'auth_uri',
      'token_uri',
      'auth_provider_x509_cert_url',
      'client_x509_cert_url',
      'universe_domain',
    ]);
    const list = `iam service-accounts keys list --iam-account ${ACCOUNT} --managed-by user --format value(name)`;
    const listed = await must(plane.gcloud(OWNER, list));
    expect(listed.stdout.trim()).toBe(id);
    await must(plane.gcloud(OPERATOR, `auth activate-service-account --key-file ${file}`));
    const described = await must(plane.gcloud(OPERATOR, `projects describe ${P} --account ${ACCOUNT}`));
    expect(described.stdout).toContain(`projectId: ${P}`);
  });

  it('end at once when they are disabled or deleted, and nothing of them is stored', async () => {
    const signIn = () => plane.gcloud(OPERATOR, `auth activate-service-account --key-file ${file}`);
    const change = (verb: string) =>
      must(
        plane.gcloud(
          OWNER,
          `iam service-accounts keys ${verb} ${id} --iam-account ${ACCOUNT} --project ${P} --quiet`,
        ),
      );
    await change('disable');
    expect((await signIn()).stderr).toContain('invalid_grant: Invalid JWT Signature.');
    await change('enable');
    expect((await signIn()).code).toBe(0);
    await change('delete');
    expect((await signIn()).stderr).toContain('invalid_grant: Invalid JWT Signature.');
    const secret = JSON.parse(await readFile(file, 'utf8')).private_key.split('\n')[1];
    expect(JSON.stringify([...(await plane.stored())])).not.toContain(secret);
  });
});

describe('impersonation, by gcloud', () => {
  const CALLER = 'caller@example.com';
  const printToken = (chain: string) =>
    plane.gcloud(CALLER, `auth print-access-token --impersonate-service-account ${chain}`);

  it('is refused in Google’s words', async () => {
    const { code, stderr } = await printToken(ACCOUNT);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `ERROR: (gcloud.auth.print-access-token) PERMISSION_DENIED: Failed to impersonate [${ACCOUNT}]. Make sure the account that's trying to impersonate it has access to the service account itself and the "${TOKEN_CREATOR}" role. Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).`,
    );
    expect(stderr).toContain('reason: IAM_PERMISSION_DENIED');
  });

  it('goes through a chain when each may act as the next', async () => {
    await grant(plane, onAccount(MIDDLE, P), `user:${CALLER}`, TOKEN_CREATOR);
    expect((await printToken(`${MIDDLE},${ACCOUNT}`)).stderr).toContain('PERMISSION_DENIED');
    await grant(plane, onAccount(ACCOUNT, P), `serviceAccount:${MIDDLE}`, TOKEN_CREATOR);
    const token = (await must(printToken(`${MIDDLE},${ACCOUNT}`))).stdout.trim();
    expect((await rest.call({ token }, 'GET', PROJECT)).status).toBe(200);
    const info = await rest.call(undefined, 'GET', `oauth2.googleapis.com/tokeninfo?access_token=${token}`);
    expect(info.body).toMatchObject({ email: ACCOUNT });
  });

  it('gives ID tokens that verify with the published keys', async () => {
    const line = `auth print-identity-token --impersonate-service-account ${MIDDLE} --audiences ${AUDIENCE}`;
    const plain = (await must(plane.gcloud(CALLER, line))).stdout.trim();
    const named = (await must(plane.gcloud(CALLER, `${line} --include-email`))).stdout.trim();
    expect(decodeJwt(plain)).not.toHaveProperty('email');
    const keys = createRemoteJWKSet(new URL(`${plane.url}/www.googleapis.com/oauth2/v3/certs`));
    const { payload } = await jwtVerify(named, keys, {
      issuer: 'https://accounts.google.com',
      audience: AUDIENCE,
    });
    expect(payload).toMatchObject({ email: MIDDLE, email_verified: true });
  });
});

describe('signing in with a browser', () => {
  const CAROL = 'carol@example.com';
  const SESSION = 'session@example.com';

  it('gives gcloud an account, until it is revoked', async () => {
    const { code, stderr } = await signInByBrowser(plane, SESSION, 'auth login --no-launch-browser', {
      email: CAROL,
    });
    expect(stderr).toContain(`You are now logged in as [${CAROL}].`);
    expect(code).toBe(0);
    const token = await must(plane.gcloud(SESSION, `auth print-access-token --account ${CAROL}`));
    const as = { token: token.stdout.trim() };
    expect((await rest.call(as, 'GET', 'openidconnect.googleapis.com/v1/userinfo')).body).toMatchObject({
      email: CAROL,
    });
    await must(plane.gcloud(SESSION, `auth revoke ${CAROL}`));
    expect((await rest.call(as, 'GET', 'openidconnect.googleapis.com/v1/userinfo')).status).toBe(401);
  });

  it('gives libraries their default credentials', async () => {
    const line = 'auth application-default login --no-launch-browser --disable-quota-project';
    const env = { GOOGLE_APPLICATION_CREDENTIALS: undefined };
    expect((await signInByBrowser(plane, SESSION, line, { email: CAROL }, env)).code).toBe(0);
    const { CLOUDSDK_CONFIG = '' } = await plane.environment(SESSION);
    const file = path.join(CLOUDSDK_CONFIG, 'application_default_credentials.json');
    const credentials = JSON.parse(await readFile(file, 'utf8'));
    expect(credentials).toMatchObject({
      type: 'authorized_user',
      client_id: expect.stringMatching(/^764086051850-/),
    });
    const { client_id, client_secret, refresh_token } = credentials;
    const refreshed = await fetch(`${plane.url}/oauth2.googleapis.com/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id, client_secret, refresh_token }),
    });
    const token = at(await refreshed.json(), 'access_token');
    const info = await rest.call(undefined, 'GET', `oauth2.googleapis.com/tokeninfo?access_token=${token}`);
    expect(info.body).toMatchObject({ email: CAROL, access_type: 'offline' });
  });

  it('gives nobody a code without the admin secret', async () => {
    const url =
      'https://accounts.google.com/o/oauth2/auth?response_type=code&client_id=c&scope=openid&redirect_uri=http%3A%2F%2Flocalhost%3A8085%2F';
    const refused = await submitForm(plane, url, { email: CAROL, secret: 'guess' });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('location')).toBeNull();
    const redirected = await submitForm(plane, url, { email: CAROL });
    expect(redirected.headers.get('location')).toMatch(/^http:\/\/localhost:8085\/\?code=4%2F0A/);
  });
});

describe('google-auth-library', () => {
  /** Runs a module in the environment that `sekisho exec` gives a member. @returns what it printed, as JSON */
  async function node(script: string, env: Readonly<Record<string, string>>): Promise<unknown> {
    const args = ['--input-type=module', '-e', script];
    const { stdout } = await must(plane.as(OWNER, process.execPath, args, { cwd: ROOT, env }));
    return JSON.parse(stdout);
  }
  const get = `{ url: 'https://${PROJECT}' }`;

  it('signs in with a key: by the token end point, and by JWTs that it signs itself', async () => {
    const key = JSON.stringify(await newKey(ACCOUNT));
    const tokens = listAt(
      await node(
        `import { JWT } from 'google-auth-library';
       const { client_email: email, private_key: key, private_key_id: keyId } = JSON.parse(process.env.KEY);
       const exchanged = new JWT({ email, key, keyId, scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
       const selfSigned = new JWT({ email, key, keyId });
       const scoped = new JWT({ email, key, keyId, scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
       scoped.useJWTAccessWithScope = true;
       const tokens = [];
       for (const client of [exchanged, selfSigned, scoped]) {
         const headers = await client.getRequestHeaders('https://cloudresourcemanager.googleapis.com/');
         tokens.push(headers.get('authorization').slice('Bearer '.length));
       }
       console.log(JSON.stringify(tokens));`,
        { KEY: key },
      ),
    ).map(String);
    expect(tokens).toEqual([
      expect.stringMatching(/^ya29\./),
      expect.stringMatching(/^ey/),
      expect.stringMatching(/^ey/),
    ]);
    for (const token of tokens) {
      expect((await rest.call({ token }, 'GET', PROJECT)).body).toMatchObject({ projectId: P });
    }
    const [, audience = '', scoped = ''] = tokens;
    expect(decodeJwt(audience).aud).toBe('https://cloudresourcemanager.googleapis.com/');
    expect(decodeJwt(scoped).scope).toContain('cloud-platform');
    const elsewhere = await rest.call(
      { token: audience },
      'GET',
      `iam.googleapis.com/v1/projects/${P}/roles`,
    );
    expect(elsewhere.status).toBe(401);
    for (const way of ['exchanged', 'self-signed for an audience', 'self-signed with scopes']) {
      recordCall('google-auth-library', [`JWT, ${way}`]);
    }
  });

  it('impersonates, signs, and gets ID tokens that it verifies itself', async () => {
    await grant(plane, onAccount(ACCOUNT, P), `user:${OWNER}`, TOKEN_CREATOR);
    const answer = await node(
      `import { GoogleAuth, Impersonated, OAuth2Client } from 'google-auth-library';
       import { createVerify } from 'node:crypto';
       const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
       const sourceClient = await auth.getClient();
       const robot = new Impersonated({ sourceClient, targetPrincipal: '${ACCOUNT}', targetScopes: ['https://www.googleapis.com/auth/cloud-platform'] });
       const { data } = await robot.request(${get});
       const { signedBlob, keyId } = await robot.sign('what I say');
       const certificates = await (await sourceClient.request({ url: 'https://www.googleapis.com/robot/v1/metadata/x509/${ACCOUNT}' })).data;
       const signed = createVerify('RSA-SHA256').update('what I say').verify(certificates[keyId], signedBlob, 'base64');
       const idToken = await robot.fetchIdToken('${AUDIENCE}', { includeEmail: true });
       const ticket = await new OAuth2Client().verifyIdToken({ idToken, audience: '${AUDIENCE}' });
       const own = await (await auth.getIdTokenClient('${AUDIENCE}')).getRequestHeaders();
       const users = await new OAuth2Client().verifyIdToken({ idToken: own.get('authorization').slice(7) });
       console.log(JSON.stringify({ project: data.projectId, signed, email: ticket.getPayload().email, user: users.getPayload().email }));`,
      {},
    );
    expect(answer).toEqual({ project: P, signed: true, email: ACCOUNT, user: OWNER });
    for (const call of ['Impersonated', 'Impersonated.sign', 'IdTokenClient', 'OAuth2Client.verifyIdToken']) {
      recordCall('google-auth-library', [call]);
    }
  });
});
