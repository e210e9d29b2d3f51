/** The messages that a scan looks for, recognised by the sentences that they are made of. */
import { SENTENCES } from '../refusals.js';

/** Who lacks what, as a message says it. The user's messages name no user: it is whoever made the call. */
export type Recognised =
  | { readonly says: 'user-warned' | 'user-must-read'; readonly image: string }
  | { readonly says: 'agent-must-read'; readonly image: string; readonly agent?: string }
  | { readonly says: 'agent-cannot-mint'; readonly account: string; readonly agent?: string }
  /** The registry's answer alone; `repository` is `projects/P/locations/L/repositories/R`. */
  | { readonly says: 'registry-denied'; readonly repository: string };

/** What the message says; undefined when it is none of those looked for. */
export function recognise(message: string): Recognised | undefined {
  const agent = SENTENCES.agentMustRead.find(message);
  if (agent) return { says: 'agent-must-read', ...agent };
  const nameless = SENTENCES.namelessAgentMustRead.find(message);
  if (nameless) return { says: 'agent-must-read', ...nameless };
  const mint = SENTENCES.agentCannotMint.find(message);
  if (mint) return { says: 'agent-cannot-mint', ...mint, ...SENTENCES.agentToMint.find(message) };
  const user = SENTENCES.userMustRead.find(message);
  if (user) return { says: 'user-must-read', ...user };
  const warned = SENTENCES.userWarned.find(message);
  if (warned) return { says: 'user-warned', ...warned };
  const denied = SENTENCES.registryDenied.find(message);
  return denied && { says: 'registry-denied', repository: denied.resource };
}

const SOUGHT = [
  SENTENCES.userWarned,
  SENTENCES.userMustRead,
  SENTENCES.agentMustRead,
  SENTENCES.agentCannotMint,
  SENTENCES.registryDenied,
].map(({ literal }) => literal);

/** Texts of which every message looked for holds at least one; none holds another. */
export const SCAN_LITERALS: readonly string[] = SOUGHT.filter(
  (literal) => !SOUGHT.some((other) => other !== literal && literal.includes(other)),
);

/** A query of Cloud Logging for the entries that a scan looks for (https://cloud.google.com/logging/docs/view/logging-query-language). */
export function scanFilter(since: Date | undefined, more?: string): string {
  return [
    'resource.type=("cloud_run_revision" OR "cloud_run_job" OR "cloud_run_worker_pool")',
    'severity>=ERROR',
    `(${SCAN_LITERALS.map((literal) => JSON.stringify(literal.trim())).join(' OR ')})`,
    ...(since === undefined ? [] : [`timestamp>="${since.toISOString()}"`]),
    ...(more === undefined ? [] : [`(${more})`]),
  ].join('\n');
}
