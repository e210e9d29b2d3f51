/** What a picture of a check shows, before it is drawn in either way. */
import type { Verdict } from '../../iam/index.js';
import type { Language } from '../catalogue.js';
import { wrap } from '../display.js';
import { oneLine } from '../formats/markdown-text.js';
import { messages } from '../messages.js';
import { addressOf, OUTCOME_MARKS, outcomeOf, telling, verdictOf } from '../outcome.js';
import type { CheckReport, ReportedRequirement } from '../report.js';
import type { Moment } from '../types.js';
import { graphMessages } from './messages.js';

/** How a part of the picture is coloured: `warned` goes through all the same. */
export type Shade = 'granted' | 'denied' | 'warned' | 'unknown';

export interface GraphNode {
  /** Unique in the picture; letters and digits. */
  readonly id: string;
  /** A principal, what it has or lacks, or what that is for. */
  readonly kind: 'principal' | 'means' | 'resource';
  /** Broken into lines that fit a box, as is what stands below it. */
  readonly title: readonly string[];
  readonly lines: readonly string[];
  /** Of means alone: the others stay as they are, whatever breaks between them. */
  readonly shade?: Shade;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly shade: Shade;
  /** The requirement that it stands for. */
  readonly requirement: string;
}

/** Everything that is asked at one moment. */
export interface GraphPanel {
  readonly moment: Moment;
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface Graph {
  readonly title: string;
  /** How the deploy ends, with its mark. */
  readonly outcome: string;
  readonly verdict: Verdict;
  readonly lang: Language;
  /** How many requirements there are, and how many of them are not granted. */
  readonly asked: number;
  readonly broken: number;
  /** In the order of time. */
  readonly panels: readonly GraphPanel[];
}

/** Columns of text in a box. */
const WIDEST = 36;

const MOMENTS: readonly Moment[] = ['admission', 'pull', 'start', 'after'];

/** The picture of one check. Every requirement has an edge from who needs it, and one on to what it is for. */
export function graphOf(report: CheckReport, lang: Language = 'en'): Graph {
  const catalogue = messages[lang];
  const outcome = outcomeOf(report);
  const [mark] = OUTCOME_MARKS[outcome];
  const ids = new Map<string, string>();
  const panels = MOMENTS.flatMap((moment): GraphPanel[] => {
    const asked = report.requirements.filter((each) => each.moment === moment);
    return asked.length === 0 ? [] : [panelOf(moment, asked, report, lang, ids)];
  });
  return {
    title: oneLine(catalogue.title(report.target)),
    outcome: `${mark} ${catalogue.outcomes[outcome]}`,
    verdict: report.verdict,
    lang,
    asked: report.requirements.length,
    broken: report.requirements.filter(({ verdict }) => verdict !== 'granted').length,
    panels,
  };
}

function panelOf(
  moment: Moment,
  asked: readonly ReportedRequirement[],
  report: CheckReport,
  lang: Language,
  ids: Map<string, string>,
): GraphPanel {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const idOf = (key: string) => {
    const known = ids.get(key) ?? `n${ids.size}`;
    ids.set(key, known);
    return known;
  };
  const add = (kind: GraphNode['kind'], lines: readonly string[], shade?: Shade): string => {
    const [title = '', ...more] = lines.map(oneLine);
    const id = idOf(JSON.stringify([moment, kind, title, more, shade]));
    const node = { id, kind, title: wrap(title, WIDEST), lines: more.flatMap((line) => wrap(line, WIDEST)) };
    nodes.set(id, { ...node, ...(shade && { shade }) });
    return id;
  };
  for (const requirement of asked) {
    const shade = shadeOf(requirement);
    const path = [
      add('principal', whoOf(requirement, report, lang)),
      add('means', meansOf(requirement, lang), shade),
      ...whatOf(requirement, lang).map((lines) => add('resource', lines)),
    ];
    path.slice(1).forEach((to, index) => {
      const from = path[index] ?? to;
      edges.set(`${from} ${to} ${requirement.id}`, { from, to, shade, requirement: requirement.id });
    });
  }
  return {
    moment,
    title: messages[lang].moments[moment],
    nodes: [...nodes.values()],
    edges: [...edges.values()],
  };
}

function shadeOf({ verdict, effect }: ReportedRequirement): Shade {
  return verdict === 'denied' && effect === 'warns' ? 'warned' : verdict;
}

/** Who needs it; what concerns nobody in particular, the deploy itself does. */
function whoOf({ actor, principal }: ReportedRequirement, { target }: CheckReport, lang: Language): string[] {
  const catalogue = messages[lang];
  if (actor === undefined) return [target.name, graphMessages[lang].theDeploy];
  return [catalogue.actors[actor], ...(principal === undefined ? [] : [addressOf(principal)])];
}

/** The role that grants it and where, or that nothing does. */
function meansOf(requirement: ReportedRequirement, lang: Language): string[] {
  const catalogue = messages[lang];
  const { mark, text } = verdictOf(requirement, catalogue);
  const { permission, id, evidence } = requirement;
  const need = permission ?? catalogue.need(id);
  const [told] = telling(requirement);
  if (requirement.verdict === 'granted') {
    if (told?.kind !== 'binding') return [`${mark} ${need}`];
    const through = /^(?:user|serviceAccount):/.test(told.member) ? [] : [told.member];
    return [`${mark} ${need}`, told.role, graphMessages[lang].on(catalogue.resource(told.level)), ...through];
  }
  const why = evidence.find(({ kind }) => kind !== 'no-binding' && kind !== 'roles-lack-permission');
  const reason = why ? catalogue.evidence(why) : graphMessages[lang].noRole;
  return [`${mark} ${need}`, `${text}: ${shortened(reason)}`];
}

const LONGEST = 64;
const shortened = (text: string) => {
  const characters = [...text];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
};

/** What it is needed for, where that is something else than the deploy. */
function whatOf({ resource, image, permission }: ReportedRequirement, lang: Language): string[][] {
  if (permission !== undefined && resource !== undefined) {
    return [[messages[lang].resource(resource), ...(image === undefined ? [] : [imageLine(image)])]];
  }
  return image === undefined ? [] : [[messages[lang].image, imageLine(image)]];
}

/** The end of a reference tells more than its beginning. */
const imageLine = (image: string) => {
  const characters = [...image];
  return characters.length <= LONGEST ? image : `…${characters.slice(1 - LONGEST).join('')}`;
};
