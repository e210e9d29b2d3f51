/** For tests of both versions: the deployments room over a registry and an executor that do what the test says. */
import { Duplex } from 'node:stream';
import { openLog } from '../../audit/index.js';
import { type Deployments, openDeployments } from '../../deployments/index.js';
import { type Api, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';
import { openSecrets } from '../../secrets/index.js';
import { createProject } from '../resource-manager/index.js';
import { enableService } from '../service-usage/index.js';
import { type Answer, invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { runApi } from './api.js';

type Options = Parameters<typeof openDeployments>[0];
type Executor = Awaited<ReturnType<Options['executor']>>;
type Sandbox = Awaited<ReturnType<Executor['open']>>;
type PullResult = Awaited<ReturnType<Options['puller']['pull']>>;

export const OWNER = 'user:owner@example.com';
export const STRANGER = 'user:stranger@example.com';
export const PROJECT = 'myproject-a';
export const NUMBER = '891566352225';
const REGION = 'asia-northeast1';
export const LOCATION = `projects/${PROJECT}/locations/${REGION}`;
export const IMAGE = `asia-northeast1-docker.pkg.dev/${PROJECT}/images/app:latest`;

const PULLED: PullResult = {
  ok: true,
  image: {
    digest: 'sha256:0',
    manifestDigest: 'sha256:0',
    config: { config: { Cmd: ['/app'] } },
    layers: [],
  },
};

/** A connection to a server that answers whatever it is asked. */
const connection = () =>
  new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      this.push('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      done();
    },
  });

/** A sandbox whose every port is open until it is closed. @param exit see the fixture */
function sandbox(id: string, exit: number | undefined): Sandbox {
  return {
    id,
    start: async ({ name }) => container(name, exit),
    connect: async () => connection(),
    close: async () => undefined,
  };
}

/** A container that exits at once with the code, or runs until it is stopped. */
function container(name: string, code: number | undefined): Awaited<ReturnType<Sandbox['start']>> {
  let end: (exit: { code: number; outOfMemory: boolean }) => void = () => undefined;
  const exited = new Promise<{ code: number; outOfMemory: boolean }>((resolve) => {
    end = resolve;
  });
  if (code !== undefined) end({ code, outOfMemory: false });
  return {
    name,
    exited,
    stop: () => {
      end({ code: 143, outOfMemory: false });
      return exited;
    },
  };
}

export interface RunFixture extends Rooms {
  readonly api: Api;
  readonly deployments: Deployments;
  /** What the next pulls come to. */
  pull: () => PullResult;
  /** The code that the next containers exit with at once; they run until they are stopped while it is undefined. */
  exit: number | undefined;
  /** Lets pulls wait until the fixture is closed. */
  holdPulls(): void;
  /** Calls by verb and URL, namespaced paths on the region's host; throws what refuses the call. */
  call(member: string, verb: string, url: string, body?: JsonValue): Promise<Answer>;
  /** The answer's body to the owner. */
  owner(verb: string, url: string, body?: JsonValue): Promise<JsonObject>;
  /** A call that answers an operation, which is then waited for. @returns the ended operation */
  done(verb: string, url: string, body?: JsonValue): Promise<JsonObject>;
  close(): Promise<void>;
}

/** Project `myproject-a` with Cloud Run on; `owner` owns it. */
export async function openRun(): Promise<RunFixture> {
  const rooms = await openRooms();
  await createProject(rooms, { projectId: PROJECT, number: NUMBER, owners: [OWNER] }, NOW);
  await enableService(rooms, PROJECT, 'run.googleapis.com', NOW);
  await enableService(rooms, PROJECT, 'artifactregistry.googleapis.com', NOW);
  const fixture: Pick<RunFixture, 'pull' | 'exit'> = { pull: () => PULLED, exit: undefined };
  const executor: Executor = {
    name: 'oci',
    describe: 'fake',
    prepare: async () => undefined,
    open: async ({ id }) => sandbox(id, fixture.exit),
    reap: async () => undefined,
    close: async () => undefined,
  };
  let release: () => void = () => undefined;
  let held = Promise.resolve();
  const log = openLog(rooms.store);
  const deployments = await openDeployments({
    ...rooms,
    accounts: rooms.identity.accounts,
    log,
    puller: {
      pull: async () => {
        await held;
        return fixture.pull();
      },
    },
    secrets: openSecrets({ ...rooms, clock: () => NOW }),
    openBlob: () => () => {
      throw new Error('the image has no layers');
    },
    executor: async () => executor,
    imageReadCheck: 'enforce',
    platform: 'linux/amd64',
    clock: () => NOW,
    onError: (error) => {
      throw error;
    },
    views: {
      service: () => ({}),
      revision: () => ({}),
      job: () => ({}),
      execution: () => ({}),
      workerPool: () => ({}),
      workerPoolRevision: () => ({}),
    },
  });
  const api = runApi({ access: rooms.access, deployments });
  const call = (member: string, verb: string, url: string, body?: JsonValue) =>
    invoke(api, rooms.access, member, verb, url, body, url.startsWith('/apis/') ? REGION : undefined);
  const owner = async (verb: string, url: string, body?: JsonValue) => {
    const { json } = await call(OWNER, verb, url, body);
    if (!isJsonObject(json)) throw new Error(`${verb} ${url} answered no object`);
    return json;
  };
  return Object.assign(fixture, rooms, {
    api,
    deployments,
    call,
    owner,
    done: async (verb: string, url: string, body?: JsonValue) => {
      const { name } = await owner(verb, url, body);
      return owner('POST', `/v2/${String(name)}:wait`, {});
    },
    holdPulls: () => {
      held = new Promise((resolve) => {
        release = resolve;
      });
    },
    close: async () => {
      release();
      await deployments.close();
      await log.flush();
      await rooms.store.close();
    },
  });
}
