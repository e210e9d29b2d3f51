/** Fixes as text: commands, Terraform, a piece of an estate file, JSON, or for people. */
import type { Fix, Remark } from '../../checkpoint/index.js';
import { faultsText } from '../check/output.js';
import type { CliContext } from '../context.js';
import type { Applied } from './apply/apply.js';
import type { Found } from './found.js';
import { fixMessages } from './messages.js';

export const FIX_FORMATS = ['table', 'gcloud', 'terraform', 'estate', 'json'] as const;
export type FixFormat = (typeof FIX_FORMATS)[number];

type Checkpoint = typeof import('../../checkpoint/index.js');
type References = Parameters<Checkpoint['terraformOf']>[2];

export interface Further {
  /** What a Terraform plan makes itself. */
  readonly references?: References;
  readonly proofs?: readonly unknown[];
  readonly applied?: Applied;
  /** The verdicts after it was applied. */
  readonly afterwards?: readonly string[];
}

/** @param further what goes into the JSON beside the fixes, and into the Terraform */
export async function formOf(
  found: Found,
  format: FixFormat,
  context: CliContext,
  { references, ...more }: Further = {},
): Promise<string> {
  const checkpoint = await import('../../checkpoint/index.js');
  const { steps, deploys, remarks, faults } = found;
  const [first] = deploys;
  const apiVersion = first?.checked.plan.apiVersion ?? 'v2';
  const fixes = checkpoint.written(steps, apiVersion);
  switch (format) {
    case 'gcloud':
      return fixes.map(({ gcloud }) => `${gcloud}\n`).join('');
    case 'terraform':
      if (!first || steps.length === 0) return '';
      return checkpoint.terraformOf(steps, first.checked.plan, references, first.origin?.label);
    case 'estate': {
      if (steps.length === 0) return '';
      const { stringify } = await import('./libraries.js');
      return stringify(checkpoint.estatePatch(steps), { lineWidth: 0 });
    }
    case 'json':
      return `${JSON.stringify({ schema: 'sekisho.fix/1', fixes, remarks, faults, ...more }, null, 2)}\n`;
    case 'table':
      return (await people(fixes, found, context)).join('\n');
  }
}

async function people(
  fixes: readonly Fix[],
  found: Pick<Found, 'remarks' | 'faults'>,
  context: CliContext,
): Promise<string[]> {
  const messages = fixMessages[context.language];
  const lines = fixes.flatMap((fix) => [
    `    ${fix.gcloud}`,
    ...(fix.kind === 'grant' ? [`      # ${messages.grants(fix.permissions.join(', '))}`] : []),
  ]);
  return [
    ...(fixes.length > 0 ? [messages.toMend, ...lines, ''] : [messages.nothing, '']),
    ...(await notMendedLines(found, context)),
  ];
}

/** What stays as it is after the fixes. */
export async function notMendedLines(
  { remarks, faults }: Pick<Found, 'remarks' | 'faults'>,
  context: CliContext,
): Promise<string[]> {
  return [
    ...(await remarkLines(remarks, context)),
    ...(faults.length > 0 ? [faultsText(faults, context.language), ''] : []),
  ];
}

/** What no grant mends, a paragraph each. */
async function remarkLines(remarks: readonly Remark[], { language }: CliContext): Promise<string[]> {
  if (remarks.length === 0) return [];
  const { evidenceText } = await import('../../checkpoint/index.js');
  const messages = fixMessages[language];
  const told = remarks.flatMap(({ kind, requirement, principal, permission, evidence, gcloud, group }) => {
    const who = [principal, permission].filter((text) => text !== undefined).join(' ');
    return [
      `    ${requirement}: ${messages.remarks[kind]}${who === '' ? '' : ` (${who})`}`,
      ...evidence.map((each) => `      · ${evidenceText(each, language)}`),
      ...(group === undefined ? [] : [`      · ${messages.groupToo(group)}`]),
      ...(gcloud === undefined ? [] : [`      · ${messages.passingBy(gcloud)}`]),
    ];
  });
  const left = remarks.some(({ kind }) => kind !== 'group');
  return [...(left ? [messages.notMended] : []), ...told, ''];
}
