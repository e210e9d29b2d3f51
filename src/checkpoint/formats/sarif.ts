/** Checks as SARIF 2.1.0, for code scanning and for editors. */
import { createHash } from 'node:crypto';
import type { Language } from '../catalogue.js';
import type { Place } from '../places.js';
import type { ChecksReport } from '../report.js';
import { fixesOf, type Problem, problemsOf } from './findings.js';
import { RULES, type RuleText, ruleOf } from './rules.js';
import type { SarifLocation, SarifLog, SarifLogicalLocation, SarifResult, SarifRule } from './sarif-log.js';

export interface SarifOptions {
  /** The version of the tool, as the log names it. */
  readonly version?: string;
  /** The directory that `%SRCROOT%` stands for, absolute: files below it are named from there. */
  readonly root?: string;
  /** The language of the messages; rules are in English. */
  readonly lang?: Language;
}

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const ROOT = '%SRCROOT%';

/** One run, with a result for everything that is not granted and for each fault. */
export function sarif(report: ChecksReport, options: SarifOptions = {}): SarifLog {
  const { version, root, lang = 'en' } = options;
  const fingerprint = fingerprints();
  const results = problemsOf(report, lang).map((problem) => result(problem, fingerprint(problem), root));
  return sarifLog(results, { verdict: report.verdict, source: report.source }, version);
}

/** A log of one run by this tool, with all its rules. */
export function sarifLog(
  results: readonly SarifResult[],
  properties: Readonly<Record<string, unknown>>,
  version: string | undefined,
): SarifLog {
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'sekisho', ...(version === undefined ? {} : { version }), rules: RULES.map(rule) },
        },
        invocations: [{ executionSuccessful: true }],
        originalUriBaseIds: { [ROOT]: { description: { text: 'The root of the checked sources.' } } },
        columnKind: 'unicodeCodePoints',
        results,
        properties,
      },
    ],
  };
}

/** The same thing keeps its fingerprint when lines move and texts change. */
export const fingerprintOf = (identity: string): string =>
  createHash('sha256').update(identity).digest('hex').slice(0, 32);

function rule({ id, title, help, uri }: RuleText): SarifRule {
  const name = id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return {
    id,
    name,
    shortDescription: { text: title },
    fullDescription: { text: help },
    helpUri: uri,
    help: { text: `${help} See ${uri}`, markdown: `${help}\n\n[More about it](${uri})` },
  };
}

function result(problem: Problem, fingerprint: string, root: string | undefined): SarifResult {
  const { rule: ruleId, level, text, place } = problem;
  const { index } = ruleOf(ruleId);
  const physical = place && { physicalLocation: physicalLocation(place, root) };
  const logical = logicalLocations(problem);
  return {
    ruleId,
    ...(index < 0 ? {} : { ruleIndex: index }),
    level,
    message: { text },
    locations: [{ ...physical, logicalLocations: logical }],
    partialFingerprints: { 'sekishoCheck/v1': fingerprint },
    properties: propertiesOf(problem),
  };
}

function physicalLocation(
  { file, line, column }: Place,
  root: string | undefined,
): NonNullable<SarifLocation['physicalLocation']> {
  return {
    artifactLocation: artifact(file, root),
    region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) },
  };
}

/** Below the root by its path from there, elsewhere by a `file:` URI; each segment percent-encoded. */
function artifact(file: string, root: string | undefined): { uri: string; uriBaseId?: string } {
  const path = file.replaceAll('\\', '/');
  const base = root?.replaceAll('\\', '/').replace(/\/$/, '');
  const inside = base !== undefined && path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path;
  // Halves of surrogate pairs have no encoding.
  const sound = inside.replace(/^(?:\.\/)+/, '').replace(/\p{Surrogate}/gu, '\ufffd');
  const encoded = sound.split('/').map(encodeURIComponent).join('/');
  if (!/^(?:[A-Za-z]:)?\//.test(inside)) return { uri: encoded, uriBaseId: ROOT };
  return { uri: `file://${encoded.startsWith('/') ? '' : '/'}${encoded}` };
}

function logicalLocations(problem: Problem): SarifLogicalLocation[] {
  const at = (kind: string, fullyQualifiedName: string | undefined): SarifLogicalLocation[] =>
    fullyQualifiedName === undefined
      ? []
      : [{ kind, fullyQualifiedName, name: fullyQualifiedName.split('/').at(-1) || fullyQualifiedName }];
  if (problem.kind === 'fault') return at('resource', problem.fault.address);
  const { principal, permission, resource, image } = problem.requirement;
  return [
    ...at('resource', resource ?? image ?? targetOf(problem)),
    ...at('principal', principal),
    ...at('permission', permission),
  ];
}

function targetOf({ check }: Extract<Problem, { kind: 'requirement' }>): string {
  const { kind, name, project, location } = check.target;
  return `projects/${project}/locations/${location}/${kind}/${name}`;
}

function propertiesOf(problem: Problem): Record<string, unknown> {
  if (problem.kind === 'fault') return { verdict: 'denied', mend: problem.fault.mend };
  const { check, requirement } = problem;
  const { verdict, moment, effect, holders } = requirement;
  const fixes = fixesOf(requirement, check).map(({ gcloud, terraform }) => ({ gcloud, terraform }));
  return {
    verdict,
    moment,
    effect,
    target: check.target,
    ...(check.label === undefined ? {} : { label: check.label }),
    ...(holders === undefined ? {} : { holders }),
    ...(fixes.length === 0 ? {} : { fixes }),
  };
}

/** The same problem keeps its fingerprint when lines move and texts change; the second of its kind gets its own. */
function fingerprints(): (problem: Problem) => string {
  const seen = new Map<string, number>();
  return (problem) => {
    const identity = JSON.stringify(identityOf(problem));
    const count = seen.get(identity) ?? 0;
    seen.set(identity, count + 1);
    return fingerprintOf(`${identity}#${count}`);
  };
}

function identityOf(problem: Problem): readonly unknown[] {
  if (problem.kind === 'fault') return [problem.rule, problem.fault.address];
  const { principal, permission, resource, image } = problem.requirement;
  return [problem.rule, targetOf(problem), principal, permission, resource, image];
}
