/** What `sekisho audit` says of its own accord. */
import type { Language } from '../messages.js';

interface AuditCliMessages {
  readonly description: string;
  readonly options: Readonly<
    Record<'deployer' | 'limit' | 'knownImages' | 'complete' | 'format' | 'out' | 'top', string>
  >;
  readonly examples: string;
  readonly badDeployer: (text: string) => string;
  readonly badNumber: (option: string, text: string) => string;
  readonly needsExport: (source: string) => string;
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
      deployer: 'ask for this principal alone (may be repeated)',
      limit: 'how many principals are asked for each resource',
      knownImages: 'look for the images in the export rather than take them to be there',
      complete: 'the export is of all types and both contents: what it does not name is not there',
      format: 'how the report is written',
      out: 'write the report to a file',
      top: 'how many rows and fixes the table shows',
    },
    examples: `Make an export, fetch both files into a directory, and audit it:\n${COMMANDS}\n  sekisho audit --source assets=DIRECTORY --groups groups.yaml --assume no-deny-policies,no-boundaries`,
    badDeployer: (text) => `--deployer '${text}' is neither a user nor a service account.`,
    badNumber: (option, text) => `${option} '${text}' is no number above 0.`,
    needsExport: (source) =>
      `An audit reads an asset export, not ${source}. Make one, fetch both files into a directory, and name it with --source assets=DIRECTORY:\n${COMMANDS}`,
    cannotWrite: (file, why) => `${file} cannot be written: ${why}`,
  },
  ja: {
    description: 'すべての Cloud Run リソースについて、デプロイする主体ごとに次のデプロイが通るかを示す',
    options: {
      deployer: 'この主体についてだけ調べる（繰り返し可）',
      limit: 'リソースごとに調べる主体の数',
      knownImages: 'イメージがあると仮定せず、エクスポートの中で探す',
      complete: 'エクスポートは全種類・両方の内容を含む（名前のないものは存在しない）',
      format: 'レポートの形式',
      out: 'レポートをファイルに書く',
      top: '表に示す行と修正の数',
    },
    examples: `エクスポートを作り、両方のファイルをディレクトリーに置いて監査する:\n${COMMANDS}\n  sekisho audit --source assets=DIRECTORY --groups groups.yaml --assume no-deny-policies,no-boundaries`,
    badDeployer: (text) => `--deployer '${text}' はユーザーでもサービス アカウントでもありません。`,
    badNumber: (option, text) => `${option} '${text}' は 1 以上の数ではありません。`,
    needsExport: (source) =>
      `監査はアセットのエクスポートを読みます（${source} は読めません）。次のように作り、両方のファイルを置いたディレクトリーを --source assets=DIRECTORY で指定してください:\n${COMMANDS}`,
    cannotWrite: (file, why) => `${file} に書けません: ${why}`,
  },
};
