/** Projects and their policies, as gcloud prints them. */
import { describe, expect, it } from 'vitest';
import { text } from '../support/output.js';
import { must } from '../support/plane.js';
import { A, ALICE, B, OWNER } from '../support/world.js';
import { QUIET, type Session } from './session.js';

export function projects(session: Session): void {
  const { gcloud, numbers } = session;
  describe('projects', () => {
    it('create', async () => {
      expect(await gcloud(['projects', 'create', A, '--name=Project A'])).toEqual({
        ...QUIET,
        err: text`
          Create in progress for [https://cloudresourcemanager.googleapis.com/v1/projects/myproject-a].
          Waiting for [operations/cp.1] to finish...
          done.
          Enabling service [cloudapis.googleapis.com] on project [myproject-a]...
        `,
      });
      expect((await gcloud(`projects create ${B}`)).code).toBe(0);
      expect(await gcloud(`projects create ${A}`)).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.projects.create) Project creation failed. The project ID you specified is already in use by another project. Please try an alternative ID.',
      });
      for (const [project, by] of [
        [A, '100000000001'],
        [B, '100000000002'],
      ] as const) {
        const number = await must(
          session.plane.gcloud(OWNER, `projects describe ${project} --format=value(projectNumber)`),
        );
        expect(number.stdout.trim()).toMatch(/^\d{12}$/);
        numbers[number.stdout.trim()] = by;
      }
    });

    it('list and describe', async () => {
      expect(await gcloud('projects list')).toEqual({
        ...QUIET,
        out: text`
          PROJECT_ID   NAME         PROJECT_NUMBER
          myproject-a  Project A    100000000001
          myproject-b  myproject-b  100000000002
        `,
      });
      expect(await gcloud(`projects describe ${A}`)).toEqual({
        ...QUIET,
        out: text`
          createTime: '2026-01-01T00:00:00.000Z'
          lifecycleState: ACTIVE
          name: Project A
          projectId: myproject-a
          projectNumber: '100000000001'
        `,
      });
      expect(await gcloud(`projects describe ${A}`, { as: ALICE })).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.projects.describe) [alice@example.com] does not have permission to access projects instance [myproject-a] (or it may not exist): The caller does not have permission. This command is authenticated as alice@example.com which is the active account specified by the [core/account] property',
      });
    });

    it('get, add to and remove from the policy', async () => {
      expect(await gcloud(`projects get-iam-policy ${A}`)).toEqual({
        ...QUIET,
        out: text`
          bindings:
          - members:
            - user:owner@example.com
            role: roles/owner
          etag: ETAG
          version: 1
        `,
      });
      const binding = `${A} --member=user:alice@example.com --role=roles/run.viewer`;
      expect(await gcloud(`projects add-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for project [myproject-a].',
        out: text`
          bindings:
          - members:
            - user:owner@example.com
            role: roles/owner
          - members:
            - user:alice@example.com
            role: roles/run.viewer
          etag: ETAG
          version: 1
        `,
      });
      expect(await gcloud(`projects remove-iam-policy-binding ${binding}`)).toMatchObject({
        code: 0,
        err: 'Updated IAM policy for project [myproject-a].',
      });
      expect(await gcloud(`projects get-iam-policy ${A} --format=value(bindings.role)`)).toEqual({
        ...QUIET,
        out: 'roles/owner',
      });
      expect(await gcloud(`projects add-iam-policy-binding ${binding}`, { as: ALICE })).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.projects.add-iam-policy-binding) [alice@example.com] does not have permission to access projects instance [myproject-a:getIamPolicy] (or it may not exist): The caller does not have permission. This command is authenticated as alice@example.com which is the active account specified by the [core/account] property',
      });
      expect(
        await gcloud(
          `projects add-iam-policy-binding ${A} --member=user:a@example.com --role=roles/run.nope`,
        ),
      ).toEqual({
        code: 1,
        out: '',
        err: text`
          ERROR: Policy modification failed. For a binding with condition, run "gcloud alpha iam policies lint-condition" to identify issues in condition.
          ERROR: (gcloud.projects.add-iam-policy-binding) INVALID_ARGUMENT: Role roles/run.nope is not supported for this resource.
        `,
      });
    });
  });
}
