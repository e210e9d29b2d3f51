/** What the report of a scan says to people. Messages, addresses and permissions are Google's. */

import type { Verdict } from '../../iam/index.js';
import type { RunKind } from '../../names/index.js';
import type { Language } from '../catalogue.js';
import { grouped as n } from '../grouped.js';
import type { Outcome, ScanProblem } from './types.js';

export interface ScanCatalogue {
  readonly columns: readonly [outcome: string, when: string, who: string, lacks: string, target: string];
  readonly outcomes: Readonly<Record<Outcome, string>>;
  readonly now: Readonly<Record<Verdict, string>>;
  readonly kinds: Readonly<Record<RunKind, string>>;
  readonly agentOf: (project: string) => string;
  readonly nobody: string;
  readonly through: (members: readonly string[]) => string;
  readonly image: string;
  readonly account: string;
  readonly on: (resource: string) => string;
  readonly read: (entries: number, sources: number) => string;
  readonly nothing: string;
  readonly found: (groups: number, entries: number) => string;
  readonly elsewhere: (entries: number) => string;
  readonly ungrouped: (entries: number) => string;
  readonly toMend: string;
  readonly withoutNumber: (project: string) => string;
  readonly problems: (count: number) => string;
  readonly more: (count: number) => string;
  readonly problem: (problem: ScanProblem) => string;
}

const one = (count: number, singular: string, plural: string) =>
  `${n(count)} ${count === 1 ? singular : plural}`;
const numberOf = (project: string) => `gcloud projects describe ${project} --format='value(projectNumber)'`;

const en: ScanCatalogue = {
  columns: ['Deploys', 'When', 'Who', 'Lacks', 'For'],
  outcomes: { warned: 'warned', refused: 'refused', failed: 'failed' },
  now: { granted: 'now granted', denied: 'still missing', unknown: 'now unknown' },
  kinds: { service: 'service', job: 'job', workerPool: 'worker pool' },
  agentOf: (project) => `the Cloud Run service agent of ${project}`,
  nobody: 'a caller whom the log does not name',
  through: (members) => `impersonated by ${members.join(', ')}`,
  image: 'image',
  account: 'for account',
  on: (resource) => `on ${resource}`,
  read: (entries, sources) => `${one(entries, 'entry', 'entries')} of ${one(sources, 'log', 'logs')} read.`,
  nothing: 'None of them says that somebody lacked a permission for an image or an account.',
  found: (groups, entries) =>
    `${one(entries, 'entry', 'entries')} about ${one(groups, 'missing permission', 'missing permissions')}.`,
  elsewhere: (entries) =>
    `${one(entries, 'more entry has', 'more entries have')} such a text where it is about something else, such as the output of a container.`,
  ungrouped: (entries) =>
    `${one(entries, 'entry is', 'entries are')} about still more principals or resources than are told apart here: scan fewer logs at a time.`,
  toMend: 'To mend it, run:',
  withoutNumber: (project) =>
    `The service agent of ${project} is not named: its address holds the project's number. ${numberOf(project)}`,
  problems: (count) => `Not everything could be read (${one(count, 'problem', 'problems')}):`,
  more: (count) => `and ${n(count)} more`,
  problem: ({ kind, detail = '' }) =>
    ({
      'not-json': 'is not JSON',
      'too-long': 'is longer than 16 MiB',
      'cut-off': 'is cut off: the entry, or the array, has no end',
      lost: 'is damaged: what follows it was not read',
      'no-entry': 'is not an entry of Cloud Logging',
      'no-log': 'is no log: none of its lines is JSON',
      unreadable: `could not be read (to its end): ${detail}`,
    })[kind],
};

const ja: ScanCatalogue = {
  columns: ['デプロイ', '日時', '誰が', '足りない権限', '対象'],
  outcomes: { warned: '警告', refused: '拒否', failed: '失敗' },
  now: { granted: '現在は付与済み', denied: 'まだ不足', unknown: '現在は不明' },
  kinds: { service: 'サービス', job: 'ジョブ', workerPool: 'ワーカー プール' },
  agentOf: (project) => `${project} の Cloud Run サービス エージェント`,
  nobody: 'ログに名前のない呼び出し元',
  through: (members) => `権限借用元: ${members.join(', ')}`,
  image: 'イメージ',
  account: 'アカウント',
  on: (resource) => `（${resource}）`,
  read: (entries, sources) => `${n(sources)} 個のログから ${n(entries)} 件のエントリを読みました。`,
  nothing: 'イメージやアカウントへの権限の不足を示すエントリはありません。',
  found: (groups, entries) => `不足している権限が ${n(groups)} 件、エントリは ${n(entries)} 件あります。`,
  elsewhere: (entries) =>
    `ほかに ${n(entries)} 件のエントリに同じ文がありますが、コンテナの出力など別のものについてのものです。`,
  ungrouped: (entries) =>
    `${n(entries)} 件のエントリは、ここで区別できる数を超えるプリンシパルやリソースについてのものです。ログを分けて調べてください。`,
  toMend: '修正するには、次を実行します:',
  withoutNumber: (project) =>
    `${project} のサービス エージェントの名前がありません。アドレスにはプロジェクト番号が入ります。${numberOf(project)}`,
  problems: (count) => `すべては読めませんでした（${n(count)} 件）:`,
  more: (count) => `ほか ${n(count)} 件`,
  problem: ({ kind, detail = '' }) =>
    ({
      'not-json': 'JSON ではありません',
      'too-long': '16 MiB を超えています',
      'cut-off': '途中で切れています（エントリか配列が終わっていません）',
      lost: '壊れています。これより後は読んでいません',
      'no-entry': 'Cloud Logging のエントリではありません',
      'no-log': 'ログではありません（JSON の行がありません）',
      unreadable: `（最後まで）読めませんでした: ${detail}`,
    })[kind],
};

export const scanMessages: Readonly<Record<Language, ScanCatalogue>> = { en, ja };
