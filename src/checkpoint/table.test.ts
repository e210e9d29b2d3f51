import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { factsOf, planOf, type TestEstate } from './cases/estate.js';
import { displayWidth } from './display.js';
import { fixes, type ImageReadCheck, judge, type Language, report } from './index.js';
import { table } from './table.js';

const estate: TestEstate = {
  projects: {
    'myproject-a': {
      number: '891566352225',
      apis: ['run.googleapis.com'],
      iam: { 'roles/run.admin': ['user:alice@example.com'] },
      serviceAccounts: {
        '891566352225-compute@developer.gserviceaccount.com': {
          'roles/iam.serviceAccountUser': ['user:alice@example.com'],
        },
      },
      repositories: { 'asia-northeast1/docker-repo': {} },
    },
  },
};

function draw(options: {
  lang?: Language;
  colour?: boolean;
  width?: number;
  imageReadCheck?: ImageReadCheck;
  as?: string;
}): string {
  const plan = planOf(
    {
      project: 'myproject-a',
      as: options.as ?? 'alice@example.com',
      images: ['asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/my-cloud-run-app:latest'],
    },
    estate,
  );
  const judgement = judge(plan, factsOf(estate), { imageReadCheck: options.imageReadCheck ?? 'enforce' });
  const { lang = 'en', colour = false, width = 100 } = options;
  // What the command line draws has come over the wire.
  const sent = JSON.parse(JSON.stringify(report(plan, judgement, fixes(judgement, plan))));
  return table(sent, { lang, colour, width });
}

const FIX =
  '    gcloud artifacts repositories add-iam-policy-binding docker-repo --project=myproject-a --location=asia-northeast1 --member=user:alice@example.com --role=roles/artifactregistry.reader --condition=None';

describe('the table', () => {
  it('says who is refused what and why, what Google says, and what mends it', () => {
    const drawn = draw({}).split('\n');
    expect(drawn[0]).toBe('service my-cloud-run-app in myproject-a (asia-northeast1)');
    expect(drawn).toContain('  deployer       alice@example.com');
    const at = drawn.findIndex((line) => line.includes('✗ refused'));
    expect(drawn.slice(at, at + 4)).toEqual([
      '│ ✗ refused │ at the call  │ deployer        │ artifactregistry.repositories.downloadArtifacts     │',
      '│           │              │                 │ on repository docker-repo of myproject-a            │',
      '│           │              │                 │ · no role on repository docker-repo of myproject-a  │',
      '│           │              │                 │ · roles/run.admin on project myproject-a: without   │',
    ]);
    expect(drawn).toContain('✗ deployer-reads-image  Google says:');
    expect(drawn).toContain(
      '    GET https://asia-northeast1-docker.pkg.dev/v2/myproject-a/docker-repo/my-cloud-run-app/manifests/latest',
    );
    expect(drawn).toContain(FIX);
    expect(drawn.slice(-2)).toEqual(['✗ This deploy would be refused, and nothing created.', '']);
  });

  it('says that it deploys when nothing but a warning is denied', () => {
    const drawn = draw({ imageReadCheck: 'warn' });
    expect(drawn).toContain('! deployer-reads-image  It deploys, and the audit log says:');
    expect(drawn).toContain('! This deploys, but not without a warning.');
  });

  it('has nothing to mend when all is granted', () => {
    const drawn = draw({ imageReadCheck: 'off' });
    expect(drawn).not.toContain('To mend it');
    expect(drawn).toContain('✓ Everything needed is granted: this deploy goes through.');
  });

  it('speaks Japanese, and leaves Google its English', () => {
    const drawn = draw({ lang: 'ja' });
    expect(drawn).toContain('サービス my-cloud-run-app（myproject-a、asia-northeast1）');
    expect(drawn).toContain('プロジェクト myproject-a の roles/run.admin');
    expect(drawn).toContain('User must have permission to read the image, ');
    expect(drawn).toContain('✗ このデプロイは受け付けられず、何も作成されません。');
    expect(drawn).toContain(FIX);
  });

  it.each(['en', 'ja'] as const)('keeps its lines straight and within the terminal in %s', (lang) => {
    for (const width of [72, 100, 140]) {
      const lines = draw({ lang, width })
        .split('\n')
        .filter((line) => /^[┌│├└]/.test(line));
      expect(new Set(lines.map(displayWidth))).toEqual(new Set([width]));
    }
  });

  it('has colours only when asked', () => {
    expect(draw({})).toBe(stripVTControlCharacters(draw({ colour: true })));
    expect(draw({ colour: true })).toContain('\u001b[31m✗ refused\u001b[39m');
  });
});
