/**
 * Other projects of which accounts are named by bindings, or act, or which boundaries name: they are there by name and
 * by what is above them, with nothing else in them.
 */
import { isUnknown } from '../../checkpoint/index.js';
import {
  folderName,
  organizationName,
  projectOfServiceAccount,
  serviceAccountEmail,
  serviceAgentOf,
  splitResource,
} from '../../names/index.js';
import { accountsIn, type Copying } from './copying.js';
import type { EstateCopy, ProjectCopy } from './document.js';

const COMPUTE = /^(\d+)-compute@developer\.gserviceaccount\.com$/;

interface Stranger {
  readonly accounts: Set<string>;
  /** Its default compute service account is named. */
  compute: boolean;
}

/** What cannot be found out about them is left out of the estate when it is tried, with the reason. */
export async function copyStrangers(
  copy: EstateCopy,
  { source, caller }: Pick<Copying, 'source' | 'caller'>,
): Promise<readonly ProjectCopy[]> {
  const own = new Set(copy.projects.flatMap(({ id, number = '' }) => [id, number]));
  const found = new Map<string, Stranger>();
  const at = (project: string): Stranger => {
    const stranger = found.get(project) ?? { accounts: new Set<string>(), compute: false };
    found.set(project, stranger);
    return stranger;
  };
  for (const email of accountsIn(copy, caller)) {
    const home = projectOfServiceAccount(email);
    const [, compute] = COMPUTE.exec(email) ?? [];
    const number = compute ?? serviceAgentOf(email)?.projectNumber;
    const local = email.slice(0, email.indexOf('@'));
    if (number !== undefined) {
      if (!own.has(number) && compute !== undefined) at(number).compute = true;
      else if (!own.has(number)) at(number);
    } else if (home !== undefined && !own.has(home) && serviceAccountEmail(local, home) === email) {
      at(home).accounts.add(local);
    }
  }
  for (const number of boundByNumber(copy)) if (!own.has(number)) at(number);
  const containers = new Set([
    ...(copy.folders ?? []).map(({ id }) => folderName(id)),
    ...(copy.organization ? [organizationName(copy.organization.id)] : []),
  ]);
  const projects = new Map<string, ProjectCopy>();
  for (const [named, { accounts, compute }] of found) {
    const project = await source.project(named);
    const visible = isUnknown(project) || project === 'absent' ? undefined : project;
    const id = visible?.projectId ?? (/^\d+$/.test(named) ? undefined : named);
    // By its number alone, nobody can say which project that is.
    if (id === undefined) continue;
    const before = projects.get(id);
    const ids = [...(before?.serviceAccounts ?? []), ...[...accounts].map((account) => ({ id: account }))];
    const above = visible && !isUnknown(visible.above) ? visible.above : [];
    const parent = above.find((each) => containers.has(each));
    projects.set(id, {
      ...before,
      id,
      defaults: false,
      ...(visible?.number === undefined ? {} : { number: visible.number }),
      ...(parent === undefined ? {} : { parent: splitResource(parent).path }),
      ...(ids.length > 0 ? { serviceAccounts: ids } : {}),
      ...(compute ? { defaultServiceAccount: {} } : {}),
    });
  }
  return [...projects.values()];
}

/** Projects whose principals a boundary is bound to. */
function boundByNumber({ organization }: EstateCopy): string[] {
  const policies = organization?.principalAccessBoundaryPolicies ?? [];
  return policies.flatMap(({ policyBindings = [] }) =>
    policyBindings.flatMap(({ target }) => /\/projects\/(\d+)$/.exec(target)?.[1] ?? []),
  );
}
