/** Methods that an API has and a plane has not, of APIs whose tables are written by hand. */
import { unimplemented } from './errors.js';
import type { ApiMethod, HttpBinding } from './method.js';

/**
 * Makes methods that answer UNIMPLEMENTED, naming themselves, to whoever is signed in: a path that is simply not there
 * would look like a resource that is not.
 * @param methods full names, each with its routes as `VERB TEMPLATE`
 */
export function unservedMethods(methods: Readonly<Record<string, readonly string[]>>): ApiMethod[] {
  return Object.entries(methods).map(([name, routes]) => {
    const refuse = () => {
      throw unimplemented(`Method ${name} is not implemented.`);
    };
    return {
      name,
      bindings: routes.map(bindingOf),
      implemented: false,
      decode: refuse,
      handle: async () => refuse(),
      encode: refuse,
    };
  });
}

const VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function bindingOf(route: string): HttpBinding {
  const [given, template = ''] = route.split(' ');
  const verb = VERBS.find((known) => known === given);
  if (verb === undefined) throw new Error(`${route}: no verb that routes have`);
  return verb === 'GET' || verb === 'DELETE' ? { verb, template } : { verb, template, body: '*' };
}
