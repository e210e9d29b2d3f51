/** What the command line says, in each language. What Google says, and the one ready line, stay as they are. */
import type { ClientProblem } from '../plane/clients/index.js';
import { type EstateMessages, en as estateEn, ja as estateJa } from './estate/messages.js';

export type Language = 'en' | 'ja';

/** Commander's complaints by their code; `quoted` is the word they are about, `message` the English sentence. */
type ParseMessages = Readonly<Record<string, (quoted: string, message: string) => string>>;

const COMMANDS = [
  'start',
  'stop',
  'exec',
  'shell',
  'env',
  'check',
  'checkRun',
  'checkService',
  'checkJob',
  'checkWorkerPool',
  'image',
  'imageBuild',
  'imagePush',
  'token',
  'doctor',
  'demo',
  'credentialHelper',
  'isolated',
  'help',
] as const;
const OPTIONS = [
  'version',
  'help',
  'lang',
  'data',
  'as',
  'project',
  'region',
  'envFormat',
  'checkFormat',
  'audience',
  'listen',
  'memory',
  'runtime',
  'imageReadCheck',
  'owner',
  'platform',
  'noEgress',
  'logLevel',
  'command',
  'isolated',
  'resource',
  'keep',
  'noGcloud',
  'demoData',
  'imageDir',
  'imageCommand',
  'imageTag',
  'imageBinary',
  'imageEnv',
  'imageWorkdir',
  'imageUser',
  'imageOutput',
  'imageFrom',
] as const;

export interface Messages {
  readonly description: string;
  readonly commands: Readonly<Record<(typeof COMMANDS)[number], string>>;
  readonly options: Readonly<Record<(typeof OPTIONS)[number], string>>;
  readonly helpTitles: Readonly<Record<string, string>>;
  readonly choices: string;
  readonly default: string;
  readonly examples: string;
  readonly startExamples: string;
  readonly execExamples: string;
  readonly checkExamples: string;
  readonly imageExamples: string;
  readonly parse: ParseMessages;
  readonly didYouMean: (word: string) => string;
  readonly seeHelp: string;
  readonly problem: (problem: ClientProblem) => string;
  readonly emptyOption: (flag: string) => string;
  readonly badListen: (text: string) => string;
  readonly badProject: (text: string) => string;
  readonly badRegion: (text: string) => string;
  readonly badAudience: (text: string) => string;
  readonly badProxy: (name: string, text: string) => string;
  readonly portInUse: (address: string) => string;
  readonly cannotListen: (address: string, why: string) => string;
  readonly dataDirInUse: (dir: string, pid: number, url: string) => string;
  readonly startFailed: (why: string) => string;
  readonly notLoopback: (address: string) => string;
  readonly nextSteps: (dataFlag: string) => string;
  readonly stopping: (signal: string) => string;
  readonly stopped: string;
  readonly stopSent: (pid: number) => string;
  readonly stopTimeout: (pid: number) => string;
  readonly signingIn: (email: string) => string;
  readonly noCommand: string;
  readonly commandNotFound: (command: string) => string;
  readonly commandNotRunnable: (command: string, why: string) => string;
  readonly inShell: (shell: string, url: string, member: string) => string;
  /** @param command gcloud's, without `gcloud` */
  readonly checkFlags: (command: string) => string;
  readonly helperAction: (action: string) => string;
  readonly helperStranger: (host: string) => string;
  readonly estate: EstateMessages;
}

const dataOf = (dir: string) => `sekisho start --data ${dir}`;

const en: Messages = {
  description:
    'A self-hosted Cloud Run, IAM, Artifact Registry and audit log for unmodified clients, and a checkpoint that says who lacks which permission before a deploy.',
  commands: {
    start: 'start the plane, in the foreground',
    stop: 'stop the plane of a data directory, and wait until it has stopped',
    exec: 'run a command whose Google Cloud is the plane',
    shell: 'start a shell whose Google Cloud is the plane',
    env: 'print the environment in which Google Cloud is the plane',
    check: 'say before a deploy who lacks which permission',
    checkRun: 'a deploy to Cloud Run',
    checkJob: 'a deploy of a job; takes the flags of `gcloud run jobs deploy`',
    checkWorkerPool: 'a deploy of a worker pool; takes the flags of `gcloud beta run worker-pools deploy`',
    checkService: 'a deploy of a service; takes the flags of `gcloud run deploy`',
    image: 'build and push container images, without Docker',
    imageBuild: 'build an image of a directory and, if wanted, programs of this machine',
    imagePush: "push an image to the plane's registry",
    token: 'print an access token, or an ID token with --audience',
    doctor: 'say what this machine lacks to run a plane, and the command that brings it',
    demo: 'show two deploys to Cloud Run, from the first refusal to the running service',
    credentialHelper: 'docker credential helper',
    isolated: 'run a command beside the relay to the plane',
    help: 'explain a command',
  },
  options: {
    version: 'print the version',
    help: 'explain this command',
    lang: 'language of help and messages',
    data: "the plane's data directory (also SEKISHO_DATA; default: ~/.local/share/sekisho)",
    as: "who acts: an e-mail address, user:… or serviceAccount:… (also SEKISHO_AS; default: the plane's owner)",
    project: 'project that clients use when none is named',
    region: 'region that clients use when none is named',
    envFormat: 'sh: to be evaluated by a shell; json; github: to be appended to $GITHUB_ENV',
    checkFormat: 'for people or for programs',
    audience: 'print an ID token for this audience instead',
    listen: 'address to listen on; port 0 lets the system choose',
    memory: 'keep nothing: state in RAM, and a temporary data directory',
    runtime: 'what runs containers; none accepts deploys and fails to start them',
    imageReadCheck: 'what happens when the deployer may not read the image',
    owner: 'who owns what start itself creates, and who acts where --as is left out',
    platform: 'platform of the images that services run',
    noEgress: 'refuse connections through the plane to hosts that it does not serve',
    logLevel: 'how much to say on stderr',
    command: 'the command and its arguments',
    isolated: 'in a network namespace of its own, in which nothing but the plane exists (Linux)',
    resource: "the resource's name, and gcloud's flags",
    keep: 'leave the plane running at the end, and say how to go on',
    noGcloud: 'act by HTTP calls, even where gcloud is installed',
    demoData: "the plane's data directory, which must be empty (default: a temporary one)",
    imageDir: 'the directory whose files the image gets',
    imageCommand: 'what the container runs, after --; the first --binary when left out',
    imageTag: "the image's name: LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE[:TAG]",
    imageBinary: 'a program of this machine to take along, with its shared libraries; may be repeated',
    imageEnv: 'an environment variable of the container; may be repeated',
    imageWorkdir: 'where the directory stands in the image, and where the container starts',
    imageUser: 'who runs the container: a user name or id; root when left out',
    imageOutput: 'write the OCI image layout there, instead of where image push finds it',
    imageFrom: 'push the image of this OCI image layout instead',
  },
  helpTitles: {},
  choices: 'choices',
  default: 'default',
  examples: `Examples:
  $ sekisho start
  $ sekisho exec --as alice@example.com --project my-project -- gcloud run services list --region asia-northeast1
  $ sekisho check run service web --project my-project --region asia-northeast1 \\
      --image asia-northeast1-docker.pkg.dev/my-project/repo/web --as alice@example.com`,
  startExamples: `Examples:
  $ sekisho start
  $ sekisho start --memory --listen 127.0.0.1:0
  $ sekisho start --data ./plane --image-read-check warn`,
  execExamples: `Examples:
  $ sekisho exec -- gcloud projects create my-project
  $ sekisho exec --as alice@example.com -- curl https://run.googleapis.com/
  $ sekisho exec --as alice@example.com -- skopeo list-tags docker://asia-northeast1-docker.pkg.dev/my-project/repo/web`,
  checkExamples: `Examples:
  $ sekisho check run service web --project my-project --region asia-northeast1 \\
      --image asia-northeast1-docker.pkg.dev/my-project/repo/web --as alice@example.com
  $ sekisho check run service web --image … --format json`,
  imageExamples: `Examples:
  $ sekisho image build ./app --tag asia-northeast1-docker.pkg.dev/my-project/repo/web --binary node -- node server.js
  $ sekisho image push asia-northeast1-docker.pkg.dev/my-project/repo/web --as alice@example.com`,
  parse: {},
  didYouMean: (word) => `Did you mean ${word}?`,
  seeHelp: 'See sekisho --help.',
  problem: (problem) => {
    switch (problem.kind) {
      case 'no-plane':
        return `no plane runs on the data directory ${problem.dataDir}. Start one: ${dataOf(problem.dataDir)}`;
      case 'plane-gone':
        return `the plane on the data directory ${problem.dataDir} is gone (process ${problem.pid}). Start it again: ${dataOf(problem.dataDir)}`;
      case 'plane-silent':
        return `the plane at ${problem.url} does not answer (${problem.cause}). Start it again: ${dataOf(problem.dataDir)}`;
      case 'bad-member':
        return `'${problem.text}' is neither a user nor a service account. Write an e-mail address, user:EMAIL or serviceAccount:EMAIL.`;
      case 'sign-in-failed':
        return `gcloud could not be signed in as ${problem.email}: ${problem.cause}`;
      case 'refused':
        return `the plane refused: ${problem.cause}`;
      case 'broken-installation':
        return `${problem.missing} is missing from this installation; install sekisho again.`;
    }
  },
  emptyOption: (flag) => `${flag} needs a value that is not empty.`,
  badListen: (text) => `--listen '${text}' is no address with a port. Write HOST:PORT, e.g. 127.0.0.1:8750.`,
  badProject: (text) => `--project '${text}' is no project id.`,
  badRegion: (text) => `--region '${text}' is no region of Cloud Run.`,
  badAudience: (text) => `--audience '${text}' is none. Write the URL of the service that the token is for.`,
  badProxy: (name, text) =>
    `${name} is '${text}', which is no http:// or https:// proxy. Unset it, or start with --no-egress.`,
  portInUse: (address) =>
    `${address} is in use. Stop what listens there, or choose another port: --listen 127.0.0.1:0`,
  cannotListen: (address, why) =>
    `cannot listen on ${address} (${why}). Choose another address with --listen.`,
  dataDirInUse: (dir, pid, url) =>
    `another plane runs on the data directory ${dir} (process ${pid}, ${url}). Stop it with sekisho stop --data ${dir}, or give another one with --data.`,
  startFailed: (why) => `the plane could not be started: ${why}`,
  notLoopback: (address) =>
    `warning: ${address} can be reached by other machines. Whoever has a token of this plane can deploy to it, and so run programs on this one.`,
  nextSteps: (dataFlag) => `Next, in another terminal:
  sekisho exec${dataFlag} -- gcloud projects create my-project
  sekisho shell${dataFlag} --as alice@example.com
Ctrl-C stops the plane.`,
  stopping: (signal) => `${signal}: stopping; once more exits at once`,
  stopped: 'stopped',
  stopSent: (pid) => `Stopping the plane (process ${pid}) …`,
  stopTimeout: (pid) => `the plane (process ${pid}) has not stopped yet. It may be ended by: kill -9 ${pid}`,
  signingIn: (email) => `Signing gcloud in as ${email} …`,
  noCommand: 'say which command to run, e.g. sekisho exec -- gcloud auth list',
  commandNotFound: (command) => `${command}: command not found`,
  commandNotRunnable: (command, why) => `${command}: cannot be run (${why})`,
  inShell: (shell, url, member) =>
    `In this ${shell}, Google Cloud is the plane at ${url}, and you are ${member}. Leave it with exit.`,
  checkFlags: (command) => `[flags of gcloud ${command}]`,
  helperAction: (action) => `'${action}' is none of get, store, erase, list.`,
  helperStranger: (host) => `${host} is no registry of the plane.`,
  estate: estateEn,
};

const ja: Messages = {
  description:
    'セルフホストの Cloud Run、IAM、Artifact Registry、監査ログ。手を加えていないクライアントがそのまま使えます。デプロイの前に、誰にどの権限が足りないかも分かります。',
  commands: {
    start: 'プレーンをフォアグラウンドで起動します',
    stop: 'データディレクトリのプレーンを停止し、終わるまで待ちます',
    exec: 'プレーンを Google Cloud として使う環境でコマンドを実行します',
    shell: 'プレーンを Google Cloud として使う環境でシェルを起動します',
    env: 'プレーンを Google Cloud として使うための環境変数を表示します',
    check: 'デプロイの前に、誰にどの権限が足りないかを調べます',
    checkRun: 'Cloud Run へのデプロイ',
    checkJob: 'ジョブのデプロイ。`gcloud run jobs deploy` のフラグを指定できます。',
    checkWorkerPool:
      'ワーカープールのデプロイ。`gcloud beta run worker-pools deploy` のフラグを指定できます。',
    checkService: 'サービスのデプロイ。`gcloud run deploy` のフラグを指定できます。',
    image: 'Docker を使わずにコンテナ イメージをビルド、push します',
    imageBuild: 'ディレクトリと、必要ならこのマシンのプログラムからイメージをビルドします',
    imagePush: 'プレーンのレジストリにイメージを push します',
    token: 'アクセストークンを表示します（--audience を付けると ID トークン）',
    doctor: 'このマシンでプレーンを動かすのに足りないものと、それを入れるコマンドを示します',
    demo: 'Cloud Run への 2 通りのデプロイを、最初の拒否からサービスの稼働まで実演します',
    credentialHelper: 'docker の認証ヘルパー',
    isolated: 'プレーンへの中継とともにコマンドを実行します',
    help: 'コマンドの説明を表示します',
  },
  options: {
    version: 'バージョンを表示します',
    help: 'このコマンドの説明を表示します',
    lang: 'ヘルプとメッセージの言語',
    data: 'プレーンのデータディレクトリ（SEKISHO_DATA でも指定可。デフォルトは ~/.local/share/sekisho）',
    as: '操作する人。メールアドレス、user:…、serviceAccount:… のいずれか（SEKISHO_AS でも指定可。デフォルトはプレーンのオーナー）',
    project: 'クライアントがデフォルトで使うプロジェクト',
    region: 'クライアントがデフォルトで使うリージョン',
    envFormat: 'sh: シェルで評価する形式、json、github: $GITHUB_ENV に追記する形式',
    checkFormat: '人が読む形式か、プログラムが読む形式か',
    audience: '代わりに、この audience の ID トークンを表示します',
    listen: '待ち受けるアドレス。ポート 0 で自動選択',
    memory: '何も残さない: 状態はメモリに置き、データディレクトリは一時的なものにします',
    runtime: 'コンテナを実行するもの。none ではデプロイは受け付けますが起動に失敗します',
    imageReadCheck: 'デプロイする人がイメージを読み取れない場合の扱い',
    owner: 'start 自身が作るもののオーナー。--as を省略したときに操作する人',
    platform: 'サービスで実行するイメージのプラットフォーム',
    noEgress: 'プレーンが提供しないホストへの、プレーン経由の接続を拒否します',
    logLevel: '標準エラー出力に表示する詳しさ',
    command: 'コマンドとその引数',
    isolated: 'プレーンだけが存在する専用のネットワーク名前空間で実行します（Linux）',
    resource: 'リソース名と gcloud のフラグ',
    keep: '終了後もプレーンを動かしたままにし、続きの操作方法を表示します',
    noGcloud: 'gcloud がインストールされていても HTTP 呼び出しで操作します',
    demoData: 'プレーンのデータディレクトリ。空である必要があります（デフォルトは一時ディレクトリ）',
    imageDir: 'イメージに入れるファイルのあるディレクトリ',
    imageCommand: 'コンテナで実行するもの（-- の後に指定）。省略すると最初の --binary',
    imageTag: 'イメージの名前: LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE[:TAG]',
    imageBinary: '共有ライブラリとともにイメージに入れる、このマシンのプログラム（複数指定可）',
    imageEnv: 'コンテナの環境変数（複数指定可）',
    imageWorkdir: 'イメージの中でのディレクトリの場所。コンテナはここで始まります',
    imageUser: 'コンテナを実行するユーザー名または ID。省略すると root',
    imageOutput: 'image push が読む場所の代わりに、OCI イメージ レイアウトをここに書きます',
    imageFrom: '代わりに、この OCI イメージ レイアウトのイメージを push します',
  },
  helpTitles: {
    'Usage:': '使い方:',
    'Arguments:': '引数:',
    'Options:': 'オプション:',
    'Commands:': 'コマンド:',
  },
  choices: '選択肢',
  default: 'デフォルト',
  examples: en.examples.replace('Examples:', '例:'),
  startExamples: en.startExamples.replace('Examples:', '例:'),
  execExamples: en.execExamples.replace('Examples:', '例:'),
  checkExamples: en.checkExamples.replace('Examples:', '例:'),
  imageExamples: en.imageExamples.replace('Examples:', '例:'),
  parse: {
    'commander.unknownOption': (quoted) => `${quoted} というオプションはありません。`,
    'commander.unknownCommand': (quoted) => `${quoted} というコマンドはありません。`,
    'commander.missingArgument': (quoted) => `引数 ${quoted} が必要です。`,
    'commander.optionMissingArgument': (quoted) => `オプション ${quoted} には値が必要です。`,
    'commander.missingMandatoryOptionValue': (quoted) => `オプション ${quoted} が必要です。`,
    'commander.excessArguments': () => '引数が多すぎます。',
    'commander.conflictingOption': (quoted, message) =>
      `オプション ${quoted} は ${/with option '([^']*)'/.exec(message)?.[1] ?? '他のオプション'} と同時に指定できません。`,
    'commander.invalidArgument': (quoted, message) => {
      const [, value = '', choices = ''] =
        /argument '(.*)' is invalid\. Allowed choices are (.*)\./.exec(message) ?? [];
      return `オプション ${quoted} に '${value}' は指定できません。選択肢: ${choices}`;
    },
  },
  didYouMean: (word) => `もしかして: ${word}`,
  seeHelp: 'sekisho --help をご覧ください。',
  problem: (problem) => {
    switch (problem.kind) {
      case 'no-plane':
        return `データディレクトリ ${problem.dataDir} でプレーンは動いていません。起動するには: ${dataOf(problem.dataDir)}`;
      case 'plane-gone':
        return `データディレクトリ ${problem.dataDir} のプレーンは終了しています（プロセス ${problem.pid}）。もう一度起動するには: ${dataOf(problem.dataDir)}`;
      case 'plane-silent':
        return `${problem.url} のプレーンが応答しません（${problem.cause}）。もう一度起動するには: ${dataOf(problem.dataDir)}`;
      case 'bad-member':
        return `'${problem.text}' はユーザーでもサービス アカウントでもありません。メールアドレス、user:EMAIL、serviceAccount:EMAIL のいずれかを指定してください。`;
      case 'sign-in-failed':
        return `gcloud に ${problem.email} としてログインできませんでした: ${problem.cause}`;
      case 'refused':
        return `プレーンに拒否されました: ${problem.cause}`;
      case 'broken-installation':
        return `${problem.missing} が見つかりません。sekisho を再インストールしてください。`;
    }
  },
  emptyOption: (flag) => `${flag} に空の値は指定できません。`,
  badListen: (text) =>
    `--listen '${text}' はアドレスとポートではありません。127.0.0.1:8750 のように HOST:PORT の形で指定してください。`,
  badProject: (text) => `--project '${text}' はプロジェクト ID ではありません。`,
  badRegion: (text) => `--region '${text}' は Cloud Run のリージョンではありません。`,
  badAudience: (text) =>
    `--audience '${text}' は指定できません。トークンを使うサービスの URL を指定してください。`,
  badProxy: (name, text) =>
    `${name} の '${text}' は http:// または https:// のプロキシではありません。設定を外すか、--no-egress を付けて起動してください。`,
  portInUse: (address) =>
    `${address} は使用中です。使用しているものを停止するか、別のポートを指定してください: --listen 127.0.0.1:0`,
  cannotListen: (address, why) =>
    `${address} で待ち受けできません（${why}）。--listen で別のアドレスを指定してください。`,
  dataDirInUse: (dir, pid, url) =>
    `データディレクトリ ${dir} では別のプレーンが動いています（プロセス ${pid}、${url}）。sekisho stop --data ${dir} で停止するか、--data で別のディレクトリを指定してください。`,
  startFailed: (why) => `プレーンを起動できませんでした: ${why}`,
  notLoopback: (address) =>
    `警告: ${address} には他のマシンからも接続できます。このプレーンのトークンを持つ人は誰でもデプロイでき、このマシンでプログラムを実行できます。`,
  nextSteps: (dataFlag) => `次は、別のターミナルで:
  sekisho exec${dataFlag} -- gcloud projects create my-project
  sekisho shell${dataFlag} --as alice@example.com
Ctrl-C でプレーンを停止します。`,
  stopping: (signal) => `${signal}: 停止しています。もう一度送るとすぐに終了します`,
  stopped: '停止しました',
  stopSent: (pid) => `プレーン（プロセス ${pid}）を停止しています …`,
  stopTimeout: (pid) => `プレーン（プロセス ${pid}）がまだ停止していません。強制終了するには: kill -9 ${pid}`,
  signingIn: (email) => `gcloud に ${email} としてログインしています …`,
  noCommand: '実行するコマンドを指定してください。例: sekisho exec -- gcloud auth list',
  commandNotFound: (command) => `${command}: コマンドが見つかりません`,
  commandNotRunnable: (command, why) => `${command}: 実行できません（${why}）`,
  inShell: (shell, url, member) =>
    `この ${shell} では、${url} のプレーンが Google Cloud になり、${member} として操作します。exit で抜けます。`,
  checkFlags: (command) => `[gcloud ${command} のフラグ]`,
  helperAction: (action) => `'${action}' は get、store、erase、list のいずれでもありません。`,
  helperStranger: (host) => `${host} はプレーンのレジストリではありません。`,
  estate: estateJa,
};

export const messages: Readonly<Record<Language, Messages>> = { en, ja };
