/** One run of the demo, from the empty directory to the empty directory. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunningPlane } from '../../plane/clients/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { check } from './check.js';
import { GcloudDriver } from './gcloud-driver.js';
import { HttpDriver } from './http-driver.js';
import { demoImage } from './image.js';
import { Interrupt } from './interrupt.js';
import { messages as catalogue, type DemoMessages } from './messages.js';
import { PlaneProcess } from './plane-process.js';
import { Probe } from './probe.js';
import { Runner, type Stage } from './runner.js';
import { Screen } from './screen.js';
import { storyOne } from './story-one.js';
import { storyTwo } from './story-two.js';
import { isInstalled, obstacle, thisMachine } from './tools.js';

export interface DemoOptions {
  /** Leave the plane running at the end. */
  readonly keep: boolean;
  /** Act by HTTP calls even where gcloud is installed. */
  readonly gcloud: boolean;
  /** The plane's data directory; a temporary one when left out. */
  readonly data?: string;
}

/** Variables that would lead the demo's own commands to another plane. */
const OTHER_PLANES = ['SEKISHO_DATA', 'SEKISHO_AS'];

/**
 * Plays both stories.
 * @returns the exit status: 0 when all went as told, 1 when not, 128 and its number after a signal
 * @throws UsageError when the data directory given is not empty
 */
export async function demo(options: DemoOptions, context: CliContext): Promise<number> {
  const messages = catalogue[context.language];
  const missing = await obstacle(thisMachine(context.env));
  if (missing) {
    context.stderr.write(`sekisho: ${messages.obstacle(missing)}\n`);
    return 1;
  }
  const interrupt = new Interrupt();
  const run = new Run(options, context, messages, interrupt.signal);
  try {
    await run.prepare();
    const status = await run.play();
    return interrupt.status ?? status;
  } finally {
    await run.end();
    interrupt.release();
  }
}

/** How this program is called: by its name where it is installed, else by what has been run. */
function programName(env: NodeJS.ProcessEnv): string {
  if (env.npm_command === 'exec') return 'npx sekisho';
  return isInstalled('sekisho', env)
    ? 'sekisho'
    : `node ${path.relative(process.cwd(), process.argv[1] ?? '')}`;
}

class Run {
  readonly #options: DemoOptions;
  readonly #context: CliContext;
  readonly #messages: DemoMessages;
  readonly #signal: AbortSignal;
  readonly #screen: Screen;
  readonly #env: NodeJS.ProcessEnv;
  readonly #started = performance.now();
  /** What is removed at the end. */
  readonly #made: string[] = [];
  #dataDir = '';
  #scratchDir = '';
  #process: PlaneProcess | undefined;

  constructor(options: DemoOptions, context: CliContext, messages: DemoMessages, signal: AbortSignal) {
    this.#options = options;
    this.#context = context;
    this.#messages = messages;
    this.#signal = signal;
    this.#screen = new Screen(context.stdout, context.env);
    const inherited = Object.entries(context.env).filter(([name]) => !OTHER_PLANES.includes(name));
    this.#env = Object.fromEntries(inherited);
  }

  /** Makes the directories. @throws UsageError when the one given holds something */
  async prepare(): Promise<void> {
    const { data } = this.#options;
    if (data === undefined) {
      this.#dataDir = await mkdtemp(path.join(tmpdir(), 'sekisho-demo-'));
    } else {
      this.#dataDir = path.resolve(data);
      const present = await readdir(this.#dataDir).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw new UsageError(this.#messages.notEmpty(data));
      });
      if (present.length > 0) throw new UsageError(this.#messages.notEmpty(data));
      await mkdir(this.#dataDir, { recursive: true, mode: 0o700 });
    }
    this.#made.push(this.#dataDir);
    this.#scratchDir = await mkdtemp(path.join(tmpdir(), 'sekisho-demo-image-'));
    this.#made.push(this.#scratchDir);
  }

  /** @returns the exit status */
  async play(): Promise<number> {
    const messages = this.#messages;
    const status = await this.#outcome();
    if (status === 0 && this.#options.keep) return this.#keep();
    await this.end();
    this.#screen.explain(messages.removed);
    return status;
  }

  async #outcome(): Promise<number> {
    const messages = this.#messages;
    try {
      const commands = await this.#stories();
      const seconds = Math.round((performance.now() - this.#started) / 1000);
      this.#screen.heading(messages.finished(commands, seconds));
      return 0;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#screen.result('✗', this.#signal.aborted ? messages.interrupted : messages.failed(why));
      return 1;
    }
  }

  async #stories(): Promise<number> {
    const screen = this.#screen;
    const messages = this.#messages;
    const byGcloud = this.#options.gcloud && isInstalled('gcloud', this.#env);
    screen.heading(messages.title);
    const stage = await this.#start('enforce', 0);
    screen.explain(messages.intro(byGcloud ? 'gcloud' : 'http', isInstalled('gcloud', this.#env)));
    screen.explain(messages.shorthand(byGcloud ? 'gcloud' : 'http'));
    const runner = new Runner({
      language: this.#context.language,
      messages,
      screen,
      signal: this.#signal,
      stage,
      restart: (imageReadCheck) => this.#restart(imageReadCheck),
      check: (args, onOutput) => check(args, this.#plane, this.#context.language, screen, onOutput),
      image: () => demoImage(this.#scratchDir),
    });
    await runner.play(storyOne);
    await runner.play(storyTwo);
    return runner.commands;
  }

  get #plane(): RunningPlane {
    if (!this.#process) throw new Error('no plane has been started');
    return this.#process.plane;
  }

  async #restart(imageReadCheck: 'enforce' | 'warn'): Promise<Stage> {
    // The same port again: clients have been told of it.
    const port = Number(new URL(this.#plane.url).port);
    await this.#process?.stop();
    return this.#start(imageReadCheck, port);
  }

  async #start(imageReadCheck: 'enforce' | 'warn', port: number): Promise<Stage> {
    this.#process = await PlaneProcess.start({
      sekisho: [process.execPath, path.resolve(process.argv[1] ?? '')],
      dataDir: this.#dataDir,
      port,
      imageReadCheck,
      env: this.#env,
      signal: this.#signal,
    });
    const { plane } = this.#process;
    const driver =
      this.#options.gcloud && isInstalled('gcloud', this.#env)
        ? new GcloudDriver({ plane, env: this.#env, signal: this.#signal, scratchDir: this.#scratchDir })
        : new HttpDriver(plane, this.#signal);
    return { driver, probe: new Probe(plane) };
  }

  /** Leaves the plane and its data; says how to go on. */
  async #keep(): Promise<number> {
    const plane = this.#plane;
    const { port } = new URL(plane.url);
    const { url } = await new Probe(plane).service('myproject-a', 'my-cloud-run-app');
    const kept = {
      url: plane.url,
      dataDir: this.#dataDir,
      program: programName(this.#env),
      pages: [`http://${new URL(url).host}.localhost:${port}/`],
    };
    this.#screen.explain(this.#messages.kept(kept));
    for (const [text, lines] of this.#messages.goOn(kept)) {
      this.#screen.explain(text);
      this.#screen.verbatim(lines);
    }
    this.#process?.release();
    this.#process = undefined;
    this.#made.splice(this.#made.indexOf(this.#dataDir), 1);
    return 0;
  }

  /** Ends the plane and removes everything; again and again without harm. */
  async end(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
    for (const dir of this.#made.splice(0)) await rm(dir, { recursive: true, force: true });
  }
}
