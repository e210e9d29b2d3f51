/**
 * Service accounts of the copied projects that are named, by bindings, by Cloud Run resources or as who acts, and of
 * which nobody says whether they are there: they are taken to be, and that is told.
 */
import { isUnknown } from '../../checkpoint/index.js';
import { defaultComputeAccount, projectOfServiceAccount, serviceAccountEmail } from '../../names/index.js';
import { accountsIn, type Copying } from './copying.js';
import type { EstateCopy, ProjectCopy } from './document.js';

/** @returns the projects of the copy, with those accounts */
export async function withNamedAccounts(
  copy: EstateCopy,
  { source, caller, gap }: Pick<Copying, 'source' | 'caller' | 'gap'>,
): Promise<readonly ProjectCopy[]> {
  const emails = [...accountsIn(copy, caller)].sort();
  const isDoubtful = async (email: string): Promise<boolean> => {
    const account = await source.account(email);
    if (isUnknown(account)) gap(`whether ${email} is there`, `${account.why}; it is in the rehearsal`);
    return isUnknown(account);
  };
  const projects: ProjectCopy[] = [];
  for (const project of copy.projects) {
    const { id, number, serviceAccounts = [] } = project;
    const listed = new Set(serviceAccounts.map((account) => serviceAccountEmail(account.id, id)));
    const added: { readonly id: string }[] = [];
    for (const email of emails) {
      const local = email.slice(0, email.indexOf('@'));
      if (projectOfServiceAccount(email) !== id || listed.has(email)) continue;
      if (await isDoubtful(email)) added.push({ id: local });
    }
    const compute = number === undefined ? '' : defaultComputeAccount(number);
    const isComputeAdded =
      project.defaultServiceAccount === undefined && emails.includes(compute) && (await isDoubtful(compute));
    projects.push({
      ...project,
      ...(added.length > 0 ? { serviceAccounts: [...serviceAccounts, ...added] } : {}),
      ...(isComputeAdded ? { defaultServiceAccount: {} } : {}),
    });
  }
  return projects;
}
