/** Finds the method that a verb and a path call, among one API's methods or among those of all. */
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

  return {
    find(verb, path, api) {
      // HEAD is GET without the body.
      const routes = routesOf(api).get(verb === 'HEAD' ? 'GET' : verb) ?? [];
      for (const { template, ...route } of routes) {
        const variables = template.match(path);
        if (variables) return { ...route, variables };
      }
      return undefined;
    },
  };
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
