/**
 * GitHub's OpenID Connect tokens: who a workflow's run is
 * (https://docs.github.com/en/actions/reference/security/oidc).
 */
import { createHash } from 'node:crypto';

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

export const isGithub = (issuer: string): boolean => issuer === GITHUB_ISSUER;

/** One run of a workflow, as much of it as its tokens tell. */
export interface GithubRun {
  /** `OWNER/REPOSITORY` */
  readonly repository: string;
  /** e.g. `refs/heads/main` */
  readonly ref: string;
  readonly environment?: string;
  /** e.g. `push`, `pull_request` */
  readonly event: string;
  /** The workflow's file in `.github/workflows`. */
  readonly workflow: string;
  readonly actor: string;
  readonly runId: string;
  readonly sha: string;
}

/** What of a run was said; the rest is as a push to the main branch has it. */
export interface GithubRunChoice {
  readonly repository: string;
  readonly ref?: string;
  readonly environment?: string;
  readonly event?: string;
  readonly workflow?: string;
}

const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/;
const WORKFLOW = /^[\w.-]+\.ya?ml$/;

/**
 * @param runId the run's number @param sha the commit, 40 hexadecimal digits
 * @returns the run, or what is wrong with the choice
 */
export function githubRun(choice: GithubRunChoice, runId: string, sha: string): GithubRun | string {
  const { repository, environment, event = 'push', workflow = 'deploy.yml' } = choice;
  const ref = choice.ref ?? (event === 'pull_request' ? 'refs/pull/1/merge' : 'refs/heads/main');
  if (!REPOSITORY.test(repository)) return `"${repository}" is no repository of GitHub: OWNER/NAME.`;
  if (!/^refs\/(?:heads|tags|pull)\/[^\s\p{C}]+$/u.test(ref))
    return `"${ref}" is no full ref, such as refs/heads/main.`;
  if (!/^[a-z_]+$/.test(event)) return `"${event}" is no event of GitHub's, such as push.`;
  if (!WORKFLOW.test(workflow)) return `"${workflow}" is no workflow file, such as deploy.yml.`;
  if (environment !== undefined && !/^[^\p{C}]{1,255}$/u.test(environment)) {
    return `"${environment}" is no name of an environment.`;
  }
  return {
    repository,
    ref,
    ...(environment === undefined ? {} : { environment }),
    event,
    workflow,
    actor: ownerOf(repository),
    runId,
    sha,
  };
}

export const ownerOf = (repository: string): string => repository.split('/')[0] ?? '';

/** Numbers that stay the same, for what GitHub numbers. */
export function numberOf(what: string): string {
  return `${createHash('sha256').update(what).digest().readUInt32BE(0)}`;
}

/** `repo:OWNER/NAME:…` with the environment, else that it is a pull request, else the ref. */
function subjectOf({ repository, ref, environment, event }: GithubRun): string {
  if (environment !== undefined)
    return `repo:${repository}:environment:${environment.replaceAll(':', '%3A')}`;
  return event === 'pull_request' ? `repo:${repository}:pull_request` : `repo:${repository}:ref:${ref}`;
}

const LIFETIME = 300;

/** @param audience the owner's address when the workflow asks for none @param now seconds since 1970 */
export function githubClaims(run: GithubRun, audience: string | undefined, now: number, id: string) {
  const { repository, ref, environment, event, workflow, actor, runId, sha } = run;
  const owner = ownerOf(repository);
  const workflowRef = `${repository}/.github/workflows/${workflow}@${ref}`;
  const pull = event === 'pull_request';
  return {
    jti: id,
    sub: subjectOf(run),
    aud: audience ?? `https://github.com/${owner}`,
    ...(environment === undefined ? {} : { environment, environment_node_id: `EN_${numberOf(environment)}` }),
    ref,
    sha,
    repository,
    repository_owner: owner,
    actor_id: numberOf(`user ${actor}`),
    repository_visibility: 'private',
    repository_id: numberOf(`repository ${repository}`),
    repository_owner_id: numberOf(`user ${owner}`),
    run_id: runId,
    run_number: '1',
    run_attempt: '1',
    runner_environment: 'github-hosted',
    actor,
    workflow: workflow.replace(/\.ya?ml$/, ''),
    head_ref: pull ? 'change' : '',
    base_ref: pull ? 'main' : '',
    event_name: event,
    ref_protected: 'false',
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    workflow_ref: workflowRef,
    workflow_sha: sha,
    job_workflow_ref: workflowRef,
    job_workflow_sha: sha,
    iss: GITHUB_ISSUER,
    nbf: now - 600,
    exp: now + LIFETIME,
    iat: now,
  };
}
