/** From a running plane and a member to the environment: writes what clients read, and signs gcloud in. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Addressed, memberOf, parsePrincipal, type SignedIn } from '../../names/index.js';
import { CA_BUNDLE } from '../ca-bundle.js';
import type { RunningPlane } from './admin-client.js';
import { ClientError } from './client-error.js';
import { memberCredentials } from './credentials.js';
import {
  applyChanges,
  type ClientFiles,
  type EnvironmentChanges,
  environmentChanges,
} from './environment.js';
import { gcloudProperties, mergeProperties } from './gcloud-config.js';
import { signInGcloud } from './gcloud-sign-in.js';
import { readText, writePrivate } from './private-files.js';
import { writeCredentialHelper, writeDockerConfig, writeRegistryAuth } from './registries.js';

export interface ClientOptions {
  /** `user:…`, `serviceAccount:…` or a bare e-mail; the plane's owner when left out. */
  readonly as?: string;
  readonly project?: string;
  readonly region?: string;
  /** The environment that the changes are made to. */
  readonly env: NodeJS.ProcessEnv;
  /** Called before gcloud is signed in, which takes a second or two. */
  readonly onSignIn?: () => void;
}

/**
 * Reads who is meant.
 * @throws ClientError `bad-member` when the text is neither a user, a service account nor an identity of a pool
 */
export function memberNamed(text: string): SignedIn {
  const principal = parsePrincipal(text);
  if (principal && principal.kind !== 'anonymous') return principal;
  throw new ClientError({ kind: 'bad-member', text });
}

/**
 * The same where an address is needed: clients sign in with one, and owners have one.
 * @throws ClientError `bad-member` when the text is neither a user nor a service account
 */
export function accountNamed(text: string): Addressed {
  const principal = memberNamed(text);
  if (principal.kind !== 'federated') return principal;
  throw new ClientError({ kind: 'bad-member', text });
}

/**
 * Makes everything ready for clients of a plane.
 * @returns the changes to the environment given
 * @throws ClientError
 */
export async function prepareClients(
  plane: RunningPlane,
  options: ClientOptions,
): Promise<EnvironmentChanges> {
  const principal = accountNamed(options.as ?? plane.owner);
  const member = memberOf(principal);
  const clients = path.join(plane.dataDir, 'clients');
  const own = path.join(clients, 'members', directoryName(principal));
  const { file, refreshToken } = await memberCredentials(plane, member, own);
  const files: ClientFiles = {
    url: plane.url,
    dataDir: plane.dataDir,
    caBundle: path.join(plane.dataDir, CA_BUNDLE),
    gcloudConfig: path.join(own, 'gcloud'),
    credentials: file,
    registryAuth: path.join(clients, 'auth.json'),
    dockerConfig: path.join(clients, 'docker'),
    bin: path.join(plane.dataDir, 'bin'),
  };
  await Promise.all([
    writeGcloudConfig(files, principal.email),
    writeRegistryAuth(files.registryAuth, plane.url),
    writeDockerConfig(files.dockerConfig, plane.url, usersDockerConfig(options.env)),
    writeCredentialHelper(files.bin, [process.execPath, executable()]),
  ]);
  const { project, region, env, onSignIn } = options;
  const changes = environmentChanges(
    files,
    { member, ...(project === undefined ? {} : { project }), ...(region === undefined ? {} : { region }) },
    env,
  );
  await signInGcloud({
    email: principal.email,
    refreshToken,
    gcloudConfig: files.gcloudConfig,
    env: applyChanges(env, changes),
    ...(onSignIn === undefined ? {} : { onSignIn }),
  });
  return changes;
}

/**
 * The configuration named `default`, and the choice of it.
 * @param account undefined where nobody is signed in yet
 */
export async function writeGcloudConfig(
  files: Pick<ClientFiles, 'url' | 'caBundle' | 'gcloudConfig'>,
  account: string | undefined,
): Promise<void> {
  const file = path.join(files.gcloudConfig, 'configurations/config_default');
  const ours = gcloudProperties({
    url: files.url,
    caBundle: files.caBundle,
    ...(account === undefined ? {} : { account }),
  });
  await writePrivate(file, mergeProperties((await readText(file)) ?? '', ours));
  await writePrivate(path.join(files.gcloudConfig, 'active_config'), 'default');
}

/** A member as a directory's name; addresses may hold slashes. Two members never share one. */
function directoryName({ kind, email }: Addressed): string {
  return `${kind}-${email.replace(/[^a-z0-9@._+-]/g, (character) => encodeURIComponent(character))}`;
}

/** Where docker reads its configuration (https://docs.docker.com/engine/reference/commandline/cli/). */
function usersDockerConfig(env: NodeJS.ProcessEnv): string {
  return env.DOCKER_CONFIG || path.join(env.HOME || homedir(), '.docker');
}

/** This package's executable: found upwards, because the bundle lies elsewhere than the sources do. */
export function executable(): string {
  let dir = path.dirname(fileURLToPath(import.meta.url));
  for (let up = path.dirname(dir); up !== dir; up = path.dirname(dir)) {
    const candidate = path.join(dir, 'bin/sekisho.js');
    if (existsSync(candidate)) return candidate;
    dir = up;
  }
  throw new ClientError({ kind: 'broken-installation', missing: 'bin/sekisho.js' });
}
