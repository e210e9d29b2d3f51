/** Command lines as a user would type them: quoted for a shell, long ones over several lines. Pure. */

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What stays on one line: a word, or a flag with its value. */
function groups(words: readonly string[]): string[] {
  const out: string[] = [];
  for (const word of words) {
    const last = out.at(-1);
    if (last?.startsWith('--') && !last.includes('=') && !last.includes(' ') && !word.startsWith('--')) {
      out[out.length - 1] = `${last} ${quoted(word)}`;
    } else {
      out.push(quoted(word));
    }
  }
  return out;
}

/**
 * Lays a command line out.
 * @param words a single one is shown as it is: it is shell already
 * @param width columns for a line
 * @param indent what continued lines begin with
 */
export function layOut(words: readonly string[], width: number, indent: string): readonly string[] {
  const [only] = words;
  if (words.length === 1 && only !== undefined) return [only];
  const lines: string[] = [];
  let line = '';
  for (const group of groups(words)) {
    const longer = line === '' ? group : `${line} ${group}`;
    if (line !== '' && longer.length > width - 2) {
      lines.push(`${line} \\`);
      line = `${indent}${group}`;
    } else {
      line = longer;
    }
  }
  return [...lines, line].flatMap((each) => each.split('\n'));
}
