/** Folders as rows, `folders/NUMBER`, and the organizations above them, `organizations/NUMBER`. */
import { createHash } from 'node:crypto';
import type { Store, Write } from '../store/index.js';
import type { Folder, Folders, Organization, Organizations } from './types.js';
import { WatchedRows } from './watched-rows.js';

const FOLDERS = 'folders/';
const ORGANIZATIONS = 'organizations/';

/** When what an estate file brought began, where nobody wrote it down. */
const LONG_AGO = new Date(0).toISOString();

type FolderRow = Omit<Folder, 'id'>;
type OrganizationRow = Omit<Organization, 'id'>;

export class StoredFolders implements Folders {
  readonly #rows: WatchedRows<Folder>;

  /** @param onChange called after each commit that touches a folder */
  constructor(store: Store, onChange: () => void) {
    this.#rows = new WatchedRows(store, FOLDERS, folderOf, onChange);
  }

  async get(id: string): Promise<(Folder & { readonly version: number }) | undefined> {
    const row = await this.#rows.get(id);
    return row && { ...row.value, version: row.version };
  }

  async list(): Promise<Folder[]> {
    return (await this.#rows.list()).map(({ value }) => value);
  }

  creation({ id, ...row }: Folder): Write {
    return { op: 'put', key: FOLDERS + id, value: row, ifVersion: 0 };
  }

  update({ id, version, ...row }: Folder & { readonly version: number }): Write {
    return { op: 'put', key: FOLDERS + id, value: row, ifVersion: version };
  }
}

/** Rows of estates that were applied before folders had an API say where a folder is, and at most what it is called. */
function folderOf(value: unknown, id: string): Folder {
  const row = value as Partial<FolderRow> & Pick<FolderRow, 'parent'>;
  return { displayName: defaultFolderName(id), state: 'ACTIVE', createTime: LONG_AGO, ...row, id };
}

/** What a folder is called that was given no name. */
export function defaultFolderName(id: string): string {
  return `folder-${id}`;
}

export class StoredOrganizations implements Organizations {
  readonly #rows: WatchedRows<Organization>;

  constructor(store: Store) {
    this.#rows = new WatchedRows(store, ORGANIZATIONS, organizationOf);
  }

  async get(id: string): Promise<(Organization & { readonly version: number }) | undefined> {
    const row = await this.#rows.get(id);
    return row && { ...row.value, version: row.version };
  }

  async list(): Promise<Organization[]> {
    return (await this.#rows.list()).map(({ value }) => value);
  }

  creation({ id, ...row }: Organization): Write {
    return { op: 'put', key: ORGANIZATIONS + id, value: row, ifVersion: 0 };
  }

  update({ id, version, ...row }: Organization & { readonly version: number }): Write {
    return { op: 'put', key: ORGANIZATIONS + id, value: row, ifVersion: version };
  }
}

function organizationOf(value: unknown, id: string): Organization {
  const row = value as Partial<OrganizationRow>;
  return { customerId: defaultCustomerId(id), createTime: LONG_AGO, ...row, id };
}

/** A Workspace customer's id as Google makes them, `C0` and seven more; always the same for one organization. */
export function defaultCustomerId(organization: string): string {
  const digest = createHash('sha256').update(`customer of organizations/${organization}`).digest('hex');
  return `C0${BigInt(`0x${digest.slice(0, 16)}`)
    .toString(36)
    .padStart(7, '0')
    .slice(-7)}`;
}

/** What an organization is called: by its domain, where it has one. */
export function organizationTitle({ id, domain }: Pick<Organization, 'id' | 'domain'>): string {
  return domain ?? `organization-${id}`;
}
