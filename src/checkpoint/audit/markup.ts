/** HTML and SVG by templates in which every value is escaped unless it is markup itself. */

/** Markup that needs no escaping. */
export class Markup {
  constructor(readonly text: string) {}
}

type Value = string | number | Markup | undefined | readonly (Markup | undefined)[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Also what no document may hold (https://html.spec.whatwg.org/multipage/parsing.html#preprocessing-the-input-stream). */
export function escapeMarkup(text: string): string {
  return text
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

export function html(words: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(words.reduce((text, word, index) => `${text}${rendered(values[index - 1])}${word}`));
}

function rendered(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map((each) => each?.text ?? '').join('\n');
  return escapeMarkup(String(value));
}
