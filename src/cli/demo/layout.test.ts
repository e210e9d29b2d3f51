import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../checkpoint/index.js';
import { wrapProse } from './prose.js';
import { gcloudLines } from './runner.js';
import { layOut } from './shown-command.js';

describe('prose', () => {
  it('keeps every character but blanks at the ends of lines', () => {
    const text = fc
      .array(fc.constantFrom('word', '、', '。', '（', '）', '語', 'サービス', ' ', 'my-app:latest', '1'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 60 }), (prose, width) => {
        const squeeze = (parts: string) => parts.replaceAll(' ', '');
        expect(squeeze(wrapProse(prose, width).join(''))).toBe(squeeze(prose));
      }),
    );
  });

  it('fills lines of Japanese, and begins none with a closing mark', () => {
    const lines = wrapProse(
      'デプロイは受け付けられますが、それでも失敗します。イメージを pull するのは alice ではありません。',
      30,
    );
    expect(lines.every((line) => displayWidth(line) <= 32)).toBe(true);
    expect(lines.some((line) => /^[、。]/.test(line))).toBe(false);
    expect(lines.length).toBe(4);
  });

  it('breaks English at blanks only', () => {
    expect(wrapProse('the service agent of myproject-a', 12)).toEqual([
      'the service',
      'agent of',
      'myproject-a',
    ]);
  });
});

describe('a command line', () => {
  it('that fits stays on one line', () => {
    expect(layOut(['gcloud', 'projects', 'create', 'p'], 40, '  ')).toEqual(['gcloud projects create p']);
  });

  it('is continued as shells read it, with flags beside their values', () => {
    const words = [
      'gcloud',
      'run',
      'deploy',
      'web',
      '--region',
      'asia-northeast1',
      '--image',
      'host/p/r/web:latest',
    ];
    expect(layOut(words, 40, '  ')).toEqual([
      'gcloud run deploy web \\',
      '  --region asia-northeast1 \\',
      '  --image host/p/r/web:latest',
    ]);
  });

  it('is quoted where a shell would read it differently', () => {
    expect(layOut(['gcloud', 'logging', 'read', `severity=ERROR "it's"`], 80, '')).toEqual([
      `gcloud logging read 'severity=ERROR "it'\\''s"'`,
    ]);
  });
});

describe('what a check prints', () => {
  it('is searched for gcloud commands, which run as they stand', () => {
    const printed =
      'To mend it, run:\n    gcloud projects add-iam-policy-binding p --role=r\n\n✗ gcloud would fail\n';
    expect(gcloudLines(printed)).toEqual([['projects', 'add-iam-policy-binding', 'p', '--role=r']]);
  });
});
