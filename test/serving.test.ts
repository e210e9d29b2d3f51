/** Requests to services: who may call one, under which names, and what passes through. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openIdentity } from '../src/identity/index.js';
import { openSqlite } from '../src/store/index.js';
import {
  appProject,
  deployed,
  logged,
  onService,
  pushDirect,
  serviceBody,
  servicePath,
  urlOf,
  type Wanted,
} from './support/deploys.js';
import { nodeImage } from './support/images.js';
import { TestPlane } from './support/plane.js';
import { grant, onProject, revoke } from './support/policies.js';
import { refusal, told } from './support/refusals.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { type Page, upgraded, visit, visitByHttp2, visitByProxy } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const P = 'serving';
const WEBSOCKET = { connection: 'Upgrade', upgrade: 'websocket' };
const CALLER = 'caller@example.com';
const FORBIDDEN =
  /<h1>Error: Forbidden<\/h1>\n<h2>Your client does not have permission to get URL <code>\/path<\/code> from this server\.<\/h2>/;
const UNAUTHORIZED =
  /<h1>Error: Unauthorized<\/h1>\n<h2>Your client does not have permission to the requested URL <code>\/path<\/code>\.<\/h2>/;

describe.runIf(canRun('crun'))('a service', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  /** The deterministic URL, which is printed, and the hashed one. */
  let url: string;
  let hashed: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = `${await appProject(rest, P)}:latest`;
    const { service } = await deploying({});
    url = urlOf(service);
    hashed = String(at(service, 'status', 'url'));
    await grant(plane, onService(P, 'web'), `user:${CALLER}`, 'roles/run.invoker');
  });
  afterAll(() => plane.dispose());

  const deploying = (change: Partial<Wanted>) =>
    deployed(rest, { project: P, name: 'web', image, ...change });
  const caller = (audience = url) => rest.idToken(CALLER, audience);
  const json = (page: Page): { [name: string]: unknown } => JSON.parse(page.text);

  describe('that is not public', () => {
    const calling = (token: string | undefined, headers: Record<string, string> = {}) =>
      visit(plane, `${url}/path`, { headers, ...(token === undefined ? {} : { token }) });

    it('serves who may invoke it', async () => {
      const page = await calling(await caller());
      expect(page.status).toBe(200);
      expect(page.text).toMatch(/^Hello from web web-/);
    });

    it('forbids callers without a token, and the log says why', async () => {
      const page = await calling(undefined);
      expect(page.status).toBe(403);
      expect(page.text).toMatch(FORBIDDEN);
      const [entry] = await logged(
        rest,
        P,
        'log_id("run.googleapis.com/requests") AND httpRequest.status=403',
      );
      expect(entry).toMatchObject({
        severity: 'WARNING',
        textPayload: expect.stringContaining(
          'The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header.',
        ),
        httpRequest: { requestMethod: 'GET', requestUrl: `${url}/path`, status: 403 },
      });
    });

    it('forbids callers who may not invoke it', async () => {
      const page = await calling(await rest.idToken('stranger@example.com', url));
      expect(page.status).toBe(403);
      expect(page.text).toMatch(FORBIDDEN);
    });

    it('turns away tokens for another audience, of another kind, of another time, and garbage', async () => {
      const then = await openIdentity({
        store: openSqlite(':memory:'),
        keysDir: `${plane.data}/keys`,
        clock: () => new Date(Date.now() - 2 * 3600 * 1000),
      });
      const good = await caller();
      for (const token of [
        await caller('https://elsewhere.example.com'),
        await rest.token(CALLER),
        await then.mintIdToken({ kind: 'user', email: CALLER }, url),
        `${good.slice(0, good.lastIndexOf('.'))}.${'A'.repeat(342)}`,
        'garbage',
      ]) {
        const page = await calling(token);
        expect(page.status).toBe(401);
        expect(page.text).toMatch(UNAUTHORIZED);
        expect(page.headers['www-authenticate']).toBe(
          'Bearer error="invalid_token" error_description="The access token could not be verified"',
        );
      }
    });

    it("takes its hashed URL, and gcloud's own audience from users", async () => {
      for (const audience of [hashed, `${url}/`, '32555940559.apps.googleusercontent.com']) {
        expect((await calling(await caller(audience))).status).toBe(200);
      }
    });

    it('reads X-Serverless-Authorization before Authorization', async () => {
      const own = { 'x-serverless-authorization': `Bearer ${await caller()}`, authorization: 'Basic abc' };
      const { headers } = json(await visit(plane, `${url}/echo`, { headers: own }));
      expect(headers).toMatchObject({ authorization: 'Basic abc' });
      expect((await calling(await caller(), { 'x-serverless-authorization': 'Bearer garbage' })).status).toBe(
        401,
      );
    });

    it("takes the token's signature off before the container sees it", async () => {
      const token = await caller();
      const { headers } = json(await visit(plane, `${url}/echo`, { token }));
      expect(at(headers, 'authorization')).toBe(
        `Bearer ${token.slice(0, token.lastIndexOf('.'))}.SIGNATURE_REMOVED_BY_GOOGLE`,
      );
    });

    it('serves nobody any longer whose right is taken away', async () => {
      await revoke(plane, onService(P, 'web'), `user:${CALLER}`, 'roles/run.invoker');
      expect((await calling(await caller())).status).toBe(403);
      await grant(plane, onProject(P), `user:${CALLER}`, 'roles/run.invoker');
      expect((await calling(await caller())).status).toBe(200);
    });
  });

  it('that is not public opens a WebSocket to nobody without a token', async () => {
    const page = await visit(plane, `${url}/path`, { headers: WEBSOCKET });
    expect(page.status).toBe(403);
    expect(page.text).toMatch(FORBIDDEN);
  });

  describe('that is public', () => {
    beforeAll(() => grant(plane, onService(P, 'web'), 'allUsers', 'roles/run.invoker'));

    it.each([
      ['under *.localhost', visit],
      ['through CONNECT', visitByProxy],
      ['through CONNECT over HTTP/2', visitByHttp2],
    ])('serves everybody %s, by either name', async (_, visiting) => {
      for (const name of [url, hashed]) {
        const page = await visiting(plane, `${name}/echo?a=1&b=%20x&c`);
        expect(page.status).toBe(200);
        expect(page.headers['content-type']).toBe('application/json');
        expect(page.headers.server).toBe('Google Frontend');
        expect(json(page)).toMatchObject({
          method: 'GET',
          url: '/echo?a=1&b=%20x&c',
          httpVersion: '1.1',
          headers: {
            host: new URL(name).host,
            'x-forwarded-for': '127.0.0.1',
            'x-forwarded-proto': 'https',
            'x-cloud-trace-context': expect.stringMatching(/^[0-9a-f]{32}\/\d+;o=1$/),
          },
        });
      }
    });

    it('does not mind a token that is no good', async () => {
      expect((await visit(plane, url, { token: 'garbage' })).status).toBe(200);
    });

    it('opens WebSockets: bytes pass both ways until either side ends it, and the log has them', async () => {
      const socket = await upgraded(plane, `${url}/socket`, WEBSOCKET);
      const text = `first ${randomBytes(50_000).toString('hex')}`;
      socket.end(text);
      expect((await buffer(socket)).toString()).toBe(text);
      const [entry] = await logged(
        rest,
        P,
        'log_id("run.googleapis.com/requests") AND httpRequest.status=101',
      );
      expect(at(entry, 'httpRequest', 'requestUrl')).toBe(`${url}/socket`);
    });

    it("gives the container's answer where that opens no WebSocket", async () => {
      const page = await visit(plane, `${url}/elsewhere`, { headers: WEBSOCKET });
      expect(page).toMatchObject({ status: 426, text: 'no!' });
    });

    it("leaves its users' own tokens whole, for the container to verify", async () => {
      for (const token of ['head.claims.signature', await caller('https://app.example.com')]) {
        const { headers } = json(await visit(plane, `${url}/echo`, { token }));
        expect(at(headers, 'authorization')).toBe(`Bearer ${token}`);
      }
    });

    it("adds the caller to who forwarded before, and keeps the caller's trace", async () => {
      const trace = '105445aa7843bc8bf206b12000100000/1;o=1';
      const headers = { 'x-forwarded-for': '203.0.113.9', 'x-cloud-trace-context': trace };
      expect(json(await visit(plane, `${url}/echo`, { headers }))).toMatchObject({
        headers: { 'x-forwarded-for': '203.0.113.9,127.0.0.1', 'x-cloud-trace-context': trace },
      });
    });

    it.each([
      ['under *.localhost', visit],
      ['through CONNECT', visitByProxy],
      ['through CONNECT over HTTP/2', visitByHttp2],
    ])('takes and gives ten megabytes %s', async (_, visiting) => {
      const body = randomBytes(10 * 2 ** 20);
      const page = await visiting(plane, `${url}/mirror`, { method: 'POST', body });
      expect(page.status).toBe(200);
      expect(sha256(page.bytes)).toBe(sha256(body));
    });

    it('takes bodies of a length that nobody knows yet', async () => {
      const pieces = Array.from({ length: 100 }, () => randomBytes(1000));
      const page = await visit(plane, `${url}/echo`, { method: 'PUT', body: Readable.from(pieces) });
      expect(json(page)).toMatchObject({
        method: 'PUT',
        length: 100_000,
        sha256: sha256(Buffer.concat(pieces)),
        headers: { 'transfer-encoding': 'chunked' },
      });
    });

    it('gives the answer as the container gave it', async () => {
      for (const code of [204, 302, 404, 418, 500]) {
        const page = await visit(plane, `${url}/status?code=${code}`);
        expect(page.status).toBe(code);
        expect(page.headers['set-cookie']).toEqual(['a=1', 'b=2']);
        expect(page.text).toBe(code === 204 ? '' : 'as asked');
      }
    });

    it('answers HEAD without a body', async () => {
      const page = await visit(plane, `${url}/status?code=200`, { method: 'HEAD' });
      expect(page.status).toBe(200);
      expect(page.text).toBe('');
    });

    it('answers fifty requests at once', async () => {
      const pages = await Promise.all(
        Array.from({ length: 50 }, (_, index) => visit(plane, `${url}/echo?n=${index}`)),
      );
      expect(pages.map((page) => json(page).url)).toEqual(pages.map((_, index) => `/echo?n=${index}`));
    });

    it('is logged, request by request', async () => {
      const trace = randomBytes(16).toString('hex');
      await visit(plane, `${url}/status?code=418`, {
        headers: { 'x-cloud-trace-context': `${trace}/1`, 'user-agent': 'tests' },
      });
      const [entry] = await logged(
        rest,
        P,
        `trace="projects/${P}/traces/${trace}" AND log_id("run.googleapis.com/requests")`,
      );
      expect(entry).toMatchObject({
        severity: 'WARNING',
        httpRequest: {
          requestMethod: 'GET',
          requestUrl: `${url}/status?code=418`,
          status: 418,
          responseSize: '8',
          userAgent: 'tests',
          remoteIp: '127.0.0.1',
          protocol: 'HTTP/1.1',
        },
        resource: { type: 'cloud_run_revision', labels: { service_name: 'web' } },
      });
    });

    it('answers although its container closes the connections that wait for the next request', async () => {
      const hasty = `
        import net from 'node:net';
        const answer = 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok';
        const server = net.createServer((socket) => {
          socket.on('error', () => undefined);
          socket.on('data', () => socket.write(answer, () => setTimeout(() => socket.destroy(), 2)));
        });
        server.listen(8080);
        process.on('SIGTERM', () => process.exit(0));`;
      const pushed = image.replace('app:', 'hasty:');
      await pushDirect(rest, OWNER, await nodeImage(hasty), pushed);
      const { service } = await deploying({ name: 'hasty', image: pushed });
      await grant(plane, onService(P, 'hasty'), 'allUsers', 'roles/run.invoker');
      const statuses = new Set<number>();
      // Some of these meet a connection in the instant of its closing.
      for (let n = 0; n < 300; n++) {
        statuses.add((await visit(plane, urlOf(service))).status);
        await new Promise((resolve) => setTimeout(resolve, n % 5));
      }
      expect([...statuses]).toEqual([200]);
    });

    it('is told to be broken when its container ends in the middle of a request', async () => {
      const { service } = await deploying({ name: 'broken' });
      await grant(plane, onService(P, 'broken'), 'allUsers', 'roles/run.invoker');
      const body = randomBytes(5 * 2 ** 20);
      const page = await visit(plane, `${urlOf(service)}/die`, { method: 'POST', body });
      expect(page.status).toBe(503);
      expect(page.text).toContain(
        'The request failed because either the HTTP response was malformed or connection to the instance had an error.',
      );
    });

    it('is cut off when its timeout is over', async () => {
      await deploying({ name: 'slow', spec: { timeoutSeconds: 1 } });
      await grant(plane, onService(P, 'slow'), 'allUsers', 'roles/run.invoker');
      const page = await visit(plane, `${url.replace('web-', 'slow-')}/slow?ms=20000`);
      expect(page.status).toBe(504);
      expect(page.text).toContain(
        'The request has been terminated because it has reached the maximum request timeout.',
      );
    });
  });

  describe('at other names', () => {
    it('is not there', async () => {
      const { host } = new URL(url);
      for (const name of [
        url.replace('web-', 'other-'),
        url.replace(REGION, 'us-central1'),
        `https://tag---${host}`,
        'https://nothing.run.app',
      ]) {
        const page = await visit(plane, name);
        expect([name, page.status]).toEqual([name, 404]);
        expect(page.text).toContain('The requested URL was not found on this server.');
      }
    });

    it('is only found from inside when its ingress is internal', async () => {
      const internal = { annotations: { 'run.googleapis.com/ingress': 'internal' } };
      expect((await deploying({ metadata: internal })).ready).toBe(true);
      expect((await visit(plane, url)).status).toBe(404);
      expect((await deploying({})).ready).toBe(true);
      expect((await visit(plane, url)).status).toBe(200);
    });

    it('is open to all when its invoker check is off, and only who may set its policy switches it', async () => {
      const open = { annotations: { 'run.googleapis.com/invoker-iam-disabled': 'True' } };
      const wanted = { project: P, name: 'open', image, metadata: open };
      const developer = 'developer@example.com';
      for (const role of [
        'roles/run.developer',
        'roles/iam.serviceAccountUser',
        'roles/artifactregistry.reader',
      ])
        await grant(plane, onProject(P), `user:${developer}`, role);
      const refused = (service: string) =>
        refusal(
          'PERMISSION_DENIED',
          `Permission 'run.services.setIamPolicy' denied on resource 'namespaces/${P}/services/${service}' (or resource may not exist).`,
        );
      const creating = await rest.call(developer, 'POST', servicePath(P), serviceBody(wanted));
      expect(told(creating)).toEqual(refused('open'));
      const { service } = await deploying({ name: 'open', metadata: open });
      expect((await visit(plane, urlOf(service))).status).toBe(200);
      // What is open already stays so, whoever deploys it again.
      expect((await deployed(rest, wanted, developer)).ready).toBe(true);
      const closing = serviceBody({ ...wanted, metadata: {} });
      expect(told(await rest.call(developer, 'PUT', servicePath(P, 'open'), closing))).toEqual(
        refused('open'),
      );
      expect((await deploying({ name: 'open' })).ready).toBe(true);
      expect((await visit(plane, urlOf(service))).status).toBe(403);
    });
  });
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
