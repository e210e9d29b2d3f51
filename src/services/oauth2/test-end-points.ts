/** For tests: the end points behind a small server, in the direct form, with one service account. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Account, type Identity, openIdentity } from '../../identity/index.js';
import { openSqlite, type Store } from '../../store/index.js';
import { oauth2Handler } from './index.js';

export type Json = Record<string, string>;
export const SECRET = 'the-admin-secret';
export const ROBOT = 'runtime@my-project.iam.gserviceaccount.com';

export interface EndPoints {
  readonly identity: Identity;
  readonly store: Store;
  readonly robot: Account;
  /** Before the hosts' names. */
  readonly base: string;
  post(path: string, form: Json, headers?: Json): Promise<[number, Json]>;
  get(path: string, headers?: Json): Promise<[number, Json]>;
  close(): Promise<void>;
}

export async function startEndPoints(clock: () => Date): Promise<EndPoints> {
  const store = openSqlite(':memory:');
  const identity = await openIdentity({ store, clock });
  const template = { project: 'my-project', kind: 'user-managed', displayName: '', description: '' } as const;
  const creation = identity.accounts.creation({ ...template, email: ROBOT, disabled: false }, clock());
  await store.commit([creation.write]);
  const handler = oauth2Handler({ identity, clock, adminSecret: SECRET });
  const server = createServer((request, response) => {
    const [, host = '', ...rest] = (request.url ?? '').split('/');
    void handler(request, response, {
      host,
      url: `/${rest.join('/')}`,
      baseUrl: `https://${host}`,
      direct: false,
      callerIp: '127.0.0.1',
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const read = async (response: Response): Promise<[number, Json]> => [
    response.status,
    (await response.json()) as Json,
  ];
  return {
    identity,
    store,
    robot: creation.account,
    base,
    post: async (path, form, headers = {}) =>
      read(
        await fetch(`${base}/${path}`, {
          method: 'POST',
          body: new URLSearchParams(form).toString(),
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        }),
      ),
    get: async (path, headers = {}) => read(await fetch(`${base}/${path}`, { headers })),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}
