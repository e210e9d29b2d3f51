/** `--prove`: each deploy's fixes tried out, and what came of it told. */
import type { Step } from '../../checkpoint/index.js';
import type { Inputs } from '../check/inputs.js';
import type { CliContext } from '../context.js';
import type { Proof } from '../prove/index.js';
import type { Found } from './found.js';
import { fixMessages } from './messages.js';

export interface Proved {
  readonly proofs: readonly Proof[];
  readonly lines: readonly string[];
  /** Every deploy's fixes were shown to be enough, and each of them needed. */
  readonly holds: boolean;
}

export async function proveAll(
  { deploys }: Found,
  { source, options }: Pick<Inputs, 'source' | 'options'>,
  customRole: boolean,
  context: CliContext,
): Promise<Proved> {
  const { prove, CannotProve } = await import('../prove/index.js');
  const messages = fixMessages[context.language];
  const proofs: Proof[] = [];
  const lines: string[] = [];
  let holds = true;
  for (const { request, origin } of deploys) {
    if (deploys.length > 1) lines.push(`${origin?.label ?? request.name}:`);
    try {
      const onTrial = (index: number, total: number) =>
        context.stderr.write(`${messages.proving(index, total)}\n`);
      const proof = await prove(request, source, { ...options, customRole, onTrial });
      proofs.push(proof);
      lines.push(...proofLines(proof, context));
      holds &&= proof.enough && proof.needed === true;
    } catch (error) {
      if (!(error instanceof CannotProve)) throw error;
      lines.push(messages.cannotProve(messages.obstacles[error.obstacle](error.detail)));
      holds = false;
    }
  }
  return { proofs, lines: [...lines, ''], holds };
}

const nameOf = (step: Step): string => {
  switch (step.kind) {
    case 'grant':
      return `${step.role} ${step.member} (${step.resource})`;
    case 'create-role':
      return step.role;
    case 'create-account':
      return step.email;
    case 'enable-api':
    case 'create-agent':
      return `${step.api} (${step.project})`;
  }
};

function proofLines(
  { enough, needed, asForetold, trials, standIns }: Proof,
  { language }: CliContext,
): string[] {
  const messages = fixMessages[language].proof;
  const { without } = fixMessages[language];
  const [all, ...rest] = trials;
  const said = (texts: readonly string[], depth: string) =>
    texts.flatMap((text) => text.split('\n').map((line) => `${depth}${line}`));
  const needless = rest.filter((trial) => trial.said.length === 0);
  return [
    ...(standIns.length === 0 ? [] : [messages.standIns(standIns.join(', '))]),
    ...(enough
      ? [messages.enough]
      : [messages.notEnough, ...said(all?.said ?? [], '    '), messages.nothingProved]),
    ...rest.flatMap((trial) =>
      trial.without ? [`  ${without(nameOf(trial.without))}`, ...said(trial.said, '    ')] : [],
    ),
    ...(enough && rest.length === 0 ? [messages.nothingElse] : []),
    ...(rest.length > 0 && needed ? [messages.needed] : []),
    ...(needed === false
      ? [
          messages.notNeeded,
          ...needless.flatMap((trial) => (trial.without ? [`    ${nameOf(trial.without)}`] : [])),
        ]
      : []),
    ...(asForetold
      ? [messages.foretold]
      : [messages.notForetold, ...trials.flatMap(({ foretold }) => said(foretold, '    '))]),
  ];
}
