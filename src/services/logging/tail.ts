/** entries:tail: the entries that match, as they are written, until the client has enough. */
import type { AccessControl } from '../../access/index.js';
import {
  containerName,
  type LogCatalogue,
  logName,
  type Suppression,
  type TailQuestion,
} from '../../audit/index.js';
import type { TailLogEntriesRequest } from '../../google/gen/google/logging/v2/logging_pb.js';
import {
  GoogleError,
  invalidArgument,
  type JsonObject,
  type StreamCall,
  type StreamHandler,
} from '../../google/index.js';
import { containersOf, entryJson, privateLogs } from './list.js';
import { PRIVATE_LOG_ID } from './names.js';

export interface TailDeps {
  readonly log: LogCatalogue;
  readonly access: AccessControl;
}

/** A TailLogEntriesResponse before it is a message. */
export interface TailAnswer {
  /** In proto JSON. */
  readonly entries: readonly JsonObject[];
  readonly suppressed: readonly Suppression[];
}

/** "Number of open live-tailing sessions: 10 per Google Cloud project" (https://cloud.google.com/logging/quotas); so for folders. */
const MAX_SESSIONS = 10;
/** Sessions end with OUT_OF_RANGE, which gcloud explains by a maximum duration: an hour. */
const MAX_DURATION_MS = 60 * 60 * 1000;
const DEFAULT_WINDOW_MS = 2000;
/** "Valid values are between 0-60000 milliseconds." (TailLogEntriesRequest.buffer_window) */
const MAX_WINDOW_MS = 60_000;

/**
 * The handler of TailLogEntries. The first request says what to tail; each further one says it anew. It throws
 * GoogleError INVALID_ARGUMENT for bad names, filters and windows, RESOURCE_EXHAUSTED when the project's sessions are
 * all taken, OUT_OF_RANGE after an hour.
 */
export function tailing(deps: TailDeps): StreamHandler<TailLogEntriesRequest, TailAnswer> {
  const sessions = new Sessions();
  return (requests, call) => tailEntries(requests, call, deps, sessions);
}

async function* tailEntries(
  requests: AsyncIterable<TailLogEntriesRequest>,
  call: StreamCall,
  { log, access }: TailDeps,
  sessions: Sessions,
): AsyncGenerator<TailAnswer, void, undefined> {
  const tail = log.tail();
  const session = sessions.open();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    tail.close();
  };
  const close = () => tail.close();
  call.signal.addEventListener('abort', close);
  const timer = setTimeout(() => fail(tooLong()), MAX_DURATION_MS).unref();
  let asked: readonly string[] = [];
  const listen = async () => {
    let count = 0;
    for await (const request of requests) {
      const question = await questionOf(request, access);
      session.enter(question.projects);
      tail.ask(question);
      asked = question.projects;
      count += 1;
    }
    if (count === 0) throw invalidArgument('resource_names: at least one must be given.');
  };
  void listen().catch(fail);
  try {
    for (let batch = await tail.next(); batch; batch = await tail.next()) {
      const entries = await seen(batch.entries, asked, call, access);
      if (entries.length === 0 && batch.suppressed.length === 0) continue;
      yield { entries: entries.map(entryJson), suppressed: batch.suppressed };
    }
    if (failure) throw failure.error;
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener('abort', close);
    tail.close();
    session.leave();
  }
}

async function questionOf(
  { resourceNames, filter, bufferWindow }: TailLogEntriesRequest,
  access: AccessControl,
): Promise<TailQuestion> {
  const projects = await containersOf(resourceNames, access);
  const windowMs = bufferWindow
    ? Number(bufferWindow.seconds) * 1000 + bufferWindow.nanos / 1e6
    : DEFAULT_WINDOW_MS;
  if (windowMs < 0 || windowMs > MAX_WINDOW_MS) {
    throw invalidArgument(`buffer_window: must be between 0 and ${MAX_WINDOW_MS} milliseconds.`);
  }
  return { projects, filter, bufferWindowMs: windowMs };
}

/** What of them the caller may see now. */
async function seen<E extends { readonly logName: string }>(
  entries: readonly E[],
  projects: readonly string[],
  call: StreamCall,
  access: AccessControl,
): Promise<readonly E[]> {
  const isPrivate = new Set(projects.map((project) => logName(project, PRIVATE_LOG_ID)));
  if (!entries.some((entry) => isPrivate.has(entry.logName))) return entries;
  const hidden = await privateLogs(projects, { principal: call.principal, time: call.now() }, access);
  return entries.filter((entry) => !hidden.has(entry.logName));
}

/** The open sessions of each project. */
class Sessions {
  readonly #counts = new Map<string, number>();

  open() {
    let mine: readonly string[] = [];
    const leave = () => {
      for (const project of mine) this.#add(project, -1);
      mine = [];
    };
    return {
      /** Counts the session where it now tails. @throws GoogleError RESOURCE_EXHAUSTED */
      enter: (projects: readonly string[]): void => {
        leave();
        for (const project of new Set(projects)) {
          if ((this.#counts.get(project) ?? 0) >= MAX_SESSIONS) throw tooMany(project);
        }
        mine = [...new Set(projects)];
        for (const project of mine) this.#add(project, 1);
      },
      leave,
    };
  }

  #add(project: string, more: number): void {
    const count = (this.#counts.get(project) ?? 0) + more;
    if (count > 0) this.#counts.set(project, count);
    else this.#counts.delete(project);
  }
}

function tooMany(project: string): GoogleError {
  const message = `${containerName(project)} has ${MAX_SESSIONS} open tail sessions: no more are allowed at a time.`;
  return new GoogleError('RESOURCE_EXHAUSTED', message);
}

function tooLong(): GoogleError {
  return new GoogleError(
    'OUT_OF_RANGE',
    'The session has been open for an hour, the longest that there are.',
  );
}
