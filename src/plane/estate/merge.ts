/** From files to one estate: things spread over files are joined, members brought into IAM's spelling. */

import type {
  AccountDocument,
  AccountTexts,
  CustomRoleDocument,
  EstateDocument,
  ProjectDocument,
  RepositoryDocument,
  RunDocument,
  SecretDocument,
} from '../../estate-file/index.js';
import { isEmail, parseMember, type RunKind } from '../../names/index.js';
import type {
  AccountEntry,
  CustomRoleEntry,
  Estate,
  FolderEntry,
  GroupEntry,
  OrganizationEntry,
  Placed,
  PoolEntry,
  ProjectEntry,
  RepositoryEntry,
  RunEntry,
  SecretEntry,
} from './estate.js';
import { boundariesOf, denyPoliciesOf } from './merge-governance.js';
import { auditConfigsOf, iamOf, memberNamed } from './merge-iam.js';
import { tagKeysOf, tagsOf } from './merge-tags.js';
import { each, given, listed, mapping, type Parts } from './parts.js';
import { type Problems, placeText, within } from './problems.js';
import type { ReadFile } from './read.js';
import { RUN_NAMES } from './resources.js';

/** Joins the files. What contradicts or cannot be a member is added to the problems. */
export function mergeEstates(files: readonly ReadFile[], problems: Problems): Estate {
  const merger = new Merger(problems);
  const documents = files.map(({ document, place }) => ({ value: document, place }));
  const organization = merger.organization(documents);
  return {
    ...(organization ? { organization } : {}),
    folders: merger.folders(documents),
    groups: merger.groups(documents),
    projects: merger.projects(documents),
  };
}

type Documents = readonly Placed<EstateDocument>[];

class Merger {
  constructor(private readonly problems: Problems) {}

  organization(documents: Documents): OrganizationEntry | undefined {
    const [first, ...others] = documents.flatMap(({ value, place }) =>
      value.organization ? [{ value: value.organization, place: within(place, 'organization') }] : [],
    );
    if (!first) return undefined;
    const parts = [first, ...others] as const;
    for (const { value, place } of others) {
      if (value.id === first.value.id) continue;
      const where = placeText(first.place);
      this.problems.add(place, `There is one organization; another one, ${first.value.id}, is at ${where}.`);
    }
    return {
      id: first.value.id,
      place: first.place,
      defaults: true,
      ...given(parts, ['domain', 'customerId', 'defaults'], this.problems),
      iam: iamOf(this.problems, parts),
      tags: tagsOf(this.problems, parts),
      auditConfigs: auditConfigsOf(this.problems, parts),
      customRoles: this.#customRoles(parts),
      denyPolicies: denyPoliciesOf(this.problems, parts),
      tagKeys: tagKeysOf(this.problems, parts),
      boundaries: boundariesOf(this.problems, parts),
    };
  }

  folders(documents: Documents): FolderEntry[] {
    const all = listed(documents, 'folders', ({ folders }) => folders);
    return each(
      this.problems,
      all,
      ({ id }) => id,
      'folder',
      (parts) => ({
        id: parts[0].value.id,
        place: parts[0].place,
        parent: parts[0].value.parent,
        ...given(parts, ['parent', 'displayName'], this.problems),
        iam: iamOf(this.problems, parts),
        tags: tagsOf(this.problems, parts),
        auditConfigs: auditConfigsOf(this.problems, parts),
        denyPolicies: denyPoliciesOf(this.problems, parts),
      }),
    );
  }

  groups(documents: Documents): GroupEntry[] {
    const all = documents.flatMap(({ value, place }) =>
      Object.entries(value.groups ?? {}).map(([email, members]) => ({
        value: { email, members },
        place: within(place, 'groups', email),
      })),
    );
    return each(
      this.problems,
      all,
      ({ email }) => email.toLowerCase(),
      'group',
      (parts) => {
        const [{ value, place }] = parts;
        if (!isEmail(value.email)) this.problems.add(place, `"${value.email}" is no e-mail address.`);
        const members = parts.flatMap((part) =>
          part.value.members.map((text, i) => this.#groupMember(text, within(part.place, i))),
        );
        return { email: value.email.toLowerCase(), place, members: [...new Set(members)].sort() };
      },
    );
  }

  #groupMember(text: string, place: Placed<string>['place']): string {
    const member = memberNamed(text);
    const kind = member === undefined ? undefined : parseMember(member)?.kind;
    if (kind === 'user' || kind === 'serviceAccount' || kind === 'group') return member ?? text;
    this.problems.add(
      place,
      `"${text}" cannot be in a group: write user:, serviceAccount: or group: and an e-mail address.`,
    );
    return text;
  }

  projects(documents: Documents): ProjectEntry[] {
    const all = listed(documents, 'projects', ({ projects }) => projects);
    return each(
      this.problems,
      all,
      ({ id }) => id,
      'project',
      (parts) => this.#project(parts),
    );
  }

  #project(parts: Parts<ProjectDocument>): ProjectEntry {
    const { problems } = this;
    const [{ value, place }] = parts;
    const defaultAccount = this.#defaultAccount(parts);
    const accounts = listed(parts, 'serviceAccounts', ({ serviceAccounts }) => serviceAccounts);
    const repositories = listed(parts, 'repositories', (part) => part.repositories);
    const secrets = listed(parts, 'secrets', (part) => part.secrets);
    return {
      id: value.id,
      place,
      defaults: true,
      ...given(parts, ['number', 'parent', 'name', 'defaults'], problems),
      labels: mapping(parts, 'labels', ({ labels }) => labels, problems),
      services: unique(listed(parts, 'services', (part) => part.services)),
      serviceAgents: unique(listed(parts, 'serviceAgents', ({ serviceAgents }) => serviceAgents)),
      iam: iamOf(this.problems, parts),
      tags: tagsOf(this.problems, parts),
      auditConfigs: auditConfigsOf(this.problems, parts),
      customRoles: this.#customRoles(parts),
      denyPolicies: denyPoliciesOf(this.problems, parts),
      tagKeys: tagKeysOf(this.problems, parts),
      ...(defaultAccount ? { defaultAccount } : {}),
      accounts: each(
        this.problems,
        accounts,
        ({ id }) => id,
        'service account',
        (own) => this.#account(own),
      ),
      repositories: each(this.problems, repositories, inLocation, 'repository', (own) =>
        this.#repository(own),
      ),
      secrets: each(
        this.problems,
        secrets,
        ({ id }) => id,
        'secret',
        (own) => this.#secret(own),
      ),
      pools: this.#pools(parts),
      run: [
        ...this.#run(
          'service',
          listed(parts, 'runServices', ({ runServices }) => runServices),
        ),
        ...this.#run(
          'job',
          listed(parts, 'runJobs', ({ runJobs }) => runJobs),
        ),
        ...this.#run(
          'workerPool',
          listed(parts, 'runWorkerPools', (part) => part.runWorkerPools),
        ),
      ],
    };
  }

  #run(kind: RunKind, entries: readonly Placed<RunDocument>[]): readonly RunEntry[] {
    return each(this.problems, entries, inLocation, RUN_NAMES[kind], (own) => ({
      kind,
      id: own[0].value.id,
      location: own[0].value.location,
      place: own[0].place,
      ...given(own, ['images', 'serviceAccount', 'secrets'], this.problems),
      iam: iamOf(this.problems, own),
      tags: tagsOf(this.problems, own),
    }));
  }

  #pools(parts: Parts<ProjectDocument>): readonly PoolEntry[] {
    const all = listed(parts, 'workloadIdentityPools', (part) => part.workloadIdentityPools);
    return each(
      this.problems,
      all,
      ({ id }) => id,
      'workload identity pool',
      (own) => ({
        id: own[0].value.id,
        place: own[0].place,
        ...given(own, ['displayName', 'description', 'disabled'], this.problems),
        providers: each(
          this.problems,
          listed(own, 'providers', ({ providers }) => providers),
          ({ id }) => id,
          'provider',
          (of) => ({
            ...given(
              of,
              [
                'displayName',
                'description',
                'disabled',
                'allowedAudiences',
                'jwksJson',
                'attributeCondition',
              ],
              this.problems,
            ),
            ...of[0].value,
            place: of[0].place,
            attributeMapping: mapping(of, 'attributeMapping', (part) => part.attributeMapping, this.problems),
          }),
        ),
      }),
    );
  }

  #customRoles(
    parts: readonly Placed<{ readonly customRoles?: readonly CustomRoleDocument[] }>[],
  ): readonly CustomRoleEntry[] {
    const all = listed(parts, 'customRoles', ({ customRoles }) => customRoles);
    return each(
      this.problems,
      all,
      ({ id }) => id,
      'custom role',
      (own) => ({
        id: own[0].value.id,
        place: own[0].place,
        ...given(own, ['title', 'description', 'stage'], this.problems),
        permissions: own.flatMap(({ value }) => value.permissions),
      }),
    );
  }

  #account(parts: Parts<AccountDocument>): AccountEntry {
    const { id } = parts[0].value;
    return { id, ...this.#accountTexts(parts) };
  }

  #defaultAccount(parts: Parts<ProjectDocument>): AccountEntry | undefined {
    const [first, ...others] = parts.flatMap(({ value, place }) =>
      value.defaultServiceAccount
        ? [{ value: value.defaultServiceAccount, place: within(place, 'defaultServiceAccount') }]
        : [],
    );
    return first && { id: undefined, ...this.#accountTexts([first, ...others]) };
  }

  #accountTexts(parts: Parts<AccountTexts>): Omit<AccountEntry, 'id'> {
    return {
      place: parts[0].place,
      ...given(parts, ['displayName', 'description', 'disabled'], this.problems),
      iam: iamOf(this.problems, parts),
      tags: tagsOf(this.problems, parts),
    };
  }

  #repository(parts: Parts<RepositoryDocument>): RepositoryEntry {
    const { id, location } = parts[0].value;
    return {
      id,
      location,
      place: parts[0].place,
      ...given(parts, ['description', 'immutableTags', 'upstreamPolicies'], this.problems),
      labels: mapping(parts, 'labels', ({ labels }) => labels, this.problems),
      iam: iamOf(this.problems, parts),
      tags: tagsOf(this.problems, parts),
    };
  }

  #secret(parts: Parts<SecretDocument>): SecretEntry {
    const { problems } = this;
    const [first, ...others] = parts.filter(({ value }) => value.value !== undefined);
    for (const { value, place } of others) {
      // Neither is shown: a problem may end up in somebody's log.
      if (first && value.value !== first.value.value)
        problems.add(within(place, 'value'), `There is another value at ${placeText(first.place)}.`);
    }
    return {
      id: parts[0].value.id,
      place: parts[0].place,
      ...(first?.value.value === undefined ? {} : { value: first.value.value }),
      ...given(parts, ['locations'], problems),
      labels: mapping(parts, 'labels', ({ labels }) => labels, problems),
      annotations: mapping(parts, 'annotations', ({ annotations }) => annotations, problems),
      iam: iamOf(this.problems, parts),
      tags: tagsOf(this.problems, parts),
    };
  }
}

const inLocation = ({ id, location }: { readonly id: string; readonly location: string }) =>
  `${location}/${id}`;

function unique(all: readonly Placed<string>[]): Placed<string>[] {
  return [...new Map(all.map((item) => [item.value, item])).values()];
}
