/** Acts by the real gcloud, skopeo and curl, in the environment that `sekisho exec` gives them. */
import path from 'node:path';
import { applyChanges, prepareClients, type RunningPlane } from '../../plane/clients/index.js';
import { type BuiltImage, writeOciLayout } from '../../registry/index.js';
import { type Action, type Driver, emailOf } from './driver.js';
import type { Result } from './expectation.js';
import { fetchAction, pushAction } from './http-actions.js';
import { runProgram } from './processes.js';
import type { Actor } from './story.js';
import { isInstalled } from './tools.js';

export interface GcloudDriverOptions {
  readonly plane: RunningPlane;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Where skopeo's input is written; removed with everything else. */
  readonly scratchDir: string;
}

export class GcloudDriver implements Driver {
  readonly #options: GcloudDriverOptions;
  readonly #environments = new Map<Actor, Promise<NodeJS.ProcessEnv>>();
  readonly #has: { readonly curl: boolean; readonly skopeo: boolean };

  constructor(options: GcloudDriverOptions) {
    this.#options = options;
    this.#has = { curl: isInstalled('curl', options.env), skopeo: isInstalled('skopeo', options.env) };
  }

  async signIn(actor: Actor): Promise<void> {
    await this.#environment(actor);
  }

  gcloud(actor: Actor, args: readonly string[]): Action {
    return this.#action(actor, ['gcloud', ...args]);
  }

  /** The token comes from gcloud; the page through curl, or by a request of our own where there is no curl. */
  fetch(actor: Actor, url: string): Action {
    if (this.#has.curl) {
      const line = `curl -sS -H "Authorization: Bearer $(gcloud auth print-identity-token)" ${url}`;
      return { shown: [line], run: (onOutput) => this.#run(actor, ['sh', '-c', line], onOutput) };
    }
    return fetchAction(this.#options.plane, url, async () => {
      const { output } = await this.#run(actor, ['gcloud', 'auth', 'print-identity-token'], () => undefined);
      return output.trim();
    });
  }

  push(actor: Actor, image: BuiltImage, reference: string): Action {
    if (!this.#has.skopeo) return pushAction(this.#options.plane, emailOf(actor), image, reference);
    const layout = path.join(this.#options.scratchDir, 'my-cloud-run-app');
    const tag = reference.slice(reference.lastIndexOf(':') + 1);
    const { shown, run } = this.#action(actor, [
      'skopeo',
      'copy',
      `oci:${layout}:${tag}`,
      `docker://${reference}`,
    ]);
    return {
      shown,
      run: async (onOutput) => {
        await writeOciLayout(image, layout, tag);
        return run(onOutput);
      },
    };
  }

  #action(actor: Actor, words: readonly string[]): Action {
    return { shown: words, run: (onOutput) => this.#run(actor, words, onOutput) };
  }

  async #run(actor: Actor, words: readonly string[], onOutput: (text: string) => void): Promise<Result> {
    const [program = '', ...args] = words;
    const env = await this.#environment(actor);
    return runProgram(program, args, { env, signal: this.#options.signal, onOutput });
  }

  #environment(actor: Actor): Promise<NodeJS.ProcessEnv> {
    const { plane, env } = this.#options;
    const known = this.#environments.get(actor);
    if (known) return known;
    const made = prepareClients(plane, { as: emailOf(actor), env }).then((changes) =>
      applyChanges(env, changes),
    );
    this.#environments.set(actor, made);
    return made;
  }
}
