/** The demo's page: headings, explanations, commands with their output, marks. Calm, in 100 columns at most. */
import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../context.js';
import { wrapProse } from './prose.js';
import { layOut } from './shown-command.js';

const WIDEST = 100;
const NARROWEST = 60;
const MARGIN = '  ';
const OUTPUT_MARGIN = '    ';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  red: [31, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** SGR sequences (ECMA-48, 8.3.117), which set colours and weights. */
const COLOURS = new RegExp(`(${String.fromCharCode(0x1b)}\\[[\\d;]*m)`);

export type Mark = '✓' | '✗';
const MARK_STYLES: Readonly<Record<Mark, Style>> = { '✓': 'green', '✗': 'red' };

export class Screen {
  readonly #out: Output;
  /** Commands of which only the end is shown stand together, apart from all else. */
  #amongDone = false;
  /** True where colours are seen. */
  readonly colour: boolean;
  readonly width: number;

  constructor(out: Output, env: NodeJS.ProcessEnv) {
    this.#out = out;
    this.colour = out.isTTY === true && !env.NO_COLOR;
    // A pseudo-terminal that was given no size says that it has 0 columns.
    this.width = Math.max(NARROWEST, Math.min(out.columns || WIDEST, WIDEST));
  }

  heading(text: string): void {
    this.#line('');
    this.#line(this.#paint('bold', text));
    this.#line(this.#paint('dim', '─'.repeat(this.width)));
  }

  /** Prose, broken into lines. */
  explain(text: string): void {
    this.#line('');
    for (const line of this.#wrapped(text, MARGIN)) this.#line(this.#paint('dim', line));
  }

  /** Lines that are not to be broken: they may be copied. */
  verbatim(lines: readonly string[]): void {
    for (const line of lines) this.#line(`${MARGIN}${line}`);
  }

  command(prompt: string, words: readonly string[]): void {
    this.#line('');
    this.#commandLines(prompt, words, '');
  }

  /** A command of which only that it went well is shown, and the first line of what it said, if any. */
  doneCommand(prompt: string, words: readonly string[], said?: string): void {
    if (!this.#amongDone) this.#line('');
    this.#commandLines(prompt, words, ` ${this.#paint('green', '✓')}`);
    if (said !== undefined) this.#line(`${OUTPUT_MARGIN}${this.#paint('dim', said)}`);
    this.#amongDone = true;
  }

  #commandLines(prompt: string, words: readonly string[], end: string): void {
    const [first = '', ...others] = layOut(words, this.width - prompt.length - MARGIN.length - 2, '    ');
    const lines = [`${MARGIN}${this.#paint('cyan', prompt)} ${this.#paint('bold', first)}`];
    lines.push(...others.map((line) => `${MARGIN}${this.#paint('bold', line)}`));
    this.#line(`${lines.join('\n')}${end}`);
  }

  /** Takes output as it comes, and indents it. Call the result's `end` when there is no more. */
  output(): { write: (text: string) => void; end: () => void } {
    let atStart = true;
    return {
      write: (text) => {
        for (const piece of this.#colours(text).split(/(?<=\n)/)) {
          if (piece === '') continue;
          this.#out.write(atStart && piece !== '\n' ? `${OUTPUT_MARGIN}${piece}` : piece);
          atStart = piece.endsWith('\n');
        }
      },
      end: () => {
        if (!atStart) this.#out.write('\n');
        atStart = true;
      },
    };
  }

  result(mark: Mark, text: string): void {
    const [first = '', ...others] = this.#wrapped(text, OUTPUT_MARGIN);
    this.#line(`${MARGIN}${this.#paint(MARK_STYLES[mark], mark)} ${first.trimStart()}`);
    for (const line of others) this.#line(line);
  }

  /** Colours are kept where they are seen; nothing else that moves the cursor is, for the output is indented. */
  #colours(text: string): string {
    if (!this.colour) return stripVTControlCharacters(text).replaceAll('\r', '');
    return text
      .split(COLOURS)
      .map((part, index) => (index % 2 === 1 ? part : stripVTControlCharacters(part)))
      .join('')
      .replaceAll('\r', '');
  }

  #wrapped(text: string, margin: string): string[] {
    return text
      .split('\n')
      .flatMap((line) => wrapProse(line, this.width - margin.length).map((each) => `${margin}${each}`));
  }

  #paint(style: Style, text: string): string {
    const [on, off] = CODES[style];
    return this.colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }

  #line(text: string): void {
    this.#amongDone = false;
    this.#out.write(`${text}\n`);
  }
}
