import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../google/index.js';
import { organizationName, projectName, serviceAccountName } from '../../names/index.js';
import { NOW } from '../test-support.js';
import { ALICE, NUMBER, openScene, PROJECT, type Scene, SERVICE, STRANGER } from './testing-world.js';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.rooms.store.close());

const viewer = { role: 'roles/run.viewer', members: [`user:${ALICE}`] };
const noReading = {
  deniedPrincipals: ['principalSet://goog/public:all'],
  exceptionPrincipals: ['principal://goog/subject/owner@example.com'],
  deniedPermissions: ['run.googleapis.com/services.get'],
  exceptionPermissions: ['run.googleapis.com/services.list'],
};
const HIGH = 'HEURISTIC_RELEVANCE_HIGH';
const NORMAL = 'HEURISTIC_RELEVANCE_NORMAL';

/** The explained policies of the levels, by their names. */
function policies(answer: JsonObject): Record<string, JsonObject> {
  const { explainedPolicies = [] } = answer.allowPolicyExplanation as { explainedPolicies?: JsonObject[] };
  return Object.fromEntries(explainedPolicies.map((policy) => [String(policy.fullResourceName), policy]));
}
const firstBinding = (policy: JsonObject | undefined) =>
  (policy?.bindingExplanations as JsonObject[] | undefined)?.[0];
/** The first binding of a level's policy. */
const bindingOf = (answer: JsonObject, resource: string) => firstBinding(policies(answer)[resource]);

describe('v3', () => {
  it('shows the binding that grants, and those that do not', async () => {
    await scene.bind(SERVICE, viewer);
    const answer = await scene.ask('v3');
    expect(answer).toMatchObject({
      overallAccessState: 'CAN_ACCESS',
      accessTuple: {
        principal: ALICE,
        fullResourceName: SERVICE,
        permission: 'run.services.get',
        permissionFqdn: 'run.googleapis.com/services.get',
      },
      allowPolicyExplanation: { allowAccessState: 'ALLOW_ACCESS_STATE_GRANTED', relevance: HIGH },
      denyPolicyExplanation: {
        denyAccessState: 'DENY_ACCESS_STATE_NOT_DENIED',
        permissionDeniable: true,
        relevance: NORMAL,
      },
    });
    expect(answer).not.toHaveProperty('pabPolicyExplanation');
    expect(Object.keys(policies(answer))).toEqual([SERVICE, PROJECT, organizationName('123')]);
    expect(policies(answer)[SERVICE]).toEqual({
      allowAccessState: 'ALLOW_ACCESS_STATE_GRANTED',
      fullResourceName: SERVICE,
      policy: { version: 1, etag: expect.any(String), bindings: [viewer] },
      bindingExplanations: [
        {
          allowAccessState: 'ALLOW_ACCESS_STATE_GRANTED',
          role: 'roles/run.viewer',
          rolePermission: 'ROLE_PERMISSION_INCLUDED',
          rolePermissionRelevance: HIGH,
          memberships: { [`user:${ALICE}`]: { membership: 'MEMBERSHIP_MATCHED', relevance: HIGH } },
          combinedMembership: { membership: 'MEMBERSHIP_MATCHED', relevance: HIGH },
          relevance: HIGH,
        },
      ],
      relevance: HIGH,
    });
    // The owner's role has the permission too, but is not what grants it.
    expect(bindingOf(answer, PROJECT)).toMatchObject({
      allowAccessState: 'ALLOW_ACCESS_STATE_NOT_GRANTED',
      role: 'roles/owner',
      rolePermission: 'ROLE_PERMISSION_INCLUDED',
      combinedMembership: { membership: 'MEMBERSHIP_NOT_MATCHED', relevance: NORMAL },
      relevance: NORMAL,
    });
  });

  it('shows what would have granted, where nothing does', async () => {
    const answer = await scene.ask('v3');
    expect(answer.overallAccessState).toBe('CANNOT_ACCESS');
    expect(bindingOf(answer, PROJECT)).toMatchObject({
      role: 'roles/owner',
      rolePermissionRelevance: HIGH,
      combinedMembership: { relevance: NORMAL },
      relevance: HIGH,
    });
  });

  it('shows the deny rule that takes a grant away', async () => {
    await scene.bind(SERVICE, viewer);
    await scene.deny(PROJECT, noReading);
    const { overallAccessState, allowPolicyExplanation, denyPolicyExplanation } = await scene.ask('v3');
    expect(overallAccessState).toBe('CANNOT_ACCESS');
    expect(allowPolicyExplanation).toMatchObject({
      allowAccessState: 'ALLOW_ACCESS_STATE_GRANTED',
      relevance: NORMAL,
    });
    expect(denyPolicyExplanation).toEqual({
      denyAccessState: 'DENY_ACCESS_STATE_DENIED',
      explainedResources: [
        {
          denyAccessState: 'DENY_ACCESS_STATE_DENIED',
          fullResourceName: projectName(NUMBER),
          explainedPolicies: [
            {
              denyAccessState: 'DENY_ACCESS_STATE_DENIED',
              policy: expect.objectContaining({
                name: `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${NUMBER}/denypolicies/not-here`,
                displayName: 'Not here',
                rules: [{ denyRule: noReading }],
              }),
              ruleExplanations: [
                {
                  denyAccessState: 'DENY_ACCESS_STATE_DENIED',
                  combinedDeniedPermission: {
                    permissionMatchingState: 'PERMISSION_PATTERN_MATCHED',
                    relevance: HIGH,
                  },
                  deniedPermissions: {
                    'run.googleapis.com/services.get': {
                      permissionMatchingState: 'PERMISSION_PATTERN_MATCHED',
                      relevance: HIGH,
                    },
                  },
                  combinedExceptionPermission: {
                    permissionMatchingState: 'PERMISSION_PATTERN_NOT_MATCHED',
                    relevance: NORMAL,
                  },
                  exceptionPermissions: {
                    'run.googleapis.com/services.list': {
                      permissionMatchingState: 'PERMISSION_PATTERN_NOT_MATCHED',
                      relevance: NORMAL,
                    },
                  },
                  combinedDeniedPrincipal: { membership: 'MEMBERSHIP_MATCHED', relevance: HIGH },
                  deniedPrincipals: {
                    'principalSet://goog/public:all': { membership: 'MEMBERSHIP_MATCHED', relevance: HIGH },
                  },
                  combinedExceptionPrincipal: { membership: 'MEMBERSHIP_NOT_MATCHED', relevance: NORMAL },
                  exceptionPrincipals: {
                    'principal://goog/subject/owner@example.com': {
                      membership: 'MEMBERSHIP_NOT_MATCHED',
                      relevance: NORMAL,
                    },
                  },
                  relevance: HIGH,
                },
              ],
              relevance: HIGH,
            },
          ],
          relevance: HIGH,
        },
      ],
      relevance: HIGH,
      permissionDeniable: true,
    });
  });

  it('takes permissions in the form of deny policies, and projects by their number', async () => {
    const tuple = {
      principal: 'owner@example.com',
      permission: 'run.googleapis.com/services.get',
      fullResourceName: `//run.googleapis.com/projects/${NUMBER}/locations/us-central1/services/web`,
    };
    expect(await scene.ask('v3', tuple)).toMatchObject({
      overallAccessState: 'CAN_ACCESS',
      accessTuple: { ...tuple, permissionFqdn: tuple.permission },
    });
  });

  it.each([
    ['a revision', `${SERVICE}/revisions/web-00001-abc`, 'run.revisions.get'],
    ['a location', '//run.googleapis.com/projects/myproject-a/locations/us-central1', 'run.services.list'],
    [
      'a service account',
      serviceAccountName('myproject-a', 'a@b.iam.gserviceaccount.com'),
      'iam.serviceAccounts.actAs',
    ],
    ['a project', PROJECT, 'iam.serviceAccounts.actAs'],
    ['an organization', organizationName('123'), 'resourcemanager.organizations.get'],
  ])('answers for %s by the nearest policy', async (_, fullResourceName, permission) => {
    const { overallAccessState } = await scene.ask('v3', {
      principal: 'owner@example.com',
      fullResourceName,
      permission,
    });
    expect(overallAccessState).toBe(permission.includes('organizations') ? 'CANNOT_ACCESS' : 'CAN_ACCESS');
  });
});

describe('conditions', () => {
  const expression = 'request.time < timestamp("2026-02-01T00:00:00Z") || request.time.getDayOfWeek() == 0';
  beforeEach(() => scene.bind(PROJECT, { ...viewer, condition: { title: 'in January', expression } }));
  const at = (receiveTime: string) => ({ conditionContext: { request: { receiveTime } } });

  it('are not known without the time of the request', async () => {
    const answer = await scene.ask('v3');
    expect(answer.overallAccessState).toBe('UNKNOWN_CONDITIONAL');
    expect(bindingOf(answer, PROJECT)).toMatchObject({
      allowAccessState: 'ALLOW_ACCESS_STATE_UNKNOWN_CONDITIONAL',
      condition: { title: 'in January', expression },
      conditionExplanation: { value: null, errors: [{ code: 9, message: 'request.time is not given' }] },
    });
  });

  it.each([
    ['2026-01-15T12:00:00Z', 'CAN_ACCESS', true, [true, false]],
    ['2026-02-03T12:00:00Z', 'CANNOT_ACCESS', false, [false, false]],
  ])('at %s come to %s', async (time, state, value, [first, second]) => {
    const answer = await scene.ask('v3', at(time));
    expect(answer).toMatchObject({ overallAccessState: state, accessTuple: at(time) });
    expect(bindingOf(answer, PROJECT)?.conditionExplanation).toEqual({
      value,
      evaluationStates: [
        { end: 48, value: first },
        { start: 52, end: expression.length, value: second },
      ],
    });
  });

  it('are explained by v2alpha1 too, and their outcome by v1', async () => {
    const tuple = at('2026-01-15T12:00:00Z');
    const answer = await scene.ask('v2alpha1', tuple);
    expect(answer.access).toBe('GRANTED');
    const [, project] = answer.explainedPolicies as JsonObject[];
    expect(firstBinding(project)).toMatchObject({
      access: 'GRANTED',
      conditionExplanation: { value: true },
    });
    expect(await scene.ask('v1')).toMatchObject({ access: 'UNKNOWN_CONDITIONAL' });
  });
});

describe('tags', () => {
  it('are read from the resource, and shown to who may read its policy', async () => {
    const { tags } = scene.rooms.access;
    const none = () => [];
    const parent = 'organizations/123';
    const key = await tags.keys.create({ parent, shortName: 'env', description: '' }, NOW, none);
    const prod = { parent: `tagKeys/${key.id}`, shortName: 'prod', description: '' };
    const value = await tags.values.create(prod, NOW, none);
    await tags.bind(PROJECT, value.id, none);
    const expression = "resource.matchTag('123/env', 'prod')";
    await scene.bind(PROJECT, { ...viewer, condition: { title: 'prod', expression } });
    await scene.bind(SERVICE, { role: 'roles/run.admin', members: [STRANGER] });
    const answer = await scene.ask('v3');
    expect(answer).toMatchObject({
      overallAccessState: 'CAN_ACCESS',
      accessTuple: {
        conditionContext: {
          effectiveTags: [
            {
              tagKey: `tagKeys/${key.id}`,
              tagValue: `tagValues/${value.id}`,
              namespacedTagKey: '123/env',
              namespacedTagValue: '123/env/prod',
              tagKeyParentName: 'organizations/123',
              inherited: true,
            },
          ],
        },
      },
    });
    expect(bindingOf(answer, PROJECT)?.conditionExplanation).toMatchObject({ value: true });
    expect(JSON.stringify(await scene.ask('v3', { fullResourceName: PROJECT }, STRANGER))).not.toContain(
      'env',
    );
  });
});

describe('v1', () => {
  it('looks at allow policies alone', async () => {
    await scene.bind(SERVICE, viewer);
    await scene.deny(PROJECT, noReading);
    const answer = await scene.ask('v1');
    expect(answer).toMatchObject({ access: 'GRANTED' });
    expect((answer.explainedPolicies as JsonObject[])[0]).toEqual({
      access: 'GRANTED',
      fullResourceName: SERVICE,
      policy: { version: 1, etag: expect.any(String), bindings: [viewer] },
      bindingExplanations: [
        {
          access: 'GRANTED',
          role: 'roles/run.viewer',
          rolePermission: 'ROLE_PERMISSION_INCLUDED',
          rolePermissionRelevance: 'HIGH',
          memberships: { [`user:${ALICE}`]: { membership: 'MEMBERSHIP_INCLUDED', relevance: 'HIGH' } },
          relevance: 'HIGH',
        },
      ],
      relevance: 'HIGH',
    });
  });
});

describe('what the caller may not see', () => {
  it('is unknown: the policies, and so the answer', async () => {
    await scene.bind(SERVICE, viewer);
    const answer = await scene.ask('v3beta', {}, STRANGER);
    expect(answer).toMatchObject({
      overallAccessState: 'UNKNOWN_INFO',
      allowPolicyExplanation: {
        allowAccessState: 'ALLOW_ACCESS_STATE_UNKNOWN_INFO',
        explainedPolicies: [1, 2, 3].map(() => ({ allowAccessState: 'ALLOW_ACCESS_STATE_UNKNOWN_INFO' })),
      },
      denyPolicyExplanation: {
        denyAccessState: 'DENY_ACCESS_STATE_UNKNOWN_INFO',
        explainedResources: [1, 2].map(() => ({ denyAccessState: 'DENY_ACCESS_STATE_UNKNOWN_INFO' })),
      },
      pabPolicyExplanation: { principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_UNKNOWN_INFO' },
    });
    expect(JSON.stringify(answer)).not.toContain('roles/');
    expect(await scene.ask('v1', {}, STRANGER)).toEqual({
      access: 'UNKNOWN_INFO_DENIED',
      explainedPolicies: [1, 2, 3].map(() => ({ access: 'UNKNOWN_INFO_DENIED' })),
    });
  });

  it('does not matter where what they see decides', async () => {
    await scene.bind(SERVICE, viewer, { role: 'roles/run.admin', members: [STRANGER] });
    expect(await scene.ask('v1', {}, STRANGER)).toMatchObject({ access: 'GRANTED' });
    // Deny policies may still take it away.
    expect(await scene.ask('v3', {}, STRANGER)).toMatchObject({
      overallAccessState: 'UNKNOWN_INFO',
      allowPolicyExplanation: { allowAccessState: 'ALLOW_ACCESS_STATE_GRANTED' },
      denyPolicyExplanation: { relevance: HIGH },
    });
  });

  it('is the permissions of custom roles', async () => {
    const { customRoles } = scene.rooms.access;
    const role = {
      title: 'Reader',
      description: '',
      stage: 'GA',
      permissions: ['run.services.get'],
    } as const;
    await customRoles.create('projects/myproject-a', 'reader', role, NOW);
    const custom = { role: 'projects/myproject-a/roles/reader', members: [`user:${ALICE}`] };
    await scene.bind(SERVICE, custom, { role: 'roles/run.admin', members: [STRANGER] });
    expect(bindingOf(await scene.ask('v3'), SERVICE)).toMatchObject({
      allowAccessState: 'ALLOW_ACCESS_STATE_GRANTED',
      rolePermission: 'ROLE_PERMISSION_INCLUDED',
    });
    expect(bindingOf(await scene.ask('v3', {}, STRANGER), SERVICE)).toMatchObject({
      allowAccessState: 'ALLOW_ACCESS_STATE_UNKNOWN_INFO',
      rolePermission: 'ROLE_PERMISSION_UNKNOWN_INFO',
    });
  });

  it('is a project that does not exist', async () => {
    const tuple = {
      fullResourceName: projectName('no-such-project'),
      permission: 'resourcemanager.projects.get',
    };
    expect(await scene.ask('v3', tuple)).toMatchObject({ overallAccessState: 'UNKNOWN_INFO' });
  });
});

it.each<[string, Record<string, JsonValue>, string]>([
  ['no principal', { principal: '' }, 'access_tuple.principal is required.'],
  [
    'a group of members',
    { principal: 'group:g@example.com' },
    'Other types of principals are not supported.',
  ],
  [
    'an identity of a pool',
    { principal: 'principal://iam.googleapis.com/locations/global/workforcePools/p/subject/s' },
    'not supported',
  ],
  ['no permission', { permission: '' }, 'access_tuple.permission is required.'],
  ['an unknown permission', { permission: 'run.services.fly' }, 'Permission run.services.fly is not valid.'],
  ['a group of permissions', { permission: 'run.googleapis.com/services.*' }, 'is not valid'],
  ['a permission of another service', { permission: 'secretmanager.secrets.get' }, 'is not applicable'],
  ['no resource', { fullResourceName: '' }, 'access_tuple.full_resource_name is required.'],
  ['a name that is not full', { fullResourceName: 'projects/myproject-a' }, 'is not a full resource name'],
  ['a name that leads elsewhere', { fullResourceName: `${PROJECT}/../x` }, 'is not a full resource name'],
  [
    'another service',
    { fullResourceName: '//compute.googleapis.com/projects/p/zones/z' },
    'no policies here',
  ],
  ['a field that is not there', { principle: 'x' }, 'Unknown name "principle"'],
])('refuses %s', async (_, tuple, message) => {
  await expect(scene.ask('v3', tuple)).rejects.toMatchObject({
    status: 'INVALID_ARGUMENT',
    message: expect.stringContaining(message),
  });
});
