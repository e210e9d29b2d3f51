/** What every command gets: the world it runs in, in which language it speaks, and its exit status. */
import type { Command } from 'commander';
import { type Language, type Messages, messages } from './messages.js';

/** A stream to write to, which may be a terminal. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Everything outside: handed in, so that tests hand in another. */
export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface CliContext extends World {
  readonly language: Language;
  readonly messages: Messages;
  /** What the process exits with; 0 unless a command says otherwise. */
  status: number;
}

/** A command of its own file: adds itself to the program. */
export type Register = (program: Command, context: CliContext) => void;

export function createContext(args: readonly string[], world: World): CliContext {
  const language = languageOf(args, world.env);
  return { ...world, language, messages: messages[language], status: 0 };
}

/**
 * The language that the user wants: `--lang`, else the locale (POSIX: the first of LC_ALL, LC_MESSAGES and LANG that
 * is set decides). It is needed before the arguments are parsed, because help and errors are written in it.
 */
export function languageOf(args: readonly string[], env: NodeJS.ProcessEnv): Language {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const flag = own.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const asked = own[flag]?.startsWith('--lang=') ? own[flag].slice('--lang='.length) : own[flag + 1];
  if (flag >= 0 && (asked === 'en' || asked === 'ja')) return asked;
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || '';
  return /^ja(?:[_.@-]|$)/i.test(locale) ? 'ja' : 'en';
}
