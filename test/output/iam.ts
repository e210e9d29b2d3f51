/** Service accounts and roles, as gcloud prints them. */
import { describe, expect, it } from 'vitest';
import { text } from '../support/output.js';
import { A } from '../support/world.js';
import { QUIET, type Session } from './session.js';

export function iam(session: Session): void {
  const { gcloud } = session;
  describe('iam', () => {
    const account = `runtime@${A}.iam.gserviceaccount.com`;

    it('create, list and describe service accounts', async () => {
      const create = ['iam', 'service-accounts', 'create', 'runtime', '--display-name=My runtime'];
      expect(await gcloud([...create, '--project', A])).toEqual({
        ...QUIET,
        err: 'Created service account [runtime].',
      });
      expect(await gcloud([...create, '--project', A])).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.iam.service-accounts.create) Resource in projects [myproject-a] is the subject of a conflict: Service account runtime already exists within project projects/myproject-a.',
      });
      expect(await gcloud(`iam service-accounts list --project ${A}`)).toEqual({
        ...QUIET,
        out: text`
          DISPLAY NAME                     EMAIL                                               DISABLED
          Default compute service account  100000000001-compute@developer.gserviceaccount.com  False
          My runtime                       runtime@myproject-a.iam.gserviceaccount.com         False
        `,
      });
      expect(await gcloud(`iam service-accounts describe ${account} --project ${A}`)).toEqual({
        ...QUIET,
        out: text`
          displayName: My runtime
          email: runtime@myproject-a.iam.gserviceaccount.com
          etag: ETAG
          name: projects/myproject-a/serviceAccounts/runtime@myproject-a.iam.gserviceaccount.com
          oauth2ClientId: '100000000000000000001'
          projectId: myproject-a
          uniqueId: '100000000000000000001'
        `,
      });
    });

    it('get, add to and remove from their policies', async () => {
      const binding = `${account} --project ${A} --member=user:alice@example.com --role=roles/iam.serviceAccountUser`;
      expect(await gcloud(`iam service-accounts get-iam-policy ${account} --project ${A}`)).toEqual({
        ...QUIET,
        out: 'etag: ACAB',
      });
      expect(await gcloud(`iam service-accounts add-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for serviceAccount [runtime@myproject-a.iam.gserviceaccount.com].',
        out: text`
          bindings:
          - members:
            - user:alice@example.com
            role: roles/iam.serviceAccountUser
          etag: ETAG
          version: 1
        `,
      });
      expect(await gcloud(`iam service-accounts remove-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for serviceAccount [runtime@myproject-a.iam.gserviceaccount.com].',
        out: text`
          etag: ETAG
          version: 1
        `,
      });
    });

    it('describe and list roles', async () => {
      expect(await gcloud('iam roles describe roles/run.invoker')).toEqual({
        ...QUIET,
        out: text`
          description: Can invoke Cloud Run services, instances and execute Cloud Run jobs.
          etag: AA==
          includedPermissions:
          - run.instances.invoke
          - run.jobs.run
          - run.routes.invoke
          name: roles/run.invoker
          stage: GA
          title: Cloud Run Invoker
        `,
      });
      const { out } = await gcloud('iam roles list --filter=name:roles/artifactregistry.reader');
      expect(out).toBe(text`
        ---
        description: Access to read repository items.
        etag: AA==
        name: roles/artifactregistry.reader
        stage: GA
        title: Artifact Registry Reader
      `);
      expect((await gcloud('iam roles describe roles/run.nope')).err).toBe(
        'ERROR: (gcloud.iam.roles.describe) Roles instance [run.nope] not found: The role named roles/run.nope was not found. This command is authenticated as owner@example.com which is the active account specified by the [core/account] property.',
      );
    });
  });
}
