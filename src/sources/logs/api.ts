/** Logs of projects, read by the Logging API: a plane's, or Google Cloud's. */
import { type LogScan, scanFilter } from '../../checkpoint/index.js';
import type { Reading } from './reading.js';

/** An answer of the API. */
export interface LoggingAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends one `entries:list` (https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list), again where it
 * is worth it. @throws Error when nobody answers
 */
export type ListEntries = (body: string) => Promise<LoggingAnswer>;

export interface LogQuery {
  readonly projects: readonly string[];
  readonly since: Date;
  /** In Logging's query language, beside what a scan asks for. */
  readonly filter?: string;
}

/** Most that a page may hold. */
const PAGE = 1000;

/** Reads project by project, so that one that may not be read does not hide the others. */
export async function scanLogging(
  query: LogQuery,
  list: ListEntries,
  scan: LogScan,
  reading: Reading,
  onEntries: (entries: number) => void = () => {},
): Promise<void> {
  for (const project of query.projects) {
    const where = `projects/${project}`;
    reading.sources.push(where);
    try {
      await scanProject(where, query, list, (entries) => {
        reading.entries += entries.length;
        onEntries(entries.length);
        for (const entry of entries) {
          if (scan.add(entry) === 'no-entry') reading.problem({ where, kind: 'no-entry' });
        }
      });
    } catch (error) {
      reading.problem({ where, kind: 'unreadable', detail: (error as Error).message });
    }
  }
}

async function scanProject(
  name: string,
  { since, filter }: LogQuery,
  list: ListEntries,
  take: (entries: readonly unknown[]) => void,
): Promise<void> {
  const request = {
    resourceNames: [name],
    filter: scanFilter(since, filter),
    orderBy: 'timestamp asc',
    pageSize: PAGE,
  };
  let pageToken: string | undefined;
  do {
    const answer = await list(
      JSON.stringify({ ...request, ...(pageToken === undefined ? {} : { pageToken }) }),
    );
    const page = pageIn(answer);
    take(page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

interface Page {
  readonly entries: readonly unknown[];
  readonly nextPageToken?: string;
}

/** @throws Error with Google's own words for a refusal */
function pageIn({ status, body }: LoggingAnswer): Page {
  const json = parsed(body);
  if (status !== 200) throw new Error(`logging.googleapis.com: ${status} ${messageIn(json)}`.trim());
  if (typeof json !== 'object' || json === null) throw new Error('logging.googleapis.com: no JSON');
  const { entries = [], nextPageToken } = json as { entries?: unknown; nextPageToken?: unknown };
  return {
    entries: Array.isArray(entries) ? entries : [],
    ...(typeof nextPageToken === 'string' && nextPageToken !== '' ? { nextPageToken } : {}),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageIn(json: unknown): string {
  const error = typeof json === 'object' && json !== null && 'error' in json ? json.error : undefined;
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return String(error.message).split('\n', 1)[0] ?? '';
}
