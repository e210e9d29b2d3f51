/** What the demo says of its own accord, in both languages; the stories bring their texts along. */
import type { Language } from '../../checkpoint/index.js';
import type { Surprise } from './expectation.js';
import type { Finding, ServiceState } from './probe.js';
import type { Expectation, Measure } from './story.js';
import type { Obstacle } from './tools.js';

export interface KeptPlane {
  readonly url: string;
  readonly dataDir: string;
  /** How this program is called here, e.g. `sekisho`. */
  readonly program: string;
  /** The services' pages for a browser. */
  readonly pages: readonly string[];
}

export interface DemoMessages {
  readonly title: string;
  readonly intro: (by: 'gcloud' | 'http', gcloudIsThere: boolean) => string;
  readonly shorthand: (by: 'gcloud' | 'http') => string;
  readonly obstacle: (obstacle: Obstacle) => string;
  readonly notEmpty: (dir: string) => string;
  /** Empty where the command speaks for itself. */
  readonly outcome: Readonly<Record<Expectation['outcome'], string>>;
  readonly found: (finding: Finding) => string;
  readonly checkFound: string;
  readonly answered: string;
  readonly unexpected: (surprise: Surprise) => string;
  readonly unexpectedFinding: (finding: Finding) => string;
  readonly noFix: string;
  readonly interrupted: string;
  readonly failed: (why: string) => string;
  readonly finished: (commands: number, seconds: number) => string;
  readonly removed: string;
  readonly kept: (plane: KeptPlane) => string;
  readonly goOn: (plane: KeptPlane) => readonly (readonly [string, readonly string[]])[];
}

const countOf = (finding: Finding) => ('count' in finding.found ? finding.found.count : 0);

const serviceOf = ({ found }: Finding): ServiceState =>
  'count' in found ? { url: '', ready: 'Unknown', readyRevision: '', percent: 0 } : found;

const nameOf = (measure: Measure) => ('service' in measure ? measure.service : '');

const services = (count: number) => (count === 1 ? '1 service' : `${count} services`);
const entries = (count: number) => (count === 1 ? '1 entry' : `${count} entries`);

const goOnCommands = ({ dataDir, program }: KeptPlane) => ({
  act: [
    `${program} exec --data ${dataDir} --as alice@example.com --project myproject-a -- gcloud run services list`,
    `${program} shell --data ${dataDir} --as bob@example.com --project myproject-c --region asia-northeast1`,
  ],
  end: [`${program} stop --data ${dataDir} && rm -r ${dataDir}`],
});

const en: DemoMessages = {
  title: 'Sekisho demo: two deploys to Cloud Run, on this machine, with no cloud account',
  intro: (by, gcloudIsThere) =>
    by === 'gcloud'
      ? 'An empty plane has been started. The commands below are run by the real gcloud, unmodified.'
      : `An empty plane has been started. ${gcloudIsThere ? 'gcloud is left alone' : 'gcloud is not installed'}: each gcloud command below is carried out by the HTTP calls that gcloud makes, which are listed.`,
  shorthand: (by) =>
    by === 'gcloud'
      ? 'alice$ is short for: sekisho exec --as alice@example.com --'
      : 'alice$ means: with a token of alice@example.com.',
  obstacle: (obstacle) => {
    switch (obstacle.kind) {
      case 'not-linux':
        return 'The demo runs containers, and containers run on Linux only.';
      case 'not-amd64':
        return 'The demo runs containers for linux/amd64, as Cloud Run does; this machine is another one.';
      case 'no-containers':
        return `The demo runs containers, and none can be run here (${obstacle.why}).`;
    }
  },
  notEmpty: (dir) => `The demo begins with an empty plane: ${dir} must not exist yet, or be empty.`,
  outcome: { accepted: '', deployed: 'Deployed.', refused: 'Refused.', fails: 'Accepted, and failed.' },
  found: (finding) => {
    const { measure } = finding;
    switch (measure.kind) {
      case 'nothing-created':
        return `Nothing was created: ${measure.project} ${countOf(finding) > 0 ? 'still has' : 'has'} ${services(countOf(finding))}.`;
      case 'not-ready':
        return `${measure.service} was created in ${measure.project}, but no revision of it is ready.`;
      case 'serving':
        return `${measure.service} is ready: ${serviceOf(finding).readyRevision} gets ${serviceOf(finding).percent} % of the traffic.`;
      case 'log-entries':
        return measure.before > 0 && measure.before === countOf(finding)
          ? `No further entry: the log of ${measure.project} still has ${entries(countOf(finding))} for the query.`
          : `The log of ${measure.project} has ${entries(countOf(finding))} for the query.`;
    }
  },
  checkFound: 'The answer is the one that Cloud Run gave, and how to mend it.',
  answered: 'The service answers.',
  unexpected: (surprise) =>
    surprise.kind === 'sentence'
      ? `This was to be said, and was not: ${surprise.expected}`
      : `This was to exit with a status that is ${surprise.expected}; it exited with ${surprise.code}.`,
  unexpectedFinding: ({ measure, found }) =>
    `The plane is not as it should be: ${nameOf(measure)} ${JSON.stringify(measure)}, found ${JSON.stringify(found)}.`,
  noFix: 'The check was to print one gcloud command.',
  interrupted: 'Interrupted.',
  failed: (why) => `The demo ends here. ${why}`,
  finished: (commands, seconds) =>
    `Both stories went as they do on Google Cloud: ${commands} commands, ${seconds} seconds.`,
  removed: 'The plane, its containers and its data have been removed.',
  kept: ({ url, dataDir }) => `The plane goes on at ${url}, with its data in ${dataDir}.`,
  goOn: (plane) => {
    const { act, end } = goOnCommands(plane);
    return [
      ['Act in it:', act],
      ['Open a service in a browser; it must let everybody in first:', [openService(plane), ...plane.pages]],
      ['Stop it, and remove its data:', end],
    ];
  },
};

function openService({ dataDir, program }: KeptPlane): string {
  return `${program} exec --data ${dataDir} --project myproject-a -- gcloud run services add-iam-policy-binding my-cloud-run-app --region asia-northeast1 --member allUsers --role roles/run.invoker`;
}

const ja: DemoMessages = {
  title: 'Sekisho デモ: このマシンだけで、クラウドのアカウントなしに、Cloud Run へ 2 通りのデプロイをします',
  intro: (by, gcloudIsThere) =>
    by === 'gcloud'
      ? '空のプレーンを起動しました。以下のコマンドは、手を加えていない本物の gcloud で実行します。'
      : `空のプレーンを起動しました。${gcloudIsThere ? 'gcloud は使わず' : 'gcloud がインストールされていないため'}、以下の gcloud コマンドは gcloud と同じ HTTP 呼び出しで実行し、その呼び出しを表示します。`,
  shorthand: (by) =>
    by === 'gcloud'
      ? 'alice$ は、sekisho exec --as alice@example.com -- の略です。'
      : 'alice$ は、alice@example.com のトークンで操作することを表します。',
  obstacle: (obstacle) => {
    switch (obstacle.kind) {
      case 'not-linux':
        return 'デモではコンテナを実行します。コンテナを実行できるのは Linux のみです。';
      case 'not-amd64':
        return 'デモでは Cloud Run と同じ linux/amd64 のコンテナを実行します。このマシンでは実行できません。';
      case 'no-containers':
        return `デモではコンテナを実行しますが、このマシンでは実行できません（${obstacle.why}）。`;
    }
  },
  notEmpty: (dir) =>
    `デモは空のプレーンから始めます。${dir} には、まだ存在しないディレクトリか空のディレクトリを指定してください。`,
  outcome: {
    accepted: '',
    deployed: 'デプロイされました。',
    refused: '拒否されました。',
    fails: '受け付けられましたが、失敗しました。',
  },
  found: (finding) => {
    const { measure } = finding;
    switch (measure.kind) {
      case 'nothing-created':
        return `何も作成されていません: ${measure.project} のサービスは${countOf(finding) > 0 ? '引き続き' : ''} ${countOf(finding)} 個です。`;
      case 'not-ready':
        return `${measure.project} に ${measure.service} が作成されましたが、準備のできたリビジョンはありません。`;
      case 'serving':
        return `${measure.service} の準備ができました: トラフィックの ${serviceOf(finding).percent}% を ${serviceOf(finding).readyRevision} が処理します。`;
      case 'log-entries':
        return measure.before > 0 && measure.before === countOf(finding)
          ? `新しいエントリはありません: ${measure.project} のログで、このクエリに一致するエントリは引き続き ${countOf(finding)} 件です。`
          : `${measure.project} のログで、このクエリに一致するエントリは ${countOf(finding)} 件です。`;
    }
  },
  checkFound: 'Cloud Run と同じ答えと、その解決方法がわかりました。',
  answered: 'サービスが応答しました。',
  unexpected: (surprise) =>
    surprise.kind === 'sentence'
      ? `次の内容が表示されるはずでしたが、表示されませんでした: ${surprise.expected}`
      : `終了ステータスは ${surprise.expected === 'zero' ? '0' : '0 以外'}のはずでしたが、${surprise.code} でした。`,
  unexpectedFinding: ({ measure, found }) =>
    `プレーンの状態が想定と異なります: ${nameOf(measure)} ${JSON.stringify(measure)}、実際は ${JSON.stringify(found)}。`,
  noFix: 'gcloud コマンドが 1 つ表示されるはずでした。',
  interrupted: '中断されました。',
  failed: (why) => `デモはここで終了します。${why}`,
  finished: (commands, seconds) =>
    `2 つのストーリーは、いずれも Google Cloud と同じ結果になりました（コマンド ${commands} 個、${seconds} 秒）。`,
  removed: 'プレーン、コンテナ、データはすべて削除しました。',
  kept: ({ url, dataDir }) => `プレーンは ${url} で動き続けています。データは ${dataDir} にあります。`,
  goOn: (plane) => {
    const { act, end } = goOnCommands(plane);
    return [
      ['このプレーンを操作するには:', act],
      [
        'サービスをブラウザで開くには（先に、すべてのユーザーに公開します）:',
        [openService(plane), ...plane.pages],
      ],
      ['停止してデータを削除するには:', end],
    ];
  },
};

export const messages: Readonly<Record<Language, DemoMessages>> = { en, ja };
