/** The second story: since 2025-01-15 who deploys must be able to read the image, in their own project too. */
import {
  changesPolicy,
  type Expectation,
  type GcloudStep,
  type Measure,
  prepares,
  type Story,
  type Text,
  words,
} from './story.js';

const SERVICE = 'my-cloud-run-app';
const REGION = 'asia-northeast1';
const PROJECT = 'myproject-c';
const IMAGE = `${REGION}-docker.pkg.dev/${PROJECT}/docker-repo/${SERVICE}:latest`;
const REPOSITORY = `docker-repo --project ${PROJECT} --location ${REGION}`;

/** The query that Google mailed to its customers, word for word. */
const QUERY = 'resource.type = "cloud_run_revision"\nseverity=ERROR\n"User does not have access to image"';

const WARNING = `Cloud Run API check failed. Requests will be rejected after January 2025 hard enforcement deadline. User does not have access to image ${IMAGE}`;

function deploys(
  actor: 'bob' | 'carol',
  service: string,
  expect: Expectation,
  ...after: readonly Measure[]
): GcloudStep {
  return {
    kind: 'gcloud',
    actor,
    args: words(
      `run deploy ${service} --project ${PROJECT} --region ${REGION} --image ${IMAGE} --no-allow-unauthenticated`,
    ),
    expect,
    show: 'everything',
    after,
  };
}

const serves = (service: string): Expectation => ({
  outcome: 'deployed',
  says: [
    'has been deployed and is serving 100 percent of traffic.',
    `Service URL: https://${service}-{number:${PROJECT}}.${REGION}.run.app`,
  ],
});

/** The mailed query, through gcloud; it must find the one entry that the first deploy left. */
const readsLog: GcloudStep = {
  kind: 'gcloud',
  actor: 'owner',
  args: [
    'logging',
    'read',
    QUERY,
    '--project',
    PROJECT,
    '--format',
    'yaml(severity, protoPayload.authenticationInfo.principalEmail, protoPayload.status)',
  ],
  expect: { outcome: 'accepted', says: ['severity: ERROR', 'code: 403', WARNING, 'bob@example.com'] },
  show: 'everything',
  after: [{ kind: 'log-entries', project: PROJECT, query: QUERY, entries: 1, before: 0 }],
};

const grants = (actor: 'bob' | 'carol', role: string) =>
  changesPolicy(
    'owner',
    `projects add-iam-policy-binding ${PROJECT} --member user:${actor}@example.com --role ${role}`,
  );

const explain = (text: Text) => ({ kind: 'explain', text }) as const;

export const storyTwo: Story = {
  title: {
    en: 'Story 2: The change of 15 January 2025',
    ja: 'ストーリー 2: 2025 年 1 月 15 日の変更',
  },
  steps: [
    explain({
      en: 'Before it, nobody asked whether those who deploy may read an image of their own project. From November 2024 such deploys still went through, but left an error in the audit log. The plane is started again as Cloud Run was in those weeks.',
      ja: 'それまでは、同じプロジェクトのイメージであれば、デプロイ担当者がイメージを読み取れるかどうかは確認されませんでした。2024 年 11 月からの移行期間中は、デプロイは成功するものの、監査ログにエラーが記録されました。当時の Cloud Run と同じ動作で再起動します。',
    }),
    { kind: 'restart', imageReadCheck: 'warn' },
    explain({
      en: 'bob is Cloud Run Admin and Service Account User, and nothing else. The image is in the same project.',
      ja: 'bob のロールは Cloud Run 管理者とサービス アカウント ユーザーだけです。イメージは同じプロジェクトにあります。',
    }),
    {
      kind: 'setup',
      lanes: [
        [
          prepares('owner', `projects create ${PROJECT}`),
          prepares(
            'owner',
            `services enable run.googleapis.com artifactregistry.googleapis.com --project ${PROJECT}`,
          ),
          prepares('owner', `artifacts repositories create ${REPOSITORY} --repository-format docker`),
          { kind: 'image', reference: IMAGE },
        ],
        [
          { kind: 'sign-in', actor: 'bob' },
          { kind: 'sign-in', actor: 'carol' },
        ],
      ],
    },
    grants('bob', 'roles/run.admin'),
    grants('bob', 'roles/iam.serviceAccountUser'),
    deploys('bob', SERVICE, serves(SERVICE), { kind: 'serving', project: PROJECT, service: SERVICE }),
    explain({
      en: 'Nothing looks wrong, except in the log. This is the query that Google mailed to its customers.',
      ja: '問題なく成功したように見えますが、ログには記録が残っています。Google からのメールで案内されたクエリで検索します。',
    }),
    readsLog,
    explain({
      en: 'With Artifact Registry Reader, the next deploy leaves no entry.',
      ja: 'Artifact Registry 読み取りのロールを付与すると、次のデプロイではエラーは記録されません。',
    }),
    changesPolicy(
      'owner',
      `artifacts repositories add-iam-policy-binding ${REPOSITORY} --member user:bob@example.com --role roles/artifactregistry.reader`,
    ),
    deploys('bob', `${SERVICE}-2`, serves(`${SERVICE}-2`), {
      kind: 'log-entries',
      project: PROJECT,
      query: QUERY,
      entries: 1,
      before: 1,
    }),
    explain({
      en: 'Since 15 January 2025 such a deploy is refused. carol has the two roles that bob had at first.',
      ja: '2025 年 1 月 15 日以降、このようなデプロイは拒否されます。carol のロールは、最初の bob と同じ 2 つだけです。',
    }),
    { kind: 'restart', imageReadCheck: 'enforce' },
    grants('carol', 'roles/run.admin'),
    grants('carol', 'roles/iam.serviceAccountUser'),
    deploys(
      'carol',
      `${SERVICE}-3`,
      {
        outcome: 'refused',
        says: [
          `User must have permission to read the image, ${IMAGE}.`,
          `Cause: 403 Forbidden GET https://${REGION}-docker.pkg.dev/v2/${PROJECT}/docker-repo/${SERVICE}/manifests/latest`,
        ],
      },
      { kind: 'nothing-created', project: PROJECT, services: 2 },
    ),
    explain({
      en: 'What was deployed before keeps serving.',
      ja: 'デプロイ済みのサービスは動き続けます。',
    }),
    { kind: 'fetch', actor: 'bob', project: PROJECT, service: SERVICE, says: `Hello from ${SERVICE}` },
  ],
};
