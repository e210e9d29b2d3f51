/** The notation in which the catalogue is written: permissions in groups, roles made of groups. */
import type { Role } from '../types.js';

/** Anything that carries permissions: a named group, or a role that another role contains. */
export type Grants = Pick<Role, 'permissions'>;

/** A part of a role or group: other grants, or one permission written out. */
export type Part = Grants | string;

/**
 * Permissions of one service, by resource: `permissions('run', { 'jobs services': 'get list' })` stands for
 * `run.jobs.get`, `run.jobs.list`, `run.services.get` and `run.services.list`. A service written as a host
 * name gives the newer form of IAM's own permissions: `iam.googleapis.com/workforcePools.get`.
 */
export function permissions(service: string, verbsByResources: Readonly<Record<string, string>>): Grants {
  const separator = service.includes('.') ? '/' : '.';
  return new Lazily(() => {
    const names = new Set<string>();
    for (const [resources, verbs] of Object.entries(verbsByResources)) {
      for (const resource of resources.split(' ')) {
        for (const verb of verbs.split(' ')) names.add(`${service}${separator}${resource}.${verb}`);
      }
    }
    return names;
  });
}

/** Everything that any of the parts carries. */
export function all(...parts: readonly Part[]): Grants {
  return new Lazily(() => union(parts));
}

/** Of what the part carries, the permissions with one of these verbs: every `list`, every `setIamPolicy`. */
export function withVerbs(from: Grants, ...verbs: readonly string[]): Grants {
  return new Lazily(() => {
    const wanted = new Set(verbs);
    return new Set([...from.permissions].filter((name) => wanted.has(name.slice(name.lastIndexOf('.') + 1))));
  });
}

/** A role that is generally available. Its permissions are worked out when someone first asks for them. */
export function role(name: string, title: string, description: string, ...parts: readonly Part[]): Role {
  return make('GA', name, title, description, parts);
}

/** The same for a role that Google still calls beta. */
export function betaRole(name: string, title: string, description: string, ...parts: readonly Part[]): Role {
  return make('BETA', name, title, description, parts);
}

function make(
  stage: Role['stage'],
  name: string,
  title: string,
  description: string,
  parts: readonly Part[],
): Role {
  const granted = all(...parts);
  return {
    name,
    title,
    description,
    stage,
    get permissions() {
      return granted.permissions;
    },
  };
}

function union(parts: readonly Part[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const part of parts) {
    if (typeof part === 'string') names.add(part);
    else for (const name of part.permissions) names.add(name);
  }
  return names;
}

/** Most roles are never looked up, so that nothing is spelt out before it is needed, and then once only. */
class Lazily implements Grants {
  readonly #spellOut: () => ReadonlySet<string>;
  #known: ReadonlySet<string> | undefined;

  constructor(spellOut: () => ReadonlySet<string>) {
    this.#spellOut = spellOut;
  }

  get permissions(): ReadonlySet<string> {
    this.#known ??= this.#spellOut();
    return this.#known;
  }
}
