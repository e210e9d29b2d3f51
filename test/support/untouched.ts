/** For tests of refusals: a plane with one project, and the proof after each test that nothing came of it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { pushDirect, serviceBody, servicePath, settled } from './deploys.js';
import { nodeImage } from './images.js';
import { TestPlane } from './plane.js';
import { newProject, newRepository } from './policies.js';
import { told } from './refusals.js';
import { type As, Rest } from './rest.js';
import { files } from './traces.js';
import { OWNER, REGION } from './world.js';

export const P = 'bad-input';
export const IMAGE = `${REGION}-docker.pkg.dev/${P}/images/app:latest`;
export const SERVICES = servicePath(P);
export const WEB = servicePath(P, 'web');
export const PROJECTS = 'cloudresourcemanager.googleapis.com/v1/projects';
export const ACCOUNTS = `iam.googleapis.com/v1/projects/${P}/serviceAccounts`;
export const repositories = (project = P, region = REGION) =>
  `artifactregistry.googleapis.com/v1/projects/${project}/locations/${region}/repositories`;

/** What is said of a new service beside its name. */
export type Change = Omit<Parameters<typeof serviceBody>[0], 'project' | 'name' | 'image'> & {
  readonly image?: string;
};

export interface Untouched {
  readonly plane: TestPlane;
  readonly rest: Rest;
  /** The project's default service account. */
  readonly account: string;
  /** One call's answer, as the owner unless said otherwise. */
  tried(verb: string, target: string, body?: unknown, as?: As): Promise<ReturnType<typeof told>>;
  /** The answer to creating a service. */
  creating(change: Change, name?: string): Promise<ReturnType<typeof told>>;
}

/** Registers the hooks; the result may be used within tests. The project has a repository and the service `web`. */
export function useUntouchedPlane(): Untouched {
  let made: { plane: TestPlane; rest: Rest; account: string } | undefined;
  const get = () => {
    if (!made) throw new Error('used outside a test');
    return made;
  };
  beforeAll(async () => {
    // Nothing here is to run, so that these tests need no container runtime.
    const plane = await TestPlane.start({ args: ['--runtime', 'none', '--no-egress'] });
    const rest = new Rest(plane);
    const number = await newProject(plane, P, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
    made = { plane, rest, account: `${number}-compute@developer.gserviceaccount.com` };
    await newRepository(plane, P, 'images');
    await pushDirect(rest, OWNER, await nodeImage('process.exit(0)'), IMAGE);
    const web = serviceBody({ project: P, name: 'web', image: IMAGE });
    await settled(rest, P, await rest.ok(OWNER, 'POST', SERVICES, web));
  });
  afterAll(() => made?.plane.dispose());

  let before: { readonly stored: ReadonlyMap<string, unknown>; readonly files: readonly string[] };
  beforeEach(async () => {
    before = { stored: await get().plane.stored(), files: files(get().plane) };
  });
  afterEach(async () => {
    expect(await get().plane.changedSince(before.stored)).toEqual([]);
    expect(files(get().plane)).toEqual(before.files);
    expect(get().plane.stderr).toBe('');
  });

  const tried = async (verb: string, target: string, body?: unknown, as: As = OWNER) =>
    told(await get().rest.call(as, verb, target, body));
  return {
    get plane() {
      return get().plane;
    },
    get rest() {
      return get().rest;
    },
    get account() {
      return get().account;
    },
    tried,
    creating: (change, name = 'new') =>
      tried('POST', SERVICES, serviceBody({ project: P, name, image: IMAGE, ...change })),
  };
}
