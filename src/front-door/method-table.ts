/** Finds the method that a verb and a path call, or gRPC's path, among one API's methods or among those of all. */
import {
  type Api,
  type ApiMethod,
  comparePathTemplates,
  compilePathTemplate,
  type HttpBinding,
  type PathTemplate,
} from '../google/index.js';

export interface MethodMatch {
  readonly api: Api;
  readonly method: ApiMethod;
  readonly binding: HttpBinding;
  /** The path's variables, decoded. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface MethodTable {
  /**
   * The most specific route that matches, of this API or, without one, of all APIs.
   * @throws GoogleError INVALID_ARGUMENT for a malformed percent-encoding
   */
  find(verb: string, path: string, api?: Api): MethodMatch | undefined;
  /** Over all APIs: of each that has a route for the path the most specific one, the most specific first. */
  findAll(verb: string, path: string): readonly MethodMatch[];
  /**
   * What gRPC's `/package.Service/Method` calls: on one API's host at most one method. Over all APIs there are
   * several where the service is a mixin (google.longrunning.Operations), in the order of the APIs; those without a
   * handler are named only when all are.
   */
  findRpc(path: string, api?: Api): readonly RpcMatch[];
}

export interface RpcMatch {
  readonly api: Api;
  readonly method: ApiMethod;
}

interface Route {
  readonly api: Api;
  readonly method: ApiMethod;
  readonly binding: HttpBinding;
  readonly template: PathTemplate;
}

/** Routes are compiled at the first call that needs them, to keep them out of the start. */
export function methodTable(apis: readonly Api[]): MethodTable {
  const compiled = new Map<Api | undefined, ReadonlyMap<string, readonly Route[]>>();

  function routesOf(api: Api | undefined): ReadonlyMap<string, readonly Route[]> {
    const known = compiled.get(api);
    if (known) return known;
    const routes = byVerb((api ? [api] : apis).flatMap(compileApi));
    compiled.set(api, routes);
    return routes;
  }

  let rpcs: ReadonlyMap<string, readonly RpcMatch[]> | undefined;

  return {
    findRpc(path, api) {
      rpcs ??= byRpcPath(apis);
      const found = rpcs.get(path) ?? [];
      if (api) return found.filter((match) => match.api === api);
      const served = found.filter(({ method }) => method.implemented !== false);
      return served.length > 0 ? served : found;
    },
    find(verb, path, api) {
      // HEAD is GET without the body.
      const routes = routesOf(api).get(verb === 'HEAD' ? 'GET' : verb) ?? [];
      for (const route of routes) {
        const match = matched(route, path);
        if (match) return match;
      }
      return undefined;
    },
    findAll(verb, path) {
      const routes = routesOf(undefined).get(verb === 'HEAD' ? 'GET' : verb) ?? [];
      const found = new Map<Api, MethodMatch>();
      for (const route of routes) {
        const match = found.has(route.api) ? undefined : matched(route, path);
        if (match) found.set(route.api, match);
      }
      return [...found.values()];
    },
  };
}

function matched({ template, ...route }: Route, path: string): MethodMatch | undefined {
  const variables = template.match(path);
  return variables && { ...route, variables };
}

function byRpcPath(apis: readonly Api[]): Map<string, RpcMatch[]> {
  const paths = new Map<string, RpcMatch[]>();
  for (const api of apis) {
    for (const method of api.methods) {
      const { descriptor } = method;
      if (!descriptor) continue;
      const path = `/${descriptor.parent.typeName}/${descriptor.name}`;
      paths.set(path, [...(paths.get(path) ?? []), { api, method }]);
    }
  }
  return paths;
}

function compileApi(api: Api): Route[] {
  return api.methods.flatMap((method) =>
    method.bindings.map((binding) => ({
      api,
      method,
      binding,
      template: compilePathTemplate(binding.template),
    })),
  );
}

/** Most specific first. Where two routes are equal, one that is implemented goes before one that is not. */
function byVerb(routes: readonly Route[]): Map<string, Route[]> {
  const sorted = [...routes].sort(
    (a, b) => comparePathTemplates(a.template, b.template) || rank(a.method) - rank(b.method),
  );
  const verbs = new Map<string, Route[]>();
  for (const route of sorted) {
    const list = verbs.get(route.binding.verb);
    if (list) list.push(route);
    else verbs.set(route.binding.verb, [route]);
  }
  return verbs;
}

function rank(method: ApiMethod): number {
  return method.implemented === false ? 1 : 0;
}
