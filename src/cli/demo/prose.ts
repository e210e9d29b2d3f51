/** Breaks prose into lines: English at blanks, Japanese between any two characters that may be parted. Pure. */
import { displayWidth } from '../../checkpoint/index.js';

/** Must not begin a line (JIS X 4051, kinsoku). */
const CLOSING = /^[、。，．）」』】：；？！ーっゃゅょァィゥェォッャュョ%]/u;
/** Must not end one. */
const OPENING = /[（「『【]$/u;

/** What is never parted: words of narrow characters, single wide ones, each with the punctuation that clings to it. */
function pieces(text: string): string[] {
  const out: string[] = [];
  for (const [piece] of text.matchAll(/[\u0021-\u007e\u00a0-\u10ff\u2000-\u2bff]+| +|./gu)) {
    const last = out.at(-1);
    if (last !== undefined && (CLOSING.test(piece) || OPENING.test(last))) out[out.length - 1] = last + piece;
    else out.push(piece);
  }
  return out;
}

/** @param width columns of a line; a word that is longer stands alone on its line */
export function wrapProse(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text)) {
    if (line !== '' && displayWidth(line + piece.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else {
      line += piece;
    }
  }
  return [...lines, line.trimEnd()];
}
