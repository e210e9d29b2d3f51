/** What the commands of the estate say, in each language. */
import type { ChangeKind, EstateChange } from '../../plane/index.js';

type Action = EstateChange['action'];

export interface EstateMessages {
  readonly commands: Readonly<Record<'apply' | 'export' | 'reset', string>>;
  readonly options: Readonly<
    Record<'file' | 'prune' | 'dryRun' | 'exportFormat' | 'yes' | 'startEstate', string>
  >;
  readonly applyExamples: string;
  readonly actions: Readonly<Record<Action, string>>;
  readonly kinds: Readonly<Record<ChangeKind, string>>;
  readonly summary: (counts: Readonly<Record<Action, number>>, unchanged: number) => string;
  readonly dryRun: string;
  readonly cannotRead: (file: string, why: string) => string;
  readonly leftAlone: (dataDir: string) => string;
  readonly resetNeedsYes: (dataDir: string) => string;
  readonly resetDone: (projects: number) => string;
}

export const en: EstateMessages = {
  commands: {
    apply: 'bring the plane to what estate files say: adds and updates, and removes nothing',
    export: 'write the plane as an estate file to stdout',
    reset: 'empty the plane: projects, images, services, policies, groups and logs',
  },
  options: {
    file: 'estate file in YAML or JSON, - for stdin; several are taken as one',
    prune: 'also remove what the files do not name, for good',
    dryRun: 'print what would be done, and change nothing',
    exportFormat: 'form of the file',
    yes: 'do it without a question; needed at a terminal',
    startEstate: 'estate file to apply when the plane is empty; on any other it is left alone',
  },
  applyExamples: `Examples:
  $ sekisho apply -f estate.yaml
  $ sekisho apply -f groups.yaml projects.yaml --prune --dry-run
  $ sekisho export | sekisho apply -f -`,
  actions: { created: 'created', updated: 'updated', removed: 'removed' },
  kinds: {
    organization: 'organization',
    folder: 'folder',
    group: 'group',
    project: 'project',
    serviceAccount: 'service account',
    serviceAgent: 'service agent',
    customRole: 'custom role',
    denyPolicies: 'deny policies',
    boundary: 'principal access boundary',
    tagKey: 'tag key',
    tagValue: 'tag value',
    tag: 'tag',
    workloadIdentityPool: 'workload identity pool',
    workloadIdentityProvider: 'workload identity provider',
    repository: 'repository',
    secret: 'secret',
    runService: 'Cloud Run service',
    runJob: 'Cloud Run job',
    runWorkerPool: 'Cloud Run worker pool',
    binding: 'binding',
    auditConfig: 'audit configuration',
  },
  summary: ({ created, updated, removed }, unchanged) =>
    `${created} created, ${updated} updated, ${removed} removed, ${unchanged} unchanged.`,
  dryRun: 'Dry run: nothing has changed.',
  cannotRead: (file, why) => `${file} cannot be read (${why}).`,
  leftAlone: (dataDir) =>
    `the plane in ${dataDir} is not empty, so --estate was left alone. To apply it: sekisho apply -f FILE`,
  resetNeedsYes: (dataDir) =>
    `this removes everything from the plane in ${dataDir}. If you mean it, write sekisho reset --yes`,
  resetDone: (projects) =>
    `The plane is empty; ${projects} ${projects === 1 ? 'project is' : 'projects are'} gone.`,
};

export const ja: EstateMessages = {
  commands: {
    apply: 'エステート ファイルの内容をプレーンに反映します。追加と更新だけを行い、削除はしません',
    export: 'プレーンの内容をエステート ファイルとして標準出力に書き出します',
    reset: 'プレーンを空にします（プロジェクト、イメージ、サービス、ポリシー、グループ、ログ）',
  },
  options: {
    file: 'YAML または JSON のエステート ファイル。- は標準入力。複数のファイルは 1 つとして扱います',
    prune: 'ファイルにないものを完全に削除します',
    dryRun: '行われる変更を表示するだけで、何も変更しません',
    exportFormat: 'ファイルの形式',
    yes: '確認せずに実行します。端末では必須です',
    startEstate: 'プレーンが空のときに反映するエステート ファイル。空でなければ何もしません',
  },
  applyExamples: en.applyExamples.replace('Examples:', '例:'),
  actions: { created: '作成', updated: '更新', removed: '削除' },
  kinds: {
    organization: '組織',
    folder: 'フォルダ',
    group: 'グループ',
    project: 'プロジェクト',
    serviceAccount: 'サービス アカウント',
    serviceAgent: 'サービス エージェント',
    customRole: 'カスタムロール',
    denyPolicies: '拒否ポリシー',
    boundary: 'プリンシパル アクセス境界',
    tagKey: 'タグキー',
    tagValue: 'タグ値',
    tag: 'タグ',
    workloadIdentityPool: 'Workload Identity プール',
    workloadIdentityProvider: 'Workload Identity プロバイダ',
    repository: 'リポジトリ',
    secret: 'シークレット',
    runService: 'Cloud Run サービス',
    runJob: 'Cloud Run ジョブ',
    runWorkerPool: 'Cloud Run ワーカープール',
    binding: 'バインディング',
    auditConfig: '監査構成',
  },
  summary: ({ created, updated, removed }, unchanged) =>
    `作成 ${created}、更新 ${updated}、削除 ${removed}、変更なし ${unchanged}`,
  dryRun: 'ドライラン: 何も変更していません。',
  cannotRead: (file, why) => `${file} を読み取れません（${why}）。`,
  leftAlone: (dataDir) =>
    `${dataDir} のプレーンは空ではないため、--estate は反映しませんでした。反映するには: sekisho apply -f FILE`,
  resetNeedsYes: (dataDir) =>
    `${dataDir} のプレーンからすべてを削除します。実行するには sekisho reset --yes と入力してください`,
  resetDone: (projects) => `プレーンを空にしました。${projects} 個のプロジェクトを削除しました。`,
};
