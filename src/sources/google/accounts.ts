/** Service accounts, service agents, and the customers that users belong to. */
import {
  type Absent,
  type AccountFacts,
  type CustomerFacts,
  isUnknown,
  type Known,
} from '../../checkpoint/index.js';
import { projectOfServiceAccount, serviceAgentOf } from '../../names/index.js';
import { fieldsIn, textIn } from './fields.js';
import { readApi, readProject } from './projects.js';
import type { GoogleReader } from './reader.js';
import { unknown } from './unknowns.js';

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/get */
export async function readAccount(
  reader: GoogleReader,
  email: string,
): Promise<Known<AccountFacts | Absent>> {
  const agent = serviceAgentOf(email);
  if (agent) return readAgent(reader, email, agent);
  // By `projects/-`, what is not there would be answered as what may not be seen.
  const answer = await reader.get('account', { project: homeOf(email) ?? '-', email });
  if (isUnknown(answer) || answer === 'absent') return answer;
  const project = textIn(answer, 'projectId');
  if (project === undefined) return unknown(`Google does not say in which project ${email} lies`);
  return { project, isAgent: false, disabled: answer.disabled === true };
}

/** The project that an address names: its id, or in those of default accounts its number. */
function homeOf(email: string): string | undefined {
  const [, number] = /^(\d+)-compute@developer\.gserviceaccount\.com$/.exec(email) ?? [];
  const [, id] = /^([a-z][a-z0-9-]+)@appspot\.gserviceaccount\.com$/.exec(email) ?? [];
  return number ?? id ?? projectOfServiceAccount(email);
}

/**
 * Service agents lie in projects of Google's, where nobody sees them: the API whose enabling makes one tells
 * (https://cloud.google.com/iam/docs/service-agents).
 */
async function readAgent(
  reader: GoogleReader,
  email: string,
  { agent: { api, createdOn }, projectNumber }: NonNullable<ReturnType<typeof serviceAgentOf>>,
): Promise<Known<AccountFacts | Absent>> {
  const project = await readProject(reader, projectNumber);
  if (isUnknown(project) || project === 'absent') return project;
  const enabled = await readApi(reader, project.projectId, api);
  if (isUnknown(enabled)) return enabled;
  if (enabled && createdOn === 'enable')
    return { project: project.projectId, isAgent: true, disabled: false };
  return unknown(
    enabled
      ? `Google makes ${email} with the first resource of ${api}, and shows nobody whether it is there`
      : `Google makes ${email} when ${api} is enabled in ${project.projectId}, which it is not now, and shows nobody whether it is there`,
  );
}

/** Google's own domains, whose users are no customer's. */
const CONSUMERS: ReadonlySet<string> = new Set(['gmail.com', 'googlemail.com']);

/** By the organization that bears the domain of the address, where the caller may see it. */
export async function readCustomers(
  reader: GoogleReader,
  email: string,
): Promise<Known<readonly CustomerFacts[]>> {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (CONSUMERS.has(domain)) return [];
  const found = await reader.list('organizations', {}, 'organizations', { query: `domain:${domain}` });
  if (isUnknown(found)) return found;
  const customers = (found === 'absent' ? [] : found)
    .filter((organization) => textIn(organization, 'displayName')?.toLowerCase() === domain)
    .flatMap((organization): CustomerFacts[] => {
      const name = textIn(organization, 'name');
      const customer =
        textIn(organization, 'directoryCustomerId') ??
        textIn(fieldsIn(organization, 'owner'), 'directoryCustomerId');
      return name === undefined || customer === undefined ? [] : [{ customer, organization: name }];
    });
  if (customers.length > 0) return customers;
  const caller = await reader.caller();
  return unknown(`${caller} sees no organization of ${domain} (resourcemanager.organizations.get)`);
}
