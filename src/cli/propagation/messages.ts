/** What `sekisho start` says of the propagation delay, in each language. */
import type { Language } from '../messages.js';

export interface PropagationMessages {
  readonly delay: string;
  readonly seed: string;
  readonly badDelay: (text: string) => string;
  readonly badSeed: (text: string) => string;
}

export const propagationMessages: Readonly<Record<Language, PropagationMessages>> = {
  en: {
    delay:
      'how long changes of policies, groups and roles take to have an effect: a duration such as 90s, or a range such as 5s-7m',
    seed: 'a number that fixes what is drawn from the range of --propagation-delay',
    badDelay: (text) =>
      `--propagation-delay ${text} is neither a duration such as 90s nor a range such as 5s-7m.`,
    badSeed: (text) => `--propagation-seed ${text} is not a whole number.`,
  },
  ja: {
    delay:
      'ポリシー、グループ、ロールの変更が反映されるまでの時間。90s のような長さ、または 5s-7m のような範囲',
    seed: '--propagation-delay の範囲から選ばれる値を固定する数',
    badDelay: (text) =>
      `--propagation-delay ${text} は 90s のような長さでも 5s-7m のような範囲でもありません。`,
    badSeed: (text) => `--propagation-seed ${text} は整数ではありません。`,
  },
};
