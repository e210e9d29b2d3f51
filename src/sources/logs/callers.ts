/** Whom the Logging API is asked of: Google Cloud, with the caller's own credentials, or a plane's own port. */
import { defaultCredentials } from '../google/credentials.js';
import { PATIENCE, REAL_TIMING, withRetries } from '../google/retry.js';
import { httpTransport, NotReceived } from '../google/transport.js';
import type { ListEntries } from './api.js';

const URL_OF_LIST = 'https://logging.googleapis.com/v2/entries:list';
const TIMEOUT_MS = 60_000;
/** Sixty lists a minute are what a project may make (https://cloud.google.com/logging/quotas): then one has to wait. */
const PATIENT = { attempts: 8, totalMs: 3 * PATIENCE.totalMs };

/** Google Cloud. Reads and nothing else: the method is fixed. @param env credentials and proxies */
export function googleLogging(env: NodeJS.ProcessEnv): ListEntries {
  const credentials = defaultCredentials(env);
  const transport = httpTransport({ env, timeoutMs: TIMEOUT_MS });
  return async (body) => {
    const token = await credentials.token(false);
    const quotaProject = await credentials.quotaProject();
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }),
    };
    const request = { verb: 'POST', url: new URL(URL_OF_LIST), body } as const;
    const { last } = await withRetries(() => transport(request, headers), PATIENT, REAL_TIMING);
    if (last instanceof NotReceived) throw last;
    return last;
  };
}

/** A plane, in its direct form. @param plane where it listens, and an access token of whoever asks */
export function planeLogging(plane: { readonly url: string; readonly token: string }): ListEntries {
  return async (body) => {
    const answer = await fetch(`${plane.url}/logging.googleapis.com/v2/entries:list`, {
      method: 'POST',
      headers: { authorization: `Bearer ${plane.token}`, 'content-type': 'application/json' },
      body,
    });
    return { status: answer.status, body: await answer.text() };
  };
}
