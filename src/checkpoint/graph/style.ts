/** The colours of pictures: on light, on dark, and on paper as on light. */
interface Palette {
  readonly page: string;
  readonly panel: string;
  readonly rule: string;
  readonly text: string;
  readonly faint: string;
  readonly node: string;
  readonly shades: Readonly<
    Record<'granted' | 'denied' | 'warned' | 'unknown', readonly [line: string, fill: string]>
  >;
}

const LIGHT: Palette = {
  page: '#ffffff',
  panel: '#f8f9fa',
  rule: '#dadce0',
  text: '#202124',
  faint: '#5f6368',
  node: '#ffffff',
  shades: {
    granted: ['#188038', '#e6f4ea'],
    denied: ['#d93025', '#fce8e6'],
    warned: ['#c26401', '#fef7e0'],
    unknown: ['#80868b', '#eceff1'],
  },
};

const DARK: Palette = {
  page: '#17181a',
  panel: '#1f2124',
  rule: '#3c4043',
  text: '#e8eaed',
  faint: '#9aa0a6',
  node: '#2a2d31',
  shades: {
    granted: ['#81c995', '#1e3527'],
    denied: ['#f28b82', '#4a2320'],
    warned: ['#fcc934', '#41351a'],
    unknown: ['#9aa0a6', '#33373b'],
  },
};

function rules({ page, panel, rule, text, faint, node, shades }: Palette): string {
  const shaded = Object.entries(shades).map(
    ([shade, [line, fill]]) =>
      `.edge.${shade}{stroke:${line}}.head.${shade}{fill:${line}}.node.${shade} rect{stroke:${line};fill:${fill}}.node.${shade} .first,.outcome.${shade}{fill:${line}}`,
  );
  return [
    `.page{fill:${page}}.panel{fill:${panel};stroke:${rule}}`,
    `text{fill:${text}}.more,.moment{fill:${faint}}`,
    `.node rect{fill:${node};stroke:${faint}}`,
    ...shaded,
  ].join('');
}

const SHAPES = [
  "text{font:12px ui-sans-serif,system-ui,'Segoe UI','Noto Sans','Noto Sans CJK JP','Hiragino Sans',sans-serif}",
  '.heading{font-size:18px;font-weight:600}.outcome{font-size:13px;font-weight:600}',
  '.moment{font-weight:600;letter-spacing:.02em}.first{font-weight:600}',
  '.edge{fill:none;stroke-width:1.6}.edge.denied,.edge.unknown,.edge.warned{stroke-dasharray:6 4}.edge.denied{stroke-width:2.4}',
].join('');

/** The style sheet. */
export const STYLE = `${SHAPES}${rules(LIGHT)}@media screen and (prefers-color-scheme:dark){${rules(DARK)}}`;
