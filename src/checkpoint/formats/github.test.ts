import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from './findings.js';
import { githubAnnotations } from './index.js';
import { anyChecks, checksOf, crossProject, fault, granted } from './testing-reports.js';

/** As the runner of GitHub Actions reads a command (actions/runner, ActionCommand.cs). */
function asRunner(line: string) {
  const [, command = '', properties = '', message = ''] = /^::([a-z]+) (.*?)::(.*)$/s.exec(line) ?? [];
  const undone = (text: string) =>
    text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
  const entries = properties.split(',').map((each) => {
    const equals = each.indexOf('=');
    const value = each
      .slice(equals + 1)
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',');
    return [each.slice(0, equals), undone(value)];
  });
  return { command, message: undone(message), properties: Object.fromEntries(entries) };
}

describe('annotations for GitHub', () => {
  it('stand at the lines that they are about', async () => {
    const lines = githubAnnotations(checksOf([await crossProject()], [fault])).split('\n');
    expect(asRunner(lines[0] ?? '')).toMatchObject({
      command: 'error',
      properties: {
        file: 'deploy/service.yaml',
        line: '12',
        col: '16',
        title: 'The service agent may pull the image: denied',
      },
      message: expect.stringContaining('\nTo mend it, run: gcloud artifacts repositories'),
    });
    expect(asRunner(lines[1] ?? '')).toMatchObject({
      command: 'error',
      properties: { file: 'main.tf', line: '7', title: 'Nothing makes Terraform wait for the grant' },
    });
    expect(lines[2]).toBe('✗ service.yaml: This deploy would be accepted, and then fail.');
    expect(lines.slice(3)).toEqual(['']);
  });

  it('say only how it ends when nothing is wrong, in the language', async () => {
    expect(githubAnnotations(checksOf([await granted()]), 'ja')).toBe(
      '✓ service.yaml: 必要な権限はすべて揃っています。このデプロイは成功します。\n',
    );
    expect(githubAnnotations(checksOf([]))).toBe('');
  });

  it('come back as they were, whatever things are called, and nothing else is a command', () => {
    fc.assert(
      fc.property(anyChecks, (checks) => {
        const problems = problemsOf(checks, 'en');
        const lines = githubAnnotations(checks).split('\n');
        expect(lines.filter((line) => line.startsWith('::'))).toHaveLength(problems.length);
        problems.forEach((problem, index) => {
          const read = asRunner(lines[index] ?? '');
          expect(read.message).toBe(problem.text);
          expect(read.properties.title).toBe(problem.title);
          expect(read.properties.file).toBe(problem.place?.file);
        });
      }),
      { numRuns: 100 },
    );
  });
});
