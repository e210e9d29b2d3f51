/** Repositories and images, as gcloud prints them. */
import { describe, expect, it } from 'vitest';
import { HELLO, nodeImage, push } from '../support/images.js';
import { text } from '../support/output.js';
import { must } from '../support/plane.js';
import { A, OWNER, REGION } from '../support/world.js';
import { QUIET, REPOSITORY, type Session } from './session.js';

export function artifacts(session: Session): void {
  const { gcloud } = session;
  describe('artifacts', () => {
    const where = `--location=${REGION} --project=${A}`;

    it('create, list and describe repositories', async () => {
      const create = `artifacts repositories create docker-repo --repository-format=docker ${where}`;
      expect(await gcloud(create)).toEqual({
        ...QUIET,
        err: text`
          Create request issued for: [docker-repo]
          Waiting for operation [projects/myproject-a/locations/asia-northeast1/operations/UUID] to complete...
          done.
          Created repository [docker-repo].
        `,
      });
      expect(await gcloud(create)).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.artifacts.repositories.create) ALREADY_EXISTS: the repository already exists',
      });
      const table = text`
                                                                           ARTIFACT_REGISTRY
        REPOSITORY   FORMAT  MODE                 DESCRIPTION  LOCATION         LABELS  ENCRYPTION          CREATE_TIME          UPDATE_TIME          SIZE (MB)
        docker-repo  DOCKER  STANDARD_REPOSITORY               asia-northeast1          Google-managed key  2026-01-01T00:00:00  2026-01-01T00:00:00  0
      `;
      expect(await gcloud(`artifacts repositories list --project=${A}`)).toEqual({
        code: 0,
        out: table,
        err: 'Listing items under project myproject-a, across all locations.',
      });
      expect(await gcloud(`artifacts repositories list ${where}`)).toEqual({
        code: 0,
        out: table,
        err: 'Listing items under project myproject-a, location asia-northeast1.',
      });
      expect(await gcloud(`artifacts repositories describe docker-repo ${where}`)).toEqual({
        code: 0,
        err: text`
          Encryption: Google-managed key
          Repository Size: 0.000MB
        `,
        out: text`
          createTime: '2026-01-01T00:00:00.000Z'
          format: DOCKER
          mode: STANDARD_REPOSITORY
          name: projects/myproject-a/locations/asia-northeast1/repositories/docker-repo
          registryUri: asia-northeast1-docker.pkg.dev/myproject-a/docker-repo
          satisfiesPzi: true
          updateTime: '2026-01-01T00:00:00.000Z'
          vulnerabilityScanningConfig:
            enablementState: SCANNING_DISABLED
            enablementStateReason: API containerscanning.googleapis.com is not enabled.
        `,
      });
    });

    it('get, add to and remove from their policies', async () => {
      const binding = `docker-repo ${where} --member=user:alice@example.com --role=roles/artifactregistry.reader`;
      expect(await gcloud(`artifacts repositories add-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for repository [docker-repo].',
        out: text`
          bindings:
          - members:
            - user:alice@example.com
            role: roles/artifactregistry.reader
          etag: ETAG
          version: 1
        `,
      });
      expect((await gcloud(`artifacts repositories remove-iam-policy-binding ${binding}`)).code).toBe(0);
      expect((await gcloud(`artifacts repositories get-iam-policy docker-repo ${where}`)).out).toBe(text`
        etag: ETAG
        version: 1
      `);
    });

    it('list and describe images and tags', async () => {
      await push(session.plane, OWNER, await nodeImage(HELLO), `${REPOSITORY}/web:v1`);
      await must(
        session.plane.as(OWNER, 'skopeo', [
          'copy',
          '--quiet',
          `docker://${REPOSITORY}/web:v1`,
          `docker://${REPOSITORY}/web:latest`,
        ]),
      );
      const images = await gcloud(`artifacts docker images list ${REPOSITORY} --include-tags`);
      expect(images.err).toBe(
        'Listing items under project myproject-a, location asia-northeast1, repository docker-repo.',
      );
      const digest = `sha256:${'0'.repeat(64)}`;
      const [header, row, ...more] = images.out.split('\n').map((line) => line.split(/ {2,}/));
      expect(header).toEqual(['IMAGE', 'DIGEST', 'TAGS', 'CREATE_TIME', 'UPDATE_TIME', 'SIZE']);
      expect(row).toEqual([
        `${REPOSITORY}/web`,
        digest,
        'latest,v1',
        '2026-01-01T00:00:00',
        '2026-01-01T00:00:00',
        expect.stringMatching(/^\d+$/),
      ]);
      expect(more).toEqual([]);
      const ofImage = await gcloud(`artifacts docker images list ${REPOSITORY}/web`);
      expect(ofImage.out.split('\n')[1]).toContain(`${REPOSITORY}/web  ${digest}`);
      expect((await gcloud(`artifacts docker tags list ${REPOSITORY}/web`)).out).toBe(text`
        TAG     IMAGE                                                       DIGEST
        latest  asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/web  sha256:0000000000000000000000000000000000000000000000000000000000000000
        v1      asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/web  sha256:0000000000000000000000000000000000000000000000000000000000000000
      `);
      expect((await gcloud(`artifacts docker images describe ${REPOSITORY}/web:latest`)).out).toBe(text`
        image_summary:
          digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
          fully_qualified_digest: asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/web@sha256:0000000000000000000000000000000000000000000000000000000000000000
          registry: asia-northeast1-docker.pkg.dev
          repository: docker-repo
          slsa_build_level: unknown
      `);
    });

    it('delete repositories', async () => {
      await gcloud(`artifacts repositories create gone --repository-format=docker ${where}`);
      expect(await gcloud(`artifacts repositories delete gone --quiet ${where}`)).toEqual({
        ...QUIET,
        err: text`
          Delete request issued for: [gone]
          Deleted repository [gone].
        `,
      });
      expect(await gcloud(`artifacts repositories describe gone ${where}`)).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.artifacts.repositories.describe) NOT_FOUND: Requested entity was not found. This command is authenticated as owner@example.com which is the active account specified by the [core/account] property.',
      });
    });
  });
}
