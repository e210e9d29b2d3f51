/** Acts without gcloud: the demo's gcloud commands, by the same calls in the same order, in the direct form. */
import { fetchToken, type RunningPlane } from '../../plane/clients/index.js';
import type { BuiltImage } from '../../registry/index.js';
import { type Action, type Driver, emailOf } from './driver.js';
import type { Result } from './expectation.js';
import { type GcloudCommand, parseGcloud } from './gcloud-command.js';
import { fetchAction, pushAction } from './http-actions.js';
import { deploy } from './http-deploy.js';
import { readLog } from './http-logging.js';
import { projectPolicy, repositoryPolicy, serviceAccountPolicy } from './http-policies.js';
import { type HttpSession, httpSession, Refused } from './http-session.js';
import { createProject, createRepository, enableServices } from './http-setup.js';
import type { Actor } from './story.js';

type Execute = (command: GcloudCommand, http: HttpSession) => Promise<void>;

const COMMANDS: Readonly<Record<string, Execute>> = {
  'projects create': createProject,
  'projects add-iam-policy-binding': projectPolicy,
  'services enable': enableServices,
  'artifacts repositories create': createRepository,
  'artifacts repositories add-iam-policy-binding': repositoryPolicy,
  'artifacts repositories remove-iam-policy-binding': repositoryPolicy,
  'iam service-accounts add-iam-policy-binding': serviceAccountPolicy,
  'run deploy': deploy,
  'logging read': readLog,
};

export class HttpDriver implements Driver {
  readonly #plane: RunningPlane;
  readonly #signal: AbortSignal;

  constructor(plane: RunningPlane, signal: AbortSignal) {
    this.#plane = plane;
    this.#signal = signal;
  }

  async signIn(): Promise<void> {
    // A token is made for each command; there is nothing to prepare.
  }

  /** @throws UnknownCommand, before anything is done, for a command that the demo does not use */
  gcloud(actor: Actor, args: readonly string[]): Action {
    const command = parseGcloud(args);
    return { shown: ['gcloud', ...args], run: (onOutput) => this.#run(actor, command, onOutput) };
  }

  fetch(actor: Actor, url: string): Action {
    return fetchAction(this.#plane, url, () => fetchToken(this.#plane, emailOf(actor), url));
  }

  push(actor: Actor, image: BuiltImage, reference: string): Action {
    return pushAction(this.#plane, emailOf(actor), image, reference);
  }

  async #run(actor: Actor, command: GcloudCommand, onOutput: (text: string) => void): Promise<Result> {
    let output = '';
    const say = (line: string) => {
      output += `${line}\n`;
      onOutput(`${line}\n`);
    };
    const execute = COMMANDS[command.name];
    if (!execute) throw new Error(`no calls are known for gcloud ${command.name}`);
    try {
      const token = await fetchToken(this.#plane, emailOf(actor));
      await execute(command, httpSession(this.#plane, token, this.#signal, say));
      return { code: 0, output };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(`ERROR: (gcloud.${command.name.replaceAll(' ', '.')}) ${error.message}`);
      return { code: 1, output };
    }
  }
}
