import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import AjvDraft04 from 'ajv-draft-04';
import formats from 'ajv-formats';
import fc from 'fast-check';
import type { Result } from 'sarif';
import { describe, expect, it } from 'vitest';
import { requirements } from '../requirements.js';
import { sarif } from './index.js';
import { RULES } from './rules.js';
import { anyChecks, checksOf, crossProject, fault, granted } from './testing-reports.js';

const schema = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);
const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));

function expectValid(log: unknown): void {
  validate(JSON.parse(JSON.stringify(log)));
  expect(validate.errors ?? []).toEqual([]);
}

describe('SARIF', () => {
  it('places what is denied, and says what it is about and what mends it', async () => {
    const log = sarif(checksOf([await crossProject()], [fault]), { version: '1.2.3', root: '/src' });
    expectValid(log);
    const [run] = log.runs;
    expect(run?.properties).toEqual({ verdict: 'denied', source: 'the estate' });
    expect(run?.results).toMatchObject([
      {
        ruleId: 'agent-pulls-image',
        level: 'error',
        message: { text: expect.stringContaining('Google says: Google Cloud Run Service Agent') },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'deploy/service.yaml', uriBaseId: '%SRCROOT%' },
              region: { startLine: 12, startColumn: 16 },
            },
            logicalLocations: [
              {
                kind: 'resource',
                name: 'myrepo',
                fullyQualifiedName:
                  '//artifactregistry.googleapis.com/projects/myproject-b/locations/asia-northeast1/repositories/myrepo',
              },
              { kind: 'principal' },
              { kind: 'permission', name: 'artifactregistry.repositories.downloadArtifacts' },
            ],
          },
        ],
        properties: {
          verdict: 'denied',
          fixes: [
            { gcloud: expect.stringContaining('gcloud artifacts repositories add-iam-policy-binding') },
          ],
        },
      },
      { ruleId: 'no-edge', level: 'error', properties: { mend: fault.mend } },
    ]);
    const [result] = run?.results ?? [];
    expect(run?.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe('agent-pulls-image');
  });

  it('is valid without any result, for no deploy at all, and in Japanese', async () => {
    const nothing = sarif(checksOf([await granted()]));
    expectValid(nothing);
    expect(nothing.runs[0]?.results).toEqual([]);
    expectValid(sarif(checksOf([])));
    expectValid(sarif(checksOf([await crossProject()]), { lang: 'ja' }));
  });

  it('is valid whatever things are called, placed or not', () => {
    fc.assert(
      fc.property(anyChecks, (checks) => expectValid(sarif(checks, { root: '/root' }))),
      { numRuns: 60 },
    );
  });

  it.each([
    ['/src/a b/main.tf', { uri: 'a%20b/main.tf', uriBaseId: '%SRCROOT%' }],
    ['./main.tf', { uri: 'main.tf', uriBaseId: '%SRCROOT%' }],
    ['/elsewhere/サービス.yaml', { uri: 'file:///elsewhere/%E3%82%B5%E3%83%BC%E3%83%93%E3%82%B9.yaml' }],
    ['deploy\\web.yaml', { uri: 'deploy/web.yaml', uriBaseId: '%SRCROOT%' }],
  ])('names the file %s from the root of the sources', (file, expected) => {
    const log = sarif(checksOf([], [{ ...fault, place: { file, line: 1 } }]), { root: '/src/' });
    expect(log.runs[0]?.results[0]?.locations[0]?.physicalLocation?.artifactLocation).toEqual(expected);
  });

  it('keeps fingerprints when lines move and messages change, and gives each problem its own', async () => {
    const report = await crossProject({ images: ['us-docker.pkg.dev/myproject-b/x/a', 'ghcr.io/x/y'] });
    const moved = {
      ...report,
      requirements: report.requirements.map((each) => ({
        ...each,
        message: 'otherwise',
        place: { file: 'other.yaml', line: 99 },
      })),
    };
    const printsOf = (checks: typeof report) =>
      sarif(checksOf([checks])).runs[0]?.results.map(({ partialFingerprints }) => partialFingerprints) ?? [];
    expect(printsOf(moved)).toEqual(printsOf(report));
    const prints = printsOf(report).map((print) => Object.values(print)[0]);
    expect(prints.length).toBeGreaterThan(2);
    expect(new Set(prints).size).toBe(prints.length);
  });

  it('counts what is unknown for less than what is denied', async () => {
    const report = await crossProject();
    const levels = (['denied', 'unknown'] as const).flatMap((verdict) =>
      (['refuses', 'fails', 'warns'] as const).map((effect) => {
        const requirements = report.requirements.slice(0, 1).map((each) => ({ ...each, verdict, effect }));
        return sarif(checksOf([{ ...report, requirements }])).runs[0]?.results[0]?.level;
      }),
    );
    expect(levels).toEqual<Result.level[]>(['error', 'error', 'warning', 'warning', 'warning', 'note']);
  });

  it('has a text of its own, with a page, for every requirement', () => {
    const titles = new Map(RULES.map((rule) => [rule.id, rule]));
    for (const { id } of requirements) {
      expect(titles.get(id)?.title).not.toBe(id);
      expect(titles.get(id)?.uri).toMatch(/^https:\/\//);
    }
  });
});
