/**
 * The blocks and attributes of Terraform's own language, with the lines they stand on
 * (https://developer.hashicorp.com/terraform/language/syntax/configuration). Expressions stay text. What cannot be
 * read is skipped: this finds places, and Terraform itself has judged the syntax before there was a plan.
 */
import type { Path } from './json.js';

export interface HclAttribute {
  /** The expression, as written. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

export interface HclBlock {
  /** e.g. `resource` */
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  readonly column: number;
  readonly attributes: ReadonlyMap<string, HclAttribute>;
  readonly blocks: readonly HclBlock[];
}

/** Reads a file's top-level blocks. Never throws. */
export function readHcl(text: string): readonly HclBlock[] {
  return new Reader(text).body().blocks;
}

/** The attribute at a path like that of a plan's values, where blocks of a type are counted. */
export function attributeAt(block: HclBlock, path: Path): HclAttribute | undefined {
  const [name, next, ...rest] = path;
  if (typeof name !== 'string') return undefined;
  if (next === undefined) return block.attributes.get(name);
  if (typeof next !== 'number') return undefined;
  const inner = block.blocks.filter(({ type }) => type === name)[next];
  return inner && attributeAt(inner, rest);
}

/** The block at a path that ends in a number, or the nearest one around it. */
export function blockAt(block: HclBlock, path: Path): HclBlock {
  const [name, index, ...rest] = path;
  if (typeof index !== 'number') return block;
  const inner = block.blocks.filter(({ type }) => type === name)[index];
  return inner ? blockAt(inner, rest) : block;
}

const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy;
const HEREDOC = /<<[-~]?([\p{L}_][\p{L}\p{N}_-]*)[ \t]*\r?\n/uy;
const OPENING = '([{';
const CLOSING = ')]}';

class Reader {
  #at = 0;
  readonly #lines: number[] = [0];

  constructor(readonly text: string) {
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) this.#lines.push(end + 1);
  }

  /** Up to the end of the text, or of the block: its brace is consumed. */
  body(): Pick<HclBlock, 'attributes' | 'blocks'> {
    const attributes = new Map<string, HclAttribute>();
    const blocks: HclBlock[] = [];
    for (;;) {
      this.#skipSpace(true);
      const char = this.text[this.#at];
      if (char === undefined) break;
      if (char === '}') {
        this.#at++;
        break;
      }
      const start = this.#at;
      const name = this.#name();
      if (name === undefined) {
        this.#skipOne();
        continue;
      }
      const place = this.#place(start);
      const labels = this.#labels();
      if (this.text[this.#at] === '{') {
        this.#at++;
        blocks.push({ type: name, labels, ...place, ...this.body() });
      } else if (this.text[this.#at] === '=' && labels.length === 0) {
        this.#at++;
        this.#skipSpace(false);
        const from = this.#at;
        this.#skipExpression();
        attributes.set(name, { text: this.text.slice(from, this.#at).trim(), ...place });
      }
    }
    return { attributes, blocks };
  }

  #name(): string | undefined {
    NAME.lastIndex = this.#at;
    const [name] = NAME.exec(this.text) ?? [];
    if (name !== undefined) this.#at += name.length;
    return name;
  }

  #labels(): string[] {
    const labels: string[] = [];
    for (;;) {
      this.#skipSpace(false);
      if (this.text[this.#at] === '"') {
        const from = this.#at;
        this.#skipString();
        labels.push(this.text.slice(from + 1, this.#at - 1));
        continue;
      }
      const name = this.#name();
      if (name === undefined) return labels;
      labels.push(name);
    }
  }

  #place(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lines[low] ?? 0) + 1 };
  }

  #skipSpace(newlines: boolean): void {
    for (;;) {
      const char = this.text[this.#at];
      if (
        char === ' ' ||
        char === '\t' ||
        char === '\r' ||
        char === '\uFEFF' ||
        (newlines && char === '\n')
      ) {
        this.#at++;
      } else if (!this.#skipComment()) return;
    }
  }

  #atComment(): boolean {
    return this.text[this.#at] === '#' || this.text.startsWith('//', this.#at);
  }

  #skipComment(): boolean {
    const two = this.text.slice(this.#at, this.#at + 2);
    if (this.#atComment()) {
      const end = this.text.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.text.length : end;
      return true;
    }
    if (two !== '/*') return false;
    const end = this.text.indexOf('*/', this.#at + 2);
    this.#at = end < 0 ? this.text.length : end + 2;
    return true;
  }

  /** Over one thing that may hold brackets or quotes of its own. */
  #skipOne(): void {
    HEREDOC.lastIndex = this.#at;
    const heredoc = HEREDOC.exec(this.text);
    if (this.text[this.#at] === '"') this.#skipString();
    else if (heredoc) this.#skipHeredoc(heredoc[1] ?? '', heredoc[0].length);
    else if (!this.#skipComment()) this.#at++;
  }

  #skipString(): void {
    this.#at++;
    while (this.#at < this.text.length) {
      const char = this.text[this.#at];
      if (char === '\\') this.#at += 2;
      else if (char === '"') {
        this.#at++;
        return;
      } else if ((char === '$' || char === '%') && this.text[this.#at + 1] === '{') {
        // `$${` is no template.
        if (this.text[this.#at - 1] === char) this.#at += 2;
        else {
          this.#at += 2;
          this.#skipTo('}');
        }
      } else if (char === '\n') return;
      else this.#at++;
    }
  }

  #skipHeredoc(word: string, length: number): void {
    this.#at += length;
    while (this.#at < this.text.length) {
      const end = this.text.indexOf('\n', this.#at);
      const line = this.text.slice(this.#at, end < 0 ? undefined : end);
      // The newline after the closing word ends the expression as well.
      this.#at = end < 0 ? this.text.length : end + 1;
      if (line.trim() === word) {
        if (end >= 0) this.#at = end;
        return;
      }
    }
  }

  /** Past the closing bracket that belongs to one already passed. */
  #skipTo(closing: string): void {
    let depth = 0;
    while (this.#at < this.text.length) {
      const char = this.text[this.#at] ?? '';
      if (depth === 0 && char === closing) {
        this.#at++;
        return;
      }
      if (OPENING.includes(char)) depth++;
      else if (CLOSING.includes(char)) depth--;
      this.#skipOne();
    }
  }

  /** To the newline, or the end of the block, that ends an expression. */
  #skipExpression(): void {
    let depth = 0;
    while (this.#at < this.text.length) {
      const char = this.text[this.#at] ?? '';
      if (depth === 0 && (char === '\n' || char === '}' || this.#atComment())) return;
      if (OPENING.includes(char)) depth++;
      else if (CLOSING.includes(char)) depth--;
      this.#skipOne();
    }
  }
}
