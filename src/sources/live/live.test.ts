import { describe, expect, it } from 'vitest';
import type { AuditReport, Inventory } from '../../checkpoint/index.js';
import { audit } from '../../checkpoint/reports/index.js';
import { type Answering, playGoogle, type Reply, refused } from '../google/testing-answers.js';
import { AssetsUnlisted } from './assets.js';
import { googleInventory, type LiveEstate, type LiveScope } from './inventory.js';

const RUN = 'https://run.googleapis.com';
const CRM = 'https://cloudresourcemanager.googleapis.com';
const IMAGES = 'https://artifactregistry.googleapis.com/v1/projects/images/locations/us/repositories/r';
const COMPUTE = '111-compute@developer.gserviceaccount.com';
const AGENT = 'serviceAccount:service-111@serverless-robot-prod.iam.gserviceaccount.com';
const time = new Date('2026-01-02T03:04:05Z');
const options = { time };

const policy = (...bindings: readonly (readonly [role: string, ...members: string[]])[]): Reply => ({
  json: { version: 1, bindings: bindings.map(([role, ...members]) => ({ role, members })) },
});
const project = (id: string, number: string): Reply => ({
  json: { name: `projects/${number}`, projectId: id, state: 'ACTIVE' },
});

/** The service `web` of project `app`, whose image lies in the project `images`. Answers by the address without a query. */
const GOOGLE: Readonly<Record<string, Reply>> = {
  [`${CRM}/v3/projects/app`]: project('app', '111'),
  [`${CRM}/v3/projects/111`]: project('app', '111'),
  [`${CRM}/v3/projects/images`]: project('images', '222'),
  [`${CRM}/v3/projects/222`]: project('images', '222'),
  [`${CRM}/v3/projects/app:getIamPolicy`]: policy(
    ['roles/run.serviceAgent', AGENT],
    ['roles/run.developer', 'group:deployers@example.com'],
  ),
  [`${CRM}/v3/projects/images:getIamPolicy`]: policy(['roles/owner', 'user:owner@example.com']),
  'https://serviceusage.googleapis.com/v1/projects/app/services/run.googleapis.com': {
    json: { state: 'ENABLED' },
  },
  [`${RUN}/v1/projects/app/locations/-/services`]: {
    json: {
      items: [{ metadata: { name: 'web', labels: { 'cloud.googleapis.com/location': 'us-central1' } } }],
    },
  },
  [`${RUN}/apis/run.googleapis.com/v1/namespaces/app/jobs`]: { json: {} },
  [`${RUN}/apis/run.googleapis.com/v1/namespaces/app/workerpools`]: { json: {} },
  [`${RUN}/v2/projects/app/locations/us-central1/services/web`]: {
    json: { template: { containers: [{ image: 'us-docker.pkg.dev/images/r/web' }] } },
  },
  [`${RUN}/v2/projects/app/locations/us-central1/services/web:getIamPolicy`]: policy(),
  [`https://iam.googleapis.com/v1/projects/111/serviceAccounts/${COMPUTE}`]: { json: { projectId: 'app' } },
  [`https://iam.googleapis.com/v1/projects/app/serviceAccounts/${COMPUTE}:getIamPolicy`]: policy([
    'roles/iam.serviceAccountUser',
    'group:deployers@example.com',
  ]),
  [IMAGES]: { json: { mode: 'STANDARD_REPOSITORY' } },
  [`${IMAGES}:getIamPolicy`]: policy(['roles/artifactregistry.reader', 'group:deployers@example.com']),
  'https://cloudidentity.googleapis.com/v1/groups:lookup': { json: { name: 'groups/1' } },
  'https://cloudidentity.googleapis.com/v1/groups/1/memberships': {
    json: { memberships: [{ type: 'USER', preferredMemberKey: { id: 'alice@example.com' } }] },
  },
};

/** @param changed answers other than those above */
function google(changed: Readonly<Record<string, Reply>> = {}) {
  const answer: Answering = ({ url }) => {
    const key = `${url.origin}${url.pathname}`;
    if (key.includes('/denypolicies')) return { json: {} };
    return changed[key] ?? GOOGLE[key] ?? refused(404, 'not found');
  };
  return playGoogle(answer);
}

async function audited(
  { reader }: ReturnType<typeof google>,
  scope: LiveScope = { projects: ['app'] },
  more: { readonly groups?: Readonly<Record<string, readonly string[]>> } = {},
): Promise<{ readonly report: AuditReport; readonly estate: LiveEstate }> {
  const ask = (inventory: Inventory) => audit(inventory, options);
  const estate = await googleInventory({ reader, scope, ask, ...more });
  const { inventory, ...known } = estate;
  return { estate, report: await audit(inventory, { ...options, ...known }) };
}

const rowsOf = ({ rows }: AuditReport) =>
  rows.map(({ deployer, verdict, first }) => [deployer, verdict, first?.id]);

describe('projects of live Google Cloud', () => {
  it('are audited with what lies in other projects, and with who is in groups', async () => {
    const played = google();
    const { report } = await audited(played);
    expect(rowsOf(report)).toEqual([['user:alice@example.com', 'denied', 'agent-pulls-image']]);
    expect(report.notes.filter(({ kind }) => kind !== 'assumed')).toEqual([]);
    expect(new Set(played.sent).size).toBe(played.sent.length);
  });

  it('pass when the grant is there', async () => {
    const { report } = await audited(
      google({
        [`${IMAGES}:getIamPolicy`]: policy([
          'roles/artifactregistry.reader',
          'group:deployers@example.com',
          AGENT,
        ]),
      }),
    );
    expect([report.verdict, rowsOf(report)]).toEqual([
      'granted',
      [['user:alice@example.com', 'granted', undefined]],
    ]);
  });

  it('take the user’s word for groups', async () => {
    const played = google();
    const { report } = await audited(
      played,
      { projects: ['app'] },
      {
        groups: { 'deployers@example.com': ['user:bob@example.com'] },
      },
    );
    expect(rowsOf(report)).toEqual([['user:bob@example.com', 'denied', 'agent-pulls-image']]);
    expect(played.sent.filter((sent) => sent.includes('cloudidentity'))).toEqual([]);
  });

  it.each([
    ['the project', `${CRM}/v3/projects/app`, 'project app: '],
    ['its services', `${RUN}/v1/projects/app/locations/-/services`, 'the Cloud Run services of app: '],
    ['a service', `${RUN}/v2/projects/app/locations/us-central1/services/web`, 'web of app in us-central1: '],
    [
      'the project’s policy',
      `${CRM}/v3/projects/app:getIamPolicy`,
      'who deploys in project app is not known: ',
    ],
  ])('are unknown as a whole when %s cannot be read', async (_, address, said) => {
    const { report } = await audited(google({ [address]: refused(403, 'no') }));
    expect(report).toMatchObject({ verdict: 'unknown', rows: [] });
    const notes = report.notes.flatMap((note) => (note.kind === 'read' ? note.text : []));
    expect(notes).toEqual([expect.stringMatching(new RegExp(`^not audited: ${said}.*lacks`))]);
  });

  it('leave open what cannot be read of one deploy, and say what lacks', async () => {
    const { report } = await audited(google({ [`${IMAGES}:getIamPolicy`]: refused(403, 'no') }));
    expect(rowsOf(report)).toEqual([['user:alice@example.com', 'unknown', expect.any(String)]]);
    expect(JSON.stringify(report.notes)).toContain(
      'lacks artifactregistry.repositories.getIamPolicy on projects/images/locations/us/repositories/r',
    );
  });
});

describe('an organization', () => {
  const ANCESTORS = { ancestors: ['projects/111', 'organizations/9'] };
  const resources = [
    {
      name: '//cloudresourcemanager.googleapis.com/organizations/9',
      assetType: 'cloudresourcemanager.googleapis.com/Organization',
      resource: { data: { name: 'organizations/9' } },
      ancestors: ['organizations/9'],
    },
    {
      name: '//cloudresourcemanager.googleapis.com/projects/111',
      assetType: 'cloudresourcemanager.googleapis.com/Project',
      resource: { data: { projectId: 'app', projectNumber: '111', lifecycleState: 'ACTIVE' } },
      ...ANCESTORS,
    },
    {
      name: '//run.googleapis.com/projects/app/locations/us-central1/services/web',
      assetType: 'run.googleapis.com/Service',
      resource: { data: { template: { containers: [{ image: 'us-docker.pkg.dev/images/r/web' }] } } },
      ...ANCESTORS,
    },
  ];
  const policies = [
    {
      name: '//cloudresourcemanager.googleapis.com/organizations/9',
      assetType: 'cloudresourcemanager.googleapis.com/Organization',
      iamPolicy: { bindings: [{ role: 'roles/run.developer', members: ['user:carol@example.com'] }] },
      ancestors: ['organizations/9'],
    },
    {
      name: '//cloudresourcemanager.googleapis.com/projects/app',
      assetType: 'cloudresourcemanager.googleapis.com/Project',
      iamPolicy: { bindings: [{ role: 'roles/run.serviceAgent', members: [AGENT] }] },
      ...ANCESTORS,
    },
  ];

  /** Pages of one asset each. */
  function listing(refusal: Readonly<Record<string, Reply>> = {}) {
    return playGoogle(({ url }) => {
      if (url.host !== 'cloudasset.googleapis.com') {
        const key = `${url.origin}${url.pathname}`;
        if (key.includes('/denypolicies') || key.includes('principalAccessBoundaryPolicies'))
          return { json: {} };
        return GOOGLE[key] ?? refused(404, 'not found');
      }
      const content = url.searchParams.get('contentType') ?? '';
      const page = Number(url.searchParams.get('pageToken') ?? 0);
      const all = content === 'RESOURCE' ? resources : policies;
      if (page === 1 && refusal[content]) return refusal[content];
      return {
        json: {
          readTime: 'x',
          assets: all.slice(page, page + 1),
          ...(page + 1 < all.length && { nextPageToken: `${page + 1}` }),
        },
      };
    });
  }

  it('is audited by its assets, and by the APIs for what they do not say', async () => {
    const played = listing();
    const { report, estate } = await audited(played, { organization: '9' });
    expect(estate.inventory.name).toBe('Google Cloud (organizations/9)');
    expect(rowsOf(report)).toEqual([['user:carol@example.com', 'denied', expect.any(String)]]);
    expect(played.sent.filter((sent) => sent.includes('cloudasset'))).toHaveLength(5);
    expect(played.sent.filter((sent) => sent.includes('projects/app:getIamPolicy'))).toEqual([]);
    expect(report.requirements.map(({ id }) => id)).toContain('agent-pulls-image');
  });

  it.each([
    ['RESOURCE', 'cloudasset.assets.listResource'],
    ['IAM_POLICY', 'cloudasset.assets.listIamPolicy'],
  ])('cannot be audited when a page of %s is refused', async (content, permission) => {
    const refusal = audited(listing({ [content]: refused(403, 'no') }), { organization: '9' });
    await expect(refusal).rejects.toThrow(AssetsUnlisted);
    await expect(refusal).rejects.toThrow(`lacks ${permission} on organizations/9`);
  });
});
