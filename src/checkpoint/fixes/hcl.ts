/** Terraform's language, as much of it as the fixes need (https://developer.hashicorp.com/terraform/language/syntax). */

/** An expression that is written as it stands, e.g. `google_service_account.runtime.member`. */
export interface Expression {
  readonly expression: string;
}

export type Value = string | readonly string[] | Expression;

const ESCAPES: Readonly<Record<string, string>> = { b: '\\u0008', f: '\\u000c' };

/** JSON's escapes but for two that HCL does not know, and with `${` and `%{`, which would begin a template, doubled. */
export function hclString(text: string): string {
  const quoted = JSON.stringify(text).replace(
    /\\(.)/g,
    (escaped, letter: string) => ESCAPES[letter] ?? escaped,
  );
  return quoted.replace(/[$%]\{/g, (opening) => `${opening.charAt(0)}${opening}`);
}

function hclValue(value: Value): string {
  if (typeof value === 'string') return hclString(value);
  if ('expression' in value) return value.expression;
  return `[${value.map(hclString).join(', ')}]`;
}

/** A block as `terraform fmt` would leave it: the equals signs below one another. */
export function resourceBlock(type: string, label: string, values: Readonly<Record<string, Value>>): string {
  const width = Math.max(...Object.keys(values).map((key) => key.length));
  const lines = Object.entries(values).map(([key, value]) => `  ${key.padEnd(width)} = ${hclValue(value)}`);
  return [`resource "${type}" "${label}" {`, ...lines, '}'].join('\n');
}

/** A name of Terraform's out of names of Google's. */
export const identifier = (...parts: readonly string[]): string =>
  parts
    .join('_')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^(?=[^a-z])/, 'r_')
    .replace(/_$/, '');

/** Labels that stay apart: a second one of the same name gets a number. */
export class Labels {
  readonly #taken = new Set<string>();
  /** Of labels that came before, the number to try next: all below it are taken. */
  readonly #next = new Map<string, number>();

  unused(label: string): string {
    let candidate = label;
    let next = this.#next.get(label) ?? 2;
    for (; this.#taken.has(candidate); next++) candidate = `${label}_${next}`;
    this.#next.set(label, next);
    this.#taken.add(candidate);
    return candidate;
  }
}
