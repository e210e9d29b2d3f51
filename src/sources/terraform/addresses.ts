/** Terraform's addresses and references (https://developer.hashicorp.com/terraform/cli/state/resource-addressing). */
import type { ResourceChange } from './document.js';

const KEY = String.raw`\[(?:"(?:[^"\\]|\\.)*"|\d+)\]`;
const MODULE_STEP = new RegExp(String.raw`module\.([\w-]+)(?:${KEY})?\.?`, 'g');

/** From `module.app["a"].module.db` to `app.db`, as the configuration is nested. */
export function modulePath(module: string): string {
  return [...module.matchAll(MODULE_STEP)].map(([, name]) => name).join('.');
}

/** The module that calls this one, and by what name: from `module.a["x"].module.b` to `module.a["x"]` and `b`. */
export function callOf(module: string): { readonly caller: string; readonly name: string } | undefined {
  const last = [...module.matchAll(MODULE_STEP)].at(-1);
  if (!last) return undefined;
  return { caller: module.slice(0, last.index).replace(/\.$/, ''), name: last[1] ?? '' };
}

export function within(module: string, name: string): string {
  return module === '' ? name : `${module}.${name}`;
}

/** `TYPE.NAME`, or `data.TYPE.NAME`: the resource without its module and its key. */
export function resourceOf({ mode, type, name }: Pick<ResourceChange, 'mode' | 'type' | 'name'>): string {
  return mode === 'data' ? `data.${type}.${name}` : `${type}.${name}`;
}

/** What a reference in an expression refers to. */
export type Reference =
  | { readonly kind: 'variable' | 'local'; readonly name: string; readonly rest: readonly string[] }
  | { readonly kind: 'module'; readonly name: string; readonly key?: string; readonly output?: string }
  | {
      readonly kind: 'resource';
      /** As resourceOf() says. */
      readonly resource: string;
      readonly key?: string;
      readonly rest: readonly string[];
    }
  | { readonly kind: 'each' | 'count'; readonly rest: readonly string[] }
  | { readonly kind: 'other' };

const STEP = new RegExp(String.raw`(?:^|\.)([A-Za-z_][\w-]*|\d+|\*)|(${KEY})|\[each\.key\]|\[\*\]`, 'gy');

/** Reads a reference as plans and configurations spell it, e.g. `google_project.p["a"].number`. */
export function parseReference(text: string): Reference {
  const steps: string[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) return { kind: 'other' };
    steps.push(match[1] ?? match[2] ?? match[0]);
  }
  const [first = '', second, ...rest] = steps;
  if (second === undefined) return { kind: 'other' };
  switch (first) {
    case 'var':
      return { kind: 'variable', name: second, rest };
    case 'local':
      return { kind: 'local', name: second, rest };
    case 'each':
      return { kind: 'each', rest: [second, ...rest] };
    case 'count':
      return { kind: 'count', rest: [second, ...rest] };
    case 'module': {
      const { key, rest: names } = keyed(rest);
      const [output] = names;
      return { kind: 'module', name: second, ...(key && { key }), ...(output && { output }) };
    }
    case 'path':
    case 'terraform':
    case 'self':
      return { kind: 'other' };
    case 'data': {
      const [name, ...after] = rest;
      if (name === undefined) return { kind: 'other' };
      return { kind: 'resource', resource: `data.${second}.${name}`, ...keyed(after) };
    }
    default:
      return { kind: 'resource', resource: `${first}.${second}`, ...keyed(rest) };
  }
}

function keyed(steps: readonly string[]): { key?: string; rest: readonly string[] } {
  const [first, ...rest] = steps;
  return first?.startsWith('[') ? { key: first, rest } : { rest: steps };
}

/** The references that say most: without those that another one only goes on from. */
export function longest(references: readonly string[]): readonly string[] {
  return references.filter(
    (reference) =>
      !references.some((other) => other.startsWith(`${reference}.`) || other.startsWith(`${reference}[`)),
  );
}
