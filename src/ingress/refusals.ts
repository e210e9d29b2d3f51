/**
 * What clients get, and the request log says, where no container's answer can be given
 * (https://cloud.google.com/run/docs/troubleshooting).
 */
import type { InstanceFailure } from '../deployments/index.js';
import type { HttpResponse } from '../google/index.js';
import type { Outcome } from './forward.js';
import { pages } from './pages.js';

const more = (topic: string) =>
  `Additional troubleshooting documentation can be found at: https://cloud.google.com/run/docs/troubleshooting#${topic}`;

/** Their sentences in the request log. */
export const notes = {
  noInstance: `The request was aborted because there was no available instance. ${more('abort-request')}`,
  notStarted: `The request failed because the instance could not start successfully. ${more('container-failed-to-start')}`,
  malformed: `The request failed because either the HTTP response was malformed or connection to the instance had an error. ${more('malformed-response-or-connection-error')}`,
  timeout:
    'The request has been terminated because it has reached the maximum request timeout. To change this limit, see https://cloud.google.com/run/docs/configuring/request-timeout',
  requestTooLarge: 'The request was aborted because it is larger than 32 MiB.',
  responseTooLarge: 'Response size was too large. Please consider reducing response size.',
  truncated:
    'Truncated response body. Usually implies that the request timed out or the application exited before the response was finished.',
} as const;

/** Answers a request for which no instance could be had. @returns what the log says */
export function refuseWithoutInstance({ outcome, message }: InstanceFailure, response: HttpResponse): string {
  if (outcome.cause === 'no-instance') {
    pages.noInstance(response);
    return notes.noInstance;
  }
  pages.unavailable(response);
  return outcome.cause === 'disabled' || outcome.cause === 'stopped' || outcome.cause === 'no-runtime'
    ? message
    : `${notes.notStarted} ${message}`;
}

/** An exchange after its outcome has been told to the client. */
interface Settled {
  readonly note?: string;
  /** The status that the log has in place of the answer's. */
  readonly status?: number;
}

/** The client went away first: nginx's number, which Google's front ends log too. */
const GONE = 499;

/** Gives the client what an exchange still owes it. */
export function settle(outcome: Outcome, response: HttpResponse): Settled {
  switch (outcome.kind) {
    case 'answered':
      return {};
    case 'gone':
      return { status: GONE };
    case 'timeout':
      if (!outcome.begun) pages.timeout(response);
      return { note: notes.timeout, ...(outcome.begun ? { status: 504 } : {}) };
    case 'no-answer':
      if (outcome.begun) return { note: notes.truncated };
      pages.badGateway(response);
      return { note: notes.malformed };
    case 'request-too-large':
      if (!outcome.begun) pages.requestTooLarge(response);
      return { note: notes.requestTooLarge };
    case 'response-too-large':
      pages.serverError(response);
      return { note: notes.responseTooLarge };
  }
}
