/** A whole estate out of an asset export: the command as users run it, half an estate and a whole one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type WrittenExport, writeExport } from './audit-estate.js';
import { measured, type Run } from './measured.js';
import type { BenchResult } from './result.js';

const PROJECTS = 10_000;
const SECONDS_BAR = 5;
const MEMORY_BAR = 1500;
/** Twice the estate may take so many times as long. */
const GROWTH_BAR = 2.4;

const audit = (file: string) =>
  measured([
    'bin/sekisho.js',
    'audit',
    `--source=assets=${file}`,
    '--assume=no-deny-policies,no-boundaries',
    '--format=json',
    `--out=${file}.report`,
  ]);

/** The same file, parsed a line at a time and thrown away: what no audit of it can do without. */
const PARSE = `
const bytes = require('node:fs').readFileSync(process.argv[1]);
for (let start = 0, end; (end = bytes.indexOf(10, start)) >= 0; start = end + 1) JSON.parse(bytes.utf8Slice(start, end));
`;

/** Runs the benchmark; the export goes to a directory that is removed. */
export async function run(): Promise<BenchResult[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sekisho-bench-'));
  const estate = (projects: number): { file: string; written: WrittenExport } => {
    const file = path.join(folder, `${projects}.json`);
    return { file, written: writeExport(file, { projects, runs: 10, bindings: 100 }) };
  };
  try {
    const half = estate(PROJECTS / 2);
    const whole = estate(PROJECTS);
    const first = await audit(half.file);
    const second = await audit(whole.file);
    const parse = await measured(['-e', PARSE, whole.file]);
    return results(whole.written, first, second, parse);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function results(written: WrittenExport, half: Run, whole: Run, parse: Run): BenchResult[] {
  const growth = whole.seconds / half.seconds;
  const round = (value: number) => Number(value.toFixed(2));
  return [
    { name: 'export', value: Math.round(written.bytes / 1e6), unit: 'MB' },
    { name: 'Cloud Run resources', value: written.resources, unit: '' },
    { name: 'bindings', value: written.bindings, unit: '' },
    {
      name: 'audit, from the command to the report',
      value: round(whole.seconds),
      unit: 's',
      bar: `< ${SECONDS_BAR}`,
      ok: whole.seconds < SECONDS_BAR,
    },
    {
      name: 'memory at most',
      value: Math.round(whole.megabytes),
      unit: 'MB',
      bar: `< ${MEMORY_BAR}`,
      ok: whole.megabytes < MEMORY_BAR,
    },
    {
      name: 'time, the whole estate over half of it',
      value: round(growth),
      unit: '×',
      bar: `≤ ${GROWTH_BAR}`,
      ok: growth <= GROWTH_BAR,
    },
    {
      name: 'time, over JSON.parse of each line alone',
      value: round(whole.seconds / parse.seconds),
      unit: '×',
    },
  ];
}
