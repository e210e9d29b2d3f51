/** `--apply`: the fixes made on a plane, or on Google Cloud once somebody has seen them and said yes. */
import type { RunningPlane } from '../../plane/clients/index.js';
import type { Asked } from '../check/options.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { memberIn, planeOf } from '../where.js';
import type { Api } from './apply/api.js';
import { type Applied, apply, type Change, changesOf, diffsOf } from './apply/apply.js';
import { googleApi, planeApi } from './apply/senders.js';
import type { Found } from './found.js';
import { fixMessages } from './messages.js';

export interface ApplyOptions {
  readonly applyAs?: string;
  readonly plan?: string;
}

/** How long to wait before asking again what has become of an operation. */
const WAIT_MS = 1000;

/** Said before anything is read: what cannot be applied need not be judged. @throws UsageError */
export function requireApplicable({ source }: Asked, given: ApplyOptions, context: CliContext): void {
  const messages = fixMessages[context.language];
  if (given.plan !== undefined) throw new UsageError(messages.applyToPlan);
  if (source.kind === 'assets' || source.kind === 'estate') throw new UsageError(messages.applyElsewhere);
  if (source.kind !== 'gcp') return;
  if (given.applyAs !== undefined) throw new UsageError(messages.applyAsOnPlane);
  if (context.stdin.isTTY !== true) throw new UsageError(messages.needsTerminal);
}

/**
 * @returns undefined when the user did not say yes, and nothing was changed
 * @throws UsageError, ClientError where no plane answers; Error when Google's policies cannot be read, and so not shown
 */
export async function make(
  { steps }: Found,
  asked: Asked,
  given: ApplyOptions,
  context: CliContext,
): Promise<Applied | undefined> {
  const messages = fixMessages[context.language];
  const { source } = asked;
  const changes = changesOf(steps);
  if (source.kind === 'plane') {
    const plane = await planeOf(source.where, context);
    const member = applierOf(given, plane, context);
    const api = await planeApi(plane, member);
    const { diffs } = await diffsOf(changes, api);
    context.stderr.write(`${messages.applyingAs(member)}\n${lines(diffs)}`);
    return apply(changes, api, WAIT_MS);
  }
  requireApplicable(asked, given, context);
  const { defaultCredentials, httpTransport } = await import('../../sources/index.js');
  const api = googleApi({
    credentials: defaultCredentials(context.env),
    transport: httpTransport({ env: context.env, timeoutMs: 30_000 }),
  });
  return makeOnceConfirmed(changes, api, context);
}

/** Shows what would change, and does it for a typed `yes` alone: there is no flag that says it. */
export async function makeOnceConfirmed(
  changes: readonly Change[],
  api: Api,
  context: CliContext,
  waitMs: number = WAIT_MS,
): Promise<Applied | undefined> {
  const messages = fixMessages[context.language];
  if (changes.length === 0) return { done: [], unchanged: [], notTried: [] };
  const { diffs, unreadable } = await diffsOf(changes, api);
  // Nobody can say yes to what was not shown.
  if (unreadable.length > 0) throw new Error(`${unreadable.join('\n')}\n${messages.notConfirmed}`);
  context.stderr.write(`${lines(diffs)}\n${messages.askYes}`);
  if ((await firstLine(context)).trim() === 'yes') return apply(changes, api, waitMs);
  context.stderr.write(`\n${messages.notConfirmed}\n`);
  return undefined;
}

/** The deployer need not be allowed to grant anything: who applies is somebody else, the owner as a rule. */
function applierOf({ applyAs }: ApplyOptions, plane: RunningPlane, context: CliContext): string {
  return memberIn({ as: applyAs ?? plane.owner }, plane, context);
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

async function firstLine({ stdin }: CliContext): Promise<string> {
  let text = '';
  for await (const piece of stdin) {
    text += piece.toString();
    if (text.includes('\n')) break;
  }
  return text.split('\n', 1)[0] ?? '';
}

/** What was done and what was not, a line each. */
export function appliedLines(
  { done, unchanged, failed, notTried }: Applied,
  { language }: CliContext,
): string[] {
  const { applied } = fixMessages[language];
  return [
    ...done.map(({ what }) => `  ✓ ${applied.done}: ${what}`),
    ...unchanged.map(({ what }) => `  · ${applied.unchanged}: ${what}`),
    ...(failed ? [`  ✗ ${applied.failed}: ${failed.change.what}`, `      ${failed.why}`] : []),
    ...notTried.map(({ what }) => `  - ${applied.notTried}: ${what}`),
    '',
  ];
}
