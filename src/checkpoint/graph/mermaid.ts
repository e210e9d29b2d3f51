/** Pictures of checks as Mermaid's flowcharts (https://mermaid.js.org/syntax/flowchart.html). */
import type { Graph, GraphNode, Shade } from './graph.js';

const COLOURS: Readonly<Record<Shade, { fill: string; stroke: string; text: string }>> = {
  granted: { fill: '#e6f4ea', stroke: '#188038', text: '#0d3b1e' },
  denied: { fill: '#fce8e6', stroke: '#d93025', text: '#7a1a12' },
  warned: { fill: '#fef7e0', stroke: '#e37400', text: '#6b3a00' },
  unknown: { fill: '#f1f3f4', stroke: '#80868b', text: '#3c4043' },
};

/** Flowchart text, ending in a line break. */
export function mermaid({ title, outcome, panels }: Graph): string {
  const edges = panels.flatMap((panel) => panel.edges);
  return [
    'flowchart LR',
    `  head[${label([title, outcome])}]`,
    ...panels.flatMap(({ moment, title: heading, nodes }) => [
      `  subgraph ${moment}[${label([heading])}]`,
      '    direction LR',
      ...nodes.map((node) => `    ${shape(node)}`),
      '  end',
    ]),
    ...edges.map(({ from, to, shade }) => `  ${from} ${arrow(shade)} ${to}`),
    // Links that are not drawn keep the moments in their order.
    ...['head', ...panels.map(({ moment }) => moment)].slice(1).map((moment, index, moments) => {
      return `  ${index === 0 ? 'head' : moments[index - 1]} ~~~ ${moment}`;
    }),
    ...linkStyles(edges.map(({ shade }) => shade)),
    '  classDef head fill:none,stroke:none,font-weight:bold',
    '  class head head',
    ...(Object.keys(COLOURS) as Shade[]).flatMap((shade) => {
      const { fill, stroke, text } = COLOURS[shade];
      const ids = panels.flatMap(({ nodes }) => nodes.filter((node) => node.shade === shade));
      if (ids.length === 0) return [];
      return [
        `  classDef ${shade} fill:${fill},stroke:${stroke},color:${text}`,
        `  class ${ids.map(({ id }) => id).join(',')} ${shade}`,
      ];
    }),
    '',
  ].join('\n');
}

function shape({ id, kind, title, lines }: GraphNode): string {
  const text = label([...title, ...lines]);
  switch (kind) {
    case 'principal':
      return `${id}([${text}])`;
    case 'means':
      return `${id}[${text}]`;
    case 'resource':
      return `${id}[(${text})]`;
  }
}

const arrow = (shade: Shade) => (shade === 'granted' ? '-->' : shade === 'denied' ? '-.-x' : '-.->');

/** Links are styled by where they stand in the text. */
function linkStyles(shades: readonly Shade[]): string[] {
  return (Object.keys(COLOURS) as Shade[]).flatMap((shade) => {
    const indices = shades.flatMap((each, index) => (each === shade ? [index] : []));
    if (indices.length === 0) return [];
    return [`  linkStyle ${indices.join(',')} stroke:${COLOURS[shade].stroke},stroke-width:2px`];
  });
}

/** Letters, digits and what names are made of stand for themselves; everything else goes by its number. */
const label = (lines: readonly string[]) =>
  `"${lines
    .map((line) =>
      line.replace(
        /[^\p{L}\p{N}\p{Mn}\p{Mc} ._/@:✓✗!?…、。（）「」-]/gu,
        (character) => `#${character.codePointAt(0)};`,
      ),
    )
    .join('<br/>')}"`;
