/** Where everything in a picture stands: each moment laid out by itself, one to the right of the other. */
import { displayWidth } from '../display.js';
import type { Graph, GraphEdge, GraphNode, GraphPanel } from './graph.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `x` and `y` are the upper left corner, in pixels, as are all lengths. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PlacedNode extends Box {
  readonly node: GraphNode;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly points: readonly Point[];
}

export interface PlacedPanel extends Box {
  readonly panel: GraphPanel;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly PlacedPanel[];
}

export const LINE = 17;
export const PADDING = 12;
/** Of a column of the terminal; generous, as fonts differ. */
const COLUMN = 7.3;
const MARGIN = 24;
export const HEAD = 76;
const PANEL_HEAD = 36;
export const LEGEND = 40;
const GAP = 28;

export const textWidth = (text: string) => displayWidth(text) * COLUMN;

function sizeOf({ title, lines: more }: GraphNode): { width: number; height: number } {
  const lines = [...title, ...more];
  return {
    width: Math.ceil(Math.max(60, ...lines.map(textWidth)) + 2 * PADDING),
    height: lines.length * LINE + 2 * PADDING - 4,
  };
}

/** Lays the picture out; the layout's algorithm is loaded when it is needed. */
export async function layoutOf(graph: Graph): Promise<Layout> {
  const dagre = await import('@dagrejs/dagre');
  const panels: PlacedPanel[] = [];
  let left = MARGIN;
  for (const panel of graph.panels) {
    const placed = placedPanel(panel, dagre, left);
    panels.push(placed);
    left += placed.width + GAP;
  }
  const height = Math.max(0, ...panels.map((panel) => panel.height));
  const heading = Math.max(textWidth(graph.title) * 1.5, textWidth(graph.outcome) * 1.1) + 2 * MARGIN;
  return {
    width: Math.ceil(Math.max(left - GAP + MARGIN, heading, 420)),
    height: HEAD + height + LEGEND,
    panels: panels.map((panel) => ({ ...panel, height })),
  };
}

function placedPanel(panel: GraphPanel, dagre: typeof import('@dagrejs/dagre'), left: number): PlacedPanel {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 44, marginx: 16, marginy: 14 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of panel.nodes) graph.setNode(node.id, sizeOf(node));
  panel.edges.forEach((edge, index) => {
    graph.setEdge(edge.from, edge.to, {}, String(index));
  });
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const top = HEAD + PANEL_HEAD;
  const shifted = ({ x, y }: Point): Point => ({ x: round(x + left), y: round(y + top) });
  const nodes = panel.nodes.map((node): PlacedNode => {
    const size = sizeOf(node);
    const { x, y } = graph.node(node.id);
    return { node, ...size, ...shifted({ x: x - size.width / 2, y: y - size.height / 2 }) };
  });
  const edges = panel.edges.map((edge, index): PlacedEdge => {
    const { points } = graph.edge({ v: edge.from, w: edge.to, name: String(index) });
    return { edge, points: points.map(shifted) };
  });
  return {
    panel,
    x: left,
    y: HEAD,
    width: Math.ceil(Math.max(width, textWidth(panel.title) + 2 * PADDING)),
    height: Math.ceil(height) + PANEL_HEAD,
    nodes,
    edges,
  };
}

const round = (value: number) => Math.round(value * 10) / 10;
