/**
 * The report of an audit as one page of HTML that asks for nothing else: no script, no picture from elsewhere. It
 * prints on A4, the headings of its tables again on every page.
 */

import type { Language } from '../catalogue.js';
import { RULES, ruleOf } from '../formats/rules.js';
import { grouped as n } from '../grouped.js';
import { VERDICT_COLOURS, VERDICTS } from './colours.js';
import { type AuditPage, auditPages } from './html-messages.js';
import { html, Markup } from './markup.js';
import { bars, shares } from './pictures.js';
import type { AuditFinding, AuditReport, AuditRow } from './types.js';

export interface AuditHtmlOptions {
  readonly lang: Language;
}

const MAX_ROWS = 1000;
const MAX_FINDINGS = 200;
const MAX_NOTES = 100;
const MAX_BARS = 12;

const CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE = new Markup(`
body { font: 15px/1.5 system-ui, "Hiragino Sans", "Noto Sans CJK JP", sans-serif; color: #1f1f1f; background: #fff; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; break-after: avoid; }
table { border-collapse: collapse; width: 100%; } thead { display: table-header-group; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #c4c4c4; overflow-wrap: anywhere; }
td.n, th.n { text-align: right; white-space: nowrap; } tr, figure, li { break-inside: avoid; } figure { margin: 1rem 0; }
code, pre { font: 12.5px/1.45 ui-monospace, monospace; } pre { background: #f3f3f3; padding: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
${VERDICTS.map((verdict) => `.${verdict} { color: ${VERDICT_COLOURS[verdict]}; font-weight: 600; }`).join('\n')}
@page { size: A4; margin: 15mm; } @media print { body { margin: 0; max-width: none; font-size: 10pt; } a { color: inherit; } }
`);

export function auditHtml(report: AuditReport, { lang }: AuditHtmlOptions): string {
  const page = auditPages[lang];
  const { rows } = report.totals;
  const share = page.shares(n(rows.denied), n(rows.unknown), n(rows.granted));
  return `${
    html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CSP}">
<meta name="viewport" content="width=device-width">
<title>${page.title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${page.title}</h1>
<p>${page.about(report.source, report.time)} <span class="${report.verdict}">${page.verdicts[report.verdict]}</span></p>
${totals(report, page)}
<figure>${shares(rows, share)}<figcaption>${share}</figcaption></figure>
${requirements(report, page)}
${projects(report, page)}
${findings(report.findings, page)}
${nextDeploys(report.rows, page)}
${notes(report, page)}
</main>
</body>
</html>`.text
  }\n`;
}

function totals(
  { totals: { projects, resources, withoutDeployer, deployers, rows } }: AuditReport,
  page: AuditPage,
) {
  const all = VERDICTS.reduce((sum, verdict) => sum + resources[verdict], withoutDeployer);
  const { columns, verdicts } = page;
  const lines = VERDICTS.map(
    (verdict) =>
      html`<tr><th scope="row" class="${verdict}">${verdicts[verdict]}</th><td class="n">${n(resources[verdict])}</td><td class="n">${n(rows[verdict])}</td></tr>`,
  );
  return html`<h2>${page.totals}</h2>
<p>${page.facts(projects, all, deployers, withoutDeployer)}</p>
<table><thead><tr><td></td><th scope="col" class="n">${columns.resources}</th><th scope="col" class="n">${columns.deploys}</th></tr></thead><tbody>
${lines}
</tbody></table>`;
}

function titleOf(id: string): string {
  return RULES[ruleOf(id).index]?.title ?? id;
}

interface Count {
  readonly label: string;
  readonly denied: number;
  readonly unknown: number;
}

function counted(
  heading: string,
  column: string,
  list: readonly Count[],
  page: AuditPage,
): Markup | undefined {
  if (list.length === 0) return undefined;
  const shown = list.slice(0, MAX_BARS);
  const lines = shown.map(
    ({ label, denied, unknown }) =>
      html`<tr><th scope="row">${label}</th><td class="n">${n(denied)}</td><td class="n">${n(unknown)}</td></tr>`,
  );
  return html`<h2>${heading}</h2>
<figure>${bars(shown, heading)}</figure>
<table><thead><tr><th scope="col">${column}</th><th scope="col" class="n denied">${page.verdicts.denied}</th><th scope="col" class="n unknown">${page.verdicts.unknown}</th></tr></thead><tbody>
${lines}
</tbody></table>
${more(list.length - shown.length, page)}`;
}

function requirements(report: AuditReport, page: AuditPage): Markup | undefined {
  const list = report.requirements
    .filter(({ denied, unknown }) => denied + unknown > 0)
    .map(({ id, denied, unknown }) => ({ label: `${titleOf(id)} (${id})`, denied, unknown }));
  return counted(page.byRequirement, page.columns.requirement, list, page);
}

function projects({ rows }: AuditReport, page: AuditPage): Markup | undefined {
  const counts = new Map<string, { denied: number; unknown: number }>();
  for (const { target, verdict } of rows) {
    if (verdict === 'granted') continue;
    const count = counts.get(target.project) ?? { denied: 0, unknown: 0 };
    count[verdict] += 1;
    counts.set(target.project, count);
  }
  const list = [...counts]
    .map(([label, count]) => ({ label, ...count }))
    .sort((a, b) => b.denied - a.denied || b.unknown - a.unknown || (a.label < b.label ? -1 : 1));
  return counted(page.byProject, page.columns.project, list, page);
}

function findings(list: readonly AuditFinding[], page: AuditPage): Markup {
  const shown = list
    .slice(0, MAX_FINDINGS)
    .map(
      ({ fix, requirements: mended, rows, resources, suffices }) =>
        html`<li><p>${page.grantNeeded(n(rows), n(resources), n(suffices))} <code>${mended.join(', ')}</code></p><pre>${fix.gcloud}</pre></li>`,
    );
  const body = shown.length === 0 ? html`<p>${page.noGrants}</p>` : html`<ol>${shown}</ol>`;
  return html`<h2>${page.grants}</h2>
${body}
${more(list.length - shown.length, page)}`;
}

function nextDeploys(rows: readonly AuditRow[], page: AuditPage): Markup {
  const { columns, verdicts } = page;
  const shown = rows.slice(0, MAX_ROWS).map(({ target, deployer, verdict, first }) => {
    const why = first && [
      titleOf(first.id),
      first.principal,
      first.permission,
      first.image,
      ...first.reasons,
    ];
    return html`<tr><td>${target.project} / ${target.location} / ${target.name} (${target.kind})</td><td>${deployer}</td><td class="${verdict}">${verdicts[verdict]}</td><td>${(why ?? []).filter((each) => each !== undefined).join(' · ')}</td></tr>`;
  });
  return html`<h2>${page.nextDeploys}</h2>
<table><thead><tr><th scope="col">${columns.resource}</th><th scope="col">${columns.deployer}</th><th scope="col">${columns.verdict}</th><th scope="col">${columns.why}</th></tr></thead><tbody>
${shown}
</tbody></table>
${more(rows.length - shown.length, page)}`;
}

function notes({ notes: list }: AuditReport, page: AuditPage): Markup | undefined {
  if (list.length === 0) return undefined;
  return html`<h2>${page.notes}</h2>
<ul>${list.slice(0, MAX_NOTES).map((note) => html`<li>${page.note(note)}</li>`)}</ul>
${more(list.length - MAX_NOTES, page)}`;
}

const more = (count: number, page: AuditPage): Markup | undefined =>
  count > 0 ? html`<p>${page.more(n(count))}</p>` : undefined;
