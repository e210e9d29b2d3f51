import { describe, expect, it } from 'vitest';
import { fill } from './facts.js';
import { parseGcloud, required, UnknownCommand } from './gcloud-command.js';
import type { GcloudStep, SetupTask, Step } from './story.js';
import { storyOne } from './story-one.js';
import { storyTwo } from './story-two.js';

const FACTS = new Map(
  ['myproject-a', 'myproject-b', 'myproject-c'].map((project) => [project, '123456789012']),
);

describe('reading a gcloud command line', () => {
  it('takes flags anywhere, with their value behind = or in the next word', () => {
    const { name, positional, flags } = parseGcloud(
      'run deploy --region=asia-northeast1 web --image host/p/r/i:t --project p --no-allow-unauthenticated'.split(
        ' ',
      ),
    );
    expect(name).toBe('run deploy');
    expect(positional).toEqual(['web']);
    expect(Object.fromEntries(flags)).toEqual({
      '--region': 'asia-northeast1',
      '--image': 'host/p/r/i:t',
      '--project': 'p',
      '--no-allow-unauthenticated': '',
    });
  });

  it('keeps a value with blanks, line breaks and equals signs whole', () => {
    const query = 'resource.type = "cloud_run_revision"\nseverity=ERROR';
    const command = parseGcloud(['logging', 'read', query, '--format=yaml(a, b=c)', '--project', 'p']);
    expect(command.positional).toEqual([query]);
    expect(required(command, '--format')).toBe('yaml(a, b=c)');
  });

  it.each([
    ['another command', 'run services list'],
    ['no command', ''],
    ['a flag that it does not know', 'projects create p --organization=1'],
    ['a flag without its value', 'projects add-iam-policy-binding p --member'],
    ['a missing argument', 'services enable --project p'],
    ['one argument too many', 'projects create p q'],
  ])('refuses %s', (_, line) => {
    expect(() => parseGcloud(line.split(' '))).toThrow(UnknownCommand);
  });

  it('names the flag that is missing', () => {
    expect(() => required(parseGcloud(['run', 'deploy', 'web']), '--image')).toThrow('--image');
  });

  it('reads every command of both stories', () => {
    const steps = [...storyOne.steps, ...storyTwo.steps].flatMap((step): readonly (Step | SetupTask)[] =>
      step.kind === 'setup' ? step.lanes.flat() : [step],
    );
    const commands = steps.filter((step): step is GcloudStep => step.kind === 'gcloud');
    expect(commands.length).toBeGreaterThan(20);
    for (const { args } of commands) {
      expect(() => parseGcloud(args.map((word) => fill(word, FACTS)))).not.toThrow();
    }
  });
});
