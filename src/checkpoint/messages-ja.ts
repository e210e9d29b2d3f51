/** The catalogue in Japanese. */

import { type ResourceName, RUN_COLLECTION, splitResource } from '../names/index.js';
import type { Catalogue } from './catalogue.js';
import type { Evidence } from './types.js';

const KINDS: Readonly<Record<string, string>> = {
  projects: 'プロジェクト',
  folders: 'フォルダ',
  organizations: '組織',
  services: 'サービス',
  jobs: 'ジョブ',
  workerPools: 'ワーカープール',
  serviceAccounts: 'サービスアカウント',
  repositories: 'リポジトリ',
  secrets: 'シークレット',
};

/** The kind by the collection the name ends in; anything else goes by its whole name. */
function resource(name: ResourceName): string {
  const parts = splitResource(name).path.split('/');
  const collection = parts.at(-2) ?? '';
  const kind = Object.hasOwn(KINDS, collection) ? KINDS[collection] : undefined;
  if (kind === undefined) return name;
  const [, project] = parts;
  const inProject = parts.length > 2 && collection !== 'serviceAccounts';
  return `${kind} ${parts.at(-1)}${inProject ? `（${project}）` : ''}`;
}

const NEEDS: Readonly<Record<string, string>> = {
  'api-enabled': 'Cloud Run API が有効であること',
  'image-host-supported': '対応しているレジストリのイメージであること',
  'agent-exists': '存在すること',
  'image-exists': 'イメージが存在すること',
  'image-platform': 'linux/amd64 用のイメージであること',
};

function binding(reason: Extract<Evidence, { kind: 'binding' }>): string {
  const { role, member, level, grants, condition } = reason;
  const granted = `${resource(level)} で ${member} に ${role} が付与されています`;
  if (grants) return condition ? `${granted}（条件「${condition.title}」は成立）` : granted;
  if (!condition) return `${granted}が、有効ではありません`;
  const note = condition.note === undefined ? '' : `（${condition.note}）`;
  const values = {
    true: 'は成立',
    false: 'が成立していません',
    error: `を評価できません${note}`,
    unknown: `は確認できません${note}`,
  };
  return `${granted}が、条件「${condition.title}」${values[condition.value]}: ${condition.expression}`;
}

function evidence(found: Evidence): string {
  switch (found.kind) {
    case 'binding':
      return binding(found);
    case 'roles-lack-permission':
      return `${resource(found.level)} の ${found.roles.join('、')} にはこの権限が含まれていません`;
    case 'no-binding':
      return `${resource(found.level)} にロールがありません`;
    case 'unreadable-policy':
      return `${resource(found.level)} のポリシーを読み取れません`;
    case 'unreadable-group':
      return `${resource(found.level)} の ${found.role} は ${found.member} に付与されていますが、そのメンバーを読み取れません`;
    case 'unknown-role':
      return `${resource(found.level)} で ${found.member} に付与された ${found.role} の内容が分かりません`;
    case 'anonymous':
      return 'サインインしていません';
    case 'api':
      return `プロジェクト ${found.project} で ${found.api} は${found.enabled ? '有効です' : '有効になっていません'}`;
    case 'account':
      return found.exists
        ? `${found.email} は存在します`
        : `${found.email} は存在しないか、無効になっています`;
    case 'image-host':
      return {
        none: `${found.image} は対応しているレジストリにあります`,
        'unsupported-host': `${found.image} は Cloud Run が pull できないレジストリにあります`,
        malformed: `${found.image} はイメージの参照として正しくありません`,
      }[found.problem];
    case 'image':
      if (found.present) return `${found.image} は存在します`;
      return found.containerRegistry
        ? `${found.image} は存在しません。Container Registry は終了しており、gcr.io は同名の Artifact Registry リポジトリから配信されます`
        : `${found.image} は存在しません`;
    case 'platform':
      return found.wrongMediaType === undefined
        ? `${found.image} は linux/amd64 で動作します`
        : `${found.image} には linux/amd64 用のマニフェストがありません（${found.wrongMediaType}）`;
    case 'no-manifest':
      return `${found.image} が存在しないため確認できません`;
    case 'unknown':
      return found.why;
  }
}

export const japanese: Catalogue = {
  columns: { moment: '時点', who: '誰が', needs: '必要なもの', verdict: '判定と理由' },
  moments: { admission: '受付時', pull: 'pull 時', start: '起動時', after: 'デプロイ後' },
  actors: {
    deployer: 'デプロイする人',
    'service-agent': 'Cloud Run サービスエージェント',
    'runtime-account': '実行用サービスアカウント',
  },
  verdicts: { granted: '許可', unknown: '不明' },
  denied: { refuses: '拒否: 受付不可', fails: '拒否: 失敗', warns: '拒否: 警告のみ' },
  outcomes: {
    granted: '必要な権限はすべて揃っています。このデプロイは成功します。',
    refused: 'このデプロイは受け付けられず、何も作成されません。',
    fails: 'このデプロイは受け付けられますが、その後失敗します。',
    warns: 'このデプロイは成功しますが、警告が出ます。',
    unknown: '拒否されるものはありませんが、確認できなかった項目があります。',
  },
  title: ({ kind, name, project, location, deployer }) =>
    `${KINDS[RUN_COLLECTION[kind]]} ${name}（${project}、${location}）${deployer === undefined ? '' : ` デプロイする人: ${deployer}`}`,
  need: (id) => NEEDS[id] ?? id,
  evidence,
  resource,
  googleSays: 'Google のメッセージ:',
  googleWouldSay: '拒否された場合の Google のメッセージ:',
  logged: 'デプロイは成功し、監査ログに次の内容が記録されます:',
  toMend: '次のコマンドで解決できます:',
  nothingToGrant: '権限の付与では解決できません。',
};
