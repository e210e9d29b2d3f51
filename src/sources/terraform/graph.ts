/**
 * Which resource waits for which: Terraform's own order, from references and `depends_on`, through modules' inputs
 * and outputs (https://developer.hashicorp.com/terraform/internals/graph). Resources stand for all their instances.
 */
import { longest, modulePath, parseReference, resourceOf } from './addresses.js';
import type { ConfigurationFiles } from './configuration-files.js';
import type { ConfiguredModule, ModuleCall, PlanDocument, ResourceChange } from './document.js';
import { fieldsOf, textsOf } from './json.js';

/** What something waits for. */
export interface Upstream {
  readonly nodes: ReadonlySet<string>;
  /** Local values on the way that no file shows: there may be edges behind them. */
  readonly locals: ReadonlySet<string>;
}

interface Edges {
  readonly nodes: Set<string>;
  readonly locals: Set<string>;
}

/** A module of the configuration, with the call that made it. */
interface Nested {
  readonly module: ConfiguredModule;
  readonly call?: { readonly of: ModuleCall; readonly caller: string };
}

const DEEPEST = 100;

export class DependencyGraph {
  readonly #modules = new Map<string, Nested>();
  readonly #edges = new Map<string, Edges>();
  readonly #upstream = new Map<string, Upstream>();

  constructor(
    { root }: PlanDocument,
    readonly files: ConfigurationFiles,
  ) {
    this.#nest('', { module: root });
    for (const [path, { module }] of this.#modules) {
      for (const resource of module.resources) {
        const edges: Edges = { nodes: new Set(), locals: new Set() };
        const { expressions, others, dependsOn } = resource;
        for (const text of [...referencesIn([expressions, ...others]), ...dependsOn]) {
          this.#follow(text, path, edges, 0);
        }
        this.#followCalls(path, edges);
        this.#edges.set(nodeName(path, resourceOf(resource)), edges);
      }
    }
  }

  #nest(path: string, nested: Nested): void {
    this.#modules.set(path, nested);
    for (const [name, of] of nested.module.calls) {
      this.#nest(path === '' ? name : `${path}.${name}`, { module: of.module, call: { of, caller: path } });
    }
  }

  /** Everything in a module waits for what its call waits for. */
  #followCalls(path: string, edges: Edges): void {
    for (let call = this.#modules.get(path)?.call; call; call = this.#modules.get(call.caller)?.call) {
      for (const text of [...referencesIn(call.of.others), ...call.of.dependsOn]) {
        this.#follow(text, call.caller, edges, 0);
      }
    }
  }

  #follow(text: string, path: string, edges: Edges, depth: number): void {
    if (depth > DEEPEST) return;
    const next = (texts: readonly string[], where: string) => {
      for (const each of texts) this.#follow(each, where, edges, depth + 1);
    };
    const wholeModule = /^module\.([\w-]+)(?:\[[^\]]*\])?$/.exec(text)?.[1];
    if (wholeModule !== undefined) {
      this.#wholeModule(path === '' ? wholeModule : `${path}.${wholeModule}`, edges);
      return;
    }
    const reference = parseReference(text);
    switch (reference.kind) {
      case 'resource':
        edges.nodes.add(nodeName(path, reference.resource));
        return;
      case 'variable': {
        const call = this.#modules.get(path)?.call;
        if (call) next(referencesIn(call.of.expressions[reference.name]), call.caller);
        return;
      }
      case 'local': {
        const written = this.files.local(path, reference.name);
        if (written === undefined) edges.locals.add(`local.${reference.name}`);
        else next(traversals(written), path);
        return;
      }
      case 'module': {
        const inner = path === '' ? reference.name : `${path}.${reference.name}`;
        const output =
          reference.output === undefined
            ? undefined
            : this.#modules.get(inner)?.module.outputs.get(reference.output);
        if (output) next([...referencesIn(output.expression), ...output.dependsOn], inner);
        else this.#wholeModule(inner, edges);
        return;
      }
      default:
        return;
    }
  }

  #wholeModule(path: string, edges: Edges): void {
    for (const [inner, { module }] of this.#modules) {
      if (inner !== path && !inner.startsWith(`${path}.`)) continue;
      for (const resource of module.resources) edges.nodes.add(nodeName(inner, resourceOf(resource)));
    }
  }

  /** Everything that is certainly done before this resource is. */
  upstreamOf(node: string): Upstream {
    const known = this.#upstream.get(node);
    if (known) return known;
    const nodes = new Set<string>();
    const locals = new Set<string>();
    const waiting = [node];
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      const edges = this.#edges.get(each);
      for (const local of edges?.locals ?? []) locals.add(local);
      for (const next of edges?.nodes ?? []) {
        if (nodes.has(next)) continue;
        nodes.add(next);
        waiting.push(next);
      }
    }
    const upstream = { nodes, locals };
    this.#upstream.set(node, upstream);
    return upstream;
  }
}

function nodeName(path: string, resource: string): string {
  return `${path} ${resource}`;
}

const NODES = new WeakMap<ResourceChange, string>();

/** Asked of every change for every deploy, and so spelled once. */
export function nodeOf(change: ResourceChange): string {
  const known = NODES.get(change);
  if (known !== undefined) return known;
  const node = nodeName(modulePath(change.module), resourceOf(change));
  NODES.set(change, node);
  return node;
}

/** All references in expressions, however deep in blocks. */
function referencesIn(value: unknown): readonly string[] {
  const found: string[] = [];
  const waiting: unknown[] = [value];
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (typeof each !== 'object' || each === null) continue;
    found.push(...textsOf(fieldsOf(each).references));
    for (const inner of Object.values(each))
      if (typeof inner === 'object' && inner !== null) waiting.push(inner);
  }
  return longest(found);
}

/** Whatever looks like a reference in an expression as written: one too many only makes an edge more. */
function traversals(text: string): readonly string[] {
  return text.match(/[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\["[^"]*"\]|\[\d+\])+/g) ?? [];
}
