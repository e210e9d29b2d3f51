/** Finds the Docker daemon that this machine's docker client would use. */
import path from 'node:path';
import { text } from 'node:stream/consumers';
import {
  addressText,
  DockerEngine,
  type EngineAddress,
  EngineError,
  type EngineVersion,
  send,
} from './engine.js';

/** What we need of the API came with 1.40 (Docker 19.03); 1.47 (Docker 27) is the newest that we have read. */
const OLDEST = '1.40';
const NEWEST = '1.47';

const LIMIT_MS = 800;

/**
 * Asks the daemon at DOCKER_HOST; without it the machine's own, then the user's (rootless) one. Never takes a second.
 * @returns the daemon, or why there is none, in words that follow `because`
 */
export async function findDocker(env: NodeJS.ProcessEnv): Promise<DockerEngine | string> {
  const addresses = candidates(env);
  if (typeof addresses === 'string') return addresses;
  const found = await Promise.all(addresses.map(ask));
  const engine = found.find((each) => typeof each !== 'string');
  return engine ?? found.join('; ');
}

/** https://docs.docker.com/reference/cli/docker/#environment-variables */
function candidates(env: NodeJS.ProcessEnv): readonly EngineAddress[] | string {
  const { DOCKER_HOST: host = '', DOCKER_TLS_VERIFY: tls = '', XDG_RUNTIME_DIR: runtimeDir = '' } = env;
  if (host === '') {
    const paths = [
      '/var/run/docker.sock',
      ...(runtimeDir === '' ? [] : [path.join(runtimeDir, 'docker.sock')]),
    ];
    return paths.map((each) => ({ kind: 'unix', path: each }));
  }
  if (host.startsWith('unix://')) return [{ kind: 'unix', path: host.slice('unix://'.length) }];
  if (!host.startsWith('tcp://') || !URL.canParse(host)) {
    return `DOCKER_HOST is ${host}, and only unix:// and tcp:// addresses are supported`;
  }
  if (tls !== '') return 'DOCKER_TLS_VERIFY is set, and daemons behind TLS are not supported';
  const { hostname, port } = new URL(host);
  return [{ kind: 'tcp', host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 2375 : Number(port) }];
}

async function ask(address: EngineAddress): Promise<DockerEngine | string> {
  const where = addressText(address);
  try {
    const answer = await send(address, 'GET', '/version', { limitMs: LIMIT_MS });
    const limit = setTimeout(() => answer.destroy(), LIMIT_MS);
    const body = await text(answer).finally(() => clearTimeout(limit));
    const daemon = answer.statusCode === 200 ? versionOf(JSON.parse(body)) : undefined;
    if (daemon === undefined) return `what answers at ${where} is no Docker daemon`;
    return fitting(address, daemon);
  } catch (error) {
    if (error instanceof EngineError && error.message.includes('(EACCES)')) {
      return `the Docker daemon at ${where} may not be used by this user (sudo usermod -aG docker USER)`;
    }
    return `no Docker daemon answers at ${where}`;
  }
}

function fitting(address: EngineAddress, daemon: EngineVersion): DockerEngine | string {
  const what = `the Docker daemon at ${addressText(address)} (${daemon.version})`;
  if (daemon.os !== 'linux') return `${what} runs ${daemon.os} containers, and Cloud Run's are linux ones`;
  if (compare(daemon.apiVersion, OLDEST) < 0)
    return `${what} is too old: its API is ${daemon.apiVersion}, not ${OLDEST}`;
  if (compare(daemon.minApiVersion, NEWEST) > 0) {
    return `${what} is too new: its API begins at ${daemon.minApiVersion}, and ours ends at ${NEWEST}`;
  }
  const apiVersion = compare(daemon.apiVersion, NEWEST) < 0 ? daemon.apiVersion : NEWEST;
  return new DockerEngine(address, daemon, apiVersion);
}

function compare(one: string, other: string): number {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major - otherMajor || minor - otherMinor;
}

function versionOf(body: unknown): EngineVersion | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const said = new Map(Object.entries(body));
  const get = (name: string): string | undefined => {
    const value: unknown = said.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const [version, apiVersion, os, arch] = [get('Version'), get('ApiVersion'), get('Os'), get('Arch')];
  if (version === undefined || apiVersion === undefined || os === undefined || arch === undefined)
    return undefined;
  return { version, apiVersion, minApiVersion: get('MinAPIVersion') ?? apiVersion, os, arch };
}
