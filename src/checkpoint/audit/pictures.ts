/** The pictures of an audit's report, as SVG inside the page. What they show stands in words beside them. */
import { VERDICT_COLOURS, VERDICTS } from './colours.js';
import { html, type Markup } from './markup.js';
import type { VerdictCounts } from './types.js';

const WIDTH = 720;
const LINE = 26;
const LABEL = 300;
const COUNT = 90;

/** One bar, divided by verdict. @param title for those who cannot see it */
export function shares(counts: VerdictCounts, title: string): Markup {
  const all = VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);
  let x = 0;
  const parts = VERDICTS.map((verdict) => {
    const width = all === 0 ? 0 : (counts[verdict] / all) * WIDTH;
    const part = html`<rect x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="28" fill="${VERDICT_COLOURS[verdict]}"/>`;
    x += width;
    return part;
  });
  return html`<svg role="img" aria-label="${title}" viewBox="0 0 ${WIDTH} 28" width="100%" preserveAspectRatio="none" height="28">${parts}</svg>`;
}

/** How often something is denied, and how often unknown. */
export interface Bar {
  readonly label: string;
  readonly denied: number;
  readonly unknown: number;
}

/** A bar for each, the longest as wide as there is room. */
export function bars(list: readonly Bar[], title: string): Markup {
  const most = Math.max(1, ...list.map(({ denied, unknown }) => denied + unknown));
  const room = WIDTH - LABEL - COUNT;
  const drawn = list.map(({ label, denied, unknown }, index) => {
    const y = index * LINE;
    const red = (denied / most) * room;
    const yellow = (unknown / most) * room;
    return html`<g transform="translate(0 ${y})"><text x="${LABEL - 8}" y="17" text-anchor="end">${shortened(label)}</text><rect x="${LABEL}" y="4" width="${red.toFixed(1)}" height="18" fill="${VERDICT_COLOURS.denied}"/><rect x="${(LABEL + red).toFixed(1)}" y="4" width="${yellow.toFixed(1)}" height="18" fill="${VERDICT_COLOURS.unknown}"/><text x="${(LABEL + red + yellow + 8).toFixed(1)}" y="17">${denied + unknown}</text></g>`;
  });
  const height = Math.max(1, list.length) * LINE;
  return html`<svg role="img" aria-label="${title}" viewBox="0 0 ${WIDTH} ${height}" width="100%" font-size="13" font-family="sans-serif">${drawn}</svg>`;
}

const shortened = (text: string) => (text.length > 42 ? `${text.slice(0, 41)}…` : text);
