/** The Docker Engine API over plain HTTP: one request per connection, each with a time limit. */
import http from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Where a daemon listens. */
export type EngineAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** As users write it: `/var/run/docker.sock`, `tcp://docker:2375`. */
export function addressText(address: EngineAddress): string {
  return address.kind === 'unix' ? address.path : `tcp://${address.host}:${address.port}`;
}

/** The daemon refused or did not answer. `status` is the HTTP status, or why there is none. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly status: number | 'unreachable' | 'timeout',
    message: string,
  ) {
    super(message);
  }
}

export interface EngineCall {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it stands, as a tar. */
  readonly tar?: Readable;
  /** How long to wait for the answer's head, in milliseconds; while a tar is sent, since the last of its bytes. */
  readonly limitMs?: number;
}

/** What a daemon says of itself (https://docs.docker.com/reference/api/engine/version/v1.47/#tag/System/operation/SystemVersion). */
export interface EngineVersion {
  readonly version: string;
  readonly apiVersion: string;
  readonly minApiVersion: string;
  readonly os: string;
  readonly arch: string;
}

/** Far above what a busy daemon takes; below the patience of whoever waits for a deploy. */
const CALL_LIMIT_MS = 60_000;

export class DockerEngine {
  /**
   * @param apiVersion the version of the API that is spoken, e.g. `1.41`; empty to let the daemon choose
   * @param limitMs how long a call may take unless it says otherwise
   */
  constructor(
    readonly address: EngineAddress,
    readonly daemon: EngineVersion,
    readonly apiVersion: string,
    readonly limitMs = CALL_LIMIT_MS,
  ) {}

  /** e.g. `Docker 20.10.24 (API 1.41) at /var/run/docker.sock` */
  get describe(): string {
    return `Docker ${this.daemon.version} (API ${this.apiVersion}) at ${addressText(this.address)}`;
  }

  /** A call whose answer is JSON, or nothing. @throws EngineError */
  async json(method: string, path: string, call: EngineCall = {}): Promise<unknown> {
    const answer = await this.stream(method, path, call);
    const body = await within(this.address, answer, call.limitMs ?? this.limitMs);
    return body.trim() === '' ? undefined : (JSON.parse(body) as unknown);
  }

  /** A call whose answer is a stream, which has no time limit once it has begun. @throws EngineError */
  async stream(method: string, path: string, call: EngineCall = {}): Promise<http.IncomingMessage> {
    const target = `/v${this.apiVersion}${path}`;
    const answer = await send(this.address, method, target, { limitMs: this.limitMs, ...call });
    const { statusCode: status = 500 } = answer;
    if (status < 300) return answer;
    throw new EngineError(status, problem(await within(this.address, answer, this.limitMs), status));
  }
}

/** Sends a request. @returns the answer, its body unread @throws EngineError when there is none */
export async function send(
  address: EngineAddress,
  method: string,
  target: string,
  call: EngineCall & { readonly limitMs: number },
): Promise<http.IncomingMessage> {
  const query = new URLSearchParams(call.query).toString();
  const where =
    address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const request = http.request({
    ...where,
    method,
    path: query === '' ? target : `${target}?${query}`,
    headers: { host: 'docker', ...headersOf(call) },
    agent: false,
  });
  return await new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      const seconds = call.limitMs / 1000;
      fail(new EngineError('timeout', `${daemonAt(address)} has not answered for ${seconds} s`));
    }, call.limitMs);
    const fail = (error: Error) => {
      clearTimeout(late);
      call.tar?.destroy();
      request.destroy();
      reject(error);
    };
    request.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code ?? error.message;
      fail(new EngineError('unreachable', `${daemonAt(address)} does not answer (${why})`));
    });
    request.on('response', (answer) => {
      clearTimeout(late);
      resolve(answer);
    });
    if (call.tar === undefined) {
      request.end(call.body === undefined ? undefined : JSON.stringify(call.body));
      return;
    }
    // What is wrong with the tar itself is the caller's business; the daemon's refusal arrives as its answer.
    call.tar.on('error', fail);
    call.tar.on('data', () => late.refresh());
    call.tar.pipe(request);
  });
}

const daemonAt = (address: EngineAddress) => `the Docker daemon at ${addressText(address)}`;

function headersOf({ body, tar }: EngineCall): http.OutgoingHttpHeaders {
  if (tar !== undefined) return { 'content-type': 'application/x-tar' };
  return body === undefined ? {} : { 'content-type': 'application/json' };
}

/** An answer's whole body. @throws EngineError when the daemon stops in the middle of it */
async function within(
  address: EngineAddress,
  answer: http.IncomingMessage,
  limitMs: number,
): Promise<string> {
  const late = setTimeout(() => answer.destroy(new Error(`nothing for ${limitMs / 1000} s`)), limitMs);
  try {
    return await text(answer);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new EngineError('unreachable', `${daemonAt(address)} broke off its answer (${why})`);
  } finally {
    clearTimeout(late);
  }
}

/** Errors are `{"message": "…"}`. */
function problem(body: string, status: number): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // A proxy in between, perhaps: its words are better than none.
  }
  return body.trim() === '' ? `HTTP ${status}` : body.trim();
}
