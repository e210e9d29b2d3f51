/** Enabling and disabling APIs. */
import { type AccessControl, isEnabled, type Project } from '../../access/index.js';
import { aborted, errorInfo, failedPrecondition, GoogleError, notFound } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';
import { type AccountsOf, companionsOf } from './companions.js';
import { dependentsOf, withDependencies } from './dependencies.js';
import { requireKnown } from './enabled.js';

/** What enabling needs of the plane. */
export interface Enabling extends AccountsOf {
  readonly store: Store;
  readonly access: AccessControl;
}

/** Others may write the project's policy meanwhile: this often it is all read and tried again. */
const ATTEMPTS = 5;

/**
 * Enables APIs in a project and what they need, in one commit: marks them, creates the accounts that come with them
 * and grants those their roles. What is enabled already stays as it is, so that an agent's role that was taken away
 * does not come back.
 *
 * @param project id or number
 * @param apis full names, e.g. `run.googleapis.com`
 * @returns the project as it is now
 * @throws GoogleError NOT_FOUND for an unknown project; PERMISSION_DENIED for an API that does not exist
 */
export async function enableServices(
  deps: Enabling,
  project: string,
  apis: readonly string[],
  time: Date,
): Promise<Project> {
  requireKnown(apis);
  return retrying(async () => {
    const row = await projectAt(deps, project);
    const fresh = withDependencies(apis).filter((api) => !isEnabled(row, api));
    if (fresh.length === 0) return row;
    const enabled = Object.fromEntries(fresh.map((api) => [api, time.toISOString()]));
    const next = { ...row, services: { ...row.services, ...enabled } };
    const { accounts, grants } = await companionsOf(deps, next, fresh, time);
    const writes: Write[] = [deps.access.projects.update(next), ...accounts];
    if (grants.length > 0) writes.push(await deps.access.grantsWrite(projectName(next.projectId), grants));
    await deps.store.commit(writes);
    return next;
  });
}

/** {@link enableServices} for one API. */
export function enableService(deps: Enabling, project: string, api: string, time: Date): Promise<Project> {
  return enableServices(deps, project, [api], time);
}

/** The project. @throws GoogleError NOT_FOUND */
export async function projectAt(
  { access }: Pick<Enabling, 'access'>,
  idOrNumber: string,
): Promise<Project & { readonly version: number }> {
  const project = await access.projects.get(idOrNumber);
  if (!project) throw notFound(`Project '${idOrNumber}' not found or deleted.`);
  return project;
}

/** Reads, writes, and reads again when somebody else wrote meanwhile. @throws GoogleError ABORTED in the end */
async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS; left > 0; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
  throw aborted('There were concurrent changes to the project. Please retry.');
}

/** How a service is to be disabled (DisableServiceRequest). */
export interface Disabling {
  /** Disables what needs the API too, in place of a refusal. */
  readonly withDependents: boolean;
  /** Called with everything that would be disabled. @throws what keeps it enabled */
  readonly check?: (project: Project, apis: readonly string[]) => Promise<void>;
}

/**
 * Disables an API. Its accounts, their grants and what was made by it stay, as on Google Cloud.
 * @returns the project as it is now
 * @throws GoogleError FAILED_PRECONDITION when it is not enabled, or when others need it; like {@link enableServices}
 */
export async function disableService(
  deps: Enabling,
  project: string,
  api: string,
  { withDependents, check }: Disabling = { withDependents: false },
): Promise<Project> {
  requireKnown([api]);
  return retrying(async () => {
    const row = await projectAt(deps, project);
    // "fails with FAILED_PRECONDITION if called on a service that is not currently enabled" (DisableServiceRequest)
    if (!isEnabled(row, api)) throw failedPrecondition(`Service ${api} is not enabled for consumer.`);
    const dependents = dependentsOf([api], Object.keys(row.services));
    if (dependents.length > 0 && !withDependents) throw needed(api, dependents);
    const ended = [api, ...dependents];
    await check?.(row, ended);
    const services = Object.fromEntries(
      Object.entries(row.services).filter(([enabled]) => !ended.includes(enabled)),
    );
    const next = { ...row, services };
    await deps.store.commit([deps.access.projects.update(next)]);
    return next;
  });
}

/** The refusal by which Service Usage protects what needs an API; the help token of a support case is left out. */
function needed(api: string, dependents: readonly string[]): GoogleError {
  const services = dependents.join(',');
  const subject = `?error_code=100001&service_name=${api}${dependents.map((each) => `&services=${each}`).join('')}`;
  const message = `The service ${api} is depended on by the following active service(s): ${services}; Please specify disable_dependent_services=true if you want to proceed with disabling all services.`;
  return new GoogleError('FAILED_PRECONDITION', message, {
    reason: 'failedPrecondition',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
        violations: [{ type: 'googleapis.com', subject }],
      },
      errorInfo('COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES', 'serviceusage.googleapis.com', {
        service_name: api,
        services,
      }),
    ],
  });
}
