/** Whom the Logging API is asked of: Google Cloud, with the caller's own credentials, or a plane's own port. */
import { GoogleReader, type GoogleReaderOptions } from '../google/reader.js';
import { PATIENCE } from '../google/retry.js';
import { NotReceived, type Transport } from '../google/transport.js';

const TIMEOUT_MS = 60_000;
/** Sixty lists a minute are what a project may make (https://cloud.google.com/logging/quotas): then one has to wait. */
const PATIENT = { attempts: 8, totalMs: 3 * PATIENCE.totalMs };

/** Google Cloud, with more time and patience than others need: logs are long. */
export function googleLogging(options: GoogleReaderOptions): GoogleReader {
  return new GoogleReader({ timeoutMs: TIMEOUT_MS, patience: PATIENT, ...options });
}

export interface PlaneCaller {
  /** Where the plane listens. */
  readonly url: string;
  /** Who asks, e.g. `user:alice@example.com`. */
  readonly member: string;
  /** An access token of theirs. */
  readonly token: string;
}

/** A plane, in its direct form: `URL/logging.googleapis.com/…`. */
export function planeLogging({ url, member, token }: PlaneCaller): GoogleReader {
  const transport: Transport = async (request, headers) => {
    const { host, pathname, search } = request.url;
    try {
      const answer = await fetch(`${url}/${host}${pathname}${search}`, {
        method: request.verb,
        headers,
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      return {
        status: answer.status,
        body: await answer.text(),
        headers: Object.fromEntries(answer.headers),
      };
    } catch (error) {
      throw new NotReceived(`the plane at ${url} could not be reached`, { cause: error });
    }
  };
  return googleLogging({
    transport,
    credentials: {
      token: async () => token,
      quotaProject: async () => undefined,
      email: async () => member,
    },
  });
}
