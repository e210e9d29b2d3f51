/** Text in columns of a terminal, where a Japanese character is as wide as two others. */

/** East Asian wide and full-width characters, roughly as Unicode's EastAsianWidth.txt has them. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns that the text takes; it must hold no control characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!ZERO_WIDTH.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** Must not begin a line (the usual rule of Japanese typesetting). */
const CLOSING = /^[、。，．）」』】：；？！ー,.)\]:;]/u;

/** Places where a text may break when no blank is near: behind the punctuation of names, around wide characters. */
function pieces(word: string): string[] {
  const out: string[] = [];
  for (const piece of word.match(/[^/.@:,_-]*[/.@:,_-]|[^/.@:,_-]+/g) ?? []) {
    let narrow = '';
    for (const character of piece) {
      if (WIDE.test(character) && !CLOSING.test(character)) {
        if (narrow !== '') out.push(narrow);
        narrow = '';
        out.push(character);
      } else if (narrow === '' && CLOSING.test(character) && out.length > 0) {
        out.push(`${out.pop()}${character}`);
      } else {
        narrow += character;
      }
    }
    if (narrow !== '') out.push(narrow);
  }
  return out;
}

function cut(piece: string, width: number): string[] {
  const out: string[] = [];
  let line = '';
  for (const character of piece) {
    if (displayWidth(line + character) > width) {
      out.push(line);
      line = '';
    }
    line += character;
  }
  return [...out, line];
}

/** Breaks one line of text into lines of at most `width` columns (at least 2): at blanks, else inside long names. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  const place = (piece: string, glue: string) => {
    if (line !== '' && displayWidth(line + glue + piece) <= width) line += glue + piece;
    else {
      if (line !== '') lines.push(line);
      line = piece;
    }
  };
  for (const word of text.split(' ')) {
    if (displayWidth(word) <= width) place(word, ' ');
    else {
      const [first = '', ...rest] = pieces(word).flatMap((piece) => cut(piece, width));
      place(first, ' ');
      for (const piece of rest) place(piece, '');
    }
  }
  return [...lines, line];
}
