/** What lies in a project of Google Cloud. */
import { type Absent, isUnknown, type Known } from '../../checkpoint/index.js';
import type { CustomRoleDocument, RunSecretDocument } from '../../estate-file/index.js';
import type { RunKind } from '../../names/index.js';
import { type Fields, fieldsIn, listIn, textIn, textsIn } from '../google/fields.js';
import type { CallName, GoogleReader } from '../google/index.js';
import { stageOf } from '../google/role.js';
import {
  type AccountFound,
  type EstateLists,
  type Gap,
  last,
  type RepositoryFound,
  type RunFound,
  type RunTemplateFound,
} from './lists.js';

/** Lists as far as the caller may see them: what they may not is a gap, and the list is empty. */
export class GoogleLists implements EstateLists {
  readonly #reader: GoogleReader;
  readonly #gap: Gap;

  constructor(reader: GoogleReader, gap: Gap) {
    this.#reader = reader;
    this.#gap = gap;
  }

  async apis(project: string): Promise<string[]> {
    const query = { filter: 'state:ENABLED' };
    const found = await this.#list('enabled APIs', 'enabledApis', { project }, 'services', query);
    return found.map(
      (service) => textIn(fieldsIn(service, 'config'), 'name') ?? last(textIn(service, 'name') ?? ''),
    );
  }

  async accounts(project: string): Promise<AccountFound[]> {
    const found = await this.#list('service accounts', 'accounts', { project }, 'accounts');
    return found.flatMap((account) => {
      const email = textIn(account, 'email');
      return email === undefined ? [] : [{ email, disabled: account.disabled === true }];
    });
  }

  async roles(parent: string): Promise<CustomRoleDocument[]> {
    const [kind, id = ''] = parent.split('/');
    const query = { view: 'FULL' };
    const found =
      kind === 'projects'
        ? await this.#list('custom roles', 'projectRoles', { project: id }, 'roles', query)
        : await this.#list('custom roles', 'organizationRoles', { organization: id }, 'roles', query);
    return found
      .filter((role) => role.deleted !== true)
      .map((role) => ({
        id: last(textIn(role, 'name') ?? ''),
        title: textIn(role, 'title') ?? '',
        stage: stageOf(role),
        permissions: textsIn(role, 'includedPermissions'),
      }));
  }

  /** @param locations those to look in; all that Artifact Registry has when left out */
  async repositories(project: string, locations?: readonly string[]): Promise<RepositoryFound[]> {
    const places = locations ?? (await this.#locations(project));
    const found = await Promise.all(
      places.map((location) =>
        this.#list(`repositories in ${location}`, 'repositories', { project, location }, 'repositories'),
      ),
    );
    return found.flat().map((repository) => {
      const name = textIn(repository, 'name') ?? '';
      return {
        id: last(name),
        location: /\/locations\/([^/]+)\//.exec(name)?.[1] ?? '',
        format: textIn(repository, 'format') ?? '',
        mode: textIn(repository, 'mode') ?? 'STANDARD_REPOSITORY',
        immutableTags: fieldsIn(repository, 'dockerConfig').immutableTags === true,
        upstreamPolicies: listIn(fieldsIn(repository, 'virtualRepositoryConfig'), 'upstreamPolicies').map(
          (policy) => ({
            id: textIn(policy, 'id') ?? '',
            repository: textIn(policy, 'repository') ?? '',
            priority: Number(policy.priority ?? 0),
          }),
        ),
      };
    });
  }

  async #locations(project: string): Promise<string[]> {
    const found = await this.#list('locations of Artifact Registry', 'locations', { project }, 'locations');
    return found.flatMap((location) => textIn(location, 'locationId') ?? []);
  }

  async secrets(project: string): Promise<string[]> {
    const found = await this.#list('secrets', 'secrets', { project }, 'secrets');
    return found.map((secret) => last(textIn(secret, 'name') ?? ''));
  }

  /** In every region: v1's lists take them all at once, and say where each lies by a label. */
  async runs(kind: RunKind, project: string): Promise<RunFound[]> {
    const { call, what } = EVERYWHERE[kind];
    const found = await this.#list(what, call, { project }, 'items');
    return found.flatMap((item) => {
      const metadata = fieldsIn(item, 'metadata');
      const id = textIn(metadata, 'name');
      const location = textIn(fieldsIn(metadata, 'labels'), 'cloud.googleapis.com/location');
      return id === undefined || location === undefined ? [] : [{ id, location }];
    });
  }

  async runTemplate(
    kind: RunKind,
    project: string,
    { id, location }: RunFound,
  ): Promise<Known<RunTemplateFound | Absent>> {
    const answer = await this.#reader.get(kind, { project, location, name: id });
    if (isUnknown(answer) || answer === 'absent') return answer;
    const outer = fieldsIn(answer, 'template');
    const template = kind === 'job' ? fieldsIn(outer, 'template') : outer;
    const serviceAccount = textIn(template, 'serviceAccount') ?? '';
    const containers = listIn(template, 'containers');
    return {
      ...(serviceAccount === '' ? {} : { serviceAccount }),
      images: containers.flatMap((container) => textIn(container, 'image') ?? []),
      secrets: [...containers.flatMap(envSecrets), ...volumeSecrets(template, containers)],
      ...(answer.invokerIamDisabled === true ? { invokerIamDisabled: true } : {}),
    };
  }

  async organization(organization: string): Promise<{ domain?: string; customerId?: string }> {
    const answer = await this.#reader.get('organization', { organization });
    if (isUnknown(answer)) this.#gap(`the domain of organizations/${organization}`, answer.why);
    if (isUnknown(answer) || answer === 'absent') return {};
    const domain = textIn(answer, 'displayName');
    const customerId = textIn(answer, 'directoryCustomerId');
    return {
      ...(domain === undefined ? {} : { domain }),
      ...(customerId === undefined ? {} : { customerId }),
    };
  }

  async #list(
    what: string,
    call: CallName,
    parameters: Readonly<Record<string, string>>,
    field: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<readonly Fields[]> {
    const found = await this.#reader.list(call, parameters, field, query);
    if (isUnknown(found)) {
      this.#gap(`the ${what} of ${Object.values(parameters)[0]}`, found.why);
      return [];
    }
    return found === 'absent' ? [] : found;
  }
}

const EVERYWHERE = {
  service: { call: 'servicesEverywhere', what: 'Cloud Run services' },
  job: { call: 'jobsEverywhere', what: 'Cloud Run jobs' },
  workerPool: { call: 'workerPoolsEverywhere', what: 'Cloud Run worker pools' },
} as const satisfies Readonly<Record<RunKind, { readonly call: CallName; readonly what: string }>>;

function envSecrets(container: Fields): RunSecretDocument[] {
  return listIn(container, 'env').flatMap((entry) => {
    const reference = fieldsIn(fieldsIn(entry, 'valueSource'), 'secretKeyRef');
    const name = textIn(reference, 'secret');
    const env = textIn(entry, 'name');
    if (name === undefined || env === undefined) return [];
    return [{ name, version: textIn(reference, 'version') ?? 'latest', env }];
  });
}

function volumeSecrets(template: Fields, containers: readonly Fields[]): RunSecretDocument[] {
  const mounts = containers.flatMap((container) => listIn(container, 'volumeMounts'));
  return listIn(template, 'volumes').flatMap((volume): RunSecretDocument[] => {
    const source = fieldsIn(volume, 'secret');
    const name = textIn(source, 'secret');
    const path = textIn(mounts.find((mount) => mount.name === volume.name) ?? {}, 'mountPath');
    if (name === undefined || path === undefined) return [];
    const items = listIn(source, 'items');
    if (items.length === 0) return [{ name, version: 'latest', mount: `${path}/${last(name)}` }];
    return items.map((item) => ({
      name,
      version: textIn(item, 'version') ?? 'latest',
      mount: `${path}/${textIn(item, 'path') ?? last(name)}`,
    }));
  });
}
