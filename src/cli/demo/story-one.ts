/** The first story: an image of another project, the three roles of who deploys, and the one of the service agent. */
import {
  changesPolicy,
  type Expectation,
  type GcloudStep,
  type Measure,
  prepares,
  type Story,
  words,
} from './story.js';

const SERVICE = 'my-cloud-run-app';
const REGION = 'asia-northeast1';
const IMAGE = `${REGION}-docker.pkg.dev/myproject-b/myrepo/${SERVICE}:latest`;
const TARGET = `${SERVICE} --project myproject-a --region ${REGION} --image ${IMAGE}`;
const REPOSITORY = `myrepo --project myproject-b --location ${REGION}`;
const AGENT_READS = '--member serviceAccount:{agent:myproject-a} --role roles/artifactregistry.reader';

const nothingCreated: Measure = { kind: 'nothing-created', project: 'myproject-a', services: 0 };

function aliceDeploys(expect: Expectation, ...after: readonly Measure[]): GcloudStep {
  return {
    kind: 'gcloud',
    actor: 'alice',
    args: words(`run deploy ${TARGET}`),
    expect,
    show: 'everything',
    after,
  };
}

/** What Cloud Run and the registry say to whoever may not read the image. */
const cannotRead = (who: string) =>
  `${who} must have permission to read the image, ${IMAGE}. Ensure that the provided container image URL is correct and that the above account has permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate. Note that the image is from project [myproject-b], which is not the same as this project [myproject-a]. Permission must be granted to the ${who} from this project. See https://cloud.google.com/run/docs/deploying#other-projects Cause: 403 Forbidden GET https://${REGION}-docker.pkg.dev/v2/myproject-b/myrepo/${SERVICE}/manifests/latest {"errors":[{"code":"DENIED","message":"Permission \\"artifactregistry.repositories.downloadArtifacts\\" denied on resource \\"projects/myproject-b/locations/${REGION}/repositories/myrepo\\" (or it may not exist)"}]}`;

export const storyOne: Story = {
  title: {
    en: 'Story 1: The image belongs to another project',
    ja: 'ストーリー 1: 別のプロジェクトのイメージをデプロイする',
  },
  steps: [
    {
      kind: 'explain',
      text: {
        en: 'Cloud Run is to run in myproject-a. The image lies in myproject-b. alice is to deploy it.',
        ja: 'Cloud Run を動かすのは myproject-a、コンテナ イメージがあるのは myproject-b です。デプロイ担当者は alice です。',
      },
    },
    {
      kind: 'setup',
      lanes: [
        [
          prepares('owner', 'projects create myproject-a'),
          prepares('owner', 'services enable run.googleapis.com --project myproject-a'),
          { kind: 'sign-in', actor: 'alice' },
        ],
        [
          prepares('owner', 'projects create myproject-b'),
          prepares('owner', 'services enable artifactregistry.googleapis.com --project myproject-b'),
          prepares('owner', `artifacts repositories create ${REPOSITORY} --repository-format docker`),
          { kind: 'image', reference: IMAGE },
        ],
      ],
    },
    {
      kind: 'explain',
      text: {
        en: 'Enabling Cloud Run made two accounts: the service agent of myproject-a, {agent:myproject-a}, which pulls images, and its default compute account, {compute:myproject-a}, which containers run as.',
        ja: 'Cloud Run API を有効にすると、2 つのアカウントが作成されます。イメージを pull するのは myproject-a のサービス エージェント {agent:myproject-a}、コンテナの実行サービス アカウントになるのはデフォルトの {compute:myproject-a} です。',
      },
    },
    { kind: 'explain', text: { en: 'alice has no role yet.', ja: 'alice にはまだ何のロールもありません。' } },
    aliceDeploys(
      {
        outcome: 'refused',
        says: [
          "PERMISSION_DENIED: Permission 'run.services.get' denied on resource 'namespaces/myproject-a/services/my-cloud-run-app' (or resource may not exist).",
        ],
      },
      nothingCreated,
    ),
    {
      kind: 'explain',
      text: {
        en: 'First role: Cloud Run Developer on the project she deploys to.',
        ja: '1 つ目のロールは、デプロイ先のプロジェクトに対する Cloud Run デベロッパーです。',
      },
    },
    changesPolicy(
      'owner',
      'projects add-iam-policy-binding myproject-a --member user:alice@example.com --role roles/run.developer',
    ),
    aliceDeploys(
      {
        outcome: 'refused',
        says: [
          "Permission 'iam.serviceaccounts.actAs' denied on service account {compute:myproject-a} (or it may not exist).",
        ],
      },
      nothingCreated,
    ),
    {
      kind: 'explain',
      text: {
        en: 'Second role: Service Account User on the account that the container will run as.',
        ja: '2 つ目のロールは、実行サービス アカウントに対するサービス アカウント ユーザーです。',
      },
    },
    changesPolicy(
      'owner',
      'iam service-accounts add-iam-policy-binding {compute:myproject-a} --project myproject-a --member user:alice@example.com --role roles/iam.serviceAccountUser',
    ),
    aliceDeploys({ outcome: 'refused', says: [cannotRead('User')] }, nothingCreated),
    {
      kind: 'explain',
      text: {
        en: 'Third role: Artifact Registry Reader on the repository. Whoever deploys must be able to read the image.',
        ja: '3 つ目のロールは、リポジトリに対する Artifact Registry 読み取りです。デプロイ担当者自身がイメージを読み取れる必要があります。',
      },
    },
    changesPolicy(
      'owner',
      `artifacts repositories add-iam-policy-binding ${REPOSITORY} --member user:alice@example.com --role roles/artifactregistry.reader`,
    ),
    {
      kind: 'explain',
      text: {
        en: 'alice has all three. The deploy is accepted, and fails all the same: it is not alice who pulls the image, but the service agent of myproject-a.',
        ja: 'これで 3 つのロールが揃いました。デプロイは受け付けられますが、それでも失敗します。イメージを pull するのは alice ではなく、myproject-a のサービス エージェントだからです。',
      },
    },
    aliceDeploys(
      { outcome: 'fails', says: [cannotRead('Google Cloud Run Service Agent {agent:myproject-a}')] },
      { kind: 'not-ready', project: 'myproject-a', service: SERVICE },
    ),
    {
      kind: 'explain',
      text: {
        en: 'The same rules answer before a deploy: who needs what, who lacks it, and which command mends it.',
        ja: '同じルールで、デプロイの前に確認できます。誰にどの権限が必要か、何が足りないか、どのコマンドで解決するかがわかります。',
      },
    },
    {
      kind: 'check',
      args: words(`run service ${TARGET} --as alice@example.com`),
      says: ['agent-pulls-image', 'service-{number:myproject-a}@serverless-robot-prod'],
    },
    {
      kind: 'explain',
      text: {
        en: 'The owner runs the command as it was printed.',
        ja: '表示されたコマンドを、オーナーがそのまま実行します。',
      },
    },
    { kind: 'mend', actor: 'owner' },
    aliceDeploys(
      {
        outcome: 'deployed',
        says: [
          'has been deployed and is serving 100 percent of traffic.',
          `Service URL: https://${SERVICE}-{number:myproject-a}.${REGION}.run.app`,
        ],
      },
      { kind: 'serving', project: 'myproject-a', service: SERVICE },
    ),
    {
      kind: 'fetch',
      actor: 'alice',
      project: 'myproject-a',
      service: SERVICE,
      says: `Hello from ${SERVICE}`,
    },
    {
      kind: 'explain',
      text: {
        en: 'Images are pulled when they are deployed. What runs keeps running when the grant is taken away again.',
        ja: 'イメージはデプロイ時に pull されます。あとでロールを取り消しても、稼働中のサービスは動き続けます。',
      },
    },
    changesPolicy('owner', `artifacts repositories remove-iam-policy-binding ${REPOSITORY} ${AGENT_READS}`),
    {
      kind: 'fetch',
      actor: 'alice',
      project: 'myproject-a',
      service: SERVICE,
      says: `Hello from ${SERVICE}`,
    },
  ],
};
