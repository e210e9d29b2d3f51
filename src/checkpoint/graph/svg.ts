/**
 * Pictures of checks as SVG: one file by itself, without scripts or anything from elsewhere, for light and dark
 * backgrounds and for paper.
 */
import type { Graph, Shade } from './graph.js';
import {
  type Layout,
  LEGEND,
  LINE,
  layoutOf,
  PADDING,
  type PlacedEdge,
  type PlacedNode,
  type PlacedPanel,
  type Point,
  textWidth,
} from './layout.js';
import { graphMessages } from './messages.js';
import { STYLE } from './style.js';

/** An SVG document, ending in a line break. */
export async function svg(graph: Graph): Promise<string> {
  const layout = await layoutOf(graph);
  const { width, height } = layout;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" xml:lang="${graph.lang}">`,
    `<title id="title">${escaped(graph.title)}</title>`,
    `<desc id="description">${escaped(graphMessages[graph.lang].description(graph.outcome, graph.asked, graph.broken))}</desc>`,
    `<style>${STYLE}</style>`,
    `<defs>${SHADES.map(arrowHead).join('')}</defs>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="heading" x="24" y="34">${escaped(graph.title)}</text>`,
    `<text class="outcome ${graph.verdict}" x="24" y="58">${escaped(graph.outcome)}</text>`,
    ...layout.panels.map(panelOf),
    legend(graph, layout),
    '</svg>',
    '',
  ].join('\n');
}

const SHADES: readonly Shade[] = ['granted', 'denied', 'warned', 'unknown'];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML 1.0, which has no place for control characters, halves of pairs and the last two of a plane. */
const escaped = (text: string) =>
  text
    .replace(/[\p{Cc}\p{Surrogate}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

const arrowHead = (shade: Shade) =>
  `<marker id="to-${shade}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head ${shade}" d="M0 0 8 4 0 8z"/></marker>`;

function panelOf({ panel, x, y, width, height, nodes, edges }: PlacedPanel): string {
  return [
    '<g>',
    `<rect class="panel" x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/>`,
    `<text class="moment" x="${x + PADDING}" y="${y + 22}">${escaped(panel.title)}</text>`,
    ...edges.map(edgeOf),
    ...nodes.map(nodeOf),
    '</g>',
  ].join('\n');
}

function edgeOf({ edge, points }: PlacedEdge): string {
  return `<path class="edge ${edge.shade}" d="${curve(points)}" marker-end="url(#to-${edge.shade})"><title>${escaped(edge.requirement)}</title></path>`;
}

/** Through the middles between the points, so that no corner shows. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  const parts = [`M${first.x} ${first.y}`];
  rest.forEach((point, index) => {
    const next = rest[index + 1];
    if (!next) parts.push(`L${point.x} ${point.y}`);
    else {
      const middle = { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
      parts.push(`Q${point.x} ${point.y} ${middle.x.toFixed(1)} ${middle.y.toFixed(1)}`);
    }
  });
  return parts.join('');
}

function nodeOf({ node, x, y, width, height }: PlacedNode): string {
  const { kind, title, lines, shade } = node;
  const radius = kind === 'principal' ? height / 2 : kind === 'means' ? 6 : 2;
  const indent = kind === 'principal' ? PADDING + 2 : PADDING;
  const texts = [...title, ...lines].map((line, index) => {
    const style = index < title.length ? 'first' : 'more';
    return `<text class="${style}" x="${x + indent}" y="${y + PADDING + 10 + index * LINE}">${escaped(line)}</text>`;
  });
  return [
    `<g class="node ${kind}${shade ? ` ${shade}` : ''}">`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${Math.min(radius, 22)}"/>`,
    ...texts,
    '</g>',
  ].join('');
}

/** What the colours that occur mean. */
function legend({ panels, lang }: Graph, { height }: Layout): string {
  const used = new Set(panels.flatMap(({ edges }) => edges.map(({ shade }) => shade)));
  let x = 24;
  const y = height - LEGEND / 2 + 4;
  const items = SHADES.filter((shade) => used.has(shade)).map((shade) => {
    const text = graphMessages[lang].legend[shade];
    const item = `<path class="edge ${shade}" d="M${x} ${y - 4}h26"/><text class="more" x="${x + 34}" y="${y}">${escaped(text)}</text>`;
    x += 34 + Math.ceil(textWidth(text)) + 26;
    return item;
  });
  return `<g>${items.join('')}</g>`;
}
