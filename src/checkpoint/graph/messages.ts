/** What pictures of checks say, in each language. */
import type { Language } from '../catalogue.js';

interface GraphMessages {
  readonly theDeploy: string;
  readonly on: (resource: string) => string;
  readonly noRole: string;
  readonly legend: Readonly<Record<'granted' | 'denied' | 'warned' | 'unknown', string>>;
  /** For those who hear the picture: how many requirements, and how many of them are not granted. */
  readonly description: (outcome: string, requirements: number, broken: number) => string;
}

export const graphMessages: Readonly<Record<Language, GraphMessages>> = {
  en: {
    theDeploy: 'the deploy',
    on: (resource) => `on ${resource}`,
    noRole: 'no role grants it',
    legend: { granted: 'granted', denied: 'denied', warned: 'warns', unknown: 'unknown' },
    description: (outcome, requirements, broken) =>
      `${outcome} ${requirements} requirements, ${broken} of them not granted.`,
  },
  ja: {
    theDeploy: 'デプロイ',
    on: (resource) => `対象: ${resource}`,
    noRole: '許可するロールなし',
    legend: { granted: '許可', denied: '拒否', warned: '警告', unknown: '不明' },
    description: (outcome, requirements, broken) =>
      `${outcome}要件 ${requirements} 件のうち、許可されていないものは ${broken} 件です。`,
  },
};
