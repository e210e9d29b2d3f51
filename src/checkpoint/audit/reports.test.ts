import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import AjvDraft04 from 'ajv-draft-04';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditCsv } from './csv.js';
import { auditHtml } from './html.js';
import { escapeMarkup } from './markup.js';
import { auditSarif } from './sarif.js';
import type { AuditReport, AuditRow } from './types.js';

const path = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);
const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')));

const REPOSITORY = '//artifactregistry.googleapis.com/projects/myproject-b/locations/us/repositories/repo';

function rowOf(index: number, text = ''): AuditRow {
  const project = `myproject-${index % 7}`;
  const name = `web-${index}${text}`;
  return {
    target: {
      resource: `//run.googleapis.com/projects/${project}/locations/us-central1/services/${name}`,
      kind: 'service',
      project,
      location: 'us-central1',
      name,
    },
    deployer: `user:alice${text}@example.com`,
    verdict: index % 3 === 0 ? 'unknown' : 'denied',
    first: {
      id: 'deployer-reads-image',
      moment: 'admission',
      effect: 'refuses',
      verdict: index % 3 === 0 ? 'unknown' : 'denied',
      principal: `user:alice${text}@example.com`,
      permission: 'artifactregistry.repositories.downloadArtifacts',
      resource: REPOSITORY,
      image: `us-docker.pkg.dev/myproject-b/repo/app${text}`,
      reasons: [`no role on project myproject-b ${text}`],
      message: `User must have permission ${text}`,
    },
    denied: 1,
    unknown: 0,
  };
}

function reportOf(count: number, text = ''): AuditReport {
  const rows = Array.from({ length: count }, (_, index) => rowOf(index, text));
  const counts = { denied: count, unknown: 0, granted: 1 };
  return {
    schema: 'sekisho.audit/1',
    source: `assets.json${text}`,
    time: '2025-01-15T00:00:00.000Z',
    verdict: 'denied',
    totals: {
      projects: 7,
      resources: counts,
      withoutDeployer: 2,
      deployers: 1,
      rows: counts,
      kinds: { service: counts, job: counts, workerPool: counts },
    },
    requirements: [{ id: 'deployer-reads-image', effect: 'refuses', denied: count, unknown: 3 }],
    findings: [
      {
        fix: {
          kind: 'grant',
          member: `user:alice${text}@example.com`,
          role: 'roles/artifactregistry.reader',
          resource: REPOSITORY,
          permissions: [],
          mends: [],
          gcloud: `gcloud artifacts repositories add-iam-policy-binding repo --member=user:alice${text}@example.com`,
          terraform: '',
        },
        requirements: ['deployer-reads-image'],
        rows: count,
        resources: count,
        suffices: 1,
        examples: [],
      },
    ],
    rows,
    notes: [
      { kind: 'unknown', why: `no policy ${text}`, rows: 1 },
      { kind: 'not-asked', member: `domain:example.com${text}`, resources: 1 },
    ],
  };
}

const strange = fc.oneof(
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=y>',
    "' onload='",
    '</style>',
    '&lt;',
    '\u0000',
    '\ud800',
    '=1+1',
    '\r\n',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Every tag of the page, in order. */
const tagsOf = (page: string) => page.match(/<[^>]*>/g)?.map((tag) => tag.replace(/\s.*/s, '')) ?? [];

describe('the page', () => {
  it.each(['en', 'ja'] as const)(
    'shows totals, what is in the way, what mends it and the worst deploys (%s)',
    (lang) => {
      const page = auditHtml(reportOf(3), { lang });
      expect(page).toMatchSnapshot();
      expect(page).toContain(`<html lang="${lang}">`);
    },
  );

  it('asks for nothing else, and says so to browsers', () => {
    const page = auditHtml(reportOf(3), { lang: 'en' });
    expect(page).toContain('default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;');
    expect(page).not.toMatch(/<script|\ssrc=|\shref=|url\(|@import/);
  });

  it('takes nothing for markup that is not its own', () => {
    const plain = tagsOf(auditHtml(reportOf(2), { lang: 'en' }));
    fc.assert(
      fc.property(strange, (text) => {
        expect(tagsOf(auditHtml(reportOf(2, text), { lang: 'en' }))).toEqual(plain);
      }),
    );
  });

  it('escapes so that a browser reads what was meant', () => {
    expect(escapeMarkup('a<b>&"\'\u0007日本')).toBe('a&lt;b&gt;&amp;&quot;&#39;\ufffd日本');
  });

  it('stays small for a hundred thousand deploys, and says where the rest is', () => {
    const page = auditHtml(reportOf(100_000), { lang: 'en' });
    expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
    expect(page).toContain('99,000 more are in the report as JSON or CSV');
  });

  it('is there for an estate in which nothing is deployed', () => {
    const empty: AuditReport = { ...reportOf(0), requirements: [], findings: [], notes: [] };
    expect(auditHtml(empty, { lang: 'en' })).toContain('There is nothing that a grant would mend.');
  });
});

describe('CSV', () => {
  it('has a row per deploy, with what stops it first', () => {
    const [heading, row] = auditCsv(reportOf(2)).split('\r\n');
    expect(heading).toMatch(/^verdict,kind,project,location,name,deployer,denied,unknown,requirement/);
    expect(row).toMatch(
      /^unknown,service,myproject-0,us-central1,web-0,user:alice@example.com,1,0,deployer-reads-image/,
    );
  });

  it.each(['=1+1', '+1', '-1', '@x', '\t=1', ' =1', '＝1'])('keeps %j from being a formula', (cell) => {
    const [row] = reportOf(1).rows;
    if (!row) throw new Error('no row');
    expect(auditCsv({ ...reportOf(0), rows: [{ ...row, deployer: cell }] })).toContain(`'${cell}`);
  });
});

describe('SARIF', () => {
  it('is valid whatever names hold, with a result per deploy that is not granted', () => {
    fc.assert(
      fc.property(strange, (text) => {
        const log = auditSarif(reportOf(2, text), '1.2.3');
        validate(JSON.parse(JSON.stringify(log)));
        expect(validate.errors ?? []).toEqual([]);
        expect(log.runs[0]?.results.map(({ level }) => level)).toEqual(['note', 'error']);
      }),
      { numRuns: 20 },
    );
  });

  it('holds no more results than code scanning takes, and says how many are left out', () => {
    const [run] = auditSarif(reportOf(25_010)).runs;
    expect(run?.results).toHaveLength(25_000);
    expect(run?.properties).toMatchObject({ leftOut: 10 });
  });
});
