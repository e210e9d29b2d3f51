/** What `sekisho scan` says of its own accord, in each language. */
import type { Language } from '../messages.js';

export interface ScanCliMessages {
  readonly description: string;
  readonly files: string;
  readonly options: Readonly<
    Record<'source' | 'project' | 'freshness' | 'filter' | 'check' | 'format', string>
  >;
  readonly examples: string;
  readonly noLogs: string;
  readonly filesAndSource: string;
  readonly onlyWithSource: (option: string) => string;
  readonly badSource: (text: string) => string;
  readonly noProject: string;
  readonly nothingSeen: (member: string) => string;
  readonly badFreshness: (text: string) => string;
  readonly cannotRead: (name: string, why: string) => string;
  readonly stdinTwice: string;
}

const EXAMPLES = `  $ sekisho scan audit.json.gz
  $ gcloud logging read --format=json 'severity=ERROR' | sekisho scan -
  $ sekisho scan --source gcp --project my-project --freshness 30d --check gcp
  $ sekisho scan --source plane --format gcloud`;

const en: ScanCliMessages = {
  description: 'find in audit logs who lacked a permission for an image or an account, and what mends it',
  files: 'exported logs: files, directories, or - for the standard input; JSON lines or arrays, also gzip',
  options: {
    source: 'read logs by the Logging API instead: plane, or gcp (live Google Cloud, read only)',
    project: 'whose logs to read; may be given several times (default: all that you see of a plane)',
    freshness: 'how far back to read by --source, e.g. 12h or 30d',
    filter: 'what entries must match besides, in the Logging query language',
    check: 'ask a source whether it is still missing: plane, gcp, assets=PATH or estate=FILE',
    format: 'form of the report',
  },
  examples: `Examples:\n${EXAMPLES}`,
  noLogs: 'Which logs? Name files, or --source plane or --source gcp.',
  filesAndSource: 'Name either files or --source, not both.',
  onlyWithSource: (option) => `${option} goes with --source alone: files are read whole.`,
  badSource: (text) => `--source '${text}' is neither plane nor gcp.`,
  noProject: '--source gcp needs --project (or CLOUDSDK_CORE_PROJECT).',
  nothingSeen: (member) => `${member} sees no project of this plane: name one by --project.`,
  badFreshness: (text) => `--freshness '${text}' is no time such as 30m, 12h, 7d or 4w.`,
  cannotRead: (name, why) => `${name} cannot be read (${why}).`,
  stdinTwice: 'The standard input can be read once, and by itself.',
};

const ja: ScanCliMessages = {
  description:
    '監査ログから、イメージやアカウントへの権限が足りなかったプリンシパルと、その修正方法を見つけます',
  files: 'エクスポートしたログ: ファイル、ディレクトリ、または標準入力を表す -。JSON Lines か配列、gzip も可',
  options: {
    source: '代わりに Logging API でログを読みます: plane、または gcp（実際の Google Cloud、読み取りのみ）',
    project:
      'ログを読むプロジェクト。複数回指定できます（デフォルト: プレーンの、見えるすべてのプロジェクト）',
    freshness: '--source でさかのぼる期間。例: 12h、30d',
    filter: 'エントリがさらに満たすべき条件（Logging のクエリ言語）',
    check: 'まだ不足しているかを確かめる出どころ: plane、gcp、assets=PATH、estate=FILE',
    format: 'レポートの形式',
  },
  examples: `例:\n${EXAMPLES}`,
  noLogs: 'どのログを読みますか。ファイル、または --source plane か --source gcp を指定してください。',
  filesAndSource: 'ファイルと --source は同時に指定できません。',
  onlyWithSource: (option) => `${option} は --source と一緒にだけ使えます。ファイルは全体を読みます。`,
  badSource: (text) => `--source '${text}' は plane でも gcp でもありません。`,
  noProject: '--source gcp には --project（または CLOUDSDK_CORE_PROJECT）が必要です。',
  nothingSeen: (member) =>
    `${member} にはこのプレーンのプロジェクトが見えません。--project で指定してください。`,
  badFreshness: (text) => `--freshness '${text}' は 30m、12h、7d、4w のような期間ではありません。`,
  cannotRead: (name, why) => `${name} を読めません（${why}）。`,
  stdinTwice: '標準入力は一度だけ、単独で読めます。',
};

export const scanCliMessages: Readonly<Record<Language, ScanCliMessages>> = { en, ja };
