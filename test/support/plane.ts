/** A plane as users run it: the built executable in a process of its own, over a directory that is removed again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openSqlite } from '../../src/store/index.js';
import { recordCall } from './record.js';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const SEKISHO = path.join(ROOT, 'bin/sekisho.js');

/** What a command printed and how it ended. ANSI colours are taken off: gcloud prints some even without a TTY. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const ANSI = /\u001b\[[0-9;]*[A-Za-z]/g;

const RUNS_CONTAINERS = /^sekisho: containers: (.*)\n/m;

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly cwd?: string;
}

/** Runs a command to its end. Never rejects for a failing command: the code says it. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  recordCommand(command, args, options.env);
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve(exit ?? (signal === null ? 1 : 128)));
  });
  return { code, stdout: stdout.replace(ANSI, ''), stderr: stderr.replace(ANSI, '') };
}

/** Writes down what clients of a plane do; commands that ask no plane are nobody's business. */
function recordCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv | undefined): void {
  if (env?.SEKISHO_DATA !== undefined) {
    recordCall(path.basename(command), args);
    return;
  }
  const start = args.indexOf('--');
  if (args[0] !== SEKISHO || args[1] !== 'exec' || start < 0) return;
  const [wrapped = '', ...words] = args.slice(start + 1);
  recordCall(path.basename(wrapped), words);
}

/** A command that must succeed. @throws with everything it printed when it does not */
export async function must(promise: Promise<Result>): Promise<Result> {
  const result = await promise;
  if (result.code !== 0) throw new Error(`exit ${result.code}\n${result.stdout}\n${result.stderr}`);
  return result;
}

export interface PlaneOptions {
  readonly args?: readonly string[];
  /** An existing data directory, which is then not removed. */
  readonly data?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Words before the command, e.g. those that make another user run it. */
  readonly prefix?: readonly string[];
}

export class TestPlane {
  readonly #environments = new Map<string, Promise<NodeJS.ProcessEnv>>();
  readonly #tokens = new Map<string, Promise<string>>();
  #child: ChildProcess;

  private constructor(
    readonly data: string,
    private readonly temporary: boolean,
    private started: Started,
  ) {
    this.#child = started.child;
  }

  static async start(options: PlaneOptions = {}): Promise<TestPlane> {
    const data = options.data ?? (await mkdtemp(path.join(tmpdir(), 'sekisho-e2e-')));
    return new TestPlane(data, options.data === undefined, await startProcess(data, options));
  }

  get url(): string {
    return this.started.url;
  }
  get port(): number {
    return Number(new URL(this.url).port);
  }
  get pid(): number {
    return this.#child.pid ?? 0;
  }
  /** Everything the plane's process wrote to stderr so far, but for the line that says what runs containers. */
  get stderr(): string {
    return this.started.stderr().replace(RUNS_CONTAINERS, '');
  }
  /** What the plane says it runs containers with, once it has said so. */
  get containers(): string | undefined {
    return RUNS_CONTAINERS.exec(this.started.stderr())?.[1];
  }

  /** Runs a command as a member, in the environment that `sekisho exec` gives it. */
  async as(
    member: string,
    command: string,
    args: readonly string[],
    options: Omit<RunOptions, 'env'> & { env?: NodeJS.ProcessEnv } = {},
  ): Promise<Result> {
    return run(command, args, { ...options, env: { ...(await this.environment(member)), ...options.env } });
  }

  /** gcloud as a member, without questions asked of a terminal. */
  gcloud(
    member: string,
    line: string | readonly string[],
    options: Omit<RunOptions, 'env'> = {},
  ): Promise<Result> {
    return this.as(member, 'gcloud', typeof line === 'string' ? line.split(/\s+/) : line, options);
  }

  /** The environment of a member; made once, since signing in takes gcloud a second. */
  environment(member: string): Promise<NodeJS.ProcessEnv> {
    const known = this.#environments.get(member);
    if (known) return known;
    const made = must(
      run(process.execPath, [SEKISHO, 'env', '--data', this.data, '--as', member, '--format', 'json']),
    ).then(({ stdout }) => {
      const env: NodeJS.ProcessEnv = { ...process.env };
      for (const [name, value] of Object.entries(JSON.parse(stdout) as Record<string, string | null>)) {
        if (value === null) delete env[name];
        else env[name] = value;
      }
      return env;
    });
    this.#environments.set(member, made);
    return made;
  }

  /** One of our own commands against this plane. */
  sekisho(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return run(process.execPath, [SEKISHO, ...args, '--data', this.data], options);
  }

  /** An access token of a member, or an ID token for an audience. */
  async token(member: string, audience?: string): Promise<string> {
    const args = ['token', '--as', member, ...(audience === undefined ? [] : ['--audience', audience])];
    return (await must(this.sekisho(args))).stdout.trim();
  }

  /** A member's access token, good for an hour; made once, since each costs a process. */
  #accessToken(member: string): Promise<string> {
    const made = this.#tokens.get(member) ?? this.token(member);
    this.#tokens.set(member, made);
    return made;
  }

  /** One REST call in the direct form: `api('alice@…', 'GET', 'run.googleapis.com/v1/…')`. */
  async api(
    member: string | undefined,
    method: string,
    target: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.url}/${target}`, {
      method,
      headers: {
        ...(member === undefined ? {} : { authorization: `Bearer ${await this.#accessToken(member)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** The plane's whole state, read past it: what is stored under which key. */
  async stored(): Promise<ReadonlyMap<string, unknown>> {
    const store = openSqlite(path.join(this.data, 'plane.db'));
    try {
      return new Map((await store.list('')).map(({ key, value }) => [key, value]));
    } finally {
      await store.close();
    }
  }

  /** The keys under which something else is stored than before; what was only logged does not count. */
  async changedSince(before: ReadonlyMap<string, unknown>): Promise<readonly string[]> {
    const after = await this.stored();
    const keys = new Set([...before.keys(), ...after.keys()]);
    return [...keys].filter(
      (key) => !/^log(?:-names)?\//.test(key) && !isDeepStrictEqual(before.get(key), after.get(key)),
    );
  }

  /** SIGKILL, as a crash: nothing is drained. */
  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await closed;
  }

  /** Starts again over the same directory and, for the members' environments to stay good, on the same port. */
  async restart(options: Omit<PlaneOptions, 'data'> = {}): Promise<void> {
    const listen = ['--listen', `127.0.0.1:${this.port}`];
    this.started = await startProcess(this.data, { ...options, args: [...listen, ...(options.args ?? [])] });
    this.#child = this.started.child;
  }

  /** SIGTERM, and wait. @returns the exit code */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const closed = new Promise<number | null>((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGTERM');
    return closed;
  }

  /** Stops the plane and removes what it left on disk. */
  async dispose(): Promise<void> {
    await this.stop();
    if (this.temporary && existsSync(this.data)) await rm(this.data, { recursive: true, force: true });
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly stderr: () => string;
}

async function startProcess(data: string, options: PlaneOptions): Promise<Started> {
  const listens = options.args?.includes('--listen') === true;
  const args = [
    'start',
    '--data',
    data,
    ...(listens ? [] : ['--listen', '127.0.0.1:0']),
    ...(options.args ?? []),
  ];
  const [program = '', ...words] = [...(options.prefix ?? []), process.execPath, SEKISHO, ...args];
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const found = /ready at (http:\/\/\S+)/.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`sekisho start ended with ${code}\n${stdout}${stderr}`)));
  });
  return { child, url, stderr: () => stderr };
}
