/** Deploys in every form in which they are at hand. */
import {
  type CheckRequest,
  parseCheckRequest,
  parseDeployFlags,
  readResourceFile,
  type WrittenDeploy,
} from '../checkpoint/index.js';
import { memberOf, parsePrincipal, principalOfEmail, type RunKind } from '../names/index.js';

/** Who deploys, and where. */
export interface Deployer {
  /** A member, `user:…` or `serviceAccount:…`, or an address alone. */
  readonly as: string;
  /** The project and the region, where the deploy itself does not say. */
  readonly project?: string;
  readonly region?: string;
}

/** What follows `gcloud run deploy`, word by word, e.g. `['web', '--image=…', '--region=…']`. */
export interface FlagsDeploy extends Deployer {
  readonly flags: readonly string[];
  /** `service` when left out. */
  readonly kind?: RunKind;
}

/** Services, jobs and worker pools in YAML or JSON, as gcloud and the APIs write them. */
export interface ResourceDeploy extends Deployer {
  readonly resource: string;
  /** What messages and reports call it; `resource` when left out. */
  readonly file?: string;
}

export type Deploy = FlagsDeploy | ResourceDeploy | CheckRequest;

/** `user:` or `serviceAccount:` before an address alone. */
export function asMember(text: string): string {
  const principal = parsePrincipal(text) ?? (text.includes('@') ? principalOfEmail(text) : undefined);
  return (principal && memberOf(principal)) ?? text;
}

/**
 * The deploys that the words or the text describe: one, or as many as a file has documents.
 * @throws UsageError for flags, BadInput for a file, BadCheckRequest for a request that cannot be read
 */
export async function writtenDeploys(deploy: Deploy): Promise<readonly WrittenDeploy[]> {
  const as = asMember(deploy.as);
  if ('flags' in deploy) {
    const { flags, kind, project, region } = deploy;
    const defaults = { as, ...(project ? { project } : {}), ...(region ? { region } : {}) };
    return [{ request: parseCheckRequest({ ...parseDeployFlags(flags, defaults, kind) }) }];
  }
  if ('resource' in deploy) {
    const { resource, file = 'resource', project, region } = deploy;
    const otherwise = { ...(project ? { project } : {}), ...(region ? { region } : {}) };
    const bytes = new TextEncoder().encode(resource);
    return (await readResourceFile({ bytes, file }, { as, otherwise })).deploys;
  }
  return [{ request: parseCheckRequest({ ...deploy, as }) }];
}
