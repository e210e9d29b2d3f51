/** Configurations of container clients: each registry that the plane serves asks our credential helper. */
import { lstat, mkdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { MULTI_REGIONS, REGIONS } from '../../names/index.js';
import { readText, writePrivate } from './private-files.js';

/** Clients run `docker-credential-NAME`. */
const HELPER = 'sekisho';
const GCR_HOSTS = ['gcr.io', 'us.gcr.io', 'eu.gcr.io', 'asia.gcr.io'];

type JsonObject = Readonly<Record<string, unknown>>;

/** Every registry host of a plane; by its own address too, which is the form for docker's daemon. */
export function registryHosts(url: string): readonly string[] {
  const locations = [...MULTI_REGIONS, ...REGIONS].map((location) => `${location}-docker.pkg.dev`);
  return [...locations, ...GCR_HOSTS, ...ownHosts(url)];
}

function ownHosts(url: string): readonly string[] {
  const { port } = new URL(url);
  return [`localhost:${port}`, `127.0.0.1:${port}`];
}

function helpersFor(hosts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(hosts.map((host) => [host, HELPER]));
}

/** Writes the auth file of skopeo, podman and buildah (containers-auth.json(5)). */
export async function writeRegistryAuth(file: string, url: string): Promise<void> {
  await writePrivate(file, `${JSON.stringify({ credHelpers: helpersFor(registryHosts(url)) }, null, 2)}\n`);
}

/**
 * Writes `docker-credential-sekisho` into a directory.
 * @param command the words that run this program, e.g. `['/usr/bin/node', '/opt/sekisho/bin/sekisho.js']`
 */
export async function writeCredentialHelper(bin: string, command: readonly string[]): Promise<void> {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const script = `#!/bin/sh\n# Written by sekisho: a token of SEKISHO_AS from the plane of SEKISHO_DATA.\nexec ${words} credential-helper "$@"\n`;
  await writePrivate(path.join(bin, `docker-credential-${HELPER}`), script, 0o700);
}

/**
 * Makes docker's configuration directory: our helper for the plane's registries; the user's plugins and contexts
 * linked, and the context that they use. Their sign-ins elsewhere stay theirs.
 *
 * The helper answers for the plane's own address only: docker's daemon would carry a token for a registry's real name
 * to the real one, and `docker build` asks every helper that is named, a process each.
 * @param usersDir the directory that docker would read otherwise
 */
export async function writeDockerConfig(dir: string, url: string, usersDir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await Promise.all(
    ['cli-plugins', 'contexts'].map((name) => link(path.join(usersDir, name), path.join(dir, name))),
  );
  const file = path.join(dir, 'config.json');
  const own = parse(await readText(file));
  const users = parse(await readText(path.join(usersDir, 'config.json')));
  const others = Object.entries(asObject(own.credHelpers)).filter(([, helper]) => helper !== HELPER);
  const { currentContext, cliPluginsExtraDirs } = users;
  const config = {
    ...own,
    currentContext,
    cliPluginsExtraDirs,
    credHelpers: { ...Object.fromEntries(others), ...helpersFor(ownHosts(url)) },
  };
  await writePrivate(file, `${JSON.stringify(config, null, 2)}\n`);
}

/** A link to what the user has; what docker itself made here since stays. */
async function link(target: string, place: string): Promise<void> {
  const real = await realpath(target).catch(() => undefined);
  const present = await lstat(place).catch(() => undefined);
  if (present && !present.isSymbolicLink()) return;
  if (present && (await readlink(place)) === real) return;
  if (present) await rm(place);
  if (real !== undefined) await symlink(real, place).catch(ignoreExisting);
}

/** Another command made the same link meanwhile. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

function parse(text: string | undefined): JsonObject {
  try {
    return asObject(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
