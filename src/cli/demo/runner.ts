/** Plays a story: does each step, shows it, and checks that it came out as the story says. */
import type { Language } from '../../checkpoint/index.js';
import type { BuiltImage } from '../../registry/index.js';
import type { Action, Driver } from './driver.js';
import { type Result, surprise } from './expectation.js';
import { fill } from './facts.js';
import type { DemoMessages } from './messages.js';
import type { Probe } from './probe.js';
import type { Mark, Screen } from './screen.js';
import type { Actor, Expectation, FetchStep, GcloudStep, SetupTask, Step, Story, Text } from './story.js';

/** The demo did not go as its story says; the message is for the reader. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected';
}

/** The plane that a story plays on, and ways to it. Replaced when the plane is started again. */
export interface Stage {
  readonly driver: Driver;
  readonly probe: Probe;
}

export interface RunnerOptions {
  readonly language: Language;
  readonly messages: DemoMessages;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly stage: Stage;
  /** Starts the plane again on its data. */
  readonly restart: (imageReadCheck: 'enforce' | 'warn') => Promise<Stage>;
  /** `sekisho check …`: prints as the command does. */
  readonly check: (args: readonly string[], onOutput: (text: string) => void) => Promise<Result>;
  readonly image: () => Promise<BuiltImage>;
}

const MARKS: Readonly<Record<Expectation['outcome'], Mark>> = {
  accepted: '✓',
  deployed: '✓',
  refused: '✗',
  fails: '✗',
};

export class Runner {
  readonly #options: RunnerOptions;
  readonly #facts = new Map<string, string>();
  #stage: Stage;
  #fix: readonly string[] | undefined;
  /** How many commands have been run. */
  commands = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#stage = options.stage;
  }

  /** @throws Unexpected at the first step that comes out differently; the signal's reason when it aborts */
  async play(story: Story): Promise<void> {
    const { screen, signal } = this.#options;
    screen.heading(this.#text(story.title));
    for (const step of story.steps) {
      signal.throwIfAborted();
      await this.#step(step);
    }
  }

  async #step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'explain':
        return this.#options.screen.explain(this.#text(step.text));
      case 'setup':
        return this.#setUp(step.lanes);
      case 'gcloud':
        return this.#gcloud(step);
      case 'fetch':
        return this.#fetch(step);
      case 'check':
        return this.#check(step.args, step.says);
      case 'mend':
        return this.#mend(step.actor);
      case 'restart':
        return this.#restart(step.imageReadCheck);
    }
  }

  /** Lanes at the same time; the first failure ends the story once no lane is under way any more. */
  async #setUp(lanes: readonly (readonly SetupTask[])[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      lanes.map(async (lane) => {
        for (const task of lane) await this.#task(task);
      }),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #task(task: SetupTask): Promise<void> {
    const { driver } = this.#stage;
    if (task.kind === 'sign-in') return driver.signIn(task.actor);
    if (task.kind === 'gcloud') return this.#gcloud(task);
    const image = await this.#options.image();
    await this.#silently(
      'owner',
      driver.push('owner', image, task.reference),
      { outcome: 'accepted' },
      'nothing',
    );
  }

  async #gcloud(step: GcloudStep): Promise<void> {
    const args = step.args.map((word) => fill(word, this.#facts));
    const action = this.#stage.driver.gcloud(step.actor, args);
    if (step.show !== 'everything') {
      await this.#silently(step.actor, action, step.expect, step.show);
    } else {
      await this.#openly(`${step.actor}$`, action, step.expect);
      await this.#conclude(step);
    }
    const [group, verb, project] = args;
    if (group === 'projects' && verb === 'create' && project !== undefined) {
      this.#facts.set(project, await this.#stage.probe.projectNumber(project));
    }
  }

  /** The command and all that it writes, as it writes it. */
  async #openly(prompt: string, action: Action, expected: Expectation): Promise<Result> {
    const { screen } = this.#options;
    screen.command(prompt, action.shown);
    const output = screen.output();
    this.commands += 1;
    const result = await action.run(output.write);
    output.end();
    this.#require(expected, result);
    return result;
  }

  /** The command, once it is over, and at most the first line that it wrote; all of it when it went wrong. */
  async #silently(
    actor: Actor,
    action: Action,
    expected: Expectation,
    show: 'headline' | 'nothing',
  ): Promise<void> {
    const { screen } = this.#options;
    this.commands += 1;
    const result = await action.run(() => undefined);
    if (surprise(expected, result, this.#facts)) {
      screen.command(`${actor}$`, action.shown);
      const output = screen.output();
      output.write(result.output);
      output.end();
      this.#require(expected, result);
    }
    const said = show === 'headline' ? headline(result.output) : undefined;
    screen.doneCommand(`${actor}$`, action.shown, said);
  }

  #require(expected: Expectation, result: Result): void {
    const found = surprise(expected, result, this.#facts);
    if (found) throw new Unexpected(this.#options.messages.unexpected(found));
  }

  /** Says what became of a command, and what is found on the plane after it. */
  async #conclude({ expect, after = [] }: GcloudStep): Promise<void> {
    const { messages, screen } = this.#options;
    const said: string[] = [messages.outcome[expect.outcome]];
    for (const measure of after) {
      const finding = await this.#stage.probe.find(measure);
      if (!finding.holds) throw new Unexpected(messages.unexpectedFinding(finding));
      said.push(messages.found(finding));
    }
    screen.result(
      MARKS[expect.outcome],
      said.filter((each) => each !== '').join(this.#options.language === 'ja' ? '' : ' '),
    );
  }

  async #fetch({ actor, project, service, says }: FetchStep): Promise<void> {
    const { url } = await this.#stage.probe.service(project, service);
    const action = this.#stage.driver.fetch(actor, url);
    await this.#openly(`${actor}$`, action, { outcome: 'accepted', says: [says] });
    this.#options.screen.result('✓', this.#options.messages.answered);
  }

  async #check(args: readonly string[], says: readonly string[]): Promise<void> {
    const { check, messages, screen } = this.#options;
    const action: Action = {
      shown: ['sekisho', 'check', ...args],
      run: (onOutput) => check(args, onOutput),
    };
    const { output } = await this.#openly('$', action, { outcome: 'refused', says });
    const printed = gcloudLines(output);
    const [fix] = printed;
    if (fix === undefined || printed.length > 1) throw new Unexpected(messages.noFix);
    this.#fix = fix;
    screen.result('✓', messages.checkFound);
  }

  async #mend(actor: Actor): Promise<void> {
    const fix = this.#fix;
    if (!fix) throw new Error('a story mends only after a check');
    await this.#silently(actor, this.#stage.driver.gcloud(actor, fix), { outcome: 'accepted' }, 'headline');
  }

  async #restart(imageReadCheck: 'enforce' | 'warn'): Promise<void> {
    const words = ['sekisho', 'start', '--image-read-check', imageReadCheck];
    this.#stage = await this.#options.restart(imageReadCheck);
    this.#options.screen.doneCommand('$', words);
  }

  #text(text: Text): string {
    return fill(text[this.#options.language], this.#facts);
  }
}

/** The first line that says something; gcloud's calls, which the other driver lists, come before it. */
function headline(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => !/^(?:GET|POST|PUT) https:/.test(line));
}

/** The gcloud commands printed by a check, as lists of arguments: it prints them so that they run as they stand. */
export function gcloudLines(output: string): readonly (readonly string[])[] {
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('gcloud '))
    .map((line) => line.split(' ').slice(1));
}
