/**
 * Runs the cleanup policies. The project's Artifact Registry service agent is who deletes, as far as its role lets it;
 * what it deleted, or would have in a dry run, stands in the data access log, where the docs say to look for it.
 */
import { type AccessControl, artifactRegistryRefusal } from '../access/index.js';
import { type AuditStatus, activityEntry, type Log } from '../audit/index.js';
import type { AuthorizationInfo } from '../google/index.js';
import { type Principal, repositoryName, SERVICE_AGENTS } from '../names/index.js';
import { versionsToDelete } from './cleanup-policy.js';
import type { Images, ImageVersion, Repositories, Repository } from './types.js';

const API = 'artifactregistry.googleapis.com';
const PERMISSION = 'artifactregistry.versions.delete';
const METHOD = 'google.devtools.artifactregistry.v1.ArtifactRegistry.BatchDeleteVersions';
/** Versions that one entry names: an entry may not grow without bounds. */
const NAMES_PER_ENTRY = 100;

export interface CleanupOptions {
  readonly access: AccessControl;
  readonly log: Pick<Log, 'write'>;
  readonly repositories: Pick<Repositories, 'all'>;
  readonly images: Images;
}

interface Run {
  readonly repository: Repository;
  readonly agent: Principal;
  readonly dryRun: boolean;
  readonly authorization: AuthorizationInfo;
  readonly now: Date;
}

export class Cleanup {
  readonly #options: CleanupOptions;

  constructor(options: CleanupOptions) {
    this.#options = options;
  }

  /** Does what the policies of all repositories say. @param now decides how old versions are */
  async run(now: Date): Promise<void> {
    for (const repository of await this.#options.repositories.all()) {
      if (repository.cleanupPolicies?.length) await this.#runOne(repository, now);
    }
  }

  async #runOne(repository: Repository, now: Date): Promise<void> {
    const { access, images } = this.#options;
    const chosen = versionsToDelete(
      repository.cleanupPolicies ?? [],
      (await images.versions(repository)).filter((version) => !isKept(repository, version)),
      now,
    );
    const agent = await this.#agent(repository.project);
    if (chosen.length === 0 || !agent) return;
    const resource = repositoryName(repository.project, repository.location, repository.repository);
    const granted = await access.isGranted(agent, PERMISSION, resource, now);
    const authorization = { permission: PERMISSION, resource, granted };
    const dryRun = repository.cleanupPolicyDryRun === true;
    const run = { repository, agent, dryRun, authorization, now };
    if (!granted) {
      const { message } = artifactRegistryRefusal({ permission: PERMISSION, resource, label: resource });
      return this.#record(run, chosen, { code: 7, message });
    }
    const deleted = dryRun ? chosen : await this.#delete(repository, chosen);
    if (deleted.length > 0) await this.#record(run, deleted);
  }

  async #delete(repository: Repository, chosen: readonly ImageVersion[]): Promise<readonly ImageVersion[]> {
    const kept = new Set(await this.#options.images.removeVersions(repository, chosen, true));
    return chosen.filter((version) => !kept.has(version));
  }

  async #agent(projectId: string): Promise<Principal | undefined> {
    const project = await this.#options.access.projects.get(projectId);
    const email = SERVICE_AGENTS.find(({ api }) => api === API)?.email;
    return project && email && { kind: 'serviceAccount', email: email(project.number) };
  }

  async #record(run: Run, versions: readonly ImageVersion[], status?: AuditStatus): Promise<void> {
    const { repository, agent, dryRun, authorization, now } = run;
    const { project, location } = repository;
    const path = `projects/${project}/locations/${location}/repositories/${repository.repository}`;
    const names = versions.map(
      ({ image, digest }) => `${path}/packages/${encodeURIComponent(image)}/versions/${digest}`,
    );
    const entries = chunks(names, NAMES_PER_ENTRY).map((chunk) =>
      activityEntry({
        project,
        serviceName: API,
        methodName: METHOD,
        resourceName: path,
        monitored: {
          type: 'audited_resource',
          labels: { method: METHOD, project_id: project, service: API },
        },
        permissionType: 'DATA_WRITE',
        caller: { principal: agent },
        authorizations: [authorization],
        callerIp: 'private',
        userAgent: '',
        request: {
          '@type': 'type.googleapis.com/google.devtools.artifactregistry.v1.BatchDeleteVersionsRequest',
          parent: `${path}/packages/-`,
          names: chunk,
          ...(dryRun ? { validateOnly: true } : {}),
        },
        ...(status === undefined ? {} : { status }),
        location,
        time: now,
      }),
    );
    await this.#options.log.write(project, entries, now);
  }
}

/** Tag immutability outlasts cleanup: an image that has a tag stays. */
function isKept(repository: Repository, version: ImageVersion): boolean {
  return repository.immutableTags === true && version.tags.length > 0;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
