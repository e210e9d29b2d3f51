/** What SARIF, annotations and Markdown say of their own accord, in each language. */
import type { Language } from '../catalogue.js';

export interface FormatMessages {
  readonly needs: (who: string, permission: string, resource: string) => string;
  readonly mend: (command: string) => string;
  readonly orMend: (what: string) => string;
  readonly googleSays: (message: string) => string;
  readonly googleWouldSay: (message: string) => string;
  readonly heading: (outcome: string) => string;
  readonly nothingToCheck: string;
  readonly columns: readonly [verdict: string, moment: string, who: string, needs: string, why: string];
  readonly everything: (count: number) => string;
  readonly toMend: string;
  readonly inTerraform: string;
  readonly faults: string;
  readonly factsFrom: (source: string) => string;
  readonly cutOff: string;
}

const english: FormatMessages = {
  needs: (who, permission, resource) => `${who} needs ${permission} on ${resource}.`,
  mend: (command) => `To mend it, run: ${command}`,
  orMend: (what) => `To mend it: ${what}`,
  googleSays: (message) => `Google says: ${message}`,
  googleWouldSay: (message) => `If it is denied, Google says: ${message}`,
  heading: (outcome) => `Cloud Run checkpoint: ${outcome}`,
  nothingToCheck: 'There is no deploy to check.',
  columns: ['Verdict', 'When', 'Who', 'Needs', 'Why'],
  everything: (count) => `All ${count} requirements`,
  toMend: 'To mend it',
  inTerraform: 'In Terraform',
  faults: 'Order of things',
  factsFrom: (source) => `Facts from ${source}.`,
  cutOff: 'There is more than fits here: the whole is in the report.',
};

const japanese: FormatMessages = {
  needs: (who, permission, resource) => `${who} に ${resource} の ${permission} が必要です。`,
  mend: (command) => `次のコマンドで解決できます: ${command}`,
  orMend: (what) => `解決方法: ${what}`,
  googleSays: (message) => `Google のメッセージ: ${message}`,
  googleWouldSay: (message) => `拒否された場合の Google のメッセージ: ${message}`,
  heading: (outcome) => `Cloud Run チェックポイント: ${outcome}`,
  nothingToCheck: 'チェックするデプロイがありません。',
  columns: ['判定', '時点', '主体', '必要なもの', '理由'],
  everything: (count) => `すべての要件（${count} 件）`,
  toMend: '解決方法',
  inTerraform: 'Terraform の場合',
  faults: '順序の問題',
  factsFrom: (source) => `事実の出どころ: ${source}`,
  cutOff: 'ここに収まらない分は、レポート全体を参照してください。',
};

export const formatMessages: Readonly<Record<Language, FormatMessages>> = { en: english, ja: japanese };
