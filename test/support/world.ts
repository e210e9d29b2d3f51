/** The estate of the two stories: projects A and B, a repository in B with an image, and who may what. */
import { HELLO, nodeImage, push } from './images.js';
import { must, type TestPlane } from './plane.js';

export const OWNER = 'owner@example.com';
export const ALICE = 'alice@example.com';
export const REGION = 'asia-northeast1';
export const A = 'myproject-a';
export const B = 'myproject-b';
export const IMAGE = `${REGION}-docker.pkg.dev/${B}/myrepo/my-cloud-run-app`;

/** Makes projects, APIs and the repository by gcloud and pushes the image by skopeo. */
export async function twoProjects(
  plane: TestPlane,
): Promise<{ numberA: string; agent: string; runtime: string }> {
  for (const project of [A, B]) await must(plane.gcloud(OWNER, `projects create ${project}`));
  await must(plane.gcloud(OWNER, `services enable run.googleapis.com --project ${A}`));
  await must(plane.gcloud(OWNER, `services enable artifactregistry.googleapis.com --project ${B}`));
  await must(
    plane.gcloud(
      OWNER,
      `artifacts repositories create myrepo --repository-format=docker --location=${REGION} --project=${B}`,
    ),
  );
  await push(plane, OWNER, await nodeImage(HELLO), `${IMAGE}:latest`);
  const described = await must(plane.gcloud(OWNER, `projects describe ${A} --format=value(projectNumber)`));
  const numberA = described.stdout.trim();
  return {
    numberA,
    agent: `service-${numberA}@serverless-robot-prod.iam.gserviceaccount.com`,
    runtime: `${numberA}-compute@developer.gserviceaccount.com`,
  };
}

export const deploy = (
  plane: TestPlane,
  member: string,
  service = 'my-cloud-run-app',
  image = `${IMAGE}:latest`,
  project = A,
  more = '',
) =>
  plane.gcloud(
    member,
    `run deploy ${service} --project ${project} --region ${REGION} --image ${image}${more}`,
  );
