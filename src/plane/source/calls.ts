/**
 * The admin call by which others ask a plane for facts, as many at once as they need:
 * `POST /v1/facts` takes `{asks: [[FACT, ARGUMENT…]…]}` and answers `{ownRoles, answers: […]}`, in the same order.
 * The facts are those of a {@link Source}. A role's permissions are a list, and memberships a list of true and false
 * in the order of the groups.
 */
import type { Source } from '../../checkpoint/index.js';
import { invalidArgument, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';
import {
  type FederatedPrincipal,
  parseImage,
  parsePrincipal,
  type ResourceName,
  type SignedIn,
} from '../../names/index.js';

type AdminCall = (body: JsonObject) => Promise<unknown>;

/** The most that one call answers. */
const MOST = 10_000;

export function factsCalls(source: Source): Readonly<Record<string, AdminCall>> {
  return {
    'POST /v1/facts': async ({ asks }) => {
      if (!Array.isArray(asks) || asks.length > MOST) {
        throw invalidArgument(`asks must be a list of at most ${MOST} questions.`);
      }
      const answers: unknown[] = [];
      for (const ask of asks) answers.push(await answer(source, ask));
      return { ownRoles: source.ownRoles === true, answers };
    },
  };
}

async function answer(source: Source, ask: JsonValue | undefined): Promise<unknown> {
  if (!Array.isArray(ask)) throw invalidArgument('A question is a list: what is asked, and of what.');
  const [fact, ...args] = ask;
  switch (fact) {
    case 'project':
      return source.project(text(args[0]));
    case 'policy':
      return source.policy(resource(args[0]));
    case 'denyPolicies':
      return source.denyPolicies(resource(args[0]));
    case 'above':
      return source.above(resource(args[0]));
    case 'boundaries':
      return source.boundaries(text(args[0]));
    case 'role': {
      const role = await source.role(text(args[0]));
      return typeof role === 'object' && 'permissions' in role
        ? { ...role, permissions: [...role.permissions] }
        : role;
    }
    case 'memberships': {
      const groups = texts(args[1]);
      const found = await source.memberships(principal(args[0]), groups);
      return groups.map((group) => found.get(group));
    }
    case 'tags':
      return source.tags(resource(args[0]));
    case 'apiEnabled':
      return source.apiEnabled(text(args[0]), text(args[1]));
    case 'account':
      return source.account(text(args[0]));
    case 'customers':
      return source.customers(text(args[0]));
    case 'repository':
      return source.repository(resource(args[0]));
    case 'manifest': {
      const image = parseImage(text(args[0]));
      if (!image.ok) throw invalidArgument(`'${text(args[0])}' is no image.`);
      return source.manifest(image.image, text(args[1]));
    }
    case 'secret':
      return source.secret(resource(args[0]), text(args[1]));
    case 'runResource':
      return source.runResource(resource(args[0]));
    default:
      throw invalidArgument(`'${String(fact)}' is no fact that a plane can be asked for.`);
  }
}

function text(value: JsonValue | undefined): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidArgument('What is asked of must be a text.');
}

function texts(value: JsonValue | undefined): string[] {
  if (!Array.isArray(value)) throw invalidArgument('Groups must be a list.');
  return value.map(text);
}

function resource(value: JsonValue | undefined): ResourceName {
  const name = text(value);
  if (!name.startsWith('//')) throw invalidArgument(`'${name}' is no full resource name.`);
  return name as ResourceName;
}

/** As names write them; identities of pools with the groups and attributes that a provider would map. */
function principal(value: JsonValue | undefined): SignedIn {
  if (isJsonObject(value)) {
    const { kind, email, pool, subject, groups, attributes } = value;
    if (kind === 'user' || kind === 'serviceAccount') return { kind, email: text(email) };
    if (kind === 'federated' && isJsonObject(attributes)) {
      return {
        kind,
        pool: resource(pool) as FederatedPrincipal['pool'],
        subject: text(subject),
        groups: texts(groups),
        attributes: Object.fromEntries(Object.entries(attributes).map(([name, own]) => [name, text(own)])),
      };
    }
  }
  const known = typeof value === 'string' ? parsePrincipal(value) : undefined;
  if (known && known.kind !== 'anonymous') return known;
  throw invalidArgument('A principal is a user, a service account, or an identity of a pool.');
}
