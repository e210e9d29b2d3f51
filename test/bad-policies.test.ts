/** Policies that are not set, on every kind of resource that has one. */
import { describe, expect, it } from 'vitest';
import { onService } from './support/deploys.js';
import { onAccount, onProject, onRepository } from './support/policies.js';
import { badJson, refusal } from './support/refusals.js';
import { at } from './support/rest.js';
import { P, useUntouchedPlane } from './support/untouched.js';

const untouched = useUntouchedPlane();

describe.each(['project', 'account', 'repository', 'service'] as const)('the policy of a %s', (kind) => {
  const place = () =>
    ({
      project: onProject(P),
      account: onAccount(untouched.account, P),
      repository: onRepository(P, 'images'),
      service: onService(P, 'web'),
    })[kind];
  /** A role that may be granted on a resource of this kind. */
  const role = {
    project: 'roles/run.invoker',
    account: 'roles/iam.serviceAccountUser',
    repository: 'roles/artifactregistry.reader',
    service: 'roles/run.invoker',
  }[kind];
  const ALICE = 'user:alice@example.com';
  const setting = (policy: unknown) => untouched.tried('POST', `${place().url}:setIamPolicy`, { policy });
  const invalid = (message: string) => refusal('INVALID_ARGUMENT', message);

  it.each<[string, unknown, string]>([
    [
      'an unknown role',
      { role: 'roles/run.emperor', members: [ALICE] },
      'Role roles/run.emperor is not supported for this resource.',
    ],
    [
      'a role of no form',
      { role: 'emperor', members: [ALICE] },
      'The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".',
    ],
    [
      'a custom role that nobody made',
      { role: `projects/${P}/roles/emperor`, members: [ALICE] },
      `Role (projects/${P}/roles/emperor) does not exist in the resource's hierarchy.`,
    ],
    [
      'a member without a kind',
      { role, members: ['alice@example.com'] },
      'The member alice@example.com is of an unknown type. Please set a valid type prefix for the member.',
    ],
    [
      'a member of an unknown kind',
      { role, members: ['robot:r2@example.com'] },
      'The member robot:r2@example.com is of an unknown type. Please set a valid type prefix for the member.',
    ],
    ['a member without an address', { role, members: ['user:alice'] }, 'User alice does not exist.'],
    [
      'a service account that does not exist',
      { role, members: [`serviceAccount:nobody@${P}.iam.gserviceaccount.com`] },
      `Service account nobody@${P}.iam.gserviceaccount.com does not exist.`,
    ],
    [
      'too many members',
      { role, members: Array.from({ length: 1501 }, (_, index) => `user:u${index}@example.com`) },
      'The number of members in the policy (1,501) is larger than the maximum allowed size 1,500.',
    ],
    [
      'a condition without version 3',
      { role, members: [ALICE], condition: { title: 't', expression: 'true' } },
      'Specified policy version (0) cannot be less than 3 for a policy with conditional role bindings. For more information, please refer to https://cloud.google.com/iam/docs/policies#versions',
    ],
  ])('does not take %s', async (_, binding, message) => {
    expect(await setting({ bindings: [binding] })).toEqual(invalid(message));
  });

  it.each([
    ['a condition that does not parse', 'request.time <'],
    ['a condition on what there is not', 'request.weather == "fine"'],
    ['a condition that is no truth', '"yes"'],
  ])('does not take %s', async (_, expression) => {
    const binding = { role, members: [ALICE], condition: { title: 't', expression } };
    const { http, body } = await setting({ version: 3, bindings: [binding] });
    expect(http).toBe(400);
    expect(at(body, 'error', 'status')).toBe('INVALID_ARGUMENT');
    expect(at(body, 'error', 'message')).toMatch(/^LintValidationUnits\/ConditionCompileCheck Error: /);
  });

  it('does not take a version that there never was', async () => {
    expect(await setting({ version: 2, bindings: [] })).toEqual(
      invalid(
        'Invalid policy version (2). Valid versions are 0, 1 and 3. For more information, please refer to https://cloud.google.com/iam/docs/policies#versions',
      ),
    );
  });

  it('does not take fields that it has not', async () => {
    expect(await setting({ bindings: [{ role, members: [ALICE], colour: 'red' }] })).toEqual(
      badJson(`Unknown name "colour" at 'policy.bindings[0]': Cannot find field.`, 'policy.bindings[0]'),
    );
  });

  it('is not left out', async () => {
    expect(await untouched.tried('POST', `${place().url}:setIamPolicy`, {})).toEqual(
      invalid('The policy is required.'),
    );
  });

  it('is not written over a change that the writer has not seen', async () => {
    expect(await setting({ bindings: [], etag: 'BwXhqDVuAAA=' })).toEqual(
      refusal(
        'ABORTED',
        'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
      ),
    );
  });

  it('answers only for permissions that there are', async () => {
    const test = `${place().url}:testIamPermissions`;
    for (const permission of ['run.services.*', 'emperor']) {
      expect(await untouched.tried('POST', test, { permissions: [permission] })).toEqual(
        invalid(`Permission ${permission} is not valid for this resource.`),
      );
    }
  });
});
