import { describe, expect, it } from 'vitest';
import { parsePrincipal, projectName, repositoryName, serviceAccountName } from '../../names/index.js';
import { decidingState, NOW, type TestEstate, testEstate } from './testing-estates.js';

const ESTATE = `
organization: { id: "123456789012", domain: example.com, iam: [{ role: roles/viewer, members: ["domain:example.org"] }] }
folders: [{ id: "4711", parent: organizations/123456789012, iam: [{ role: roles/browser, members: [carol@example.com] }] }]
groups:
  platform@example.com: ["user:alice@example.com"]
  everyone@example.com: ["group:platform@example.com", dave@example.com]
projects:
  - id: myproject-a
    number: "891566352225"
    parent: folders/4711
    services: [run.googleapis.com, artifactregistry.googleapis.com]
    iam:
      - { role: roles/run.developer, members: ["group:everyone@example.com"] }
      - role: roles/run.admin
        members: [erin@example.com]
        condition: { title: past, expression: 'request.time < timestamp("2026-01-01T00:00:00Z")' }
    serviceAccounts: [{ id: runtime, iam: [{ role: roles/iam.serviceAccountUser, members: [alice@example.com] }] }]
    repositories: [{ id: docker-repo, location: asia-northeast1, format: DOCKER }]
`;

const may = (
  { access }: TestEstate,
  who: string,
  permission: string,
  resource = projectName('myproject-a'),
) => {
  const principal = parsePrincipal(who);
  if (!principal) throw new Error(who);
  return access.isGranted(principal, permission, resource, NOW);
};

const lines = async (applied: ReturnType<TestEstate['apply']>) =>
  (await applied).changes.map(({ action, kind, name, details }) =>
    [action, kind, name, ...details].join(' '),
  );

const problemsOf = async (plane: TestEstate, text: string) =>
  plane.apply(text).then(
    () => [],
    (error: Error) => error.message.split('\n'),
  );

describe('applyEstate', () => {
  it('makes decisions: by nested groups, folders, the organization and conditions, on accounts', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    expect(await may(plane, 'alice@example.com', 'run.services.create')).toBe(true);
    expect(await may(plane, 'dave@example.com', 'run.services.create')).toBe(true);
    expect(await may(plane, 'bob@example.com', 'run.services.create')).toBe(false);
    expect(await may(plane, 'erin@example.com', 'run.services.create')).toBe(false);
    expect(await may(plane, 'carol@example.com', 'resourcemanager.projects.get')).toBe(true);
    expect(await may(plane, 'frank@example.org', 'run.services.get')).toBe(true);
    expect(await may(plane, 'frank@example.org', 'run.services.create')).toBe(false);
    expect(await may(plane, 'owner@example.com', 'run.services.create')).toBe(true);
    const account = serviceAccountName('myproject-a', 'runtime@myproject-a.iam.gserviceaccount.com');
    expect(await may(plane, 'alice@example.com', 'iam.serviceAccounts.actAs', account)).toBe(true);
  });

  it('brings what enabling an API brings', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    const agent = 'service-891566352225@serverless-robot-prod.iam.gserviceaccount.com';
    const repository = repositoryName('myproject-a', 'asia-northeast1', 'docker-repo');
    expect(await may(plane, agent, 'artifactregistry.repositories.downloadArtifacts', repository)).toBe(true);
    expect(
      await plane.identity.accounts.get('891566352225-compute@developer.gserviceaccount.com'),
    ).toBeDefined();
    expect(
      await plane.identity.accounts.get(
        'service-891566352225@gcp-sa-artifactregistry.iam.gserviceaccount.com',
      ),
    ).toBeDefined();
  });

  it('says what it did, and nothing the second time', async () => {
    const plane = testEstate();
    expect(await lines(plane.apply(ESTATE))).toEqual([
      'created organization 123456789012',
      'created folder 4711',
      'created group everyone@example.com',
      'created group platform@example.com',
      'created project myproject-a',
      'created serviceAccount 891566352225-compute@developer.gserviceaccount.com',
      'created serviceAccount runtime@myproject-a.iam.gserviceaccount.com',
      'created serviceAgent service-891566352225@gcp-sa-artifactregistry.iam.gserviceaccount.com',
      'created serviceAgent service-891566352225@serverless-robot-prod.iam.gserviceaccount.com',
      'created repository myproject-a/asia-northeast1/docker-repo',
    ]);
    expect(await plane.apply(ESTATE)).toEqual({ changes: [], unchanged: 7 });
  });

  it('adds to what is there, and removes nothing', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    const more = `projects:
  - id: myproject-a
    name: Project A
    labels: { team: blue }
    services: [secretmanager.googleapis.com]
    iam: [{ role: roles/viewer, members: [bob@example.com] }]
    serviceAccounts: [{ id: runtime, displayName: Runtime, disabled: true }]`;
    expect(await lines(plane.apply(more))).toEqual([
      'updated project myproject-a name labels +secretmanager.googleapis.com',
      'updated serviceAccount runtime@myproject-a.iam.gserviceaccount.com displayName disabled',
      'created binding roles/viewer user:bob@example.com on projects/myproject-a',
    ]);
    expect(await may(plane, 'alice@example.com', 'run.services.create')).toBe(true);
  });

  it('removes what an exact estate does not name, and says so', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    await plane.apply('projects: [{ id: other-project }]');
    const fewer = `groups: { platform@example.com: [bob@example.com] }
projects: [{ id: myproject-a, iam: [{ role: roles/viewer, members: ["group:platform@example.com"] }] }]`;
    expect(await lines(plane.apply(fewer, { exact: true }))).toEqual([
      'removed organization 123456789012',
      'removed folder 4711',
      'removed group everyone@example.com',
      'updated group platform@example.com +user:bob@example.com -user:alice@example.com',
      'updated project myproject-a parent -artifactregistry.googleapis.com -run.googleapis.com',
      'removed project other-project',
      'removed serviceAccount 891566352225-compute@developer.gserviceaccount.com',
      'removed serviceAccount runtime@myproject-a.iam.gserviceaccount.com',
      'removed serviceAgent service-891566352225@gcp-sa-artifactregistry.iam.gserviceaccount.com',
      'removed serviceAgent service-891566352225@serverless-robot-prod.iam.gserviceaccount.com',
      'removed repository myproject-a/asia-northeast1/docker-repo',
      ...[
        'created binding roles/viewer group:platform@example.com',
        'removed binding roles/artifactregistry.serviceAgent serviceAccount:service-891566352225@gcp-sa-artifactregistry.iam.gserviceaccount.com',
        'removed binding roles/run.admin user:erin@example.com if past: request.time < timestamp("2026-01-01T00:00:00Z")',
        'removed binding roles/run.developer group:everyone@example.com',
        'removed binding roles/run.serviceAgent serviceAccount:service-891566352225@serverless-robot-prod.iam.gserviceaccount.com',
      ].map((line) => `${line} on projects/myproject-a`),
    ]);
    expect(await may(plane, 'alice@example.com', 'run.services.create')).toBe(false);
    expect(await may(plane, 'bob@example.com', 'resourcemanager.projects.get')).toBe(true);
    expect(await plane.access.projects.get('other-project')).toBeUndefined();
  });

  it('shows a dry run and changes nothing', async () => {
    const plane = testEstate();
    const shown = await lines(plane.apply(ESTATE, { dryRun: true }));
    expect(await plane.store.list('')).toEqual([]);
    expect(await lines(plane.apply(ESTATE))).toEqual(shown);
  });

  it('changes nothing at all when one line is bad', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    const before = await decidingState(plane.store);
    const bad =
      'projects: [{ id: new-project }, { id: myproject-a, iam: [{ role: roles/nothing, members: [bob@example.com] }] }]';
    expect(await problemsOf(plane, bad)).toEqual([
      'estate.yaml:1:58: projects[1].iam[0]: Role roles/nothing is not supported for this resource.',
    ]);
    expect(await decidingState(plane.store)).toEqual(before);
  });

  it('builds again when somebody changes the plane meanwhile', async () => {
    const plane = testEstate();
    const applying = plane.apply(ESTATE);
    await plane.store.commit([
      { op: 'put', key: 'groups/late@example.com', value: ['user:zoe@example.com'] },
    ]);
    await applying;
    expect(await plane.exported()).toMatchObject({
      groups: { 'late@example.com': ['user:zoe@example.com'] },
    });
  });

  it('makes the service agents that bindings name', async () => {
    const plane = testEstate();
    await plane.apply(`projects:
  - { id: project-a, number: "100000000001" }
  - id: project-b
    iam: [{ role: roles/viewer, members: [service-100000000001@serverless-robot-prod.iam.gserviceaccount.com] }]`);
    expect(
      await plane.identity.accounts.get('service-100000000001@serverless-robot-prod.iam.gserviceaccount.com'),
    ).toBeDefined();
  });
});

describe('a bad estate', () => {
  const PROJECT = 'projects: [{ id: project-a, ';
  it.each([
    ['a project id', 'projects: [{ id: no }]', 'project_id must be'],
    ['the project of the sample images', 'projects: [{ id: cloudrun }]', "holds Google's sample images"],
    [
      'a number twice',
      'projects: [{ id: project-a, number: "12" }, { id: project-b, number: "12" }]',
      'The project project-a has the number 12 too.',
    ],
    ['a parent', `${PROJECT}parent: folders/1 }]`, 'There is no "folders/1".'],
    ['an organization number', 'organization: { id: x }', '"x" is no organization number.'],
    ['a domain', 'organization: { id: "1", domain: "-" }', '"-" is no domain.'],
    [
      'a folder in a circle',
      'folders: [{ id: "1", parent: folders/2 }, { id: "2", parent: folders/1 }]',
      'introduces a cycle',
    ],
    [
      'a group in a circle',
      'groups: { a@example.com: ["group:b@example.com"], b@example.com: ["group:a@example.com"] }',
      'The group a@example.com holds itself',
    ],
    [
      'a group of a group',
      'groups: { a@example.com: ["group:b@example.com"] }',
      'b@example.com, which does not exist',
    ],
    [
      'a group in a binding',
      `${PROJECT}iam: [{ role: roles/viewer, members: ["group:b@example.com"] }] }]`,
      'members[0]: Group b@example.com does not exist.',
    ],
    [
      'a service account in a binding',
      `${PROJECT}iam: [{ role: roles/viewer, members: [x@project-a.iam.gserviceaccount.com] }] }]`,
      'Service account x@project-a.iam.gserviceaccount.com does not exist.',
    ],
    [
      'the public on a project',
      `${PROJECT}iam: [{ role: roles/viewer, members: [allUsers] }] }]`,
      'Member allUsers is invalid',
    ],
    [
      'a condition',
      `${PROJECT}iam: [{ role: roles/run.admin, members: [a@example.com], condition: { title: t, expression: "1 +" } }] }]`,
      'projects[0].iam[0]: ',
    ],
    [
      'an API',
      `${PROJECT}services: [nothing.googleapis.com] }]`,
      'services[0]: Not found or permission denied for service(s): nothing.googleapis.com.',
    ],
    [
      'an API without an agent',
      `${PROJECT}serviceAgents: [dns.googleapis.com] }]`,
      'dns.googleapis.com has no service agent.',
    ],
    ['a label', `${PROJECT}labels: { A: b } }]`, 'label "A: b" is not valid.'],
    ['a name', `${PROJECT}name: a }]`, 'name must be 4 to 30 characters'],
    ['an account id', `${PROJECT}serviceAccounts: [{ id: x }] }]`, 'The account ID "x"'],
    ['a repository id', `${PROJECT}repositories: [{ id: X, location: us }] }]`, 'Invalid repository_id "X"'],
    [
      'a location',
      `${PROJECT}repositories: [{ id: docker, location: nowhere }] }]`,
      '"nowhere" is no location of Artifact Registry.',
    ],
    [
      'a Cloud Run region',
      `${PROJECT}runServices: [{ id: web, location: us, iam: [] }] }]`,
      '"us" is no region.',
    ],
    [
      'a Cloud Run service name',
      `${PROJECT}runServices: [{ id: Web, location: us-central1, iam: [] }] }]`,
      '"Web" is no name of a Cloud Run service.',
    ],
    [
      'a Cloud Run job name',
      `${PROJECT}runJobs: [{ id: Nightly, location: us-central1, iam: [] }] }]`,
      '"Nightly" is no name of a Cloud Run job.',
    ],
  ])('is refused for %s', async (_, text, problem) => {
    const problems = await problemsOf(testEstate(), text);
    expect(problems.join('\n')).toContain(problem);
    expect(problems[0]).toMatch(/^estate\.yaml:1:\d+: /);
  });

  it('is refused for a number that is taken or cannot change', async () => {
    const plane = testEstate();
    await plane.apply('projects: [{ id: project-a, number: "12" }]');
    expect(await problemsOf(plane, 'projects: [{ id: project-b, number: "12" }]')).toEqual([
      'estate.yaml:1:37: projects[0].number: The project project-a has the number 12.',
    ]);
    expect(await problemsOf(plane, 'projects: [{ id: project-a, number: "13" }]')).toEqual([
      'estate.yaml:1:37: projects[0].number: The project project-a has the number 12, which cannot change.',
    ]);
  });
});
