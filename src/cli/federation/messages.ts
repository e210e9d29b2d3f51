/** What commands say of identities from outside: tokens of pools' identities, and rehearsals of GitHub's workflows. */
import type { Language } from '../messages.js';

export interface FederationMessages {
  readonly options: {
    readonly attribute: string;
    readonly group: string;
    readonly github: string;
    readonly githubRef: string;
    readonly githubEnvironment: string;
    readonly githubEvent: string;
    readonly githubWorkflow: string;
  };
  readonly badAttribute: (text: string) => string;
  readonly onlyForPools: string;
  readonly asAndGithub: string;
  readonly githubMissing: string;
}

export const federationMessages: Readonly<Record<Language, FederationMessages>> = {
  en: {
    options: {
      attribute: 'an attribute of an identity of a pool (principal://…), NAME=VALUE; repeatable',
      group: 'a group of an identity of a pool (principal://…); repeatable',
      github: 'run as a job of a GitHub workflow in OWNER/REPOSITORY, not signed in, with its ID tokens',
      githubRef: 'the ref of that workflow run (default: refs/heads/main)',
      githubEnvironment: "the job's environment",
      githubEvent: 'the event that started the workflow (default: push)',
      githubWorkflow: "the workflow's file (default: deploy.yml)",
    },
    badAttribute: (text) => `'${text}' is no attribute: NAME=VALUE, NAME of a-z, 0-9 and _.`,
    onlyForPools:
      '--attribute and --group are for access tokens of identities of pools: --as principal://…/subject/….',
    asAndGithub: "--as and --github exclude each other: a workflow's job signs in by itself.",
    githubMissing: '--github-ref, --github-environment, --github-event and --github-workflow need --github.',
  },
  ja: {
    options: {
      attribute: 'プールの ID（principal://…）の属性 NAME=VALUE。繰り返し指定可',
      group: 'プールの ID（principal://…）のグループ。繰り返し指定可',
      github:
        'OWNER/REPOSITORY の GitHub ワークフローのジョブとして実行（未ログイン、ID トークンを取得可能）',
      githubRef: 'ワークフロー実行の ref（既定: refs/heads/main）',
      githubEnvironment: 'ジョブの environment',
      githubEvent: 'ワークフローを起動したイベント（既定: push）',
      githubWorkflow: 'ワークフローのファイル（既定: deploy.yml）',
    },
    badAttribute: (text) =>
      `'${text}' は属性ではありません。NAME=VALUE の形で、NAME には a-z、0-9、_ を使います。`,
    onlyForPools:
      '--attribute と --group は、プールの ID（--as principal://…/subject/…）のアクセストークン用です。',
    asAndGithub: '--as と --github は同時に使えません。ワークフローのジョブは自分でログインします。',
    githubMissing:
      '--github-ref、--github-environment、--github-event、--github-workflow には --github が必要です。',
  },
};
