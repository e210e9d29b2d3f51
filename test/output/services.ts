/** APIs, as gcloud prints them. */
import { describe, expect, it } from 'vitest';
import { text } from '../support/output.js';
import { A, ALICE, B } from '../support/world.js';
import { QUIET, type Session } from './session.js';

export function services(session: Session): void {
  const { gcloud } = session;
  describe('services', () => {
    it('enable one and several, and list what is enabled', async () => {
      expect(await gcloud(`services enable run.googleapis.com --project ${A}`)).toEqual(QUIET);
      expect(
        await gcloud(
          `services enable run.googleapis.com artifactregistry.googleapis.com cloudbuild.googleapis.com --project ${A}`,
        ),
      ).toEqual(QUIET);
      const { code, out, err } = await gcloud(`services list --project ${A}`);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.split('\n').slice(0, 2)).toEqual([
        'NAME                              TITLE',
        'artifactregistry.googleapis.com   Artifact Registry API',
      ]);
      expect(out).toMatch(/^run\.googleapis\.com {15} Cloud Run Admin API$/m);
      expect(out).not.toContain('secretmanager.googleapis.com');
      expect((await gcloud(`services list --available --project ${A}`)).out).toMatch(
        /^secretmanager\.googleapis\.com\s+Secret Manager API$/m,
      );
    });

    it('give the project its service agents, with their roles', async () => {
      const { out } = await gcloud(`projects get-iam-policy ${A}`);
      expect(out).toBe(text`
        bindings:
        - members:
          - serviceAccount:100000000001@cloudbuild.gserviceaccount.com
          role: roles/cloudbuild.builds.builder
        - members:
          - serviceAccount:service-100000000001@gcp-sa-cloudbuild.iam.gserviceaccount.com
          role: roles/cloudbuild.serviceAgent
        - members:
          - serviceAccount:100000000001-compute@developer.gserviceaccount.com
          role: roles/editor
        - members:
          - user:owner@example.com
          role: roles/owner
        - members:
          - serviceAccount:service-100000000001@serverless-robot-prod.iam.gserviceaccount.com
          role: roles/run.serviceAgent
        etag: ETAG
        version: 1
      `);
    });

    it('create a service identity', async () => {
      expect(
        await gcloud(`beta services identity create --service=run.googleapis.com --project ${B}`),
      ).toEqual({
        ...QUIET,
        err: 'Service identity created: service-100000000002@serverless-robot-prod.iam.gserviceaccount.com',
      });
    });

    it('refuse those who may not', async () => {
      expect(await gcloud(`services enable run.googleapis.com --project ${A}`, { as: ALICE })).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.services.enable) PERMISSION_DENIED: Permission denied to enable service [run.googleapis.com]. This command is authenticated as alice@example.com which is the active account specified by the [core/account] property',
      });
    });

    it('are named, with where to enable them, by the API that is not enabled', async () => {
      expect(await gcloud(`run services list --project ${B}`)).toEqual({
        code: 1,
        out: '',
        err: text`
          API [run.googleapis.com] not enabled on project [100000000002]. Would you like
          to enable and retry (this will take a few minutes)? (y/N)?
          ERROR: (gcloud.run.services.list) PERMISSION_DENIED: Cloud Run Admin API has not been used in project 100000000002 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=100000000002 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry. This command is authenticated as owner@example.com which is the active account specified by the [core/account] property.
          Cloud Run Admin API has not been used in project 100000000002 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=100000000002 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.
          Google developers console API activation
          https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=100000000002
          - '@type': type.googleapis.com/google.rpc.ErrorInfo
            domain: googleapis.com
            metadata:
              activationUrl: https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=100000000002
              consumer: projects/100000000002
              containerInfo: '100000000002'
              service: run.googleapis.com
              serviceTitle: Cloud Run Admin API
            reason: SERVICE_DISABLED
        `,
      });
    });
  });
}
