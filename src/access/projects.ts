/** Projects as rows: `projects/ID` and, since both name one resource, `project-numbers/NUMBER` → id. */
import { isProjectNumber, projectOf, type ResourceName } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import type { Project, Projects } from './types.js';
import { WatchedRows } from './watched-rows.js';

const BY_ID = 'projects/';
const BY_NUMBER = 'project-numbers/';

export class StoredProjects implements Projects {
  readonly #byId: WatchedRows<Project>;
  readonly #idOfNumber: WatchedRows<string>;

  /** @param onChange called after each commit that touches a project */
  constructor(store: Store, onChange: () => void) {
    this.#byId = new WatchedRows(store, BY_ID, (value) => value as Project, onChange);
    this.#idOfNumber = new WatchedRows(store, BY_NUMBER, (value) => value as string, onChange);
  }

  async get(idOrNumber: string): Promise<(Project & { readonly version: number }) | undefined> {
    const row = await this.#byId.get(await this.idOf(idOrNumber));
    return row && { ...row.value, version: row.version };
  }

  /** The id behind an id or a number; what was given when no project has that number. */
  async idOf(idOrNumber: string): Promise<string> {
    if (!isProjectNumber(idOrNumber)) return idOrNumber;
    return (await this.#idOfNumber.get(idOrNumber))?.value ?? idOrNumber;
  }

  /** A project's number and its id name one resource; what lies in it or is attached to it goes by the id. */
  async canonical(resource: ResourceName): Promise<ResourceName> {
    const project = projectOf(resource);
    if (project === undefined || !isProjectNumber(project)) return resource;
    const id = await this.idOf(project);
    return resource.replace(`/projects/${project}`, `/projects/${id}`) as ResourceName;
  }

  async list(): Promise<Project[]> {
    return (await this.#byId.list()).map((row) => row.value);
  }

  creation(project: Project): Write[] {
    return [
      { op: 'put', key: BY_ID + project.projectId, value: project, ifVersion: 0 },
      { op: 'put', key: BY_NUMBER + project.number, value: project.projectId, ifVersion: 0 },
    ];
  }

  update(project: Project & { readonly version: number }): Write {
    const { version, ...value } = project;
    return { op: 'put', key: BY_ID + project.projectId, value, ifVersion: version };
  }
}
