import { describe, expect, it } from 'vitest';
import { sourceOf } from '../checkpoint/cases/estate.js';
import type { Source } from '../checkpoint/index.js';
import { memberOf } from '../names/index.js';
import { checkPlan } from './check.js';

const ALICE = 'user:alice@example.com';
const TEAM = 'group:team@example.com';
const AT = { project: 'myproject-a', location: 'us-central1' };

const ESTATE = {
  projects: {
    'myproject-a': {
      number: '111',
      apis: ['run.googleapis.com'],
      iam: { 'roles/run.admin': [TEAM], 'roles/iam.serviceAccountUser': [TEAM] },
      repositories: { 'us-central1/images': {} },
    },
  },
  groups: { 'team@example.com': [ALICE] },
};

const created = (type: string, name: string, after: object) => ({
  address: `${type}.${name}`,
  mode: 'managed',
  type,
  name,
  change: { actions: ['create'], before: null, after, after_unknown: {} },
});

/** Services that share a repository, which one binding lets the deployer read; nothing waits for it. */
const PLAN = JSON.stringify({
  format_version: '1.2',
  resource_changes: [
    ...['web', 'api', 'admin'].map((name) =>
      created('google_cloud_run_v2_service', name, {
        ...AT,
        name,
        template: [{ containers: [{ image: `us-central1-docker.pkg.dev/myproject-a/images/${name}:1` }] }],
      }),
    ),
    created('google_artifact_registry_repository_iam_member', 'reader', {
      ...AT,
      repository: 'images',
      role: 'roles/artifactregistry.reader',
      member: ALICE,
    }),
  ],
});

/** The same source, and what it was asked, one entry per thing and question. */
function watched(source: Source): { readonly source: Source; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const note = <T>(what: string, answer: () => T): T => {
    asked.push(what);
    return answer();
  };
  return {
    asked,
    source: {
      name: source.name,
      project: (id) => note(`project ${id}`, () => source.project(id)),
      policy: (on) => note(`policy ${on}`, () => source.policy(on)),
      denyPolicies: (on) => note(`deny ${on}`, () => source.denyPolicies(on)),
      above: (on) => note(`above ${on}`, () => source.above(on)),
      boundaries: (project) => note(`boundaries ${project}`, () => source.boundaries(project)),
      role: (name) => note(`role ${name}`, () => source.role(name)),
      memberships(principal, groups) {
        for (const group of groups) asked.push(`${memberOf(principal)} in ${group}`);
        return source.memberships(principal, groups);
      },
      tags: (on) => note(`tags ${on}`, () => source.tags(on)),
      apiEnabled: (project, api) => note(`api ${project} ${api}`, () => source.apiEnabled(project, api)),
      account: (email) => note(`account ${email}`, () => source.account(email)),
      customers: (email) => note(`customers ${email}`, () => source.customers(email)),
      repository: (name) => note(`repository ${name}`, () => source.repository(name)),
      manifest: (image, platform) =>
        note(`manifest ${image.text} ${platform}`, () => source.manifest(image, platform)),
      secret: (name, version) => note(`secret ${name} ${version}`, () => source.secret(name, version)),
      runResource: (name) => note(`run ${name}`, () => source.runResource(name)),
    },
  };
}

describe('a plan of several services', () => {
  it('reads each thing of the source once, for the verdicts and for the faults', async () => {
    const { source, asked } = watched(sourceOf(ESTATE));
    const { checks, faults } = await checkPlan({ plan: PLAN, as: 'alice@example.com' }, { source });
    expect(checks).toHaveLength(3);
    expect(faults.map(({ id }) => id)).toEqual(['no-edge', 'no-edge', 'no-edge']);
    expect(asked).toContain('policy //cloudresourcemanager.googleapis.com/projects/myproject-a');
    expect(asked).toContain(`${ALICE} in ${TEAM}`);
    expect([...asked].sort()).toEqual([...new Set(asked)].sort());
  });
});
