/** Sentences with gaps: made by filling the gaps, and found again in a text with what stands in them. */

/** A place in a sentence for something without blanks: an image, an address, a project. */
export interface Gap<Name extends string> {
  readonly gap: Name;
}

export const gap = <Name extends string>(name: Name): Gap<Name> => ({ gap: name });

export interface Sentence<Name extends string> {
  readonly say: (filled: Readonly<Record<Name, string>>) => string;
  /** What stands in the gaps where the sentence first occurs in the text; undefined when it does not. */
  readonly find: (text: string) => Readonly<Record<Name, string>> | undefined;
  /** The longest stretch without a gap: a text that lacks it lacks the sentence. */
  readonly literal: string;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Takes a template whose values are gaps, and strings that always stand there. */
export function sentence<Name extends string>(
  words: TemplateStringsArray,
  ...values: readonly (string | Gap<Name>)[]
): Sentence<Name> {
  const literals: string[] = [words[0] ?? ''];
  const names: Name[] = [];
  for (const [index, value] of values.entries()) {
    const following = words[index + 1] ?? '';
    if (typeof value === 'string') literals.push(`${literals.pop() ?? ''}${value}${following}`);
    else {
      names.push(value.gap);
      literals.push(following);
    }
  }
  // A sentence begins with a word of its own, and ends before a blank: an image may hold full stops.
  const pattern = new RegExp(`(?<![\\w.@-])${literals.map(escaped).join('(\\S+)')}(?!\\S)`);
  return {
    say: (filled) =>
      literals
        .map((literal, index) => `${index === 0 ? '' : filled[names[index - 1] as Name]}${literal}`)
        .join(''),
    find: (text) => {
      const match = pattern.exec(text);
      if (!match) return undefined;
      return Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? ''])) as Record<
        Name,
        string
      >;
    },
    literal: literals.reduce((longest, each) => (each.length > longest.length ? each : longest)),
  };
}
