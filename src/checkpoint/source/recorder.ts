/** A source that keeps everything it has answered, for whoever wants to build the same world again. */
import type { ResourceName } from '../../names/index.js';
import type { ManifestFact, SecretFact } from '../types.js';
import type { Source } from './types.js';

type Answer<Name extends keyof Source> = Source[Name] extends (...args: never[]) => Promise<infer T>
  ? T
  : never;

/** What was asked, with its answer. */
export interface Recorded {
  readonly projects: ReadonlyMap<string, Answer<'project'>>;
  readonly policies: ReadonlyMap<ResourceName, Answer<'policy'>>;
  readonly denyPolicies: ReadonlyMap<ResourceName, Answer<'denyPolicies'>>;
  /** By project. */
  readonly boundaries: ReadonlyMap<string, Answer<'boundaries'>>;
  readonly roles: ReadonlyMap<string, Answer<'role'>>;
  /** By group and principal. */
  readonly memberships: readonly {
    readonly group: string;
    readonly principal: Parameters<Source['memberships']>[0];
    readonly member: boolean | { readonly unknown: true };
  }[];
  readonly tags: ReadonlyMap<ResourceName, Answer<'tags'>>;
  /** By project and API, with a blank between them. */
  readonly apis: ReadonlyMap<string, Answer<'apiEnabled'>>;
  readonly accounts: ReadonlyMap<string, Answer<'account'>>;
  readonly customers: ReadonlyMap<string, Answer<'customers'>>;
  readonly repositories: ReadonlyMap<ResourceName, Answer<'repository'>>;
  /** By the reference as written. */
  readonly manifests: ReadonlyMap<string, ManifestFact>;
  readonly secrets: ReadonlyMap<ResourceName, SecretFact>;
  readonly runResources: ReadonlyMap<ResourceName, Answer<'runResource'>>;
}

/** @returns the source, to be asked in the other's place, and what it has answered so far */
export function recorded(source: Source): { readonly source: Source; readonly record: Recorded } {
  const record = {
    projects: new Map<string, Answer<'project'>>(),
    policies: new Map<ResourceName, Answer<'policy'>>(),
    denyPolicies: new Map<ResourceName, Answer<'denyPolicies'>>(),
    boundaries: new Map<string, Answer<'boundaries'>>(),
    roles: new Map<string, Answer<'role'>>(),
    memberships: [] as Recorded['memberships'][number][],
    tags: new Map<ResourceName, Answer<'tags'>>(),
    apis: new Map<string, Answer<'apiEnabled'>>(),
    accounts: new Map<string, Answer<'account'>>(),
    customers: new Map<string, Answer<'customers'>>(),
    repositories: new Map<ResourceName, Answer<'repository'>>(),
    manifests: new Map<string, ManifestFact>(),
    secrets: new Map<ResourceName, SecretFact>(),
    runResources: new Map<ResourceName, Answer<'runResource'>>(),
  };
  const keep = async <Key, T>(map: Map<Key, T>, key: Key, asked: Promise<T>): Promise<T> => {
    const answer = await asked;
    map.set(key, answer);
    return answer;
  };
  return {
    record,
    source: {
      ...source,
      project: (id) => keep(record.projects, id, source.project(id)),
      policy: (resource) => keep(record.policies, resource, source.policy(resource)),
      denyPolicies: (resource) => keep(record.denyPolicies, resource, source.denyPolicies(resource)),
      above: (container) => source.above(container),
      boundaries: (place) => keep(record.boundaries, place, source.boundaries(place)),
      role: (name) => keep(record.roles, name, source.role(name)),
      async memberships(principal, groups) {
        const answers = await source.memberships(principal, groups);
        for (const [group, member] of answers) record.memberships.push({ group, principal, member });
        return answers;
      },
      tags: (resource) => keep(record.tags, resource, source.tags(resource)),
      apiEnabled: (project, api) => keep(record.apis, `${project} ${api}`, source.apiEnabled(project, api)),
      account: (email) => keep(record.accounts, email, source.account(email)),
      customers: (email) => keep(record.customers, email, source.customers(email)),
      repository: (resource) => keep(record.repositories, resource, source.repository(resource)),
      manifest: (image, platform) => keep(record.manifests, image.text, source.manifest(image, platform)),
      secret: (resource, version) => keep(record.secrets, resource, source.secret(resource, version)),
      runResource: (resource) => keep(record.runResources, resource, source.runResource(resource)),
    },
  };
}
