/** What lies in a project, by an export of Cloud Asset Inventory or a folder of policies. */
import type { Absent, Known } from '../../checkpoint/index.js';
import type { CustomRoleDocument, RunSecretDocument } from '../../estate-file/index.js';
import { parseCustomRoleName } from '../../iam/index.js';
import {
  projectOf,
  type ResourceName,
  type RunKind,
  repositoryName,
  runResourceName,
  runResourceParts,
  secretName,
  serviceAccountEmail,
  serviceAccountName,
} from '../../names/index.js';
import type { InventoryContents, InventoryPart, InventoryRun } from '../inventory/index.js';
import {
  type AccountFound,
  type EstateLists,
  type Gap,
  last,
  type RepositoryFound,
  type RunFound,
  type RunTemplateFound,
} from './lists.js';

/** Where an export does not say which APIs are enabled, those that a deploy needs are. */
const NEEDED_APIS = ['artifactregistry.googleapis.com', 'run.googleapis.com', 'secretmanager.googleapis.com'];

/** A name that nothing has: whether the export tells that there is no such thing is asked by it. */
const NOBODY = 'nobody';

const MODES = { standard: 'STANDARD', remote: 'REMOTE', virtual: 'VIRTUAL' } as const;

const WHAT = { service: 'services', job: 'jobs', workerPool: 'worker pools' } as const;

/** Lists of what the export names. Where it does not say that this is all, that is a gap. */
export class AssetLists implements EstateLists {
  readonly #contents: InventoryContents;
  readonly #runs: ReadonlyMap<ResourceName, InventoryRun>;
  /** What is there by its policy alone. */
  readonly #placed: readonly ResourceName[];
  readonly #gap: Gap;

  constructor(contents: InventoryContents, gap: Gap) {
    this.#contents = contents;
    this.#runs = new Map(contents.runs.map((run) => [run.resource, run]));
    this.#placed = [...new Set(contents.policies.keys())];
    this.#gap = gap;
  }

  async apis(project: string): Promise<readonly string[]> {
    const { apis, missing } = this.#contents;
    const known = [...(apis.get(project) ?? [])];
    const why = missing('api', project)?.why;
    if (why === undefined) return known;
    const needed = 'those of Cloud Run, Artifact Registry and Secret Manager are enabled in the rehearsal';
    this.#gap(`the enabled APIs of ${project}`, `${why}; ${needed}`);
    return [...new Set([...known, ...NEEDED_APIS])];
  }

  async accounts(project: string): Promise<readonly AccountFound[]> {
    this.#tell('account', serviceAccountEmail(NOBODY, project), `the service accounts of ${project}`);
    const found = new Map<string, AccountFound>();
    for (const name of this.#placedIn(project)) {
      const email = last(name);
      if (name === serviceAccountName(project, email)) found.set(email, { email, disabled: false });
    }
    for (const [email, { project: home, isAgent, disabled }] of this.#contents.accounts)
      if (home === project && !isAgent) found.set(email, { email, disabled });
    return [...found.values()];
  }

  async roles(parent: string): Promise<readonly CustomRoleDocument[]> {
    this.#tell('role', `${parent}/roles/${NOBODY}`, `the custom roles of ${parent}`);
    return [...this.#contents.roles.values()].flatMap(({ name, title, stage, permissions }) => {
      const custom = parseCustomRoleName(name);
      return custom?.parent === parent
        ? [{ id: custom.id, title, stage, permissions: [...permissions] }]
        : [];
    });
  }

  async repositories(project: string, locations?: readonly string[]): Promise<readonly RepositoryFound[]> {
    this.#tell('repository', repositoryName(project, '-', NOBODY), `the repositories of ${project}`);
    const names = new Set([...this.#contents.repositories.keys(), ...this.#placed]);
    const found = [...names].flatMap((name) => {
      const [, location = '', id = ''] = REPOSITORY.exec(name) ?? [];
      const isWanted = locations === undefined || locations.includes(location);
      return projectOf(name) === project && isWanted && id !== ''
        ? [this.#repository(name, location, id)]
        : [];
    });
    if (found.length > 0) {
      const what = `the formats of the repositories of ${project}, and whether their tags are immutable`;
      this.#gap(what, 'not read from exports; in the rehearsal they hold images, with tags that move');
    }
    return found;
  }

  #repository(name: ResourceName, location: string, id: string): RepositoryFound {
    const facts = this.#contents.repositories.get(name);
    if (facts === undefined) this.#tell('repository', name, `what the repository ${id} in ${location} reads`);
    const upstreams = facts?.mode === 'virtual' ? facts.upstreams : [];
    return {
      ...{ id, location, format: 'DOCKER', immutableTags: false },
      mode: `${MODES[facts?.mode ?? 'standard']}_REPOSITORY`,
      // They are in the order of their priorities, which is all that these are for.
      upstreamPolicies: upstreams.map((upstream, index) => ({
        id: `upstream-${index + 1}`,
        repository: upstream.replace('//artifactregistry.googleapis.com/', ''),
        priority: upstreams.length - index,
      })),
    };
  }

  async secrets(project: string): Promise<readonly string[]> {
    this.#tell('secret', secretName(project, NOBODY), `the secrets of ${project}`);
    const names = [...this.#contents.secrets.keys(), ...this.#placedIn(project)];
    const ids = names.flatMap((name) => (name === secretName(project, last(name)) ? [last(name)] : []));
    return [...new Set(ids)];
  }

  async runs(kind: RunKind, project: string): Promise<readonly RunFound[]> {
    const what = `the Cloud Run ${WHAT[kind]} of ${project}`;
    this.#tell('run-resource', runResourceName(kind, project, '-', NOBODY), what);
    const found = new Map<ResourceName, RunFound>();
    for (const run of this.#runs.values())
      if (run.project === project && run.kind === kind)
        found.set(run.resource, { id: run.name, location: run.location });
    for (const name of this.#placedIn(project)) {
      const parts = runResourceParts(name);
      if (parts?.kind === kind) found.set(name, { id: parts.name, location: parts.location });
    }
    return [...found.values()];
  }

  async runTemplate(
    kind: RunKind,
    project: string,
    { id, location }: RunFound,
  ): Promise<Known<RunTemplateFound | Absent>> {
    const resource = runResourceName(kind, project, location, id);
    const run = this.#runs.get(resource);
    if (run === undefined) return this.#contents.missing('run-resource', resource) ?? 'absent';
    const { serviceAccount, images, secrets, invokerIamDisabled } = run;
    if (secrets.some((secret) => 'mount' in secret))
      this.#gap(`where ${id} of ${project} mounts its secrets`, 'not read from exports; it is made up');
    return {
      ...(serviceAccount === undefined || serviceAccount === '' ? {} : { serviceAccount }),
      images: images.filter((image) => image !== ''),
      secrets: secrets.map(secretCopy),
      ...(invokerIamDisabled === true ? { invokerIamDisabled } : {}),
    };
  }

  async organization(organization: string): Promise<Record<string, never>> {
    this.#gap(`the domain of organizations/${organization}`, 'not read from exports');
    return {};
  }

  #placedIn(project: string): readonly ResourceName[] {
    return this.#placed.filter((name) => projectOf(name) === project);
  }

  /** Tells that there may be more than the export names. */
  #tell(part: InventoryPart, where: string, what: string): void {
    const missing = this.#contents.missing(part, where);
    if (missing !== undefined) this.#gap(what, missing.why);
  }
}

const REPOSITORY =
  /^\/\/artifactregistry\.googleapis\.com\/projects\/[^/]+\/locations\/([^/]+)\/repositories\/([^/]+)$/;

/** An export's mount is the volume's name: each version has a directory of its own, as volumes have. */
function secretCopy(secret: InventoryRun['secrets'][number], index: number): RunSecretDocument {
  const { name, version } = secret;
  return 'env' in secret
    ? { name, version, env: secret.env }
    : { name, version, mount: `/secrets/${index + 1}/${last(name)}` };
}
