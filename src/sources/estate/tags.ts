/** Tags that resources have or inherit: attached to the copies themselves, which comes to the same. */

import type {
  AccountDocument,
  RepositoryDocument,
  RunDocument,
  SecretDocument,
  TagKeyDocument,
  TagsDocument,
} from '../../estate-file/index.js';
import type { EffectiveTag } from '../../iam/index.js';
import {
  defaultComputeAccount,
  projectName,
  type ResourceName,
  type RunKind,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountEmail,
  serviceAccountName,
  splitResource,
} from '../../names/index.js';
import { type Copying, known } from './copying.js';
import type { EstateCopy, ProjectCopy } from './document.js';

/** Tags of resources, and the keys that these have to come from, as an estate file has them. */
export class CopiedTags {
  readonly #attached = new Map<ResourceName, Readonly<Record<string, string>>>();
  /** By namespaced name. */
  readonly #keys = new Map<string, TagKeyDocument>();

  add(resource: ResourceName, tags: readonly EffectiveTag[]): void {
    for (const { key, keyId, value, valueId } of tags) {
      this.#attached.set(resource, { ...this.#attached.get(resource), [key]: value });
      const values = this.#keys.get(key)?.values?.filter(({ id }) => id !== value) ?? [];
      this.#keys.set(key, {
        id: key.slice(key.indexOf('/') + 1),
        number: numberOf(keyId),
        values: [...values, { id: value, number: numberOf(valueId) }],
      });
    }
  }

  /** What a resource has. */
  of(resource: ResourceName): { readonly tags?: TagsDocument } {
    const tags = this.#attached.get(resource);
    return tags ? { tags } : {};
  }

  /** @param parent what keys are defined in, as their names begin: a project's id or an organization's number */
  keysOf(parent: string): { readonly tagKeys?: readonly TagKeyDocument[] } {
    const tagKeys = [...this.#keys].flatMap(([name, key]) => (name.startsWith(`${parent}/`) ? [key] : []));
    return tagKeys.length > 0 ? { tagKeys } : {};
  }

  /** Namespaced names of all keys. */
  keys(): Iterable<string> {
    return this.#keys.keys();
  }
}

/** `tagKeys/1` → `1` */
const numberOf = (name: string): string => name.slice(name.indexOf('/') + 1);

/**
 * The copy with tags. Whatever lies in projects is asked for its own where a condition asks for some: they decide
 * nothing else, and each takes a call.
 */
export async function withTags(copy: EstateCopy, copying: Copying): Promise<EstateCopy> {
  const copied = new CopiedTags();
  const read = async (resource: ResourceName, what: string): Promise<readonly EffectiveTag[]> =>
    known(await copying.source.tags(resource), `the tags of ${what}`, [], copying.gap);
  const decide = TAG_FUNCTIONS.test(JSON.stringify(copy));
  for (const project of copy.projects) {
    const own = await read(projectName(project.id), project.id);
    copied.add(projectName(project.id), own);
    for (const resource of decide ? resourcesIn(project) : []) {
      const found = await read(resource, splitResource(resource).path);
      copied.add(resource, found.filter(isOtherThan(own)));
    }
  }
  const { organization } = copy;
  return {
    ...copy,
    ...(organization && { organization: { ...organization, ...copied.keysOf(organization.id) } }),
    projects: copy.projects.map((project) => tagged(project, copied)),
  };
}

/** https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-tags */
const TAG_FUNCTIONS = /\b(?:matchTag|matchTagId|hasTagKey|hasTagKeyId)\b/;

const isOtherThan =
  (inherited: readonly EffectiveTag[]) =>
  ({ valueId }: EffectiveTag): boolean =>
    !inherited.some((tag) => tag.valueId === valueId);

const inRun = (kind: RunKind, project: string) => (run: RunDocument) =>
  runResourceName(kind, project, run.location, run.id);
const ofAccount = (project: string) => (account: AccountDocument) =>
  serviceAccountName(project, serviceAccountEmail(account.id, project));
const ofRepository = (project: string) => (repository: RepositoryDocument) =>
  repositoryName(project, repository.location, repository.id);
const ofSecret = (project: string) => (secret: SecretDocument) => secretName(project, secret.id);

/** What may have tags of its own in a project. Worker pools cannot. */
function resourcesIn(project: ProjectCopy): readonly ResourceName[] {
  const { id, number, repositories = [], secrets = [], serviceAccounts = [] } = project;
  const { defaultServiceAccount, runServices = [], runJobs = [] } = project;
  return [
    ...serviceAccounts.map(ofAccount(id)),
    ...(defaultServiceAccount && number !== undefined
      ? [serviceAccountName(id, defaultComputeAccount(number))]
      : []),
    ...repositories.map(ofRepository(id)),
    ...secrets.map(ofSecret(id)),
    ...runServices.map(inRun('service', id)),
    ...runJobs.map(inRun('job', id)),
  ];
}

function tagged(project: ProjectCopy, copied: CopiedTags): ProjectCopy {
  const { id, number = '', serviceAccounts, repositories, secrets, runServices, runJobs } = project;
  const { defaultServiceAccount } = project;
  const having =
    <T>(nameOf: (entry: T) => ResourceName) =>
    (entry: T): T => ({ ...entry, ...copied.of(nameOf(entry)) });
  return {
    ...project,
    ...copied.of(projectName(id)),
    ...copied.keysOf(id),
    ...(serviceAccounts && { serviceAccounts: serviceAccounts.map(having(ofAccount(id))) }),
    ...(defaultServiceAccount && {
      defaultServiceAccount: {
        ...defaultServiceAccount,
        ...copied.of(serviceAccountName(id, defaultComputeAccount(number))),
      },
    }),
    ...(repositories && { repositories: repositories.map(having(ofRepository(id))) }),
    ...(secrets && { secrets: secrets.map(having(ofSecret(id))) }),
    ...(runServices && { runServices: runServices.map(having(inRun('service', id))) }),
    ...(runJobs && { runJobs: runJobs.map(having(inRun('job', id))) }),
  };
}
