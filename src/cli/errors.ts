/** From whatever a command throws to one line for its user and an exit status; never a stack trace. */
import { CommanderError } from 'commander';
import { ClientError } from '../plane/clients/index.js';
import type { CliContext } from './context.js';

/** sysexits.h: EX_USAGE, the command was used incorrectly. */
export const EXIT_USAGE = 64;
export const EXIT_FAILURE = 1;

/** A command line that cannot be followed; exit status 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A failure with an exit status of its own. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly status: number,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Names of the errors of other rooms that also mean a wrong command line: not imported, for they load late. */
const USAGE_ERRORS = new Set([
  'UsageError',
  'BadCheckRequest',
  'BadInput',
  'UnresolvableDeploy',
  'TerraformPlanError',
  'AssetsProblem',
  'EstateError',
]);

/** Says what went wrong, and gives the exit status. */
export function report(error: unknown, context: CliContext): number {
  const { stderr, messages } = context;
  if (error instanceof Failure) {
    const status = report(error.cause, context);
    return status === EXIT_USAGE ? status : error.status;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') stderr.write(`sekisho: ${parseProblem(error, context)}\n`);
    return EXIT_USAGE;
  }
  const usage = error instanceof Error && USAGE_ERRORS.has(error.name);
  const problem = error instanceof ClientError ? error.problem : undefined;
  const text = problem ? messages.problem(problem) : error instanceof Error ? error.message : String(error);
  stderr.write(`sekisho: ${text.trim()}\n`);
  if (usage || problem?.kind === 'bad-member') {
    stderr.write(`${messages.seeHelp}\n`);
    return EXIT_USAGE;
  }
  return EXIT_FAILURE;
}

/** Commander's sentences, in the user's language; what it quotes is the offending word. */
function parseProblem({ code, message }: CommanderError, { messages }: CliContext): string {
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? '';
  const hint = /\(Did you mean (?:one of )?(.*)\?\)/s.exec(message)?.[1];
  const sentence = messages.parse[code];
  const text = sentence
    ? sentence(quoted, message)
    : message.replace(/^error: /, '').replace(/\n\(Did you mean .*/s, '');
  const suggestion = hint === undefined ? '' : ` ${messages.didYouMean(hint.trim())}`;
  return `${text}${suggestion}\n${messages.seeHelp}`;
}
