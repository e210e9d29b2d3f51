import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { languageOf } from './context.js';
import { runCli } from './test-world.js';

let empty: string;
beforeAll(async () => {
  empty = await mkdtemp(path.join(tmpdir(), 'sekisho-cli-'));
});
afterAll(() => rm(empty, { recursive: true, force: true }));

/** As users type them. */
const words = (line: string) => line.split(' ').filter(Boolean);

describe('a command line that cannot be followed', () => {
  it.each([
    ['frob', "unknown command 'frob'"],
    ['strat', 'Did you mean start?'],
    ['start --isolated', "unknown option '--isolated'"],
    ['start --database postgres://x', "unknown option '--database'"],
    ['start --listen 8750', "--listen '8750' is no address with a port"],
    ['start --listen 127.0.0.1:65536', "--listen '127.0.0.1:65536'"],
    ['start --runtime podman', 'Allowed choices are auto, oci, docker, none'],
    ['start --image-read-check maybe', 'Allowed choices are enforce, warn, off'],
    ['start --memory --data x', "'--memory' cannot be used with option '--data <dir>'"],
    ['start --owner group:a@example.com', 'neither a user nor a service account'],
    ['start here', 'too many arguments'],
    ['exec', 'say which command to run'],
    ['env --isolated', "unknown option '--isolated'"],
    ['exec --project My_Project -- true', "'My_Project' is no project id"],
    ['exec --region mars -- true', "'mars' is no region"],
    ['start --propagation-delay soon', 'soon is neither a duration such as 90s nor a range such as 5s-7m'],
    ['start --propagation-seed x', '--propagation-seed x is not a whole number'],
    ['env --format xml', 'Allowed choices are sh, json, github'],
    ['token --audience', "'--audience <url>' argument missing"],
    ['check run job nightly --port 80', '--port: gcloud run jobs deploy has no such flag'],
    ['check run worker-pool', 'The name of the worker pool is missing'],
    ['check run service', 'The name of the service is missing'],
    ['check run service web --project my-project --region asia-northeast1', '--image is missing'],
    ['check run service web --no-such-flag', '--no-such-flag: gcloud run deploy has no such flag'],
    ['check run service web --source .', '--source: a deploy that builds its image is not judged'],
    ['check run service web --format xml', 'Allowed choices are table, json, sarif, github, markdown'],
    ['check', 'say what to check: -f FILE'],
    ['check service.yaml', "'service.yaml' is not run, and files are named by -f"],
    ['check -f no-such-file.yaml', 'no-such-file.yaml cannot be read (ENOENT)'],
    ['check -f x.yaml run service web', 'cannot be read (ENOENT)'],
    ['check --complete run service web --image i', '--complete is said of exports'],
    ['check --source moon run service web --image i', "--source 'moon' is none of plane, gcp, assets=PATH"],
    ['check --source plane=x -f x', "--source 'plane=x' is none of"],
    ['check --assume no-rain --plan x', "--assume 'no-rain' is none of"],
    ['check --time tomorrow --plan x', "--time 'tomorrow' is no time such as"],
    ['check --source gcp --platform amd64 --plan x', "--platform 'amd64' is no platform"],
    ['check --platform linux/arm64 --plan x', '--platform: the plane has a setting of its own'],
    ['check --image-read-check warn --plan x', '--image-read-check: the plane has a setting of its own'],
    ['check --graph x.png --plan x', "--graph 'x.png' ends neither in .svg nor in .mmd"],
    ['check --project My_Project -f x', "'My_Project' is no project id"],
    ['image build', "required option '--tag <image>' not specified"],
    ['image build . --tag x -- y', "'x' names no image in a repository"],
    ['image pull x', "unknown command 'pull'"],
    ['doctor --format xml', 'Allowed choices are text, json'],
    ['export --format xml', 'Allowed choices are yaml, json'],
    ['credential-helper frob', "'frob' is none of get, store, erase, list"],
    ['--lang fr start', 'Allowed choices are en, ja'],
  ])('%s', async (line, says) => {
    const { status, out, err } = await runCli(words(line));
    expect(err).toContain(says);
    expect(err).toMatch(/^sekisho: .+\nSee sekisho --help\.\n$/);
    expect({ status, out }).toEqual({ status: 64, out: '' });
  });

  it('is met with the help where no command is named', async () => {
    const { status, out, err } = await runCli([]);
    expect({ status, out }).toEqual({ status: 64, out: '' });
    expect(err).toContain('Usage: sekisho');
  });
});

describe('without a plane', () => {
  it.each([
    ['token', 1],
    ['env', 1],
    ['shell', 1],
    ['stop', 1],
    ['exec -- true', 1],
    ['exec --isolated -- true', 1],
    ['export', 1],
    ['reset', 1],
    ['check run service web --image us-docker.pkg.dev/p/r/i --project my-project --region us-central1', 2],
  ])('%s says how to start one', async (line, wanted) => {
    const { status, out, err } = await runCli(words(line), { env: { SEKISHO_DATA: empty } });
    expect(err).toBe(
      `sekisho: no plane runs on the data directory ${empty}. Start one: sekisho start --data ${empty}\n`,
    );
    expect({ status, out }).toEqual({ status: wanted, out: '' });
  });
});

describe('the help', () => {
  it('goes to stdout, with examples and without what is hidden', async () => {
    const { status, out, err } = await runCli(['--help']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('$ sekisho exec --as alice@example.com');
    expect(out).not.toContain('credential-helper');
  });

  it('speaks Japanese when the locale or --lang says so', async () => {
    const { out } = await runCli(['start', '--help'], { env: { LANG: 'ja_JP.UTF-8' } });
    expect(out).toContain('使い方: sekisho start');
    expect(out).toContain('デフォルト: 127.0.0.1:8750');
    expect((await runCli(['start', '--help', '--lang', 'ja'])).out).toBe(out);
  });

  it('has every sentence in Japanese that a command line can provoke', async () => {
    for (const line of ['frob', 'start --x', 'start here', 'token --audience', 'start --runtime x']) {
      const { err } = await runCli([...words(line), '--lang=ja']);
      expect(err.split('\n')[0]).toMatch(/[ぁ-ん]/);
    }
  });

  it('knows the version', async () => {
    expect(await runCli(['--version'])).toEqual({
      status: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
  });
});

describe('the language', () => {
  it.each([
    [[], {}, 'en'],
    [[], { LANG: 'ja_JP.UTF-8' }, 'ja'],
    [[], { LANG: 'ja_JP.UTF-8', LC_ALL: 'C' }, 'en'],
    [[], { LANG: 'en_US.UTF-8', LC_MESSAGES: 'ja_JP' }, 'ja'],
    [[], { LANG: 'jav_ID' }, 'en'],
    [['--lang', 'en'], { LANG: 'ja' }, 'en'],
    [['exec', '--', 'tool', '--lang', 'ja'], {}, 'en'],
  ] as const)('of %j under %j is %s', (args, env, language) => {
    expect(languageOf(args, env)).toBe(language);
  });
});
