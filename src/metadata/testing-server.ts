/** A metadata server for tests, with one instance on whose connections it answers. */

import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import type { NewLogEntry } from '../audit/index.js';
import type { InstanceIdentity } from '../deployments/index.js';
import type { Account } from '../identity/index.js';
import { InvalidCredential } from '../identity/index.js';
import { type CredentialOrigin, emailOf } from '../names/index.js';
import { openMetadataServer } from './index.js';

export const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
export const AGENT = 'service-111111111111@serverless-robot-prod.iam.gserviceaccount.com';

export const INSTANCE: InstanceIdentity = {
  id: 'web-00001-abc-1234',
  owner: {
    kind: 'service',
    project: 'myproject-a',
    location: 'asia-northeast1',
    service: 'web',
    revision: 'web-00001-abc',
  },
  projectNumber: '111111111111',
  serviceAccount: RUNTIME,
};

const account = (email: string): Account => ({
  ...{ email, uniqueId: '1', project: 'myproject-a', kind: 'user-managed', displayName: '', description: '' },
  ...{ disabled: false, createTime: '', etag: '' },
});

/** What the plane around the server is like. */
export class TestWorld {
  instance: InstanceIdentity | undefined = INSTANCE;
  now = new Date('2026-01-01T00:00:00Z');
  readonly accounts = new Map([RUNTIME, AGENT].map((email) => [email, account(email)]));
  /** `MEMBER PERMISSION RESOURCE` */
  readonly grants = new Set(
    ['getAccessToken', 'getOpenIdToken'].map(
      (verb) =>
        `${AGENT} iam.serviceAccounts.${verb} //iam.googleapis.com/projects/myproject-a/serviceAccounts/${RUNTIME}`,
    ),
  );
  readonly revoked = new Set<string>();
  readonly entries: NewLogEntry[] = [];
  readonly errors: unknown[] = [];
  minted = 0;
  /** What the latest access token says of its origin. */
  origin: CredentialOrigin | undefined;
  readonly #server = createServer({ allowHalfOpen: true }, (socket) =>
    this.#metadata.accept('web-1', socket),
  );
  readonly #metadata = openMetadataServer({
    deployments: { instanceIdentity: () => this.instance },
    identity: {
      accounts: { get: async (email: string) => this.accounts.get(email) } as never,
      mintAccessToken: async (principal, { scopes = [], origin } = {}) => {
        this.origin = origin;
        return {
          token: `ya29.${emailOf(principal)} ${scopes.join(' ')} ${++this.minted}`,
          expiresIn: 3600,
        };
      },
      mintIdToken: async ({ email }, audience) => `id ${email} ${audience} ${++this.minted}`,
      verifyAccessToken: async (token) => this.#verify(token) as never,
      verifyIdToken: async (token) => ({ ...this.#verify(token), exp: this.#seconds + 3600 }) as never,
    },
    access: {
      isGranted: async (principal, permission, resource) =>
        this.grants.has(`${'email' in principal ? principal.email : ''} ${permission} ${resource}`),
    },
    log: { append: (_, entry) => void this.entries.push(entry) },
    clock: () => this.now,
    onError: (error) => void this.errors.push(error),
  });

  get #seconds(): number {
    return this.now.getTime() / 1000;
  }

  #verify(token: string): object {
    if (this.revoked.has(token)) throw new InvalidCredential('revoked');
    return {};
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  close(): void {
    this.#server.close();
  }

  /** One request, with the header that it must have unless others are given. */
  async ask(
    path: string,
    { method = 'GET', headers = { 'metadata-flavor': 'Google' } as Record<string, string> } = {},
  ) {
    const { port } = this.#server.address() as AddressInfo;
    const sent = request({
      ...{ port, host: '127.0.0.1', path, method, agent: false },
      headers: { host: 'metadata', ...headers },
    });
    sent.end();
    const [answer] = await once(sent, 'response');
    return { status: Number(answer.statusCode), headers: answer.headers, body: await text(answer) };
  }
}
