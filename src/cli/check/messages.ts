/** What `sekisho check` says of its own accord. */
import type { Language } from '../messages.js';

interface CheckMessages {
  readonly options: Readonly<
    Record<
      | 'file'
      | 'plan'
      | 'terraformDir'
      | 'project'
      | 'region'
      | 'imageReadCheck'
      | 'time'
      | 'platform'
      | 'format'
      | 'explain'
      | 'graph'
      | 'write',
      string
    >
  >;
  readonly nothingToCheck: string;
  readonly stranger: (word: string) => string;
  readonly exitStatuses: string;
  readonly fileOrRun: string;
  readonly fromSource: string;
  readonly cannotRead: (file: string, why: string) => string;
  readonly noResourceIn: (place: string) => string;
  readonly noResourceInPlan: (file: string) => string;
  readonly passedOver: (count: number, files: string) => string;
  readonly badTime: (text: string) => string;
  readonly badPlatform: (text: string) => string;
  readonly planeDecides: (flag: string) => string;
  readonly whoDeploys: string;
  readonly otherProject: (label: string, project: string, asked: string) => string;
  readonly facts: (source: string) => string;
  readonly summary: (counts: { readonly [V in 'granted' | 'denied' | 'unknown']: number }) => string;
  readonly faults: string;
  readonly examples: string;
  readonly graphOfOne: string;
  readonly badGraph: (file: string) => string;
  readonly badWrite: (text: string) => string;
  readonly cannotWrite: (file: string, why: string) => string;
}

const EXAMPLES = `
  $ sekisho check -f service.yaml --region asia-northeast1
  $ sekisho check -f deploy/ --source gcp --as ci@my-project.iam.gserviceaccount.com --format github
  $ sekisho check --plan plan.json --source gcp --as ci@my-project.iam.gserviceaccount.com
  $ sekisho check run service web --project my-project --region asia-northeast1 \\
      --image asia-northeast1-docker.pkg.dev/my-project/web/app --as alice@example.com`;

export const checkMessages: Readonly<Record<Language, CheckMessages>> = {
  en: {
    options: {
      file: 'files, or directories of files, with services, jobs and worker pools in YAML or JSON; - is stdin',
      plan: 'a Terraform plan (terraform show -json), laid over the source',
      terraformDir: "where the plan's configuration lies, for lines in the findings",
      project: 'the project, where the files name none',
      region: 'the region, which wins over what the files say',
      imageReadCheck: 'what happens when the deployer may not read the image (not for a plane, which knows)',
      time: 'when the deploy is to be made, for conditions on the time (RFC 3339; now)',
      platform: 'the platform that images must run on (linux/amd64)',
      format: 'for people, programs, code scanning, GitHub Actions or pull requests',
      explain: 'show the whole evaluation of each requirement',
      graph: 'write a picture of who reaches what through which role: FILE.svg or FILE.mmd',
      write: 'write the report to a file as well, e.g. sarif=check.sarif; may be repeated',
    },
    nothingToCheck: 'say what to check: -f FILE, --plan FILE, or run service|job|worker-pool NAME',
    stranger: (word) => `'${word}' is not run, and files are named by -f: sekisho check -f ${word}`,
    exitStatuses:
      'Exit status: 0 all granted, 1 something denied, 2 something unknown and nothing denied, 64 bad usage.',
    fileOrRun: '-f describes deploys, and so do the flags of run: name one of them',
    fromSource:
      '--source: a deploy that builds its image is not judged; name a built image by --image. (Where the facts are from is said by --source plane, gcp, assets=PATH or estate=FILE.)',
    cannotRead: (file, why) => `${file} cannot be read (${why})`,
    noResourceIn: (place) => `${place}: no service, job or worker pool is described here`,
    noResourceInPlan: (file) => `${file}: the plan neither creates nor changes a service, job or worker pool`,
    passedOver: (count, files) =>
      `${count === 1 ? 'One document is' : `${count} documents are`} none of Cloud Run's, and passed over: ${files}`,
    badTime: (text) => `--time '${text}' is no time such as 2025-01-15T09:00:00Z`,
    badPlatform: (text) => `--platform '${text}' is no platform such as linux/amd64`,
    planeDecides: (flag) => `${flag}: the plane has a setting of its own, by which it decides`,
    whoDeploys: 'say who deploys: --as MEMBER',
    otherProject: (label, project, asked) =>
      `${label}: lies in the project ${project}, and --project is ${asked}`,
    facts: (source) => `By the facts of ${source}.`,
    summary: ({ granted, denied, unknown }) =>
      `${granted + denied + unknown} deploys: ${granted} granted, ${denied} denied, ${unknown} unknown.`,
    faults: 'What goes wrong whatever is granted:',
    examples: `Examples:${EXAMPLES}`,
    graphOfOne: '--graph draws one deploy: check one at a time',
    badGraph: (file) => `--graph '${file}' ends neither in .svg nor in .mmd`,
    badWrite: (text) => `--write '${text}' is no FORMAT=FILE: table, json, sarif, github or markdown`,
    cannotWrite: (file, why) => `${file} cannot be written (${why})`,
  },
  ja: {
    options: {
      file: 'サービス、ジョブ、ワーカープールを書いた YAML か JSON のファイル、またはそのディレクトリー。- は標準入力',
      plan: 'Terraform のプラン（terraform show -json）。事実の上に重ねます',
      terraformDir: 'プランの設定があるディレクトリー（指摘に行番号を付けるため）',
      project: 'プロジェクト（ファイルに書かれていないとき）',
      region: 'リージョン（ファイルの記述より優先されます）',
      imageReadCheck: 'デプロイする人がイメージを読み取れない場合の扱い（プレーンでは自身の設定に従います）',
      time: 'デプロイする時刻。時刻の条件を評価します（RFC 3339。既定は現在）',
      platform: 'イメージが動くべきプラットフォーム（linux/amd64）',
      format: '人、プログラム、コード スキャン、GitHub Actions、プルリクエストのどれに向けるか',
      explain: '要件ごとの評価をすべて表示します',
      graph: '誰がどのロールで何に届くかの図を書き出します: FILE.svg か FILE.mmd',
      write: 'レポートをファイルにも書き出します（例: sarif=check.sarif）。繰り返し指定できます',
    },
    nothingToCheck:
      '何を調べるかを指定してください: -f FILE、--plan FILE、または run service|job|worker-pool NAME',
    stranger: (word) =>
      `'${word}' は run ではありません。ファイルは -f で指定します: sekisho check -f ${word}`,
    exitStatuses: '終了コード: 0 すべて許可、1 拒否あり、2 不明あり（拒否なし）、64 使い方の誤り',
    fileOrRun: '-f と run のフラグはどちらもデプロイを表します。どちらか一方を指定してください',
    fromSource:
      '--source: イメージをビルドするデプロイは判定しません。ビルド済みのイメージを --image で指定してください。（事実の出どころは --source plane、gcp、assets=PATH、estate=FILE で指定します。）',
    cannotRead: (file, why) => `${file} を読み取れません（${why}）`,
    noResourceIn: (place) => `${place}: サービス、ジョブ、ワーカープールが書かれていません`,
    noResourceInPlan: (file) => `${file}: このプランはサービス、ジョブ、ワーカープールを作成も変更もしません`,
    passedOver: (count, files) => `Cloud Run のものではない文書 ${count} 件は調べません: ${files}`,
    badTime: (text) => `--time '${text}' は 2025-01-15T09:00:00Z のような時刻ではありません`,
    badPlatform: (text) => `--platform '${text}' は linux/amd64 のようなプラットフォームではありません`,
    planeDecides: (flag) => `${flag}: プレーンは自身の設定に従って判断します`,
    whoDeploys: '誰がデプロイするかを指定してください: --as MEMBER',
    otherProject: (label, project, asked) =>
      `${label}: プロジェクト ${project} にありますが、--project は ${asked} です`,
    facts: (source) => `判定のもと: ${source}`,
    summary: ({ granted, denied, unknown }) =>
      `デプロイ ${granted + denied + unknown} 件: 許可 ${granted}、拒否 ${denied}、不明 ${unknown}`,
    faults: '権限があっても起きる問題:',
    examples: `例:${EXAMPLES}`,
    graphOfOne: '--graph は 1 つのデプロイを描きます。1 つずつ調べてください',
    badGraph: (file) => `--graph '${file}' は .svg でも .mmd でも終わっていません`,
    badWrite: (text) =>
      `--write '${text}' は「形式=ファイル」ではありません: table、json、sarif、github、markdown`,
    cannotWrite: (file, why) => `${file} に書き込めません（${why}）`,
  },
};
