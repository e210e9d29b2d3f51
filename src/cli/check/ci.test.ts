import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const script = `${root}scripts/ci/sekisho-check.sh`;

/** Writes what it was called with and the report that was asked for, and exits as it is told. */
const FAKE = `#!/bin/sh
for word in "$@"; do
  printf '%s\\n' "$word" >>called
  case $word in json=*) [ "$FAKE_REPORT" = no ] || printf '{}' >"\${word#json=}" ;; esac
done
exit "$FAKE_STATUS"
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sekisho-ci-'));
  writeFileSync(path.join(folder, 'sekisho'), FAKE);
  chmodSync(path.join(folder, 'sekisho'), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function check(env: Readonly<Record<string, string>>, name = 'sekisho') {
  const { status, stderr } = spawnSync('sh', [script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      SEKISHO: path.join(folder, name),
      GITHUB_OUTPUT: path.join(folder, 'output'),
      FAKE_STATUS: '0',
      ...env,
    },
  });
  const read = (file: string) =>
    existsSync(path.join(folder, file)) ? readFileSync(path.join(folder, file), 'utf8') : '';
  return { status, stderr, called: read('called').split('\n').slice(0, -1), output: read('output') };
}

describe('the script for CI', () => {
  it.each([
    ['0', 'granted', { denied: 0, unknown: 0, never: 0 }],
    ['1', 'denied', { denied: 1, unknown: 1, never: 0 }],
    ['2', 'unknown', { denied: 0, unknown: 1, never: 0 }],
  ] as const)(
    'tells from status %s that it is %s, and fails when it should',
    (FAKE_STATUS, verdict, expected) => {
      for (const [CHECK_FAIL_ON, status] of Object.entries(expected)) {
        const ran = check({ FAKE_STATUS, CHECK_FAIL_ON, CHECK_FILES: 'a.yaml' });
        expect(ran.status).toBe(status);
        expect(ran.output).toContain(`verdict=${verdict}\nreport=sekisho-report.json\nsarif-file=\n`);
      }
    },
  );

  it('hands everything on as it is, names with blanks and quotes included', () => {
    writeFileSync(path.join(folder, 'one.yaml'), '');
    writeFileSync(path.join(folder, 'two.yaml'), '');
    const { called, output } = check({
      CHECK_FILES: '*.yaml\nwith blank "and" $(id).json',
      CHECK_PLAN: 'plan.json',
      CHECK_SOURCE: 'assets=some dir',
      CHECK_PROJECT: 'p',
      CHECK_REGION: 'r',
      CHECK_AS: 'a@example.com',
      CHECK_LANG: 'ja',
      CHECK_SARIF_FILE: 'out.sarif',
      GITHUB_ACTIONS: 'true',
    });
    expect(called).toEqual(
      [
        ['check', '--format', 'github', '--write', 'json=sekisho-report.json', '--plan', 'plan.json'],
        ['--source', 'assets=some dir', '--project', 'p', '--region', 'r', '--as', 'a@example.com'],
        ['--lang', 'ja', '--write', 'sarif=out.sarif', '--file', 'one.yaml', '--file', 'two.yaml'],
        ['--file', 'with blank "and" $(id).json'],
      ].flat(),
    );
    expect(output).toContain('sarif-file=out.sarif\n');
  });

  it('never takes the report of an earlier run for an answer, nor no answer for a verdict', () => {
    writeFileSync(path.join(folder, 'sekisho-report.json'), '{}');
    const unanswered = check({ FAKE_STATUS: '2', FAKE_REPORT: 'no', CHECK_FAIL_ON: 'never' });
    expect(unanswered).toMatchObject({ status: 2, output: '' });
    expect(unanswered.stderr).toContain('there is no report');
    expect(check({ FAKE_STATUS: '64', FAKE_REPORT: 'no', CHECK_FAIL_ON: 'never' }).status).toBe(64);
    expect(check({ CHECK_FAIL_ON: 'never' }, 'not-there').status).toBe(2);
  });

  it('refuses another word for when to fail', () => {
    expect(check({ CHECK_FAIL_ON: 'always' })).toMatchObject({
      status: 64,
      called: [],
      stderr: "sekisho-check: CHECK_FAIL_ON 'always' is none of denied, unknown, never\n",
    });
  });
});

describe('the action', () => {
  const action: {
    inputs: Record<string, { description: string; default: string }>;
    outputs: Record<string, { value: string }>;
    runs: { using: string; steps: { id: string; run: string; env: Record<string, string> }[] };
  } = parse(readFileSync(`${root}action.yml`, 'utf8'));
  const [step] = action.runs.steps;
  const text = readFileSync(script, 'utf8');

  it('uses every input, none of them inside a script', () => {
    for (const input of Object.keys(action.inputs))
      expect(JSON.stringify(action.runs)).toContain(`\${{ inputs.${input} }}`);
    expect(step?.run).not.toContain('${{');
    for (const variable of Object.keys(step?.env ?? {})) expect(text).toContain(`\${${variable}`);
  });

  it('has every output that the script sets, and no other', () => {
    const set = [...text.matchAll(/^\t\techo "([a-z-]+)=/gm)].map(([, name]) => name);
    expect(Object.keys(action.outputs).sort()).toEqual(set.sort());
    for (const [name, { value }] of Object.entries(action.outputs))
      expect(value).toBe(`\${{ steps.check.outputs.${name} }}`);
  });

  it('runs the script that other systems run', () => {
    expect(step?.run).toBe('sh "$GITHUB_ACTION_PATH/scripts/ci/sekisho-check.sh"');
    expect(action.inputs['fail-on']?.default).toBe('denied');
  });
});
