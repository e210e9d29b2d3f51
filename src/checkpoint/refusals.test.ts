import { describe, expect, it } from 'vitest';
import { parseImage, type RegistryImage } from '../names/index.js';
import * as refusals from './refusals.js';
import { imageField } from './template-fields.js';

function image(text: string): RegistryImage {
  const parsed = parseImage(text);
  if (!parsed.ok || parsed.image.registry !== 'artifact-registry')
    throw new Error(`${text} is no registry image`);
  return parsed.image;
}

const agent = 'service-891566352225@serverless-robot-prod.iam.gserviceaccount.com';
const target = { kind: 'service', name: 'web', project: 'myproject-a', location: 'asia-northeast1' } as const;

describe('the texts of Cloud Run', () => {
  it('refuses a run permission on the resource as the API version spells it', () => {
    const spell = (kind: 'service' | 'job' | 'workerPool', apiVersion: 'v1' | 'v2') =>
      refusals.spellResource({ apiVersion, target: { ...target, kind } });
    expect(
      refusals.runPermissionDenied(refusals.runPermission('service', 'get'), spell('service', 'v1')),
    ).toBe(
      "Permission 'run.services.get' denied on resource 'namespaces/myproject-a/services/web' (or resource may not exist).",
    );
    expect(spell('job', 'v1')).toBe('namespaces/myproject-a/jobs/web');
    expect(spell('service', 'v2')).toBe('projects/myproject-a/locations/asia-northeast1/services/web');
    expect(
      refusals.runPermissionDenied(refusals.runPermission('workerPool', 'create'), spell('workerPool', 'v2')),
    ).toBe(
      "Permission 'run.workerpools.create' denied on resource 'projects/myproject-a/locations/asia-northeast1/workerPools/web' (or resource may not exist).",
    );
  });

  it('refuses actAs with a lower-case serviceaccounts', () => {
    expect(refusals.actAsDenied('n-compute@developer.gserviceaccount.com')).toBe(
      "Permission 'iam.serviceaccounts.actAs' denied on service account n-compute@developer.gserviceaccount.com (or it may not exist).",
    );
  });

  it('says that the agent cannot mint tokens', () => {
    expect(refusals.agentCannotMint('r@p.iam.gserviceaccount.com', agent)).toBe(
      'Google Cloud Run Service Agent does not have permission to get access tokens for the service account r@p.iam.gserviceaccount.com. Please give service-891566352225@serverless-robot-prod.iam.gserviceaccount.com permission iam.serviceAccounts.getAccessToken on the service account. Alternatively, if the service account is unspecified or in the same project you are deploying in, ensure that the Service Agent is assigned the Google Cloud Run Service Agent role roles/run.serviceAgent.',
    );
  });

  it('refuses the user who cannot read an image of another project, over four lines', () => {
    expect(
      refusals.userCannotReadImage({
        image: image('asia-northeast1-docker.pkg.dev/myproject-b/myrepo/my-app:v1'),
        project: 'myproject-a',
      }),
    ).toBe(
      [
        'User must have permission to read the image, asia-northeast1-docker.pkg.dev/myproject-b/myrepo/my-app:v1. Ensure that the provided container image URL is correct and that the above account has permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate. Note that the image is from project [myproject-b], which is not the same as this project [myproject-a]. Permission must be granted to the User from this project. See https://cloud.google.com/run/docs/deploying#other-projects',
        ' Cause: 403 Forbidden',
        'GET https://asia-northeast1-docker.pkg.dev/v2/myproject-b/myrepo/my-app/manifests/v1',
        '{"errors":[{"code":"DENIED","message":"Permission \\"artifactregistry.repositories.downloadArtifacts\\" denied on resource \\"projects/myproject-b/locations/asia-northeast1/repositories/myrepo\\" (or it may not exist)"}]}',
      ].join('\n'),
    );
  });

  it('speaks of no other project when there is none', () => {
    const same = { image: image('us-docker.pkg.dev/myproject-a/r/i'), project: 'myproject-a' };
    const opening =
      ', us-docker.pkg.dev/myproject-a/r/i. Ensure that the provided container image URL is correct and that the above account has permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate. See https://cloud.google.com/run/docs/deploying#other-projects';
    expect(refusals.userCannotReadImage(same).split('\n')[0]).toBe(
      `User must have permission to read the image${opening}`,
    );
    expect(refusals.agentCannotPull({ ...same, agent })).toContain(
      `Google Cloud Run Service Agent ${agent} must have permission to read the image${opening} Cause: 403 Forbidden GET `,
    );
  });

  it('fails the pull of another project’s image in one line, the image as given and the tag in the URL', () => {
    expect(
      refusals.agentCannotPull({
        image: image('asia-northeast1-docker.pkg.dev/myproject-b/myrepo/myjob'),
        project: 'myproject-a',
        agent,
      }),
    ).toBe(
      'Google Cloud Run Service Agent service-891566352225@serverless-robot-prod.iam.gserviceaccount.com must have permission to read the image, asia-northeast1-docker.pkg.dev/myproject-b/myrepo/myjob. Ensure that the provided container image URL is correct and that the above account has permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate. Note that the image is from project [myproject-b], which is not the same as this project [myproject-a]. Permission must be granted to the Google Cloud Run Service Agent service-891566352225@serverless-robot-prod.iam.gserviceaccount.com from this project. See https://cloud.google.com/run/docs/deploying#other-projects Cause: 403 Forbidden GET https://asia-northeast1-docker.pkg.dev/v2/myproject-b/myrepo/myjob/manifests/latest {"errors":[{"code":"DENIED","message":"Permission \\"artifactregistry.repositories.downloadArtifacts\\" denied on resource \\"projects/myproject-b/locations/asia-northeast1/repositories/myrepo\\" (or it may not exist)"}]}',
    );
  });

  it('repeats what the registry really answered', () => {
    const answer = { url: 'https://gcr.io/v2/p/i/manifests/latest', body: '{"errors":[]}' };
    expect(
      refusals.agentCannotPull({
        image: image('gcr.io/myproject-b/i'),
        project: 'myproject-b',
        agent,
        answer,
      }),
    ).toMatch(/ Cause: 403 Forbidden GET https:\/\/gcr\.io\/v2\/p\/i\/manifests\/latest \{"errors":\[\]\}$/);
  });

  it('names the digest in the URL, and the gcr.io repository in the body', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(refusals.registryRefusal(image(`eu.gcr.io/myproject-b/team/app@${digest}`))).toEqual({
      url: `https://eu.gcr.io/v2/myproject-b/team/app/manifests/${digest}`,
      body: '{"errors":[{"code":"DENIED","message":"Permission \\"artifactregistry.repositories.downloadArtifacts\\" denied on resource \\"projects/myproject-b/locations/europe/repositories/eu.gcr.io\\" (or it may not exist)"}]}',
    });
  });

  it('logs the warning of the months before the change', () => {
    expect(refusals.userCannotReadImageWarning(image('us-docker.pkg.dev/myproject-a/r/i:latest'))).toBe(
      'Cloud Run API check failed. Requests will be rejected after January 2025 hard enforcement deadline. User does not have access to image us-docker.pkg.dev/myproject-a/r/i:latest',
    );
  });

  it('names a missing image as given, and Docker Hub’s as the mirror has it', () => {
    const hub = parseImage('nginx:1.27');
    expect(hub.ok && refusals.imageNotFound(refusals.pulledReference(hub.image))).toBe(
      "Image 'mirror.gcr.io/library/nginx:1.27' not found.",
    );
    expect(refusals.imageNotFound(refusals.pulledReference(image('us-docker.pkg.dev/p-12345/r/i')))).toBe(
      "Image 'us-docker.pkg.dev/p-12345/r/i' not found.",
    );
  });

  it('fails on secrets by field, project number and version', () => {
    const reference = {
      field: 'spec.template.spec.containers[0].env[5].value_from.secret_key_ref.name',
      projectNumber: '891566352225',
      secret: 'db-password',
      version: 'latest',
    };
    expect(refusals.secretDenied({ ...reference, account: 'r@p.iam.gserviceaccount.com' })).toBe(
      "spec.template.spec.containers[0].env[5].value_from.secret_key_ref.name: Permission denied on secret: projects/891566352225/secrets/db-password/versions/latest for Revision service account r@p.iam.gserviceaccount.com. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.",
    );
    expect(refusals.secretNotFound(reference)).toBe(
      'spec.template.spec.containers[0].env[5].value_from.secret_key_ref.name: Secret projects/891566352225/secrets/db-password/versions/latest was not found',
    );
  });

  it('refuses images of other registries and other platforms', () => {
    expect(`${imageField('service', 0)}: ${refusals.imagePathExpected('ghcr.io/x/y:latest')}`).toBe(
      'spec.template.spec.containers[0].image: Expected an image path like [host/]repo-path[:tag and/or @digest], where host is one of [region.]gcr.io, [region-]docker.pkg.dev or docker.io but obtained ghcr.io/x/y:latest. To deploy container images from other public or private registries, set up an Artifact Registry remote repository. See https://cloud.google.com/artifact-registry/docs/repositories/remote-repo.',
    );
    expect(refusals.unsupportedPlatform('application/vnd.oci.image.index.v1+json')).toBe(
      "Container manifest type 'application/vnd.oci.image.index.v1+json' must support amd64/linux.",
    );
  });

  it('says that the API is off so that gcloud offers to enable it', () => {
    expect(refusals.apiDisabled('891566352225')).toBe(
      'Cloud Run Admin API has not been used in project 891566352225 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=891566352225 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.',
    );
    expect(refusals.apiDisabledDetails('891566352225')).toEqual([
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SERVICE_DISABLED',
        domain: 'googleapis.com',
        metadata: {
          activationUrl:
            'https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=891566352225',
          consumer: 'projects/891566352225',
          containerInfo: '891566352225',
          service: 'run.googleapis.com',
          serviceTitle: 'Cloud Run Admin API',
        },
      },
      {
        '@type': 'type.googleapis.com/google.rpc.LocalizedMessage',
        locale: 'en-US',
        message: refusals.apiDisabled('891566352225'),
      },
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [
          {
            description: 'Google developers console API activation',
            url: 'https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=891566352225',
          },
        ],
      },
    ]);
  });
});
