/** What `sekisho doctor` says of its own accord. What it finds are names, versions and other programs' words. */
import type { Language } from '../messages.js';

export interface DoctorMessages {
  readonly remedy: (command: string) => string;
  readonly ready: string;
  readonly notReady: (missing: number) => string;
}

export const doctorMessages: Readonly<Record<Language, DoctorMessages>> = {
  en: {
    remedy: (command) => `→ ${command}`,
    ready: 'This machine can run a plane, and containers on it.',
    notReady: (missing) =>
      `${missing === 1 ? 'One thing is' : `${missing} things are`} missing (✗); what is marked – is needed for some uses only.`,
  },
  ja: {
    remedy: (command) => `→ ${command}`,
    ready: 'このマシンでプレーンもコンテナも動かせます。',
    notReady: (missing) => `足りないものが ${missing} 件あります（✗）。– の項目は一部の用途でだけ必要です。`,
  },
};
