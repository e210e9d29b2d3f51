import { describe, expect, it } from 'vitest';
import { parseCheckRequest } from './check-request.js';
import { parseDeployFlags, UsageError } from './gcloud-flags.js';

const IMAGE = 'us-docker.pkg.dev/myproject-a/r/i';
const defaults = { project: 'myproject-a', region: 'us-central1', as: 'user:alice@example.com' };
const parse = (...args: string[]) => parseDeployFlags(args, defaults);

describe('gcloud run deploy’s flags', () => {
  it('describe a deploy, by `--flag value` and by `--flag=value`', () => {
    const expected = {
      kind: 'service',
      apiVersion: 'v1',
      name: 'web',
      project: 'myproject-c',
      region: 'asia-northeast1',
      as: 'user:alice@example.com',
      images: [IMAGE],
      serviceAccount: 'runtime@myproject-c.iam.gserviceaccount.com',
      allowUnauthenticated: true,
      secrets: [],
    };
    const account = 'runtime@myproject-c.iam.gserviceaccount.com';
    const spaced = `web --image ${IMAGE} --region asia-northeast1 --project myproject-c --service-account ${account} --allow-unauthenticated`;
    const joined = `--image=${IMAGE} --allow-unauthenticated --region=asia-northeast1 web --project=myproject-c --service-account=${account}`;
    expect(parse(...spaced.split(' '))).toEqual(expected);
    expect(parse(...joined.split(' '))).toEqual(expected);
    expect(parseCheckRequest(parse(...joined.split(' ')))).toEqual(expected);
  });

  it('take project and region from the defaults, and the last of two', () => {
    expect(parse('web', '--image=a', '--image', IMAGE)).toMatchObject({
      project: 'myproject-a',
      region: 'us-central1',
      images: [IMAGE],
    });
    expect(parse('web', `--image=${IMAGE}`, '--no-allow-unauthenticated').allowUnauthenticated).toBe(false);
    expect(parse('web', `--image=${IMAGE}`)).not.toHaveProperty('allowUnauthenticated');
  });

  it('that decide nothing about permissions are read over', () => {
    const flags =
      '-q --memory 1Gi --cpu=2 --no-traffic --tag canary --execution-environment=gen2 --cpu-boost --set-env-vars A=B --max-instances 3 --verbosity=debug';
    expect(parse('web', ...flags.split(' '), `--image=${IMAGE}`)).toEqual(parse('web', `--image=${IMAGE}`));
  });

  it('name secrets, with another delimiter too, the last of a name winning', () => {
    const { secrets } = parse(
      'web',
      `--image=${IMAGE}`,
      '--set-secrets=A=one:latest,B=two:3',
      '--update-secrets',
      '^;^C=three:1;A=four:2',
    );
    expect(secrets).toEqual([
      { env: 'A', name: 'four', version: '2' },
      { env: 'B', name: 'two', version: '3' },
      { env: 'C', name: 'three', version: '1' },
    ]);
  });

  it('describe several containers', () => {
    const read = parse(
      'web',
      '--container=app',
      `--image=${IMAGE}`,
      '--port=8080',
      '--container',
      'proxy',
      '--image=nginx',
    );
    expect(read.images).toEqual([IMAGE, 'nginx']);
  });

  it.each([
    ['--imagee', ['web', `--imagee=${IMAGE}`]],
    ['--image', ['web', '--image']],
    ['--image', ['web', '--image', '--quiet']],
    ['--image is missing', ['web']],
    ['--container', ['web', '--container=a', `--image=${IMAGE}`, '--container=b']],
    ['--source', ['web', '--source=.']],
    ['--allow-unauthenticated', ['web', `--image=${IMAGE}`, '--allow-unauthenticated=true']],
    ['--platform', ['web', `--image=${IMAGE}`, '--platform=gke']],
    ['--service-account', ['web', `--image=${IMAGE}`, '--service-account=runtime']],
    ['--set-secrets', ['web', `--image=${IMAGE}`, '--set-secrets=A=one']],
    ['--set-secrets', ['web', `--image=${IMAGE}`, '--set-secrets=A=projects/1/one:1']],
    ['--add-volume', ['web', `--image=${IMAGE}`, '--add-volume=name=v,type=tape']],
    ['--tasks', ['web', `--image=${IMAGE}`, '--tasks=3']],
    ['-x', ['web', '-x']],
    ['two', ['one', 'two', `--image=${IMAGE}`]],
    ['The name of the service', [`--image=${IMAGE}`]],
  ])('that are wrong are named: %s', (name, args) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(name);
  });

  it('must say project and region where nothing else does', () => {
    const bare = (args: string[]) => parseDeployFlags(args, { as: 'user:alice@example.com' });
    expect(() => bare(['web', `--image=${IMAGE}`, '--region=us-central1'])).toThrow('--project');
    expect(() => bare(['web', `--image=${IMAGE}`, '--project=p'])).toThrow('--region');
  });
});

describe('flags that no rule covers', () => {
  it('leave the verdict open, and the rest judged', () => {
    const { open, ...rest } = parse(
      ...['web', `--image=${IMAGE}`, '--network=n', '--key', 'k', '--no-iap', '--clear-key'],
      '--add-volume=name=v,type=cloud-storage,bucket=b',
    );
    expect(open?.map(({ field, topic }) => [field, topic])).toEqual([
      ['--network', 'network'],
      ['--key', 'key'],
      ['--add-volume name=v,type=cloud-storage,bucket=b', 'bucket'],
    ]);
    expect(rest).toEqual(parse('web', `--image=${IMAGE}`));
    expect(parseCheckRequest({ ...rest, open }).open).toEqual(open);
  });

  it('are those of the kind alone', () => {
    const job = ['nightly', `--image=${IMAGE}`, '--execute-now'];
    expect(parseDeployFlags(job, defaults, 'job').open).toMatchObject([{ topic: 'execution' }]);
    expect(() => parse('web', `--image=${IMAGE}`, '--execute-now')).toThrow('has no such flag');
  });

  it('say whether the check of invokers is wanted', () => {
    const wanted = (...flags: string[]) => parse('web', `--image=${IMAGE}`, ...flags).invokerIamDisabled;
    expect(wanted('--no-invoker-iam-check')).toBe(true);
    expect(wanted('--invoker-iam-check')).toBe(false);
    expect(wanted()).toBeUndefined();
  });
});

describe('secrets as files', () => {
  it('are read from paths and from volumes, of this project and of others', () => {
    const { secrets } = parse(
      ...['web', `--image=${IMAGE}`, '--set-secrets=/etc/a=one:1,B=projects/7/secrets/two:latest'],
      ...['--add-volume=name=v,type=secret,secret=three', '--add-volume', 'name=m,type=in-memory'],
    );
    expect(secrets).toEqual([
      { mount: '/etc/a', name: 'one', version: '1' },
      { env: 'B', name: 'projects/7/secrets/two', version: 'latest' },
      { mount: 'v', name: 'three', version: 'latest' },
    ]);
    expect(parseCheckRequest(parse('web', `--image=${IMAGE}`, '--set-secrets=/a=one:1')).secrets).toEqual([
      { mount: '/a', name: 'one', version: '1' },
    ]);
  });
});

describe('jobs and worker pools', () => {
  it('have flags of their own', () => {
    const job = [
      'nightly',
      `--image=${IMAGE}`,
      '--tasks=3',
      '--max-retries',
      '0',
      '--task-timeout=10m',
      '--wait',
    ];
    expect(parseDeployFlags(job, defaults, 'job')).toMatchObject({
      kind: 'job',
      apiVersion: 'v1',
      name: 'nightly',
    });
    const pool = ['queue', `--image=${IMAGE}`, '--scaling=2', '--no-promote'];
    expect(parseDeployFlags(pool, defaults, 'workerPool')).toMatchObject({
      kind: 'workerPool',
      apiVersion: 'v2',
    });
  });

  it.each([
    ['job', '--port=80', '--port: gcloud run jobs deploy has no such flag'],
    ['job', '--allow-unauthenticated', '--allow-unauthenticated: gcloud run jobs deploy has no such flag'],
    ['workerPool', '--tasks=3', '--tasks: gcloud beta run worker-pools deploy has no such flag'],
  ] as const)('know no flags of services: %s %s', (kind, flag, says) => {
    expect(() => parseDeployFlags(['x', `--image=${IMAGE}`, flag], defaults, kind)).toThrow(says);
  });
});
