/** What Cloud Run has, the state of secrets, and tags. */
import {
  type Absent,
  isUnknown,
  type Known,
  type RunResourceFacts,
  type SecretFact,
} from '../../checkpoint/index.js';
import type { EffectiveTag } from '../../iam/index.js';
import { projectOf, type ResourceName, splitResource } from '../../names/index.js';
import { fieldsIn, listIn, textIn } from './fields.js';
import { readProject } from './projects.js';
import type { GoogleReader } from './reader.js';
import { notThereOrHidden, unknown } from './unknowns.js';

const RUN = /^projects\/([^/]+)\/locations\/([^/]+)\/(services|jobs|workerPools)\/([^/]+)$/;
const RUN_CALLS = { services: 'service', jobs: 'job', workerPools: 'workerPool' } as const;

/** By v2 (https://cloud.google.com/run/docs/reference/rest); a job's template holds one of its task. */
export async function readRunResource(
  reader: GoogleReader,
  resource: ResourceName,
): Promise<Known<RunResourceFacts | Absent>> {
  const [, project = '', location = '', collection, name = ''] = RUN.exec(splitResource(resource).path) ?? [];
  if (collection === undefined) return unknown(`${resource} is nothing of Cloud Run's`);
  const call = RUN_CALLS[collection as keyof typeof RUN_CALLS];
  const answer = await reader.get(call, { project, location, name });
  if (isUnknown(answer) || answer === 'absent') return answer;
  const outer = fieldsIn(answer, 'template');
  const template = call === 'job' ? fieldsIn(outer, 'template') : outer;
  const serviceAccount = textIn(template, 'serviceAccount') ?? '';
  return {
    ...(serviceAccount === '' ? {} : { serviceAccount }),
    images: listIn(template, 'containers').flatMap((container) => textIn(container, 'image') ?? []),
    ...(answer.invokerIamDisabled === true && { invokerIamDisabled: true }),
  };
}

/** The version's state; what it holds is never asked for. */
export async function readSecret(
  reader: GoogleReader,
  resource: ResourceName,
  version: string,
): Promise<SecretFact> {
  const [, project, secret] =
    /^projects\/([^/]+)\/secrets\/([^/]+)$/.exec(splitResource(resource).path) ?? [];
  if (project === undefined || secret === undefined) return unknown(`${resource} is no secret`);
  const answer = await reader.get('secretVersion', { project, secret, version });
  if (isUnknown(answer)) return answer;
  return answer !== 'absent' && textIn(answer, 'state') === 'ENABLED' ? 'present' : 'missing';
}

/** Tags of regional resources are asked for in their location (https://cloud.google.com/resource-manager/docs/tags/tags-creating-and-managing#listing_effective_tags). */
export async function readTags(
  reader: GoogleReader,
  resource: ResourceName,
): Promise<Known<readonly EffectiveTag[]>> {
  const parent = await taggedName(reader, resource);
  if (isUnknown(parent)) return parent;
  const [, location] = /\/locations\/([^/]+)\//.exec(resource) ?? [];
  const listed =
    location === undefined
      ? await reader.list('effectiveTags', { parent }, 'effectiveTags', { parent })
      : await reader.list('regionalEffectiveTags', { parent, location }, 'effectiveTags', { parent });
  if (isUnknown(listed)) return listed;
  if (listed === 'absent') return notThereOrHidden(splitResource(resource).path);
  return listed.map((tag) => {
    const key = textIn(tag, 'namespacedTagKey') ?? '';
    return {
      keyId: textIn(tag, 'tagKey') ?? '',
      key,
      valueId: textIn(tag, 'tagValue') ?? '',
      value: (textIn(tag, 'namespacedTagValue') ?? '').slice(key.length + 1),
    };
  });
}

/** Tags are bound to names with the project by its number, and service accounts by their unique id. */
async function taggedName(reader: GoogleReader, resource: ResourceName): Promise<Known<string>> {
  const id = projectOf(resource);
  if (id === undefined) return resource;
  const project = await readProject(reader, id);
  if (isUnknown(project)) return project;
  if (project === 'absent' || project.number === undefined) return notThereOrHidden(`projects/${id}`);
  const name = resource.replace(`/projects/${id}`, `/projects/${project.number}`);
  const [, email] = /\/serviceAccounts\/([^/]+)$/.exec(name) ?? [];
  if (email === undefined) return name;
  const account = await reader.get('account', { project: id, email });
  if (isUnknown(account)) return account;
  const uniqueId = account === 'absent' ? undefined : textIn(account, 'uniqueId');
  return uniqueId === undefined ? notThereOrHidden(email) : name.replace(email, uniqueId);
}
