/** The catalogue in Japanese. */

import { UNKNOWN_ABOVE } from '../iam/index.js';
import { type ResourceName, RUN_COLLECTION, splitResource } from '../names/index.js';
import type { Catalogue } from './catalogue.js';
import type { Holder } from './explain/holders.js';
import { OPEN_TOPICS_JA } from './open-topics.js';
import type { Evidence } from './types.js';

const KINDS: Readonly<Record<string, string>> = {
  projects: 'プロジェクト',
  folders: 'フォルダ',
  organizations: '組織',
  services: 'サービス',
  jobs: 'ジョブ',
  workerPools: 'ワーカープール',
  serviceAccounts: 'サービス アカウント',
  repositories: 'リポジトリ',
  secrets: 'シークレット',
};

/** The kind by the collection the name ends in; anything else goes by its whole name. */
function resource(name: ResourceName): string {
  if (name === UNKNOWN_ABOVE) return '上位のフォルダと組織';
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
  'secret-exists': 'シークレットが存在すること',
  'not-judged': '判定の対象外のもの',
};

function binding(reason: Extract<Evidence, { kind: 'binding' }>): string {
  const { role, member, level, grants, condition } = reason;
  const through = /^(?:user|serviceAccount):/.test(member) ? '' : `（${member} 経由）`;
  const granted = `${resource(level)} の ${role}${through}`;
  if (!condition) return grants ? granted : `${granted} は有効ではありません`;
  const note = condition.note === undefined ? '' : `（${condition.note}）`;
  const named = `${granted} の条件「${condition.title}」`;
  switch (condition.value) {
    case 'true':
      return `${named}は成立`;
    case 'false':
      return `${named}が成立していません: ${condition.expression}`;
    case 'error':
      return `${named}を評価できません${note}: ${condition.expression}`;
    case 'unknown':
      return `${named}は成立するか分かりません${note}: ${condition.expression}`;
  }
}

function denial(reason: Extract<Evidence, { kind: 'deny-rule' }>): string {
  const { policy, rule, level, principal, exempt, denies } = reason;
  const named = `${resource(level)} の拒否ポリシー ${policy} のルール ${rule}`;
  if (!denies) return `${named} により ${principal} は拒否されますが、該当するか分かりません`;
  const exception = exempt === undefined ? '' : `ルールの例外プリンシパルに ${exempt} を追加するか、`;
  return `${named} により ${principal} は拒否されます。ロールを付与しても解決しません。${exception}ポリシーを変更してください`;
}

const because = ({ why }: { readonly why?: string }) => (why === undefined ? '' : `（${why}）`);

const holder = ({ member, role, level, conditional }: Holder) =>
  `${member}（${resource(level)} の ${role}${conditional ? '、条件付き' : ''}）`;

function evidence(found: Evidence): string {
  switch (found.kind) {
    case 'deny-rule':
      return denial(found);
    case 'unreadable-deny-policies':
      return `${resource(found.level)} の拒否ポリシーを読み取れません${because(found)}`;
    case 'boundary':
      return found.blocks
        ? `プリンシパル アクセス境界 (${found.policies.join('、')}) により ${resource(found.level)} にはアクセスできません。ロールを付与しても解決しません。境界のルールにこのリソースか上位のリソースを追加してください`
        : `プリンシパル アクセス境界 (${found.policies.join('、')}) が該当するか分かりません`;
    case 'unreadable-boundaries':
      return `プリンシパル アクセス境界を読み取れません${because(found)}`;
    case 'propagating':
      return `変更が反映中です。${found.at} から${{ granted: '許可されます', denied: '拒否されます', unknown: '不明になります' }[found.becomes]}`;
    case 'binding':
      return binding(found);
    case 'roles-lack-permission':
      return `${resource(found.level)} の ${found.roles.join('、')} にこの権限は含まれません`;
    case 'no-binding':
      return `${resource(found.level)} にロールなし`;
    case 'unreadable-policy':
      return `${resource(found.level)} のポリシーを読み取れません${because(found)}`;
    case 'unreadable-group':
      return `${resource(found.level)} の ${found.role} は ${found.member} に付与されていますが、そのメンバーを読み取れません${because(found)}`;
    case 'unknown-role':
      return `${resource(found.level)} で ${found.member} に付与された ${found.role} の内容が分かりません${because(found)}`;
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
    case 'secret':
      return found.present
        ? `${found.secret} は存在します`
        : `${found.secret} は存在しないか、有効になっていません`;
    case 'open':
      return `${found.field}: ${found.topic === undefined ? found.why : OPEN_TOPICS_JA[found.topic]}`;
    case 'no-manifest':
      return `${found.image} が存在しないため確認できません`;
    case 'unknown':
      if (found.cause === 'agent-cannot-read') return 'サービス エージェントがリポジトリを読み取れません';
      if (found.cause === 'runtime-cannot-read')
        return 'ランタイム サービス アカウントがシークレットを読み取れません';
      if (found.cause === 'number-not-known')
        return 'プロジェクト番号が未定のため、サービス エージェントも未定です';
      return found.why;
  }
}

export const japanese: Catalogue = {
  columns: { verdict: '判定', moment: '時点', who: '主体', needs: '必要な権限と、その根拠' },
  moments: { admission: '受付時', pull: 'pull 時', start: '起動時', after: 'デプロイ後' },
  actors: {
    deployer: 'デプロイ担当者',
    'service-agent': 'サービス エージェント',
    'registry-agent': 'AR エージェント',
    'runtime-account': '実行アカウント',
  },
  verdicts: { granted: '許可', unknown: '不明' },
  denied: { refuses: '受付拒否', fails: '失敗', warns: '警告' },
  outcomes: {
    granted: '必要な権限はすべて揃っています。このデプロイは成功します。',
    refused: 'このデプロイは受け付けられず、何も作成されません。',
    fails: 'このデプロイは受け付けられますが、その後失敗します。',
    warns: 'このデプロイは成功しますが、警告が出ます。',
    unknown: '拒否される項目はありませんが、確認できなかった項目があります。',
  },
  title: ({ kind, name, project, location }) =>
    `${KINDS[RUN_COLLECTION[kind]]} ${name}（${project}、${location}）`,
  image: 'イメージ',
  need: (id) => NEEDS[id] ?? id,
  evidence,
  resource,
  holders: (holders) => `権限があるのは: ${holders.map(holder).join('、')}`,
  permissionOn: (permission, name) => [permission, `対象: ${resource(name)}`],
  googleSays: 'Google のメッセージ:',
  googleWouldSay: '拒否された場合の Google のメッセージ:',
  logged: 'デプロイは成功し、監査ログに次の内容が記録されます:',
  toMend: '次のコマンドで解決できます:',
};
