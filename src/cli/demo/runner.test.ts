import { describe, expect, it } from 'vitest';
import type { Action, Driver } from './driver.js';
import type { Result } from './expectation.js';
import { messages } from './messages.js';
import { Probe } from './probe.js';
import { Runner, Unexpected } from './runner.js';
import { Screen } from './screen.js';
import { changesPolicy, type GcloudStep, type Step } from './story.js';

/** Answers every command alike. */
function driver(result: Result): Driver {
  const action = (...shown: readonly string[]): Action => ({
    shown,
    run: async (onOutput) => {
      onOutput(result.output);
      return result;
    },
  });
  return {
    signIn: async () => undefined,
    gcloud: (_, args) => action('gcloud', ...args),
    fetch: (_, url) => action(`GET ${url}`),
    push: (_, __, reference) => action(`PUT ${reference}`),
  };
}

/** A plane with this many services in every project. */
class CountingProbe extends Probe {
  constructor(readonly count: number) {
    super({ url: 'http://127.0.0.1:1', secret: '', owner: 'user:owner@example.com', pid: 1, dataDir: '/' });
  }

  override async services(): Promise<number> {
    return this.count;
  }
}

const unused = () => Promise.reject(new Error('not part of this story'));

async function play(steps: readonly Step[], result: Result, services = 0): Promise<string> {
  let page = '';
  const out = { write: (text: string) => (page += text) };
  const runner = new Runner({
    language: 'en',
    messages: messages.en,
    screen: new Screen(out, {}),
    signal: new AbortController().signal,
    stage: { driver: driver(result), probe: new CountingProbe(services) },
    restart: unused,
    check: unused,
    image: unused,
  });
  await runner.play({ title: { en: 'A story', ja: 'ストーリー' }, steps });
  return page;
}

const refusedDeploy: GcloudStep = {
  kind: 'gcloud',
  actor: 'alice',
  args: ['run', 'deploy', 'web', '--project', 'myproject-a'],
  expect: { outcome: 'refused', says: ['you may not'] },
  show: 'everything',
  after: [{ kind: 'nothing-created', project: 'myproject-a', services: 0 }],
};

describe('a step that comes out as told', () => {
  it('is shown with its command, its output and what was found on the plane', async () => {
    const page = await play([refusedDeploy], { code: 1, output: 'ERROR: you may not\n' });
    expect(page).toContain('alice$ gcloud run deploy web --project myproject-a\n    ERROR: you may not\n');
    expect(page).toContain('✗ Refused. Nothing was created: myproject-a has 0 services.\n');
  });

  it('is shown by its first line where a whole policy follows', async () => {
    const grant = changesPolicy('owner', 'projects add-iam-policy-binding p --role roles/viewer');
    const page = await play([grant], {
      code: 0,
      output: 'Updated IAM policy for project [p].\nbindings:\n- role: x\n',
    });
    expect(page).toContain('--role roles/viewer ✓\n    Updated IAM policy for project [p].\n');
    expect(page).not.toContain('bindings');
  });
});

describe('a story ends', () => {
  it('at a command that succeeds where it should have been refused', async () => {
    await expect(play([refusedDeploy], { code: 0, output: 'you may not' })).rejects.toThrow(Unexpected);
  });

  it('at a refusal in other words, which it quotes', async () => {
    await expect(play([refusedDeploy], { code: 1, output: 'no' })).rejects.toThrow('you may not');
  });

  it('where the plane holds something that a refused command should not have made', async () => {
    await expect(play([refusedDeploy], { code: 1, output: 'you may not' }, 1)).rejects.toThrow(Unexpected);
  });
});
