import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { factsOf, planOf, type TestDeploy, type TestEstate } from './cases/estate.js';
import { exitCode, fixes, type ImageReadCheck, type Judgement, judge, report } from './index.js';

/** A deploy that failed for somebody, and what the checkpoint must say about it. */
interface Case {
  readonly source: string;
  readonly estate: TestEstate;
  readonly deploy: TestDeploy;
  readonly checks: readonly {
    readonly imageReadCheck?: ImageReadCheck;
    readonly verdict: Judgement['verdict'];
    readonly denied: readonly string[];
    readonly unknown?: readonly string[];
    readonly refusal?: string;
    readonly failure?: string;
    readonly message?: string;
    readonly warning?: string;
    readonly reasons?: Readonly<Record<string, readonly string[]>>;
    readonly fixes?: readonly string[];
  }[];
}

const folder = fileURLToPath(new URL('./cases/', import.meta.url));
const files = readdirSync(folder).filter((name) => /^\d+-.*\.yaml$/.test(name));

/** Cases that the rules have no question for. */
const beyond: readonly { readonly case: number; readonly source: string; readonly why: string }[] = parse(
  readFileSync(`${folder}beyond.yaml`, 'utf8'),
);

it('is told of each collected case by a file of its own, or why there is none', () => {
  const numbers = [...files.map((name) => Number.parseInt(name, 10)), ...beyond.map((each) => each.case)];
  expect(numbers.toSorted((a, b) => a - b)).toEqual([
    1, 2, 3, 4, 6, 7, 8, 11, 12, 14, 16, 19, 22, 23, 24, 26, 28,
  ]);
  expect(beyond.filter(({ source, why }) => !/^https:/.test(source) || why === '')).toEqual([]);
});

const idsWith = (judgement: Judgement, verdict: Judgement['verdict']) =>
  judgement.requirements.filter((each) => each.verdict === verdict).map(({ id }) => id);

describe.each(files)('%s', (file) => {
  const { estate, deploy, checks }: Case = parse(readFileSync(folder + file, 'utf8'));
  it.each(checks)('is $verdict with the image read check on $imageReadCheck', (expected) => {
    const plan = planOf(deploy, estate);
    const judgement = judge(plan, factsOf(estate), { imageReadCheck: expected.imageReadCheck ?? 'enforce' });
    const mended = fixes(judgement, plan);
    const check = report(plan, judgement, mended);
    expect(idsWith(judgement, 'denied')).toEqual(expected.denied);
    expect(idsWith(judgement, 'unknown')).toEqual(expected.unknown ?? []);
    expect(judgement.verdict).toBe(expected.verdict);
    expect(exitCode(check)).toBe(expected.denied.length > 0 ? 1 : 0);
    expect(judgement.refusal?.id).toBe(expected.refusal);
    expect(judgement.failure?.id).toBe(expected.failure);
    if (expected.message) expect((judgement.refusal ?? judgement.failure)?.message).toBe(expected.message);
    if (expected.warning)
      expect(judgement.warnings.map(({ message }) => message)).toEqual([expected.warning]);
    if (expected.fixes) expect(mended.map(({ gcloud }) => gcloud)).toEqual(expected.fixes);
    for (const [id, reasons] of Object.entries(expected.reasons ?? {})) {
      expect(check.requirements.find((each) => each.id === id)?.reasons).toEqual(reasons);
    }
  });
});
