/** Asks a running plane on behalf of a command: its admin calls, and the token endpoint that any client may call. */
import { request } from 'node:http';
import path from 'node:path';
import { DataDirError, type PlaneRecord, readRecord } from '../data-dir.js';
import { ClientError } from './client-error.js';

/** The host name under which the front door takes admin calls. */
const ADMIN_HOST = 'sekisho.internal';
const LARGEST_ANSWER = 64 << 20;

/** A running plane, as commands reach it. */
export interface RunningPlane extends PlaneRecord {
  readonly dataDir: string;
}

/**
 * Finds the plane of a data directory.
 * @throws ClientError `no-plane` when none was started on it, `plane-gone` when the one that was has been killed
 */
export async function runningPlane(dir: string): Promise<RunningPlane> {
  const dataDir = path.resolve(dir);
  const record = await readRecord(dataDir).catch((error: unknown) => {
    if (!(error instanceof DataDirError || error instanceof SyntaxError)) throw error;
    throw new ClientError({ kind: 'no-plane', dataDir });
  });
  if (!isAlive(record.pid)) throw new ClientError({ kind: 'plane-gone', dataDir, pid: record.pid });
  return { ...record, url: reachable(record.url), dataDir };
}

/** A process that belongs to somebody else cannot be signalled, and is alive all the same. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A plane that listens on every address is reached on this machine's own. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

/**
 * Makes one admin call.
 * @param call e.g. `POST /v1/token`
 * @returns the answer's JSON object
 * @throws ClientError `refused` with the plane's words, or `plane-silent`
 */
export async function adminCall(
  plane: RunningPlane,
  call: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, text } = await send(plane, ADMIN_HOST, call, {
    headers: { authorization: `Bearer ${plane.secret}`, 'content-type': 'application/json' },
    body: body === undefined ? '' : JSON.stringify(body),
  });
  const answer = parseObject(text);
  if (status === 200 && answer) return answer;
  throw new ClientError({
    kind: 'refused',
    cause: errorMessage(answer) ?? `The plane answered ${call} with status ${status}.`,
  });
}

/** True while the plane takes this refresh token. Asked as any OAuth client asks (RFC 6749, section 6). */
export async function takesRefreshToken(
  plane: RunningPlane,
  client: { readonly id: string; readonly secret: string },
  refreshToken: string,
): Promise<boolean> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: client.id,
    client_secret: client.secret,
    refresh_token: refreshToken,
  });
  const { status, text } = await send(plane, 'oauth2.googleapis.com', 'POST /token', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  if (status === 200) return true;
  if (status === 400 || status === 401) return false;
  throw new ClientError({
    kind: 'refused',
    cause: `The plane's token endpoint answered with status ${status}: ${text.slice(0, 200)}`,
  });
}

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Straight to the plane's port, under the host name that says which door is meant; no proxy is asked. */
function send(
  plane: RunningPlane,
  host: string,
  call: string,
  { headers, body }: Message,
): Promise<{ status: number; text: string }> {
  const [method, where] = call.split(' ');
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(
        new ClientError({
          kind: 'plane-silent',
          dataDir: plane.dataDir,
          url: plane.url,
          cause: error.message,
        }),
      );
    const sent = request(
      new URL(where ?? '/', plane.url),
      { method, headers: { ...headers, host, 'content-length': Buffer.byteLength(body) }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size > LARGEST_ANSWER) response.destroy(new Error('the answer is too large'));
        });
        response.on('error', failed);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on('error', failed);
    sent.end(body);
  });
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The message in Google's error body. */
function errorMessage(answer: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const error = answer?.error;
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  return typeof error.message === 'string' ? error.message : undefined;
}

/** What an identity provider would map for an identity of a pool. */
export interface MappedAttributes {
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * An access token of a member, good for an hour.
 * @throws ClientError
 */
export async function fetchAccessToken(
  plane: RunningPlane,
  member: string,
  mapped: MappedAttributes,
): Promise<string> {
  return tokenIn(await adminCall(plane, 'POST /v1/token', { as: member, ...mapped }));
}

/**
 * A token of a member, good for an hour.
 * @param audience makes it an ID token for that audience; an access token without
 * @throws ClientError
 */
export async function fetchToken(plane: RunningPlane, member: string, audience?: string): Promise<string> {
  const answer = await adminCall(plane, 'POST /v1/token', {
    as: member,
    ...(audience === undefined ? {} : { audience }),
  });
  return tokenIn(answer);
}

function tokenIn({ token }: Readonly<Record<string, unknown>>): string {
  if (typeof token === 'string') return token;
  throw new ClientError({ kind: 'refused', cause: 'The plane gave no token.' });
}
