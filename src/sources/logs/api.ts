/** Logs of projects, read by the Logging API: a plane's, or Google Cloud's. */
import { isUnknown, type Known, type LogScan } from '../../checkpoint/index.js';
import { scanFilter } from '../../checkpoint/reports/index.js';
import type { GoogleReader } from '../google/reader.js';
import type { Reading } from './reading.js';

export interface LogQuery {
  readonly projects: readonly string[];
  readonly since: Date;
  /** In Logging's query language, beside what a scan asks for. */
  readonly filter?: string;
}

/**
 * Reads project by project, so that one that may not be read does not hide the others.
 * @param reader of Google Cloud, or of a plane
 * @throws GoogleSignInError when nobody is signed in: no project can be read then
 */
export async function scanLogging(
  { projects, since, filter }: LogQuery,
  reader: GoogleReader,
  scan: LogScan,
  reading: Reading,
): Promise<void> {
  const query = scanFilter(since, filter);
  for (const project of projects) {
    const where = `projects/${project}`;
    reading.sources.push(where);
    const problem = await readContainer(where, query, reader, (entry) => {
      reading.entries += 1;
      if (scan.add(entry) === 'no-entry') reading.problem({ where, kind: 'no-entry' });
    });
    if (problem !== undefined) reading.problem({ where, kind: 'unreadable', detail: problem });
  }
}

/** The projects that whoever asks sees, by id, but for those that are shut down: their logs cannot be read. */
export async function visibleProjects(reader: GoogleReader): Promise<Known<readonly string[]>> {
  const projects = await reader.list('projects', {}, 'projects');
  if (isUnknown(projects)) return projects;
  if (projects === 'absent') return [];
  return projects.flatMap(({ projectId, state }) =>
    typeof projectId === 'string' && state === 'ACTIVE' ? [projectId] : [],
  );
}

/** @returns why it could not be read to its end; undefined where it was */
async function readContainer(
  container: string,
  filter: string,
  reader: GoogleReader,
  take: (entry: unknown) => void,
): Promise<string | undefined> {
  const search = { resourceNames: [container], filter };
  const seen = new Set<string>();
  // A page may be empty and not be the last: then Logging has looked through enough for one answer.
  for (let pageToken: string | undefined; ; ) {
    const answer = await reader.search(
      'logEntries',
      { container },
      { ...search, ...(pageToken === undefined ? {} : { pageToken }) },
    );
    if (answer === 'absent') return 'there is no such project';
    if (isUnknown(answer)) return answer.why;
    const { entries = [], nextPageToken } = answer;
    if (!Array.isArray(entries)) return 'logging.googleapis.com answered entries that are none';
    for (const entry of entries) take(entry);
    if (typeof nextPageToken !== 'string' || nextPageToken === '') return undefined;
    if (seen.has(nextPageToken)) return 'logging.googleapis.com lists entries without an end';
    seen.add(nextPageToken);
    pageToken = nextPageToken;
  }
}
