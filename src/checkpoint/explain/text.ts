/** Explanations as text for a terminal: a tree per requirement, from the organization down to the resource. */
import { isDenial } from '../../iam/index.js';
import type { Catalogue } from '../catalogue.js';
import { displayWidth, wrap } from '../display.js';
import { messages } from '../messages.js';
import { addressOf, type Colour, type Paint, painter, verdictOf } from '../outcome.js';
import type { CheckReport, ReportedRequirement } from '../report.js';
import type { TableOptions } from '../table.js';
import type { ExplainedBinding, ExplainedDenyRule, ExplainedLevel, Explanation } from './explanation.js';
import type { Holder } from './holders.js';
import { type ExplainMessages, explainMessages } from './messages.js';

interface Voice {
  readonly catalogue: Catalogue;
  readonly say: ExplainMessages;
  readonly paint: Paint;
  readonly width: number;
}

/** A line with its mark; those that hang from it are indented. */
interface Line {
  readonly depth: number;
  readonly mark: string;
  readonly colour: Colour;
  readonly text: string;
}

/**
 * The evaluation of every requirement of a report that was made with explanations, ending in a line break.
 * Requirements that no policy decides say what was found.
 */
export function explainText(report: CheckReport, options: TableOptions): string {
  const { lang, colour, width = 100 } = options;
  const catalogue = messages[lang];
  const voice: Voice = {
    catalogue,
    say: explainMessages[lang],
    paint: painter(colour),
    width: Math.max(width, 72),
  };
  return [
    voice.paint('bold', catalogue.title(report.target)),
    '',
    ...report.requirements.flatMap((requirement) => [...explained(requirement, voice), '']),
  ].join('\n');
}

function explained(requirement: ReportedRequirement, voice: Voice): string[] {
  const { catalogue, say, paint } = voice;
  const { id, actor, principal, permission, resource, explanation, evidence } = requirement;
  const { mark, text, colour } = verdictOf(requirement, catalogue);
  const need =
    permission !== undefined && resource !== undefined
      ? say.needs(permission, catalogue.resource(resource))
      : catalogue.need(id);
  const who = [
    actor === undefined ? [] : catalogue.actors[actor],
    principal === undefined ? [] : addressOf(principal),
  ]
    .flat()
    .join(' ');
  const head = [
    `${paint(colour, `${mark} ${text}`)}  ${paint('bold', id)} (${catalogue.moments[requirement.moment]})`,
    ...(who === '' ? [] : [`  ${who}`]),
    ...wrap(need, voice.width - 2).map((line) => `  ${line}`),
  ];
  const body = explanation
    ? linesOf(requirement, explanation, voice)
    : evidence.map((found) => line(1, '·', 'dim', catalogue.evidence(found)));
  return [...head, ...body.flatMap((each) => shown(each, voice))];
}

const line = (depth: number, mark: string, colour: Colour, text: string): Line => ({
  depth,
  mark,
  colour,
  text,
});

function shown({ depth, mark, colour, text }: Line, { paint, width }: Voice): string[] {
  const indent = '  '.repeat(depth);
  const hanging = ' '.repeat(displayWidth(mark) + 1);
  return wrap(text, width - indent.length - hanging.length).map((piece, index) =>
    index === 0 ? `${indent}${paint(colour, mark)} ${piece}` : `${indent}${hanging}${piece}`,
  );
}

function linesOf(requirement: ReportedRequirement, explanation: Explanation, voice: Voice): Line[] {
  const { catalogue, say } = voice;
  const { levels, denyRules, above, grant } = explanation;
  const beyondGrants = requirement.evidence.some((found) => 'level' in found && isDenial(found));
  // What concerns an account's being there is found beside the decision.
  const beside = requirement.evidence.filter((found) => !('level' in found) && found.kind !== 'anonymous');
  return [
    ...above.map((reason) => line(1, '✗', 'red', catalogue.evidence(reason))),
    ...denyRules.flatMap((rule) => denyLines(rule, voice)),
    ...levels.flatMap((level) => levelLines(level, voice)),
    ...beside.map((found) => line(1, '·', 'dim', catalogue.evidence(found))),
    ...holderLines(requirement.holders ?? [], voice),
    ...(beyondGrants ? [line(1, '!', 'yellow', say.noGrantHelps)] : []),
    ...(grant
      ? [
          line(
            1,
            '+',
            'green',
            say.smallestGrant(grant.role, grant.member, catalogue.resource(grant.resource)),
          ),
        ]
      : []),
  ];
}

const MARKS = {
  grants: ['✓', 'green'],
  'does-not-grant': ['–', 'dim'],
  unknown: ['?', 'yellow'],
} as const;

function levelLines(level: ExplainedLevel, { catalogue, say }: Voice): Line[] {
  const [mark, colour] = MARKS[level.result];
  const head = line(1, mark, colour, `${catalogue.resource(level.resource)}: ${say.results[level.result]}`);
  if (!level.readable) return [head, line(2, '?', 'yellow', say.unreadable(level.why))];
  if (level.bindings.length === 0) {
    return level.unrelated === 0
      ? [head]
      : [head, line(2, '·', 'dim', `${say.nothing} (${level.unrelated})`)];
  }
  return [
    head,
    ...level.bindings.flatMap((binding) => bindingLines(binding, say)),
    ...(level.unrelated > 0 ? [line(2, '·', 'dim', say.unrelated(level.unrelated))] : []),
  ];
}

function bindingLines(binding: ExplainedBinding, say: ExplainMessages): Line[] {
  const [mark, colour] = MARKS[binding.result];
  return [line(2, mark, colour, say.binding(binding)), ...conditionLines(binding, say)];
}

function conditionLines(
  { condition }: Pick<ExplainedBinding, 'condition'>,
  { condition: texts }: ExplainMessages,
): Line[] {
  if (!condition) return [];
  const { title, expression, value, note } = condition;
  const named = `"${title}": ${texts[value](expression, note === undefined ? '' : ` (${note})`)}`;
  return [line(3, '·', 'dim', named)];
}

const DENY_MARKS = {
  denies: ['✗', 'red'],
  'does-not-deny': ['–', 'dim'],
  unknown: ['?', 'yellow'],
} as const;

function denyLines(rule: ExplainedDenyRule, { catalogue, say }: Voice): Line[] {
  const [mark, colour] = DENY_MARKS[rule.result];
  return [
    line(1, mark, colour, say.denyRule(rule, catalogue.resource(rule.resource))),
    ...conditionLines(rule, say).map((each) => ({ ...each, depth: 2 })),
  ];
}

function holderLines(holders: readonly Holder[], { catalogue, say }: Voice): Line[] {
  if (holders.length === 0) return [];
  return [
    line(1, '→', 'bold', say.whoHasIt),
    ...holders.map(({ member, role, level, conditional }) =>
      line(
        2,
        '·',
        'dim',
        `${member} ${say.levelOf(role, catalogue.resource(level))}${conditional ? say.conditionally : ''}`,
      ),
    ),
  ];
}
