/** Random estates and deploys: what the checkpoint says of each is what the plane then does. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { CheckRequest } from '../../checkpoint/index.js';
import type { BindingDocument, EstateDocument, ProjectDocument } from '../../estate-file/index.js';
import { ARTIFACT_REGISTRY_AGENT, cloudRunAgent } from '../../names/index.js';
import { Deploys, foretold, OBSERVER } from './testing-deploys.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

const RUNS = 60;
const REGION = 'us-central1';

/** How a binding comes to the deployer: by name, through nested groups, or under a condition. */
const ways = ['by-name', 'by-group', 'until-tomorrow', 'until-yesterday'] as const;

interface Given {
  readonly role: string;
  readonly way: (typeof ways)[number];
}

const roles = (...names: readonly string[]): fc.Arbitrary<readonly Given[]> =>
  fc.array(fc.record({ role: fc.constantFrom(...names), way: fc.constantFrom(...ways) }), { maxLength: 2 });
const always = (role: string, way: Given['way']): fc.Arbitrary<readonly Given[]> =>
  fc.constant([{ role, way }]);
const mostly = (arbitrary: fc.Arbitrary<boolean>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, arbitrary);

const worlds = fc.record({
  kind: fc.constantFrom<CheckRequest['kind'][]>('service', 'job', 'workerPool'),
  v2: fc.boolean(),
  otherProject: fc.boolean(),
  /** The image is named in a virtual repository before the one that it lies in. */
  virtual: fc.constantFrom(false, false, true),
  registryAgentReads: fc.boolean(),
  apiEnabled: mostly(fc.boolean()),
  agentHasItsRole: mostly(fc.boolean()),
  ownAccount: fc.boolean(),
  accountExists: mostly(fc.boolean()),
  imageThere: mostly(fc.boolean()),
  onProject: fc.oneof(
    roles('roles/run.developer', 'roles/run.admin', 'roles/run.viewer', 'roles/run.invoker'),
    roles('roles/owner', 'roles/editor', 'roles/viewer', 'roles/iam.serviceAccountUser'),
    always('roles/run.developer', 'by-name'),
  ),
  onAccount: fc.oneof(
    roles('roles/iam.serviceAccountUser', 'roles/iam.serviceAccountTokenCreator'),
    always('roles/iam.serviceAccountUser', 'by-group'),
  ),
  onRepository: fc.oneof(
    roles(
      'roles/artifactregistry.reader',
      'roles/artifactregistry.writer',
      'roles/artifactregistry.repoAdmin',
    ),
    always('roles/artifactregistry.reader', 'by-name'),
  ),
  agentReads: fc.boolean(),
  secret: fc.constantFrom('none', 'readable', 'forbidden', 'missing'),
  denied: fc.constantFrom(
    undefined,
    undefined,
    undefined,
    'run.googleapis.com/services.create',
    'run.googleapis.com/jobs.create',
    'iam.googleapis.com/serviceAccounts.actAs',
  ),
});
type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

interface Setting {
  readonly estate: EstateDocument;
  readonly request: CheckRequest;
  /** Where the image is pushed to. */
  readonly pushed: string;
}

const readerFor = (member: string): BindingDocument => ({
  role: 'roles/artifactregistry.reader',
  members: [member],
});

/** The world as an estate of two projects that no other run has. */
function settingOf(world: World, run: number): Setting {
  const [a, b] = [`deploys-into-${run}`, `images-of-${run}`];
  const number = String(100_000_000_000 + run);
  const deployer = `user:deployer${run}@example.com`;
  const group = `team${run}@example.com`;
  const outer = `everybody${run}@example.com`;
  const account = world.ownAccount
    ? `runtime-${run}@${a}.iam.gserviceaccount.com`
    : `${number}-compute@developer.gserviceaccount.com`;
  const until = (day: number): Pick<BindingDocument, 'condition'> => ({
    condition: {
      title: 'for a while',
      expression: `request.time < timestamp('${new Date(Date.now() + day * 86_400_000).toISOString()}')`,
    },
  });
  const binding = ({ role, way }: Given): BindingDocument => {
    switch (way) {
      case 'by-name':
        return { role, members: [deployer] };
      case 'by-group':
        return { role, members: [`group:${outer}`] };
      // Basic roles take no condition.
      case 'until-tomorrow':
        return { role, members: [deployer], ...(role.includes('.') ? until(1) : {}) };
      case 'until-yesterday':
        return role.includes('.')
          ? { role, members: [deployer], ...until(-1) }
          : { role, members: [OBSERVER] };
    }
  };
  const agent = `serviceAccount:${cloudRunAgent(number)}`;
  const iam = world.onAccount.map(binding);
  const images = world.otherProject ? b : a;
  const iamOfNamed = [
    ...world.onRepository.map(binding),
    ...(world.agentReads && world.apiEnabled ? [readerFor(agent)] : []),
  ];
  const registryAgent = `serviceAccount:${ARTIFACT_REGISTRY_AGENT.email(number)}`;
  const iamBehind = world.registryAgentReads ? [readerFor(registryAgent)] : [];
  const repository = { id: 'repo', location: REGION, iam: world.virtual ? iamBehind : iamOfNamed };
  const name = `projects/${images}/locations/${REGION}/repositories/repo`;
  const before = {
    id: 'virtual',
    location: REGION,
    upstreamPolicies: [{ id: 'behind', repository: name, priority: 1 }],
    iam: iamOfNamed,
  };
  const readable = world.secret === 'readable' && (!world.ownAccount || world.accountExists);
  const secret = {
    id: 'password',
    value: 'x',
    iam:
      readable && (world.apiEnabled || world.ownAccount)
        ? [{ role: 'roles/secretmanager.secretAccessor', members: [`serviceAccount:${account}`] }]
        : [],
  };
  const projectA: ProjectDocument = {
    id: a,
    number,
    services: [
      ...(world.apiEnabled ? ['run.googleapis.com'] : []),
      'artifactregistry.googleapis.com',
      'secretmanager.googleapis.com',
    ],
    iam: [{ role: 'roles/owner', members: [OBSERVER] }, ...world.onProject.map(binding)],
    ...(world.ownAccount && world.accountExists ? { serviceAccounts: [{ id: `runtime-${run}`, iam }] } : {}),
    ...(world.ownAccount || !world.apiEnabled ? {} : { defaultServiceAccount: { iam } }),
    repositories: [...(world.otherProject ? [] : [repository]), ...(world.virtual ? [before] : [])],
    ...(world.secret === 'none' || world.secret === 'missing' ? {} : { secrets: [secret] }),
    ...(world.denied === undefined
      ? {}
      : {
          denyPolicies: [
            {
              id: 'no',
              rules: [
                {
                  deniedPrincipals: [`principal://goog/subject/${deployer.slice('user:'.length)}`],
                  deniedPermissions: [world.denied],
                },
              ],
            },
          ],
        }),
  };
  const projectB: ProjectDocument = {
    id: b,
    services: ['artifactregistry.googleapis.com'],
    iam: [{ role: 'roles/owner', members: [OBSERVER] }],
    repositories: world.otherProject ? [repository] : [],
  };
  const pushed = `${REGION}-docker.pkg.dev/${images}/repo/app:v1`;
  const image = world.virtual ? `${REGION}-docker.pkg.dev/${a}/virtual/app:v1` : pushed;
  return {
    estate: { groups: { [outer]: [`group:${group}`], [group]: [deployer] }, projects: [projectA, projectB] },
    pushed,
    request: {
      kind: world.kind,
      apiVersion: world.v2 || world.kind === 'workerPool' ? 'v2' : 'v1',
      name: 'subject',
      project: a,
      region: REGION,
      as: deployer,
      images: [image],
      ...(world.ownAccount ? { serviceAccount: account } : {}),
      ...(world.secret === 'none'
        ? {}
        : { secrets: [{ env: 'PASSWORD', name: 'password', version: 'latest' }] }),
    },
  };
}

let deploys: Deploys;
beforeAll(async () => {
  deploys = await Deploys.open();
});
afterAll(() => deploys.close());

it('does with a deploy what was foretold of it', async () => {
  let run = 0;
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      run++;
      const { estate, request, pushed } = settingOf(world, run);
      await deploys.apply(estate);
      if (world.apiEnabled && !world.agentHasItsRole) await takeRoleFromAgent(request.project);
      if (world.imageThere) await deploys.push(pushed);
      const said = foretold(await deploys.foretell(request));
      const done = await deploys.deploy(request);
      expect(done, JSON.stringify({ estate, request }, null, 2)).toEqual(said);
      seen.add(done.kind);
    }),
    { numRuns: RUNS },
  );
  // A property that only ever met refusals would say little.
  expect([...seen].toSorted()).toEqual(['failed', 'refused', 'through']);
});

async function takeRoleFromAgent(project: string): Promise<void> {
  const host = 'cloudresourcemanager.googleapis.com';
  const { json } = await deploys.call(OBSERVER, 'POST', host, `v1/projects/${project}:getIamPolicy`, {});
  const bindings = (json.bindings as readonly BindingDocument[]).filter(
    ({ role }) => role !== 'roles/run.serviceAgent',
  );
  await deploys.call(OBSERVER, 'POST', host, `v1/projects/${project}:setIamPolicy`, {
    policy: { ...json, bindings },
  });
}
