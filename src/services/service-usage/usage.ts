/** Has an API been used lately? What a careful disabling asks first. */
import type { Project } from '../../access/index.js';
import type { Log } from '../../audit/index.js';
import { errorInfo, GoogleError } from '../../google/index.js';

/** "If a service, or its dependents, has usage in the last 30 days" (DisableServiceRequest.CHECK) */
const USED_WITHIN_DAYS = 30;
/** "or was enabled in recent 3 days" (`gcloud services disable --help`) */
const ENABLED_WITHIN_DAYS = 3;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Entries that requests to Cloud Run services leave beside those of the API itself. */
const REQUEST_LOG = 'log_id("run.googleapis.com/requests")';

/**
 * Usage is what the project's log tells: audited calls of the API and, for Cloud Run, requests to its services.
 * @param apis the API that is to be disabled first, then what needs it
 * @throws GoogleError FAILED_PRECONDITION when one of them has usage
 */
export async function requireUnused(
  log: Pick<Log, 'query'>,
  project: Project,
  apis: readonly string[],
  time: Date,
): Promise<void> {
  const used: string[] = [];
  for (const api of apis) if (await isInUse(log, project, api, time)) used.push(api);
  const [api] = apis;
  if (used.length === 0 || api === undefined) return;
  const services = used.join(',');
  throw new GoogleError(
    'FAILED_PRECONDITION',
    `The service(s) ${services} have been used within the last ${USED_WITHIN_DAYS} days or were enabled within the last ${ENABLED_WITHIN_DAYS} days. Please specify check_if_service_has_usage=SKIP if you want to proceed with disabling.`,
    {
      reason: 'failedPrecondition',
      details: [
        errorInfo('COMMON_SU_SERVICE_HAS_USAGE', 'serviceusage.googleapis.com', {
          service_name: api,
          services,
        }),
      ],
    },
  );
}

async function isInUse(
  log: Pick<Log, 'query'>,
  { projectId, services }: Project,
  api: string,
  time: Date,
): Promise<boolean> {
  const enabled = Date.parse(services[api] ?? '');
  if (time.getTime() - enabled < ENABLED_WITHIN_DAYS * DAY_MS) return true;
  const since = new Date(time.getTime() - USED_WITHIN_DAYS * DAY_MS).toISOString();
  const calls = `protoPayload.serviceName="${api}"`;
  const traces = api === 'run.googleapis.com' ? `(${calls} OR ${REQUEST_LOG})` : calls;
  const { entries } = await log.query({
    projects: [projectId],
    filter: `${traces} AND timestamp>="${since}"`,
    order: 'desc',
    pageSize: 1,
    now: time,
  });
  return entries.length > 0;
}
