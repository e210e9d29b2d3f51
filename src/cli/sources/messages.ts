/** What the options that choose a source say. */
import type { Language } from '../messages.js';

interface SourceMessages {
  readonly options: Readonly<Record<'source' | 'groups' | 'assume' | 'complete', string>>;
  readonly badSource: (text: string) => string;
  readonly badAssumption: (word: string) => string;
  readonly completeOfExports: string;
  readonly cannotRead: (file: string, why: string) => string;
  /** How far reading has come: cli-progress fills in what is in braces. */
  readonly bar: string;
}

export const sourceMessages: Readonly<Record<Language, SourceMessages>> = {
  en: {
    options: {
      source:
        'where the facts are from: plane (default), gcp (live Google Cloud, read only), assets=PATH (an asset export or a folder of policies) or estate=FILE',
      groups: 'a YAML or JSON file that says who is in which group, where the source cannot',
      assume: 'what to take for granted where the source cannot tell: no-deny-policies,no-boundaries',
      complete: 'the export is of all types and both contents: what it does not name is not there',
    },
    badSource: (text) => `--source '${text}' is none of plane, gcp, assets=PATH, estate=FILE.`,
    badAssumption: (word) => `--assume '${word}' is none of no-deny-policies, no-boundaries.`,
    completeOfExports: '--complete is said of exports: add --source assets=PATH.',
    cannotRead: (file, why) => `${file} cannot be read (${why}).`,
    bar: '{bar} {percentage} % of {megabytes} MB, {eta_formatted} left',
  },
  ja: {
    options: {
      source:
        '事実の出どころ: plane（既定）、gcp（実際の Google Cloud、読み取りのみ）、assets=PATH（アセットのエクスポートかポリシーのフォルダー）、estate=FILE',
      groups: '誰がどのグループにいるかを書いた YAML か JSON のファイル（出どころから分からないとき）',
      assume: '出どころから分からないときに前提とすること: no-deny-policies,no-boundaries',
      complete: 'エクスポートは全種類・両方の内容を含む（名前のないものは存在しない）',
    },
    badSource: (text) => `--source '${text}' は plane、gcp、assets=PATH、estate=FILE のどれでもありません。`,
    badAssumption: (word) => `--assume '${word}' は no-deny-policies、no-boundaries のどちらでもありません。`,
    completeOfExports: '--complete はエクスポートについての指定です。--source assets=PATH を付けてください。',
    cannotRead: (file, why) => `${file} を読み取れません（${why}）。`,
    bar: '{bar} {megabytes} MB の {percentage} %、残り {eta_formatted}',
  },
};
