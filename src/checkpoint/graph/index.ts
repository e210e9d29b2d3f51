/** The picture of a check: who, through which role, to what, moment by moment; as Mermaid and as SVG. */
export * from './graph.js';
export * from './mermaid.js';
export * from './svg.js';
