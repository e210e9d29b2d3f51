/** What the report of an audit says on its page, in each language. */

import type { Verdict } from '../../iam/index.js';
import type { Language } from '../catalogue.js';
import { grouped as n } from '../grouped.js';
import type { AuditNote } from './types.js';

export interface AuditPage {
  readonly title: string;
  readonly about: (source: string, time: string) => string;
  readonly verdicts: Readonly<Record<Verdict, string>>;
  readonly totals: string;
  readonly columns: {
    readonly what: string;
    readonly resources: string;
    readonly deploys: string;
    readonly requirement: string;
    readonly project: string;
    readonly resource: string;
    readonly deployer: string;
    readonly verdict: string;
    readonly why: string;
    readonly count: string;
    readonly suffices: string;
  };
  readonly facts: (projects: number, resources: number, deployers: number, without: number) => string;
  readonly shares: (denied: string, unknown: string, granted: string) => string;
  readonly byRequirement: string;
  readonly byProject: string;
  readonly grants: string;
  readonly noGrants: string;
  readonly grantNeeded: (rows: string, resources: string, suffices: string) => string;
  readonly nextDeploys: string;
  readonly notes: string;
  readonly more: (count: string) => string;
  readonly note: (note: AuditNote) => string;
}

const en: AuditPage = {
  title: 'Audit of Cloud Run deploys',
  about: (source, time) => `By the facts of ${source}, as of ${time}.`,
  verdicts: { denied: 'denied', unknown: 'unknown', granted: 'granted' },
  totals: 'Totals',
  columns: {
    what: '',
    resources: 'Resources',
    deploys: 'Deploys (resource × deployer)',
    requirement: 'Requirement',
    project: 'Project',
    resource: 'Resource',
    deployer: 'Deployer',
    verdict: 'Verdict',
    why: 'What is in the way',
    count: 'Deploys',
    suffices: 'mended by it alone',
  },
  facts: (projects, resources, deployers, without) =>
    `${n(projects)} projects, ${n(resources)} services, jobs and worker pools, ${n(deployers)} principals that deploy them. ${n(without)} resources that nobody can deploy.`,
  shares: (denied, unknown, granted) => `${denied} denied, ${unknown} unknown, ${granted} granted`,
  byRequirement: 'What is in the way',
  byProject: 'Projects with the most deploys that would not go through',
  grants: 'What mends it',
  noGrants: 'There is nothing that a grant would mend.',
  grantNeeded: (rows, resources, suffices) =>
    `Needed for ${rows} deploys of ${resources} resources; ${suffices} of them need nothing else.`,
  nextDeploys: 'The next deploys, worst first',
  notes: 'To be known',
  more: (count) => `${count} more are in the report as JSON or CSV (--format json, --format csv).`,
  note: (note) => {
    switch (note.kind) {
      case 'unknown':
        return `Not known for ${n(note.rows)} deploys: ${note.why}`;
      case 'assumed':
        return `Taken for granted: ${note.what}`;
      case 'not-asked':
        return `${note.member} may deploy ${n(note.resources)} resources, and cannot be asked for one by one.`;
      case 'left-out':
        return `${n(note.rows)} deploys by further principals are left out (limit: ${n(note.limit)}).`;
      case 'read':
        return note.text;
    }
  },
};

const ja: AuditPage = {
  title: 'Cloud Run デプロイの監査',
  about: (source, time) => `${source} の情報による（${time} 時点）。`,
  verdicts: { denied: '拒否', unknown: '不明', granted: '許可' },
  totals: '合計',
  columns: {
    what: '',
    resources: 'リソース',
    deploys: 'デプロイ（リソース × デプロイする人）',
    requirement: '要件',
    project: 'プロジェクト',
    resource: 'リソース',
    deployer: 'デプロイする人',
    verdict: '判定',
    why: '妨げているもの',
    count: 'デプロイ数',
    suffices: 'これだけで直る数',
  },
  facts: (projects, resources, deployers, without) =>
    `プロジェクト ${n(projects)} 件、サービス・ジョブ・ワーカー プール ${n(resources)} 件、デプロイするプリンシパル ${n(deployers)} 件。誰もデプロイできないリソースは ${n(without)} 件です。`,
  shares: (denied, unknown, granted) => `拒否 ${denied}、不明 ${unknown}、許可 ${granted}`,
  byRequirement: '妨げているもの',
  byProject: '通らないデプロイの多いプロジェクト',
  grants: '修正方法',
  noGrants: '権限の付与で直るものはありません。',
  grantNeeded: (rows, resources, suffices) =>
    `${resources} 件のリソースの ${rows} 件のデプロイに必要です。うち ${suffices} 件はこれだけで直ります。`,
  nextDeploys: '次のデプロイ（悪い順）',
  notes: '注意',
  more: (count) => `ほか ${count} 件は JSON か CSV のレポートにあります（--format json、--format csv）。`,
  note: (note) => {
    switch (note.kind) {
      case 'unknown':
        return `${n(note.rows)} 件のデプロイについて不明: ${note.why}`;
      case 'assumed':
        return `前提: ${note.what}`;
      case 'not-asked':
        return `${note.member} は ${n(note.resources)} 件のリソースをデプロイできますが、一人ずつは調べられません。`;
      case 'left-out':
        return `さらに別のプリンシパルによる ${n(note.rows)} 件のデプロイを省きました（上限 ${n(note.limit)}）。`;
      case 'read':
        return note.text;
    }
  },
};

export const auditPages: Readonly<Record<Language, AuditPage>> = { en, ja };
