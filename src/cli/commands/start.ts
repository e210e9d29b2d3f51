/** `sekisho start`: the plane in the foreground, until a signal ends it. */

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Command, Option } from 'commander';
import {
  accountNamed,
  DataDirError,
  DEFAULT_LISTEN,
  DEFAULT_OWNER,
  type PropagationDelay,
  runningPlane,
} from '../../plane/clients/index.js';
import type { Plane, PlaneOptions } from '../../plane/index.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';
import { estateFiles } from '../estate/files.js';
import { parseListen, upstreamProxy } from '../listen.js';
import { createLog, LOG_LEVELS, type LogLevel } from '../log.js';
import { parseDelay, parseSeed, propagationMessages } from '../propagation/index.js';
import { addWhere, dataDirOf } from '../where.js';

interface StartOptions {
  readonly listen: string;
  readonly data?: string;
  readonly memory?: boolean;
  readonly runtime: PlaneOptions['runtime'];
  readonly imageReadCheck: PlaneOptions['imageReadCheck'];
  readonly owner: string;
  readonly estate?: readonly string[];
  readonly platform: string;
  readonly egress: boolean;
  readonly propagationDelay: string;
  readonly propagationSeed: string;
  readonly logLevel: LogLevel;
}

export const register: Register = (program, context) => {
  const { options, commands, startExamples } = context.messages;
  const propagation = propagationMessages[context.language];
  const command: Command = addWhere(program.command('start').description(commands.start), context);
  command
    .option('--listen <host:port>', options.listen, `${DEFAULT_LISTEN.host}:${DEFAULT_LISTEN.port}`)
    .addOption(new Option('--memory', options.memory).conflicts('data'))
    .addOption(
      new Option('--runtime <kind>', options.runtime)
        .choices(['auto', 'oci', 'docker', 'none'])
        .default('auto'),
    )
    .addOption(
      new Option('--image-read-check <mode>', options.imageReadCheck)
        .choices(['enforce', 'warn', 'off'])
        .default('enforce'),
    )
    .option('--owner <member>', options.owner, DEFAULT_OWNER)
    .option('--estate <file...>', context.messages.estate.options.startEstate)
    .addOption(
      new Option('--platform <os/arch>', options.platform)
        .choices(['linux/amd64', 'linux/arm64'])
        .default('linux/amd64'),
    )
    .option('--no-egress', options.noEgress)
    .option('--propagation-delay <duration>', propagation.delay, '0s')
    .option('--propagation-seed <n>', propagation.seed, '0')
    .addOption(new Option('--log-level <level>', options.logLevel).choices([...LOG_LEVELS]).default('info'))
    .addHelpText('after', `\n${startExamples}\n`)
    .action((given: StartOptions) => start(given, context));
};

async function start(given: StartOptions, context: CliContext): Promise<void> {
  const { messages, stdout, stderr } = context;
  const listen = parseListen(given.listen);
  if (!listen) throw new UsageError(messages.badListen(given.listen));
  const { kind, email } = accountNamed(given.owner);
  const propagation = propagationOf(given, context);
  const proxy = given.egress ? upstreamProxy(context.env, listen) : undefined;
  if (proxy?.kind === 'bad') throw new Error(messages.badProxy(proxy.name, proxy.text));
  const log = createLog(stderr, given.logLevel);
  if (!listen.loopback) log.warn(messages.notLoopback(given.listen));
  const estate = given.estate && (await estateFiles(given.estate, context));
  const home = await dataDirFor(given, context);
  const signals = handleSignals(home.remove);
  try {
    const plane = await open(
      {
        dataDir: home.dataDir,
        memory: given.memory === true,
        host: listen.host,
        port: listen.port,
        runtime: given.runtime,
        imageReadCheck: given.imageReadCheck,
        owner: `${kind}:${email}`,
        platform: given.platform,
        egress: given.egress,
        propagation,
        onError: log.error,
        onInfo: log.info,
        ...(proxy?.kind === 'proxy' ? { upstreamProxy: proxy.url } : {}),
        ...(estate ? { estate } : {}),
      },
      given,
      context,
    );
    if (plane.estate === 'left-alone') log.warn(messages.estate.leftAlone(home.dataDir));
    const asked = signals.wait();
    const slow = propagation.maxMs > 0 ? `, propagation delay: ${given.propagationDelay}` : '';
    // One line, the same in every language: programs wait for it.
    stdout.write(`sekisho is ready at ${plane.url} (data: ${plane.dataDir}${slow})\n`);
    if (stderr.isTTY === true) stderr.write(`${messages.nextSteps(home.flag)}\n`);
    log.info(messages.stopping(await asked));
    await plane.stop();
    log.info(messages.stopped);
  } finally {
    signals.dispose();
    home.remove();
  }
}

/** @throws UsageError */
function propagationOf(given: StartOptions, { language }: CliContext): PropagationDelay {
  const texts = propagationMessages[language];
  const delay = parseDelay(given.propagationDelay);
  if (!delay) throw new UsageError(texts.badDelay(given.propagationDelay));
  const seed = parseSeed(given.propagationSeed);
  if (seed === undefined) throw new UsageError(texts.badSeed(given.propagationSeed));
  return { ...delay, seed };
}

interface Home {
  readonly dataDir: string;
  /** What commands must be told to find it. */
  readonly flag: string;
  /** Takes away what shall not outlast the plane. */
  readonly remove: () => void;
}

/** The data directory; with `--memory` a temporary one that ends with the plane. */
async function dataDirFor(given: StartOptions, context: CliContext): Promise<Home> {
  if (given.memory !== true) {
    const dataDir = dataDirOf(given, context);
    const flag = given.data === undefined ? '' : ` --data ${dataDir}`;
    return { dataDir, flag, remove: () => undefined };
  }
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sekisho-'));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  return { dataDir, flag: ` --data ${dataDir}`, remove };
}

/** Starts the plane, or says in one sentence why it doesn't start. */
async function open(
  options: Partial<PlaneOptions> & Pick<PlaneOptions, 'dataDir'>,
  given: StartOptions,
  { messages }: CliContext,
): Promise<Plane> {
  try {
    const { startPlane } = await import('../../plane/index.js');
    return await startPlane(options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new Error(messages.portInUse(given.listen));
    if (syscall === 'listen' || syscall === 'getaddrinfo') {
      throw new Error(messages.cannotListen(given.listen, code ?? error.message));
    }
    if (error instanceof DataDirError) {
      const other = await runningPlane(options.dataDir).catch(() => undefined);
      throw new Error(other ? messages.dataDirInUse(options.dataDir, other.pid, other.url) : error.message);
    }
    throw new Error(messages.startFailed(error.message));
  }
}

const SIGNALS = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as const;

/**
 * The first signal after the plane serves asks it to drain; any other one ends the process at once.
 * @param atOnce the last thing to do then
 */
function handleSignals(atOnce: () => void): { wait(): Promise<string>; dispose(): void } {
  let drain: ((signal: string) => void) | undefined;
  const handle = (signal: keyof typeof SIGNALS) => {
    if (!drain) {
      atOnce();
      process.exit(SIGNALS[signal]);
    }
    drain(signal);
    drain = undefined;
  };
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, handle);
  return {
    dispose: () => {
      for (const signal of signals) process.off(signal, handle);
    },
    wait: () =>
      new Promise((resolve) => {
        drain = resolve;
      }),
  };
}
