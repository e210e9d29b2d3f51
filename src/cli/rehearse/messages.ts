/** What `sekisho rehearse` says, in each language. What could not be copied is told in English, as Google tells it. */
import type { Language } from '../messages.js';

export interface RehearseMessages {
  readonly command: string;
  readonly options: Readonly<
    Record<'source' | 'project' | 'as' | 'region' | 'keep' | 'printEstate' | 'command', string>
  >;
  readonly examples: string;
  readonly noProject: string;
  readonly oneProject: string;
  readonly nobody: string;
  readonly groupsOfCopies: string;
  readonly planeIsThere: string;
  readonly built: (file: string, as: string) => string;
  readonly unknownCaller: string;
  readonly copied: (projects: number, as: string) => string;
  readonly gaps: (count: number) => string;
  readonly sayComplete: string;
  readonly placeholders: string;
  readonly images: string;
  readonly kept: (dataDir: string) => string;
  readonly noRefusals: string;
  readonly refusals: (count: number) => string;
  readonly times: (count: number) => string;
  readonly lacks: (permission: string, resource: string) => string;
  readonly byItself: string;
}

const examples = `  $ sekisho rehearse --project my-app --project my-images -- ./deploy.sh
  $ sekisho rehearse --project my-app --as deployer@my-app.iam.gserviceaccount.com -- terraform apply
  $ sekisho rehearse --project my-app --print-estate > estate.json
  $ sekisho rehearse --source assets=assets.json --groups groups.yaml --as alice@example.com --project my-app -- ./deploy.sh
  $ sekisho rehearse --source estate=estate.json --as alice@example.com --project my-app -- ./deploy.sh`;

export const rehearseMessages: Readonly<Record<Language, RehearseMessages>> = {
  en: {
    command:
      'run a command on a throw-away copy of real projects: policies are copied, nothing there is changed',
    options: {
      source:
        'what to rehearse on: gcp (default, a copy of real projects), assets=PATH (a copy of projects in an asset export or a folder of policies) or estate=FILE',
      project: 'a project to copy; several times for several. With an estate, the default project',
      as: 'who the command acts as; with gcp, whoever is signed in to Google Cloud when left out',
      region: 'the default region of the command',
      keep: 'keep the data directory of the copy, to start it again',
      printEstate: 'write the copy to stdout as an estate file; without a command, only that',
      command: 'the command and its arguments',
    },
    examples: `Examples:\n${examples}`,
    noProject: 'Say which projects to copy: --project ID',
    oneProject: 'An estate is taken as a whole: --project names the default project of the command, once.',
    nobody: 'Say who the command acts as: --as MEMBER',
    groupsOfCopies: 'An estate says itself who is in its groups: --groups is for copies of real projects.',
    planeIsThere: 'That plane is there already: run the command on it with `sekisho exec -- COMMAND`.',
    built: (file, as) => `The estate is that of ${file}; the command acts as ${as}.`,
    unknownCaller: 'Google does not say who is signed in. Say who the command acts as: --as MEMBER',
    copied: (projects, as) =>
      `${projects === 1 ? 'One project is' : `${projects} projects are`} copied; the command acts as ${as}.`,
    gaps: (count) =>
      `${count === 1 ? 'One thing is' : `${count} things are`} not copied, and the rehearsal may differ by that:`,
    sayComplete:
      'Where the export is of all types, with both contents (resource and iam-policy), say --complete: what it does not name is then not there.',
    placeholders: 'Secrets hold a placeholder: what the real ones hold is not read.',
    images: 'Images are not copied: what the command does not push itself is missing when it is deployed.',
    kept: (dataDir) => `The copy is kept. Start it again with: sekisho start --data ${dataDir}`,
    noRefusals: 'Nothing was refused that is logged; refused reads are not.',
    refusals: (count) => `${count === 1 ? 'One call was' : `${count} calls were`} refused, or failed:`,
    times: (count) => `${count} times`,
    lacks: (permission, resource) => `lacks ${permission} on ${resource}`,
    byItself: '(a service by itself)',
  },
  ja: {
    command: '実在のプロジェクトの使い捨ての写しの上でコマンドを実行（ポリシーだけを写し、実物は変更しない）',
    options: {
      source:
        'リハーサルの舞台: gcp（既定。実在のプロジェクトの写し）、assets=PATH（アセットのエクスポートかポリシーのフォルダーにあるプロジェクトの写し）、estate=FILE',
      project: '写すプロジェクト（複数回指定可）。エステートでは既定のプロジェクト',
      as: 'コマンドを実行するプリンシパル（gcp で省略すると Google Cloud にログイン中の本人）',
      region: 'コマンドの既定のリージョン',
      keep: '写しのデータディレクトリを残し、後で起動できるようにする',
      printEstate: '写しをエステートファイルとして標準出力へ書く（コマンドがなければそれだけ）',
      command: 'コマンドとその引数',
    },
    examples: `例:\n${examples}`,
    noProject: '写すプロジェクトを指定してください: --project ID',
    oneProject:
      'エステートは全体を使います。--project はコマンドの既定のプロジェクトとして一度だけ指定できます。',
    nobody: 'コマンドを実行するプリンシパルを --as MEMBER で指定してください。',
    groupsOfCopies:
      'エステートのグループはエステート自身が定めます。--groups は実在のプロジェクトの写しに使ってください。',
    planeIsThere: 'そのプレーンはすでに動いています。`sekisho exec -- COMMAND` で実行してください。',
    built: (file, as) => `エステートは ${file} です。コマンドは ${as} として実行されます。`,
    unknownCaller: 'ログイン中のプリンシパルが Google から得られません。--as MEMBER で指定してください。',
    copied: (projects, as) =>
      `プロジェクト ${projects} 件を写しました。コマンドは ${as} として実行されます。`,
    gaps: (count) => `写せなかったものが ${count} 件あります。その分、実物と異なる可能性があります:`,
    sayComplete:
      '全種類・両方の内容（resource と iam-policy）のエクスポートなら --complete を付けてください。名前のないものは存在しないとみなします。',
    placeholders: 'シークレットの中身は仮の値です。実物の値は読み取りません。',
    images: 'イメージは写しません。コマンド自身が push しないイメージは、デプロイ時に見つかりません。',
    kept: (dataDir) => `写しを残しました。再び起動するには: sekisho start --data ${dataDir}`,
    noRefusals: 'ログに残る拒否はありません（読み取りの拒否はログに残りません）。',
    refusals: (count) => `拒否または失敗した呼び出しが ${count} 件あります:`,
    times: (count) => `${count} 回`,
    lacks: (permission, resource) => `${resource} の ${permission} がありません`,
    byItself: '（サービス自身）',
  },
};
