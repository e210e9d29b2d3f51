/**
 * What values that the plan leaves open will be, as far as that is certain: a service account's address follows from
 * its id, a service agent's from its API and its project. A project's number that is still to come is spelled by a
 * stand-in.
 */
import {
  callOf,
  longest,
  modulePath,
  parseReference,
  type Reference,
  resourceOf,
  within,
} from './addresses.js';
import type { ConfigurationFiles } from './configuration-files.js';
import { derivedValue } from './derived.js';
import type { ConfiguredModule, ConfiguredResource, PlanDocument, ResourceChange } from './document.js';
import { at, fieldsOf, type Path, textOf, textsOf } from './json.js';

/** From where an expression is looked at: an instance of a module, and of a resource. */
interface Scope {
  readonly module: string;
  readonly index?: string | number | undefined;
}

/** The instances of one resource, in the order of the plan and by their keys: there may be thousands. */
interface Instances {
  readonly all: ResourceChange[];
  readonly byIndex: Map<string | number | undefined, ResourceChange>;
}

const DEEPEST = 50;

export class Resolver {
  readonly #byResource = new Map<string, Instances>();
  readonly #configured = new Map<string, ConfiguredResource>();
  readonly #modules = new Map<string, ConfiguredModule>();
  /** Guards against references in a circle. */
  #depth = 0;

  constructor(
    readonly document: PlanDocument,
    readonly files: ConfigurationFiles,
  ) {
    for (const change of document.changes) {
      const key = `${change.module} ${resourceOf(change)}`;
      const known: Instances = this.#byResource.get(key) ?? { all: [], byIndex: new Map() };
      const { all, byIndex } = known;
      all.push(change);
      if (!byIndex.has(change.index)) byIndex.set(change.index, change);
      this.#byResource.set(key, known);
    }
    this.#index(document.root, '');
  }

  #index(module: ConfiguredModule, path: string): void {
    this.#modules.set(path, module);
    for (const resource of module.resources)
      this.#configured.set(`${path} ${resourceOf(resource)}`, resource);
    for (const [name, call] of module.calls) this.#index(call.module, path === '' ? name : `${path}.${name}`);
  }

  configured({ module, ...change }: ResourceChange): ConfiguredResource | undefined {
    return this.#configured.get(`${modulePath(module)} ${resourceOf(change)}`);
  }

  /**
   * The text of an attribute after apply; undefined when it is not known, or none.
   * @param bare true where an expression that refers to a single thing can only be that thing itself
   */
  text(change: ResourceChange, path: Path, bare = true): string | undefined {
    const known = at(change.after, path);
    if (typeof known === 'string') return known === '' ? undefined : known;
    if (typeof known === 'number' || typeof known === 'boolean') return String(known);
    if (!this.isUnknown(change, path)) return undefined;
    const written = this.#expressionOf(change, path);
    if (written !== undefined) return this.#evaluate(written, change);
    return bare ? this.#referred(change, path) : undefined;
  }

  /** The texts of a list; undefined entries are not known, and undefined is a list of which nothing is known. */
  texts(change: ResourceChange, path: Path): readonly (string | undefined)[] | undefined {
    const known = at(change.after, path);
    if (Array.isArray(known) && !this.#allUnknown(change, path)) {
      return known.map(
        (_, index) => this.text(change, [...path, index], false) ?? this.#element(change, path, index),
      );
    }
    if (!this.isUnknown(change, path)) return [];
    return this.#writtenList(change, path);
  }

  /** True when the plan says that the value is known only after apply. */
  isUnknown({ afterUnknown }: ResourceChange, path: Path): boolean {
    let found: unknown = afterUnknown;
    for (const step of path) {
      if (found === true) return true;
      found = at(found, [step]);
    }
    return found === true || (typeof found === 'object' && found !== null && holdsTrue(found));
  }

  #allUnknown({ afterUnknown }: ResourceChange, path: Path): boolean {
    return at(afterUnknown, path) === true;
  }

  /** As written in the file that the plan was made of, where that is at hand: it says what is around a reference. */
  #expressionOf(change: ResourceChange, path: Path): string | undefined {
    return this.files.expression(modulePath(change.module), resourceOf(change), path);
  }

  #writtenList(change: ResourceChange, path: Path): readonly (string | undefined)[] | undefined {
    const text = this.#expressionOf(change, path);
    const elements = text === undefined ? undefined : elementsOf(text);
    if (elements) return elements.map((element) => this.#evaluate(element, change));
    const references = this.#references(change, path);
    return references.length === 0 ? undefined : references.map((each) => this.#refer(each, change));
  }

  #element(change: ResourceChange, path: Path, index: number): string | undefined {
    const text = this.#expressionOf(change, path);
    const element = text === undefined ? undefined : elementsOf(text)?.[index];
    if (element !== undefined) return this.#evaluate(element, change);
    const references = this.#references(change, path);
    const unknowns = textsCount(at(change.after, path));
    // One reference and one unknown element: which is which leaves no choice.
    return unknowns === 1 && references.length === 1 ? this.#refer(references[0] ?? '', change) : undefined;
  }

  /** By the references that the plan lists, when there is only one. */
  #referred(change: ResourceChange, path: Path): string | undefined {
    const [only, ...others] = this.#references(change, path);
    return only === undefined || others.length > 0 ? undefined : this.#refer(only, change);
  }

  #references(change: ResourceChange, path: Path): readonly string[] {
    const expression = fieldsOf(at(this.configured(change)?.expressions, path));
    return longest(textsOf(expression.references));
  }

  /** An expression of HCL: a reference, or a string with references in it. Anything else is not worked out. */
  #evaluate(text: string, scope: Scope): string | undefined {
    const traversal = /^[\w.[\]"*-]+$/.test(text) && !text.startsWith('"');
    if (traversal) return this.#refer(text, scope);
    const [, content] = /^"((?:[^"\\]|\\.|\$\{[^{}]*\})*)"$/s.exec(text) ?? [];
    if (content === undefined) return undefined;
    let value = '';
    for (const [part, reference] of content.matchAll(/\$\{\s*([^{}]*?)\s*\}|(?:(?!\$\{)[\s\S])+/g)) {
      const resolved = reference === undefined ? literal(part) : this.#refer(reference, scope);
      if (resolved === undefined) return undefined;
      value += resolved;
    }
    return value;
  }

  #refer(text: string, scope: Scope): string | undefined {
    if (this.#depth > DEEPEST) return undefined;
    this.#depth++;
    try {
      return this.#follow(parseReference(text), scope);
    } finally {
      this.#depth--;
    }
  }

  #follow(reference: Reference, scope: Scope): string | undefined {
    switch (reference.kind) {
      case 'variable':
        return this.#variable(reference, scope);
      case 'local': {
        const written = this.files.local(modulePath(scope.module), reference.name);
        return written === undefined || reference.rest.length > 0
          ? undefined
          : this.#evaluate(written, { module: scope.module });
      }
      case 'module': {
        if (reference.output === undefined) return undefined;
        const module = within(scope.module, `module.${reference.name}${reference.key ?? ''}`);
        const output = this.#modules.get(modulePath(module))?.outputs.get(reference.output);
        return output && this.#expression(output.expression, { module });
      }
      case 'resource': {
        const change = this.instance(reference, scope);
        const [attribute, ...more] = reference.rest;
        if (!change || attribute === undefined || more.length > 0) return undefined;
        return this.value(change, attribute);
      }
      case 'each':
        return reference.rest[0] === 'key' && typeof scope.index === 'string' ? scope.index : undefined;
      case 'count':
        return typeof scope.index === 'number' ? String(scope.index) : undefined;
      case 'other':
        return undefined;
    }
  }

  #variable({ name, rest }: Extract<Reference, { name: string; rest: readonly string[] }>, scope: Scope) {
    const call = callOf(scope.module);
    if (!call) {
      const value = at(this.document.variables.get(name), rest);
      return typeof value === 'string' ? value : undefined;
    }
    const expression = this.#modules.get(modulePath(call.caller))?.calls.get(call.name)?.expressions[name];
    return rest.length > 0 ? undefined : this.#expression(expression, { module: call.caller });
  }

  /** An expression as the plan describes it: a constant, or the references in it. */
  #expression(expression: unknown, scope: Scope): string | undefined {
    const { constant_value, references } = fieldsOf(expression);
    if (typeof constant_value === 'string') return constant_value;
    const [only, ...others] = longest(textsOf(references));
    return only === undefined || others.length > 0 ? undefined : this.#refer(only, scope);
  }

  /** The one instance that a reference means, if that is clear. */
  instance(
    { resource, key }: Extract<Reference, { kind: 'resource' }>,
    { module, index }: Scope,
  ): ResourceChange | undefined {
    const instances = this.#byResource.get(`${module} ${resource}`);
    const wanted = key === undefined || key === '[each.key]' ? undefined : JSON.parse(key.slice(1, -1));
    if (wanted !== undefined) return instances?.byIndex.get(wanted);
    if (instances?.all.length === 1) return instances.all[0];
    return key === '[each.key]' ? instances?.byIndex.get(index) : undefined;
  }

  /** The instances that an attribute refers to, by whatever expression. */
  referredTo(change: ResourceChange, path: Path): readonly ResourceChange[] {
    return this.#references(change, path).flatMap((text) => {
      const reference = parseReference(text);
      const found = reference.kind === 'resource' ? this.instance(reference, change) : undefined;
      return found ? [found] : [];
    });
  }

  /** An attribute of a resource, worked out where the plan does not tell it. */
  value(change: ResourceChange, attribute: string): string | undefined {
    const known = change.after[attribute];
    if (typeof known === 'string' && known !== '') return known;
    return derivedValue(this, change, attribute) ?? this.text(change, [attribute]);
  }

  /** The id of the project that a resource lies in; the provider's where the resource names none. */
  project(change: ResourceChange): string | undefined {
    if (change.type === 'google_project') return this.value(change, 'project_id');
    const named = this.text(change, ['project']);
    const id = named ?? this.#expression(this.document.provider.project, { module: '' });
    return id?.replace(/^projects\//, '');
  }

  location(change: ResourceChange): string | undefined {
    return (
      this.text(change, ['location']) ??
      this.text(change, ['region']) ??
      this.#expression(this.document.provider.region, { module: '' })
    );
  }
}

function holdsTrue(value: unknown): boolean {
  if (value === true) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsTrue);
}

function textsCount(list: unknown): number {
  return Array.isArray(list) ? list.filter((each) => textOf(each) === undefined).length : 0;
}

/** What stands between templates, with HCL's escapes undone. */
function literal(text: string): string | undefined {
  if (text.includes('%{')) return undefined;
  try {
    const value: unknown = JSON.parse(`"${text.replaceAll('$${', '${')}"`);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The elements of a list as written, `["a", b.c]`; undefined for any other expression. */
function elementsOf(text: string): readonly string[] | undefined {
  const [, inside] = /^\[([\s\S]*)\]$/.exec(text) ?? [];
  if (inside === undefined) return undefined;
  const elements = inside
    .replace(/(?:#|\/\/).*$/gm, '')
    .match(/"(?:[^"\\]|\\.)*"|[^\s,"[\]{}()]+(?:\["[^"]*"\][^\s,]*)?/g);
  return /[{}()]/.test(inside.replace(/"(?:[^"\\]|\\.)*"/g, '')) ? undefined : (elements ?? []);
}
