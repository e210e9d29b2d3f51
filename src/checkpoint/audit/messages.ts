/** What the table of an audit says, in English and Japanese. */

import type { Verdict } from '../../iam/index.js';
import type { Language } from '../catalogue.js';
import { grouped as n } from '../grouped.js';
import type { AuditNote, AuditReport } from './types.js';

export interface AuditCatalogue {
  readonly title: (source: string, time: string) => string;
  readonly totals: (report: AuditReport['totals']) => readonly string[];
  readonly verdicts: Readonly<Record<Verdict, string>>;
  readonly worst: string;
  readonly columns: readonly [string, string, string, string];
  readonly more: (rows: number) => string;
  readonly toMend: string;
  readonly mends: (rows: number, resources: number, suffices: number) => string;
  readonly moreFixes: (fixes: number) => string;
  readonly notes: string;
  readonly note: (note: AuditNote) => string;
}

const plural = (count: number, one: string, many = `${one}s`) => `${n(count)} ${count === 1 ? one : many}`;

/** What is assumed, by its name in `--assume` or in the report. */
const ASSUMED: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  images: {
    en: 'the images of the next deploys are there: whoever deploys pushes them first',
    ja: '次のデプロイのイメージは存在するものとします（デプロイする人が先に push する）',
  },
  'no-deny-policies': {
    en: 'there are no deny policies beyond those read',
    ja: '読み取ったもの以外に拒否ポリシーはない',
  },
  'no-boundaries': {
    en: 'there are no principal access boundaries beyond those read',
    ja: '読み取ったもの以外にプリンシパル アクセス境界はない',
  },
};

export const auditMessages: Readonly<Record<Language, AuditCatalogue>> = {
  en: {
    title: (source, time) => `Audit of ${source}, as of ${time}`,
    totals: ({ projects, resources, withoutDeployer, deployers, rows }) => [
      `${plural(resources.granted + resources.denied + resources.unknown + withoutDeployer, 'Cloud Run resource')} in ${plural(projects, 'project')}, deployed by ${plural(deployers, 'principal')}`,
      `Next deploys: ${n(rows.denied)} denied, ${n(rows.unknown)} unknown, ${n(rows.granted)} granted`,
      `Resources: ${n(resources.denied)} denied for somebody who deploys them, ${n(resources.unknown)} unknown, ${n(resources.granted)} granted for all; ${n(withoutDeployer)} that nobody may deploy`,
    ],
    verdicts: { granted: 'granted', denied: 'denied', unknown: 'unknown' },
    worst: 'Worst first',
    columns: ['Verdict', 'Resource', 'Who deploys', 'What stops it first'],
    more: (rows) => `${plural(rows, 'more row')}: see --top, or --format json`,
    toMend: 'To mend it',
    mends: (rows, resources, suffices) =>
      `# for ${plural(rows, 'deploy')} of ${plural(resources, 'resource')}${suffices > 0 ? `; enough for ${n(suffices)}` : ''}`,
    moreFixes: (fixes) => `# ${n(fixes)} more: see --format json`,
    notes: 'To know',
    note: (note) => {
      switch (note.kind) {
        case 'unknown':
          return `unknown for ${plural(note.rows, 'deploy')}: ${note.why}`;
        case 'assumed':
          return `assumed: ${ASSUMED[note.what]?.en ?? note.what}`;
        case 'not-asked':
          return `${note.member} may deploy ${plural(note.resources, 'resource')}, and stands for more than can be asked for`;
        case 'left-out':
          return `${plural(note.rows, 'deploy')} left out: at most ${n(note.limit)} principals are asked for a resource (--limit)`;
        case 'read':
          return note.text;
      }
    },
  },
  ja: {
    title: (source, time) => `${source} の監査（${time} 時点）`,
    totals: ({ projects, resources, withoutDeployer, deployers, rows }) => [
      `Cloud Run リソース ${n(resources.granted + resources.denied + resources.unknown + withoutDeployer)} 件、プロジェクト ${n(projects)} 件、デプロイする主体 ${n(deployers)} 件`,
      `次のデプロイ: 拒否 ${n(rows.denied)}、不明 ${n(rows.unknown)}、許可 ${n(rows.granted)}`,
      `リソース: 誰かのデプロイが拒否 ${n(resources.denied)}、不明 ${n(resources.unknown)}、全員許可 ${n(resources.granted)}、誰もデプロイできない ${n(withoutDeployer)}`,
    ],
    verdicts: { granted: '許可', denied: '拒否', unknown: '不明' },
    worst: '悪い順',
    columns: ['判定', 'リソース', 'デプロイする主体', '最初に止めるもの'],
    more: (rows) => `ほか ${n(rows)} 行: --top か --format json で`,
    toMend: '直すには',
    mends: (rows, resources, suffices) =>
      `# デプロイ ${n(rows)} 件、リソース ${n(resources)} 件${suffices > 0 ? `（${n(suffices)} 件はこれだけで足りる）` : ''}`,
    moreFixes: (fixes) => `# ほか ${n(fixes)} 件: --format json で`,
    notes: '注意',
    note: (note) => {
      switch (note.kind) {
        case 'unknown':
          return `デプロイ ${n(note.rows)} 件で不明: ${note.why}`;
        case 'assumed':
          return `前提: ${ASSUMED[note.what]?.ja ?? note.what}`;
        case 'not-asked':
          return `${note.member} は ${n(note.resources)} 件をデプロイできますが、個々の主体を挙げられないため調べていません`;
        case 'left-out':
          return `デプロイ ${n(note.rows)} 件を省略: リソースごとに最大 ${n(note.limit)} 主体（--limit）`;
        case 'read':
          return note.text;
      }
    },
  },
};
