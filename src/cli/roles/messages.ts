/** What `sekisho roles` says, in each language. Roles and permissions are Google's words. */
import type { Language } from '../messages.js';

export interface RolesMessages {
  readonly commands: Readonly<Record<'roles' | 'sync' | 'list' | 'describe' | 'diff', string>>;
  readonly options: Readonly<
    Record<'role' | 'roleName' | 'tokenFile' | 'output' | 'format' | 'differing', string>
  >;
  readonly examples: string;
  readonly synced: (roles: number, differing: number, file: string) => string;
  readonly restart: string;
  readonly neverSynced: string;
  readonly syncedAt: (time: string) => string;
  readonly same: string;
  readonly notBuiltIn: string;
  readonly noSuchRole: (name: string) => string;
  readonly badRole: (name: string) => string;
  readonly noCredential: (why: string) => string;
  readonly cannotReadToken: (file: string, why: string) => string;
  readonly cannotReach: (why: string) => string;
}

const en: RolesMessages = {
  commands: {
    roles: 'show the predefined roles that a plane goes by, and bring them up to date',
    sync: 'fetch the definitions of predefined roles from the live IAM API, with your own Google credentials',
    list: 'list the predefined roles',
    describe: 'show a predefined role with its permissions',
    diff: 'show how the fetched roles differ from the built-in ones',
  },
  options: {
    role: 'fetch this role alone; may be given several times',
    roleName: 'for example roles/run.developer',
    tokenFile:
      'file with an access token; otherwise GOOGLE_OAUTH_ACCESS_TOKEN, or application default credentials',
    output: 'write the roles to this file and leave the data directory alone',
    format: 'form of the answer',
    differing: 'only those that differ from the built-in ones',
  },
  examples: `Examples:
  $ sekisho roles sync
  $ sekisho roles sync --role roles/run.developer --role roles/run.admin
  $ sekisho roles diff`,
  synced: (roles, differing, file) =>
    `Fetched ${roles} ${roles === 1 ? 'role' : 'roles'} to ${file}; ${differing} of them ${differing === 1 ? 'differs' : 'differ'} from the built-in ones.`,
  restart: 'A plane goes by them from its next start on.',
  neverSynced: 'No roles have been fetched; the built-in ones hold.',
  syncedAt: (time) => `Fetched at ${time}`,
  same: 'The fetched roles are as the built-in ones.',
  notBuiltIn: 'not built in',
  noSuchRole: (name) => `there is no predefined role ${name}`,
  badRole: (name) => `'${name}' is no predefined role's name; they look like roles/run.developer`,
  noCredential: (why) =>
    `no Google credential was found (${why}). Sign in (gcloud auth application-default login), or give an access token with --access-token-file`,
  cannotReadToken: (file, why) => `the access token in ${file} cannot be read (${why})`,
  cannotReach: (why) => `iam.googleapis.com cannot be reached (${why})`,
};

const ja: RolesMessages = {
  commands: {
    roles: 'プレーンが使う事前定義ロールを表示し、最新にします',
    sync: '事前定義ロールの定義を、自分の Google 認証情報を使って実際の IAM API から取得します',
    list: '事前定義ロールを一覧表示します',
    describe: '事前定義ロールとその権限を表示します',
    diff: '取得したロールと組み込みのロールの違いを表示します',
  },
  options: {
    role: 'このロールだけを取得します。複数回指定できます',
    roleName: '例: roles/run.developer',
    tokenFile:
      'アクセストークンのファイル。なければ GOOGLE_OAUTH_ACCESS_TOKEN、またはアプリケーションのデフォルト認証情報を使います',
    output: 'ロールをこのファイルに書き出し、データ ディレクトリは変更しません',
    format: '出力の形式',
    differing: '組み込みのロールと異なるものだけを表示します',
  },
  examples: en.examples.replace('Examples:', '例:'),
  synced: (roles, differing, file) =>
    `${roles} 個のロールを ${file} に取得しました。組み込みのロールと異なるものは ${differing} 個です。`,
  restart: 'プレーンは次の起動から使います。',
  neverSynced: 'ロールは取得されていません。組み込みのロールが使われます。',
  syncedAt: (time) => `取得日時 ${time}`,
  same: '取得したロールは組み込みのロールと同じです。',
  notBuiltIn: '組み込みにありません',
  noSuchRole: (name) => `事前定義ロール ${name} はありません`,
  badRole: (name) => `'${name}' は事前定義ロールの名前ではありません。roles/run.developer のような形です`,
  noCredential: (why) =>
    `Google の認証情報が見つかりません（${why}）。gcloud auth application-default login でログインするか、--access-token-file でアクセストークンを指定してください`,
  cannotReadToken: (file, why) => `${file} のアクセストークンを読み取れません（${why}）`,
  cannotReach: (why) => `iam.googleapis.com に接続できません（${why}）`,
};

export const rolesMessages: Readonly<Record<Language, RolesMessages>> = { en, ja };
