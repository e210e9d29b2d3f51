/** Which project is which: assets name projects by id or by number, the estate by id alone. */
import type { ProjectFacts } from '../../checkpoint/index.js';
import type { ResourceName } from '../../names/index.js';
import type { Collected } from './collect.js';
import { isByUniqueId } from './unique-ids.js';

const PROJECTS = 'projects/';
const isLetter = (code: number) => code >= 0x61 && code <= 0x7a;

/** Ids and numbers of the projects of an export. */
export class ProjectNames {
  readonly #ids = new Map<string, string>();
  readonly #numbers = new Map<string, string>();

  /** The unique ids of service accounts → their addresses. */
  readonly #accounts: ReadonlyMap<string, string>;

  constructor({ projects, accountIds }: Pick<Collected, 'projects' | 'accountIds'>) {
    this.#accounts = accountIds;
    for (const { id, number } of projects.values()) {
      if (id === undefined || number === undefined) continue;
      this.#ids.set(number, id);
      this.#numbers.set(id, number);
    }
  }

  /** The id of a project; its number where no asset tells the id. */
  id(idOrNumber: string): string {
    return this.#ids.get(idOrNumber) ?? idOrNumber;
  }

  /** The number of a project; its id where no asset tells the number. */
  number(idOrNumber: string): string {
    return this.#numbers.get(idOrNumber) ?? idOrNumber;
  }

  /** A resource name with its project by id, and a service account by its address. */
  resource(name: string): ResourceName {
    const named = isByUniqueId(name) ? this.#byAddress(name) : name;
    // Ids begin with a letter: most names need no look at who is who.
    if (isLetter(named.charCodeAt(named.indexOf(PROJECTS) + PROJECTS.length))) return named as ResourceName;
    return this.#spelled(named, (key) => this.#ids.get(key)) as ResourceName;
  }

  #byAddress(name: string): string {
    const start = name.lastIndexOf('/') + 1;
    const email = this.#accounts.get(name.slice(start));
    return email === undefined ? name : name.slice(0, start) + email;
  }

  /** The same with its project by number, as sets of principals name them. */
  numbered(name: string): string {
    return this.#spelled(name, (key) => this.#numbers.get(key));
  }

  #spelled(name: string, other: (key: string) => string | undefined): string {
    const start = name.indexOf(PROJECTS) + PROJECTS.length;
    if (start < PROJECTS.length) return name;
    const slash = name.indexOf('/', start);
    const end = slash < 0 ? name.length : slash;
    const replacement = other(name.slice(start, end));
    return replacement === undefined ? name : name.slice(0, start) + replacement + name.slice(end);
  }
}

/** The projects of the export: assets themselves, and those that only what lies in them tells of. */
export function projectFacts(collected: Collected, names: ProjectNames): ProjectFacts[] {
  const keys = new Set<string>([
    ...collected.projects.keys(),
    ...[...collected.lineages.keys()].flatMap((path) =>
      path.startsWith('projects/') ? [path.slice('projects/'.length)] : [],
    ),
  ]);
  const facts = new Map<string, ProjectFacts>();
  for (const key of keys) {
    const id = names.id(key);
    if (facts.has(id)) continue;
    const asset = collected.projects.get(key) ?? collected.projects.get(names.number(id));
    const number = asset?.number ?? names.number(id);
    facts.set(id, {
      projectId: id,
      ...(/^\d+$/.test(number) ? { number } : {}),
      above: above(collected, id, number),
      active: asset?.active ?? true,
    });
  }
  return [...facts.values()];
}

function above({ lineages }: Collected, id: string, number: string): ProjectFacts['above'] {
  const lineage = lineages.get(`projects/${number}`) ?? lineages.get(`projects/${id}`);
  if (lineage === undefined) {
    return {
      unknown: true,
      why: `the export does not say what project ${id} lies in (its assets have no ancestors)`,
    };
  }
  return lineage.slice(1).map((path): ResourceName => `//cloudresourcemanager.googleapis.com/${path}`);
}
