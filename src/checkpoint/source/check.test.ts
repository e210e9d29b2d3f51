import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { factsOf, planOf, requestOf, sourceOf, type TestDeploy, type TestEstate } from '../cases/estate.js';
import { fixes, judge, report } from '../index.js';
import { checkDeployOn } from './check.js';

const folder = fileURLToPath(new URL('../cases/', import.meta.url));
const files = readdirSync(folder).filter((name) => /^\d+-.*\.yaml$/.test(name));
const time = new Date('2025-01-15T00:00:00Z');

describe('a check by the facts of a source', () => {
  it.each(files)('says of %s what the facts, taken together, say', async (file) => {
    const { estate, deploy }: { estate: TestEstate; deploy: TestDeploy } = parse(
      readFileSync(folder + file, 'utf8'),
    );
    const plan = planOf(deploy, estate);
    const judgement = judge(plan, factsOf(estate), { imageReadCheck: 'enforce' });
    const checked = await checkDeployOn(requestOf(deploy), sourceOf(estate), { time });
    expect(checked.report).toEqual(report(plan, judgement, fixes(judgement, plan)));
  });

  const estate: TestEstate = {
    projects: {
      'myproject-a': {
        number: '1',
        apis: ['run.googleapis.com'],
        iam: { 'roles/run.admin': ['group:team@example.com'] },
      },
    },
    groups: { 'team@example.com': ['user:alice@example.com'] },
  };
  const request = requestOf({
    project: 'myproject-a',
    as: 'alice@example.com',
    images: ['us-docker.pkg.dev/myproject-a/r/i'],
  });
  const verdictOn = async (id: string, over: Parameters<typeof sourceOf>[1]) => {
    const { report: said } = await checkDeployOn(request, sourceOf(estate, over), { time });
    return said.requirements.find((each) => each.id === id);
  };
  const unknown = { unknown: true, why: 'you lack some.permission on it' } as const;

  it('grants through a group whose members can be read', async () => {
    expect((await verdictOn('deployer-deploys', {}))?.verdict).toBe('granted');
  });

  it.each([
    ['a policy', { policy: async () => unknown }],
    ['the deny policies', { denyPolicies: async () => unknown }],
    ['the boundaries', { boundaries: async () => unknown }],
    [
      'the members of a group',
      {
        memberships: async (_: unknown, groups: readonly string[]) =>
          new Map(groups.map((g) => [g, unknown])),
      },
    ],
    [
      'what is above the project',
      {
        project: async () => ({ projectId: 'myproject-a', number: '1', above: unknown, active: true }),
        policy: async () => ({ version: 1, etag: '', bindings: [] }),
      },
    ],
  ])('says unknown, and why, when %s cannot be read', async (_, over) => {
    const found = await verdictOn('deployer-deploys', over);
    expect(found?.verdict).toBe('unknown');
    expect(found?.reasons.join('; ')).toContain('you lack some.permission on it');
  });

  it('leaves open what no rule covers', async () => {
    const open = [{ field: '--network', why: 'networks are not judged' }];
    const { report: said } = await checkDeployOn({ ...request, open }, sourceOf(estate), { time });
    expect(said.requirements.at(-1)).toMatchObject({
      id: 'not-judged',
      verdict: 'unknown',
      reasons: ['--network: networks are not judged'],
    });
  });

  describe('of an image in a virtual repository', () => {
    const upstream = '//artifactregistry.googleapis.com/projects/upstreams/locations/us/repositories/base';
    const agent = 'serviceAccount:service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com';
    const withGrants = (roles: Readonly<Record<string, readonly string[]>>): TestEstate => ({
      projects: { ...estate.projects, upstreams: { number: '2', repositories: { 'us/base': roles } } },
      ...(estate.groups && { groups: estate.groups }),
    });
    const check = async (roles: Readonly<Record<string, readonly string[]>>) => {
      const over = { repository: async () => ({ mode: 'virtual', upstreams: [upstream] }) as const };
      const checked = await checkDeployOn(request, sourceOf(withGrants(roles), over), { time });
      const found = checked.report.requirements.find(({ id }) => id === 'registry-agent-reads-upstream');
      return { found, mends: checked.fixes.map(({ gcloud }) => gcloud) };
    };

    it("wants the Artifact Registry agent of that repository's project to read what is behind it", async () => {
      const { found, mends } = await check({});
      expect(found).toMatchObject({ verdict: 'denied', principal: agent, resource: upstream });
      expect(mends).toContain(
        `gcloud artifacts repositories add-iam-policy-binding base --project=upstreams --location=us --member=${agent} --role=roles/artifactregistry.reader --condition=None`,
      );
    });

    it('is content with a reader there', async () => {
      expect((await check({ 'roles/artifactregistry.reader': [agent] })).found?.verdict).toBe('granted');
    });
  });
});
