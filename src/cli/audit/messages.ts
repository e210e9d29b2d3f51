/** What `sekisho audit` says of its own accord. */
import type { Language } from '../messages.js';

interface AuditCliMessages {
  readonly description: string;
  readonly options: Readonly<
    Record<
      'project' | 'organization' | 'deployer' | 'limit' | 'knownImages' | 'format' | 'out' | 'top',
      string
    >
  >;
  readonly examples: string;
  readonly badDeployer: (text: string) => string;
  readonly badNumber: (option: string, text: string) => string;
  readonly needsScope: string;
  readonly scopeOfGoogle: string;
  readonly badOrganization: (text: string) => string;
  readonly listed: (assets: number) => string;
  readonly cannotWrite: (file: string, why: string) => string;
}

/** The types that decide about deploys, for whoever makes the export. */
const TYPES =
  'cloudresourcemanager.googleapis.com/.*,run.googleapis.com/.*,iam.googleapis.com/.*,artifactregistry.googleapis.com/.*,secretmanager.googleapis.com/.*,serviceusage.googleapis.com/Service';

const COMMANDS = ['iam-policy', 'resource']
  .map(
    (content) =>
      `  gcloud asset export --organization=NUMBER --content-type=${content} --asset-types='${TYPES}' --output-path=gs://BUCKET/${content}.json`,
  )
  .join('\n');

export const auditCliMessages: Readonly<Record<Language, AuditCliMessages>> = {
  en: {
    description:
      'say of every Cloud Run resource whether its next deploy would pass, for those who deploy it',
    options: {
      project: 'with --source gcp: a project to audit; several times for several',
      organization: 'with --source gcp: audit all of an organization, by its number',
      deployer: 'ask for this principal alone (may be repeated)',
      limit: 'how many principals are asked for each resource',
      knownImages: 'look for the images rather than take them to be there',
      format: 'how the report is written',
      out: 'write the report to a file',
      top: 'how many rows and fixes the table shows',
    },
    examples: `The plane that runs, or an estate before it does:\n  sekisho audit\n  sekisho audit --source estate=estate.yaml\n\nLive Google Cloud, read only:\n  sekisho audit --source gcp --project my-app --project my-images\n  sekisho audit --source gcp --organization 123456789012\n\nOr make an export, fetch both files into a directory, and audit it:\n${COMMANDS}\n  sekisho audit --source assets=DIRECTORY --groups groups.yaml --assume no-deny-policies,no-boundaries`,
    badDeployer: (text) => `--deployer '${text}' is neither a user nor a service account.`,
    badNumber: (option, text) => `${option} '${text}' is no number above 0.`,
    needsScope: 'Say what to audit: --project ID, as often as you like, or --organization NUMBER.',
    scopeOfGoogle: '--project and --organization say what to audit of live Google Cloud: add --source gcp.',
    badOrganization: (text) => `--organization '${text}' is no number of an organization.`,
    listed: (assets) => `${assets} assets listed.`,
    cannotWrite: (file, why) => `${file} cannot be written: ${why}`,
  },
  ja: {
    description: 'すべての Cloud Run リソースについて、デプロイする主体ごとに次のデプロイが通るかを示す',
    options: {
      project: '--source gcp で: 監査するプロジェクト（複数回指定可）',
      organization: '--source gcp で: 組織全体を監査する（組織の番号）',
      deployer: 'この主体についてだけ調べる（繰り返し可）',
      limit: 'リソースごとに調べる主体の数',
      knownImages: 'イメージがあると仮定せず、実際に探す',
      format: 'レポートの形式',
      out: 'レポートをファイルに書く',
      top: '表に示す行と修正の数',
    },
    examples: `動いているプレーン、または動かす前のエステート:\n  sekisho audit\n  sekisho audit --source estate=estate.yaml\n\n実際の Google Cloud（読み取りのみ）:\n  sekisho audit --source gcp --project my-app --project my-images\n  sekisho audit --source gcp --organization 123456789012\n\nまたは、エクスポートを作り、両方のファイルをディレクトリーに置いて監査する:\n${COMMANDS}\n  sekisho audit --source assets=DIRECTORY --groups groups.yaml --assume no-deny-policies,no-boundaries`,
    badDeployer: (text) => `--deployer '${text}' はユーザーでもサービス アカウントでもありません。`,
    badNumber: (option, text) => `${option} '${text}' は 1 以上の数ではありません。`,
    needsScope: '監査する範囲を --project ID（複数回指定可）か --organization 番号 で指定してください。',
    scopeOfGoogle:
      '--project と --organization は実際の Google Cloud の範囲を指定します。--source gcp を付けてください。',
    badOrganization: (text) => `--organization '${text}' は組織の番号ではありません。`,
    listed: (assets) => `アセット ${assets} 件を読み取りました。`,
    cannotWrite: (file, why) => `${file} に書けません: ${why}`,
  },
};
