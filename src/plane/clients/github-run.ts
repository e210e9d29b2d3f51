/**
 * The environment of a job in a workflow of GitHub's, for a command that signs in as such a job does
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { GithubRun, GithubRunChoice } from '../../services/index.js';
import { CA_BUNDLE } from '../ca-bundle.js';
import { adminCall, type RunningPlane } from './admin-client.js';
import { ClientError } from './client-error.js';
import { type EnvironmentChanges, environmentChanges } from './environment.js';
import { writeGcloudConfig } from './prepare.js';
import { writePrivate } from './private-files.js';

export interface GithubRunOptions {
  readonly choice: GithubRunChoice;
  readonly project?: string;
  readonly region?: string;
  /** The environment that the changes are made to. */
  readonly env: NodeJS.ProcessEnv;
  /** Where the command runs: GitHub checks the repository out there. */
  readonly workspace: string;
}

export interface PreparedRun {
  readonly changes: EnvironmentChanges;
  /** Takes away what the run has left. */
  remove(): Promise<void>;
}

/** What a job has no part of: the credentials of members. */
const MEMBERS = ['GOOGLE_APPLICATION_CREDENTIALS', 'SEKISHO_AS'];

/**
 * Starts a run and makes the environment of its job: nobody is signed in, as on a runner.
 * @throws ClientError `refused` for a run that GitHub could not have
 */
export async function prepareGithubRun(plane: RunningPlane, options: GithubRunOptions): Promise<PreparedRun> {
  const { choice, project, region, env, workspace } = options;
  const { run, requestToken, asksAt } = startedRun(await adminCall(plane, 'POST /v1/github-run', choice));
  const own = path.join(plane.dataDir, 'clients/github', run.runId);
  const docker = path.join(own, 'docker');
  const files = {
    url: plane.url,
    dataDir: plane.dataDir,
    caBundle: path.join(plane.dataDir, CA_BUNDLE),
    gcloudConfig: path.join(own, 'gcloud'),
    credentials: '',
    registryAuth: path.join(docker, 'config.json'),
    dockerConfig: docker,
    bin: path.join(plane.dataDir, 'bin'),
  };
  await Promise.all([
    writeGcloudConfig(files, undefined),
    writePrivate(files.registryAuth, '{}\n'),
    mkdir(path.join(own, 'temp'), { recursive: true }),
    ...Object.values(stepFiles(own)).map((file) => writePrivate(file, '')),
    writePrivate(path.join(own, 'event.json'), `${JSON.stringify(eventOf(run), null, 2)}\n`),
  ]);
  const settings = {
    member: '',
    ...(project === undefined ? {} : { project }),
    ...(region === undefined ? {} : { region }),
  };
  const { set, unset } = environmentChanges(files, settings, env);
  const kept = Object.entries(set).filter(([name]) => !MEMBERS.includes(name));
  return {
    changes: {
      set: {
        ...Object.fromEntries(kept),
        ...runVariables(run),
        ...stepFiles(own),
        ACTIONS_ID_TOKEN_REQUEST_URL: `${plane.url}/${asksAt}?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
        GITHUB_WORKSPACE: workspace,
        GITHUB_EVENT_PATH: path.join(own, 'event.json'),
        RUNNER_TEMP: path.join(own, 'temp'),
      },
      unset: [...unset, ...MEMBERS.filter((name) => name in env)],
    },
    remove: () => rm(own, { recursive: true, force: true }),
  };
}

function startedRun(answer: Readonly<Record<string, unknown>>): {
  readonly run: GithubRun;
  readonly requestToken: string;
  /** The host and the path, which is how the plane takes other hosts' calls under its own address. */
  readonly asksAt: string;
} {
  const { run, requestToken, requestUrl } = answer;
  const asked = typeof requestUrl === 'string' ? /^https:\/\/(.+)$/.exec(requestUrl)?.[1] : undefined;
  if (typeof run === 'object' && run !== null && typeof requestToken === 'string' && asked !== undefined) {
    return { run: run as GithubRun, requestToken, asksAt: asked };
  }
  throw new ClientError({ kind: 'refused', cause: 'The plane started no run.' });
}

/** Files by which a step tells the job what comes of it. */
const stepFiles = (own: string) => ({
  GITHUB_OUTPUT: path.join(own, 'output'),
  GITHUB_ENV: path.join(own, 'env'),
  GITHUB_PATH: path.join(own, 'path'),
  GITHUB_STATE: path.join(own, 'state'),
  GITHUB_STEP_SUMMARY: path.join(own, 'summary.md'),
});

function runVariables(run: GithubRun): Readonly<Record<string, string>> {
  const { repository, ref, event, workflow, actor, runId, sha } = run;
  const [owner = ''] = repository.split('/');
  const pull = event === 'pull_request';
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: actor,
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_BASE_REF: pull ? 'main' : '',
    GITHUB_EVENT_NAME: event,
    GITHUB_HEAD_REF: pull ? 'change' : '',
    GITHUB_JOB: 'rehearsal',
    GITHUB_REF: ref,
    GITHUB_REF_NAME: ref.replace(/^refs\/(?:heads|tags|pull)\//, ''),
    GITHUB_REF_TYPE: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: runId,
    GITHUB_RUN_NUMBER: '1',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: sha,
    GITHUB_TRIGGERING_ACTOR: actor,
    GITHUB_WORKFLOW: workflow.replace(/\.ya?ml$/, ''),
    GITHUB_WORKFLOW_REF: `${repository}/.github/workflows/${workflow}@${ref}`,
    GITHUB_WORKFLOW_SHA: sha,
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_OS: 'Linux',
  };
}

const eventOf = ({ repository, ref, sha }: GithubRun) => ({
  ref,
  after: sha,
  repository: { full_name: repository },
});
