/** What to write into a configuration, as HCL to be pasted. */
import { callOf, resourceOf } from '../addresses.js';
import type { ResourceChange } from '../document.js';

/** The modules around something, outermost first; the root is left out. */
function modulesAround(module: string): readonly string[] {
  const around: string[] = [];
  for (let each = module; each !== ''; each = callOf(each)?.caller ?? '') around.unshift(each);
  return around;
}

const nameIn = (module: string) => `module.${callOf(module)?.name ?? ''}`;

/** Which block must wait, and for what: a resource of another module can only be waited for by module. */
export function dependsOn(change: ResourceChange, causes: readonly ResourceChange[]): string {
  const byBlock = new Map<string, Set<string>>();
  for (const cause of causes) {
    const mine = modulesAround(change.module);
    const theirs = modulesAround(cause.module);
    let shared = 0;
    while (shared < mine.length && mine[shared] === theirs[shared]) shared++;
    const inner = mine[shared];
    const block =
      inner === undefined
        ? `resource "${change.type}" "${change.name}"`
        : `module "${callOf(inner)?.name ?? ''}"`;
    const around = theirs[shared];
    const names = byBlock.get(block) ?? new Set();
    byBlock.set(block, names.add(around === undefined ? resourceOf(cause) : nameIn(around)));
  }
  return [...byBlock]
    .map(([block, names]) => `${block} {\n  # …\n  depends_on = ${list([...names])}\n}`)
    .join('\n\n');
}

function list(names: readonly string[]): string {
  const [only, ...others] = names;
  if (others.length === 0) return `[${only ?? ''}]`;
  return `[\n${names.map((name) => `    ${name},\n`).join('')}  ]`;
}

/** A block of HCL with its equals signs below one another; values are expressions. */
export function block(type: string, label: string, attributes: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(attributes).map((key) => key.length));
  const lines = Object.entries(attributes).map(([key, value]) => `  ${key.padEnd(width)} = ${value}`);
  return [`resource "${type}" "${label}" {`, ...lines, '}'].join('\n');
}

/** A string of HCL. Nothing that is quoted here has quotes or templates of its own. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

export function label(...parts: readonly string[]): string {
  return parts
    .join('_')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^(?=[^a-z])/, 'r_')
    .replace(/_$/, '');
}
