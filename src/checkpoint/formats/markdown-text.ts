/** Text of strangers inside GitHub-flavoured Markdown (https://github.github.com/gfm/). */

const longestRun = (text: string) => Math.max(0, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));

/** On one line, and nothing in it that a page or a log could take for the end of one. */
export const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

/** Prose, with everything that Markdown or HTML would act on escaped; fit for a cell of a table. */
export const prose = (text: string) =>
  oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~$]|^(?:[#+-]|\d+(?=[.)]))/g, '\\$&')
    // A name after `@` would call somebody; a bare address would become a link.
    .replace(/(?<!\w)@/g, '&#64;')
    .replace(/:\/\//g, '&#58;//');

/** A code span; fit for a cell of a table, where a bar must be escaped even there. */
export function code(text: string): string {
  const line = oneLine(text);
  if (line === '') return '';
  const fence = '`'.repeat(longestRun(line) + 1);
  const padding = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`.replaceAll('|', '\\|');
}

/** A block of code. */
export function block(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Folded away behind a line. @param summary as prose() gives it */
export const folded = (summary: string, body: string) =>
  `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;

/** A table of cells that are Markdown already. */
export const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
