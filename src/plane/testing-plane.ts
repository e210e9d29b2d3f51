/** For tests: a plane in memory with one of everything, whose rules of access can be changed under its front door. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AccessRule, Api, ApiMethod, HttpBinding } from '../google/index.js';
import { principalOfEmail } from '../names/index.js';
import { pushImage } from '../registry/index.js';
import { Closers } from './closers.js';
import { apisOf, openFrontDoor } from './doors.js';
import { planeOptions } from './options.js';
import { openRooms, type Rooms } from './rooms.js';
import { hierarchy, requestOf, seed, type World } from './testing-routes.js';

/** An API whose table of rules can be changed. */
export type PliableApi = Api & { readonly access: Record<string, AccessRule> };

/** One way to a method. */
export interface Route {
  readonly api: PliableApi;
  readonly method: ApiMethod;
  readonly binding: HttpBinding;
  readonly rule: AccessRule | undefined;
}

/** Owner of everything; somebody signed in who may nothing; no credential. */
export type Caller = 'owner' | 'stranger' | 'nobody';

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** What a request carries beside its credential; a credential here stands in for it. */
export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const OWNER = principalOfEmail('owner@example.com');
export const STRANGER = principalOfEmail('stranger@example.com');

export class TestRoutes {
  readonly rooms: Rooms;
  readonly #apis: readonly PliableApi[];
  readonly #url: string;
  readonly #tokens: Readonly<Record<Exclude<Caller, 'nobody'>, string>>;
  readonly #world: World;
  readonly #close: () => Promise<void>;

  private constructor(
    rooms: Rooms,
    apis: readonly PliableApi[],
    url: string,
    tokens: Readonly<Record<Exclude<Caller, 'nobody'>, string>>,
    world: World,
    close: () => Promise<void>,
  ) {
    this.rooms = rooms;
    this.#apis = apis;
    this.#url = url;
    this.#tokens = tokens;
    this.#world = world;
    this.#close = close;
  }

  static async open(): Promise<TestRoutes> {
    const closers = new Closers();
    const dir = await mkdtemp(path.join(tmpdir(), 'sekisho-routes-'));
    closers.add(() => rm(dir, { recursive: true, force: true }));
    const options = planeOptions({ dataDir: dir, memory: true, runtime: 'none', onError: () => undefined });
    const rooms = await openRooms(options, closers);
    const apis = apisOf(rooms).map((api) => ({ ...api, access: { ...api.access } }));
    const door = openFrontDoor(options, rooms, apis, 'secret');
    closers.add(() => door.close());
    const { port } = await door.listen('127.0.0.1', 0);
    const url = `http://127.0.0.1:${port}`;
    const tokens = {
      owner: (await rooms.identity.mintAccessToken(OWNER)).token,
      stranger: (await rooms.identity.mintAccessToken(STRANGER)).token,
    };
    await rooms.store.commit(hierarchy(rooms.access));
    const world = await seed(
      async (verb, target, body) => {
        const { status, json } = await send(url, verb, target, tokens.owner, body);
        if (status !== 200) throw new Error(`${verb} ${target}: ${status} ${JSON.stringify(json)}`);
        return json;
      },
      (image, name, tag) => pushImage({ registryUrl: url, name, tag, token: tokens.owner, image }),
    );
    return new TestRoutes(rooms, apis, url, tokens, world, () => closers.close());
  }

  /** Every way to every method that is served. */
  routes(): readonly Route[] {
    return this.#apis.flatMap((api) =>
      api.methods
        .filter(({ implemented }) => implemented !== false)
        .flatMap((method) =>
          method.bindings.map((binding) => ({ api, method, binding, rule: api.access[method.name] })),
        ),
    );
  }

  /** What a caller gets from a route. @param headers what the request says beside its credential */
  ask(
    who: Caller,
    { api, method, binding }: Route,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const { url: target, body } = requestOf(api, method, binding, this.#world);
    const token = who === 'nobody' ? undefined : this.#tokens[who];
    return send(this.#url, binding.verb, target, token, body, headers);
  }

  /** Anything that the front door serves, in the direct form. @param target host and path, or a path alone */
  fetch(who: Caller, verb: string, target: string, sent: Sent = {}): Promise<Response> {
    const authorization = who === 'nobody' ? {} : { authorization: `Bearer ${this.#tokens[who]}` };
    const { headers, body } = sent;
    return fetch(`${this.#url}/${target}`, {
      method: verb,
      headers: { ...authorization, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** What a call of the route sends. */
  bodyOf({ api, method, binding }: Route): unknown {
    return requestOf(api, method, binding, this.#world).body;
  }

  close(): Promise<void> {
    return this.#close();
  }
}

async function send(
  url: string,
  verb: string,
  target: string,
  token: string | undefined,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await fetch(`${url}/${target}`, {
    method: verb,
    headers: {
      ...headers,
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: JSON.parse(await answer.text()) };
}

export const nameOf = ({ method, binding }: Route): string =>
  `${method.name} (${binding.verb} ${binding.template})`;
