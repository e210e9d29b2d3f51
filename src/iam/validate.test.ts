import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isConditional, mergeBindings } from './bindings.js';
import { layeredCatalogue, roleCatalogue } from './catalogue.js';
import type { PolicyResourceType } from './resource-types.js';
import type { Binding, Role } from './types.js';
import { validatePolicy } from './validate.js';
import { isPolicyVersion, viewPolicy } from './view.js';

const role = (name: string, ...permissions: string[]): Role => ({
  name,
  title: name,
  description: '',
  stage: 'GA',
  permissions: new Set(permissions),
});
const custom = role('projects/p/roles/mine', 'storage.buckets.get');
const roles = layeredCatalogue(
  roleCatalogue([
    role('roles/run.invoker', 'run.routes.invoke', 'run.jobs.run'),
    role('roles/run.viewer', 'run.services.get'),
    role('roles/viewer', 'run.services.get', 'artifactregistry.repositories.get', 'iam.serviceAccounts.get'),
    role('roles/iam.serviceAccountUser', 'iam.serviceAccounts.actAs'),
    role('roles/artifactregistry.reader', 'artifactregistry.repositories.downloadArtifacts'),
    role('roles/iam.denyAdmin', 'iam.denypolicies.create'),
  ]),
  roleCatalogue([custom]),
);
const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
const bind = (name: string, ...members: string[]): Binding => ({ role: name, members });

/** The first problem's text; undefined when the policy is accepted. */
function refusal(bindings: Binding[], type: PolicyResourceType = 'project', version?: number) {
  const result = validatePolicy({ bindings, ...(version === undefined ? {} : { version }) }, roles, type);
  return result.ok ? undefined : result.problems[0]?.message;
}

describe('validatePolicy', () => {
  it('accepts the members that IAM knows', () => {
    const members = [
      'user:alice@example.com',
      'serviceAccount:robot@p.iam.gserviceaccount.com',
      'serviceAccount:p.svc.id.goog[ns/ksa]',
      'group:g@example.com',
      'domain:example.com',
      'deleted:user:bob@example.com?uid=123',
      'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x/*',
    ];
    expect(refusal([bind('roles/viewer', ...members)])).toBeUndefined();
  });

  it('keeps a policy in IAM’s form: merged, in lower case, each member once, in order', () => {
    const bindings = [
      bind('roles/viewer', 'user:Bob@Example.com', 'user:alice@example.com'),
      { ...bind('roles/run.viewer', 'user:alice@example.com'), condition },
      bind('roles/viewer', 'user:bob@example.com'),
      bind('roles/run.viewer', 'user:alice@example.com'),
    ];
    expect(validatePolicy({ version: 3, bindings }, roles, 'project')).toEqual({
      ok: true,
      version: 3,
      bindings: [
        bind('roles/run.viewer', 'user:alice@example.com'),
        { ...bind('roles/run.viewer', 'user:alice@example.com'), condition },
        bind('roles/viewer', 'user:alice@example.com', 'user:bob@example.com'),
      ],
      auditConfigs: [],
    });
  });

  it('answers version 1 when no condition is left', () => {
    expect(validatePolicy({ version: 3, bindings: [] }, roles, 'project')).toEqual({
      ok: true,
      version: 1,
      bindings: [],
      auditConfigs: [],
    });
  });

  it.each([
    [
      'alice@example.com',
      'The member alice@example.com is of an unknown type. Please set a valid type prefix for the member.',
    ],
    [
      'person:a@b.c',
      'The member person:a@b.c is of an unknown type. Please set a valid type prefix for the member.',
    ],
    ['user:nobody', 'User nobody does not exist.'],
    ['serviceAccount:robot', 'Service account robot does not exist.'],
    ['group:', 'Group  does not exist.'],
    [
      'user:robot@p.iam.gserviceaccount.com',
      'Principal robot@p.iam.gserviceaccount.com is of type "serviceAccount". The principal should appear as "serviceAccount:robot@p.iam.gserviceaccount.com". See https://cloud.google.com/iam/help/members/types for additional documentation.',
    ],
    [
      'projectOwner:p',
      'Member projectOwner:p is invalid due to membership type restrictions on the resource.',
    ],
    ['allUsers', 'Member allUsers is invalid due to membership type restrictions on the resource.'],
  ])('refuses the member %s on a project', (member, message) => {
    expect(refusal([bind('roles/viewer', member)])).toBe(message);
  });

  it('lets a service be public, but not a job, and not by a basic role', () => {
    const restricted = 'Member allUsers is invalid due to membership type restrictions on the resource.';
    expect(refusal([bind('roles/run.invoker', 'allUsers')], 'service')).toBeUndefined();
    expect(refusal([bind('roles/run.invoker', 'allUsers')], 'job')).toBe(restricted);
    expect(refusal([bind('roles/viewer', 'allUsers')], 'service')).toBe(restricted);
  });

  it.each([
    ['roles/no.such', 'project', 'Role roles/no.such is not supported for this resource.'],
    ['roles/iam.denyAdmin', 'project', 'Role roles/iam.denyAdmin is not supported for this resource.'],
    ['roles/run.viewer', 'serviceAccount', 'Role roles/run.viewer is not supported for this resource.'],
    [
      'roles/artifactregistry.reader',
      'service',
      'Role roles/artifactregistry.reader is not supported for this resource.',
    ],
    [
      'projects/p/roles/gone',
      'project',
      "Role (projects/p/roles/gone) does not exist in the resource's hierarchy.",
    ],
    [
      '',
      'project',
      'The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".',
    ],
    [
      'viewer',
      'project',
      'The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".',
    ],
  ] as const)('refuses the role "%s" on a %s', (name, type, message) => {
    expect(refusal([bind(name, 'user:alice@example.com')], type)).toBe(message);
  });

  it('grants roles where they can have an effect, and custom roles anywhere', () => {
    const grantable: [string, PolicyResourceType][] = [
      ['roles/iam.serviceAccountUser', 'serviceAccount'],
      ['roles/artifactregistry.reader', 'repository'],
      ['roles/viewer', 'service'],
      ['projects/p/roles/mine', 'service'],
      ['roles/iam.denyAdmin', 'organization'],
    ];
    for (const [name, type] of grantable)
      expect(refusal([bind(name, 'user:alice@example.com')], type), name).toBeUndefined();
  });

  it('refuses a binding without members', () => {
    expect(refusal([bind('roles/viewer')])).toMatch(/at least one member/);
  });

  it('wants version 3 for a policy with conditions', () => {
    const bindings = [{ ...bind('roles/run.viewer', 'user:alice@example.com'), condition }];
    expect(refusal(bindings, 'project', 3)).toBeUndefined();
    for (const version of [undefined, 0, 1])
      expect(refusal(bindings, 'project', version)).toMatch(
        /^Specified policy version \([01]\) cannot be less than 3/,
      );
    expect(refusal([], 'project', 2)).toMatch(/^Invalid policy version \(2\)/);
  });

  it('does not let a version 1 policy replace conditions by way of their etag', () => {
    const current = {
      version: 3,
      etag: 'BwXYZ',
      bindings: [{ ...bind('roles/run.viewer', 'user:alice@example.com'), condition }],
    };
    const proposed = { version: 1, bindings: [bind('roles/viewer', 'user:bob@example.com')] };
    expect(validatePolicy({ ...proposed, etag: 'BwXYZ' }, roles, 'project', current)).toMatchObject({
      problems: [
        {
          message:
            'Specified policy version (1) cannot be less than the existing policy version (3). For more information, please refer to https://cloud.google.com/iam/docs/policies#versions',
        },
      ],
    });
    expect(validatePolicy(proposed, roles, 'project', current).ok).toBe(true);
    expect(validatePolicy({ ...proposed, version: 3, etag: 'BwXYZ' }, roles, 'project', current).ok).toBe(
      true,
    );
  });

  it('refuses conditions on basic roles and conditions that cannot be evaluated', () => {
    const conditional = (name: string, expression: string) =>
      refusal(
        [{ ...bind(name, 'user:alice@example.com'), condition: { title: 't', expression } }],
        'project',
        3,
      );
    expect(conditional('roles/viewer', 'true')).toBe(
      "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles",
    );
    expect(conditional('roles/run.viewer', 'nonsense')).toMatch(/undeclared reference to 'nonsense'/);
    expect(conditional('roles/run.viewer', "resource.matchTag('a/b')")).toMatch(/no matching overload/);
  });

  it('limits the roles that can be granted in policies of projects and what is above them alone', () => {
    const expression =
      "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/viewer'])";
    const bindings = [
      { ...bind('roles/run.viewer', 'user:alice@example.com'), condition: { title: 't', expression } },
    ];
    expect(validatePolicy({ version: 3, bindings }, roles, 'project').ok).toBe(true);
    expect(validatePolicy({ version: 3, bindings }, roles, 'service')).toMatchObject({
      problems: [
        { message: expect.stringMatching(/modifiedGrantsByRole can be used in the policies of projects/) },
      ],
    });
  });

  it('counts 1,500 members and 250 groups, each domain anew', () => {
    const users = (n: number) => Array.from({ length: n }, (_, i) => `user:u${i}@example.com`);
    const groups = (n: number) => Array.from({ length: n }, (_, i) => `group:g${i}@example.com`);
    expect(refusal([bind('roles/viewer', ...users(1500))])).toBeUndefined();
    expect(refusal([bind('roles/viewer', ...users(1499)), bind('roles/run.viewer', ...users(2))])).toBe(
      'The number of members in the policy (1,501) is larger than the maximum allowed size 1,500.',
    );
    expect(
      refusal([bind('roles/viewer', ...groups(250)), bind('roles/run.viewer', ...groups(250))]),
    ).toBeUndefined();
    expect(
      refusal([
        bind('roles/viewer', ...groups(249), 'domain:a.com'),
        bind('roles/run.viewer', 'domain:a.com'),
      ]),
    ).toMatch(/^The number of groups and domains in the policy \(251\)/);
  });

  it('reports every problem, not only the first', () => {
    const result = validatePolicy({ bindings: [bind('roles/none', 'bob')] }, roles, 'project');
    expect(result).toMatchObject({ ok: false, problems: [{}, {}] });
  });
});

describe('mergeBindings', () => {
  const arbitrary = fc.array(
    fc.record(
      {
        role: fc.constantFrom('roles/a', 'roles/b'),
        members: fc.array(fc.constantFrom('user:a@x.y', 'user:A@x.y', 'group:g@x.y', 'allUsers')),
        condition: fc.constantFrom(condition, { ...condition, title: 'other' }),
      },
      { requiredKeys: ['role', 'members'] },
    ),
  );

  it('is the same done twice, and whatever the order of the bindings', () => {
    fc.assert(
      fc.property(arbitrary, (bindings) => {
        const merged = mergeBindings(bindings);
        expect(mergeBindings(merged)).toEqual(merged);
        expect(mergeBindings([...bindings].reverse())).toEqual(merged);
      }),
    );
  });
});

describe('viewPolicy', () => {
  const conditional = {
    version: 3,
    etag: 'BwX=',
    bindings: [{ ...bind('roles/run.viewer', 'user:a@b.c'), condition }, bind('roles/viewer', 'user:a@b.c')],
  };

  it('shows a policy without conditions as version 1, whatever is asked for', () => {
    const policy = { version: 3, etag: 'BwX=', bindings: [bind('roles/viewer', 'user:a@b.c')] };
    expect(viewPolicy(policy, 3)).toEqual({ ...policy, version: 1 });
  });

  it('shows conditions to who asks for version 3', () => {
    expect(viewPolicy(conditional, 3)).toEqual(conditional);
  });

  it('hides conditions behind a role nobody has from who asks for less', () => {
    const view = viewPolicy(conditional);
    expect(view.version).toBe(1);
    expect(isConditional(view)).toBe(false);
    expect(view.bindings[0]?.role).toMatch(/^roles\/run\.viewer_withcond_[0-9a-f]{20}$/);
    expect(view.bindings[1]).toEqual(bind('roles/viewer', 'user:a@b.c'));
    expect(viewPolicy(conditional, 0)).toEqual(viewPolicy(conditional, 1));
  });

  it('tells two conditions of one role apart', () => {
    const other = { ...conditional.bindings[0], condition: { ...condition, title: 'other' } } as Binding;
    const view = viewPolicy({ ...conditional, bindings: [...conditional.bindings, other] });
    expect(new Set(view.bindings.map((binding) => binding.role)).size).toBe(3);
  });

  it('knows the versions that exist', () => {
    expect([-1, 0, 1, 2, 3, 4].filter(isPolicyVersion)).toEqual([0, 1, 3]);
  });
});
