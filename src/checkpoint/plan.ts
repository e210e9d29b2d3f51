/** What a plan asks to be found out, and the gathering of it: so that nobody looks up more, or less. */
import type { Decision } from '../iam/index.js';
import type { Principal, ResourceName } from '../names/index.js';
import { demandsOf, type JudgeOptions } from './judge.js';
import { RUN_API } from './refusals.js';
import { requirements } from './requirements.js';
import { type Requirement, serviceAgentOf } from './rule.js';
import { references } from './subjects.js';
import type { DeployPlan, Facts, ManifestFact, Unknown } from './types.js';

export interface AccessQuestion {
  readonly principal: Principal;
  readonly permission: string;
  readonly resource: ResourceName;
}

const ENFORCED: JudgeOptions = { imageReadCheck: 'enforce' };

function keyOf({ principal, permission, resource }: AccessQuestion): string {
  const who = principal.kind === 'anonymous' ? principal.kind : `${principal.kind}:${principal.email}`;
  return `${who} ${permission} ${resource}`;
}

/** Every access decision that judging the plan will ask for, each once. */
export function questions(
  deploy: DeployPlan,
  options: JudgeOptions = ENFORCED,
  rules: readonly Requirement[] = requirements,
): readonly AccessQuestion[] {
  const asked = demandsOf(deploy, options, rules).flatMap((demand): AccessQuestion[] => {
    if (demand.kind !== 'permission' || !demand.principal) return [];
    const { principal, permission, resource } = demand;
    return [{ principal, permission, resource }];
  });
  return [...new Map(asked.map((question) => [keyOf(question), question])).values()];
}

/** The image references whose manifests must be looked for, as written; none when no image is read. */
export function imagesToProbe(deploy: DeployPlan): readonly string[] {
  return deploy.templateChanged ? references(deploy).map(({ text }) => text) : [];
}

/** The addresses of the accounts that must exist. */
export function accountsToProbe(deploy: DeployPlan): readonly string[] {
  const agent = deploy.templateChanged ? serviceAgentOf(deploy) : undefined;
  return agent ? [deploy.runtimeIdentity.email, agent.email] : [deploy.runtimeIdentity.email];
}

/** Facts as something that does I/O finds them: a running plane, an export, the live cloud. */
export interface FactSource {
  decide(principal: Principal, permission: string, resource: ResourceName): Promise<Decision>;
  apiEnabled(project: string, api: string): Promise<boolean | Unknown>;
  accountExists(email: string): Promise<boolean | Unknown>;
  manifest(image: string): Promise<ManifestFact>;
}

async function lookUp<K, V>(
  keys: readonly K[],
  find: (key: K) => Promise<V>,
): Promise<(key: K) => V | undefined> {
  const found = new Map(await Promise.all(keys.map(async (key) => [key, await find(key)] as const)));
  return (key) => found.get(key);
}

function gathered<V>(fact: V | undefined, what: string): V {
  if (fact === undefined) throw new Error(`judged without having gathered ${what}`);
  return fact;
}

/** Finds out all that judging the plan will ask, at the same time, and nothing else. */
export async function gatherFacts(
  deploy: DeployPlan,
  source: FactSource,
  options: JudgeOptions = ENFORCED,
): Promise<Facts> {
  const asked = new Map(questions(deploy, options).map((question) => [keyOf(question), question]));
  const [decisions, apis, accounts, manifests] = await Promise.all([
    lookUp([...asked.keys()], (key) => {
      const { principal, permission, resource } = gathered(asked.get(key), key);
      return source.decide(principal, permission, resource);
    }),
    lookUp([deploy.target.project], (project) => source.apiEnabled(project, RUN_API)),
    lookUp(accountsToProbe(deploy), (email) => source.accountExists(email)),
    lookUp(imagesToProbe(deploy), (image) => source.manifest(image)),
  ]);
  return {
    decide: (principal, permission, resource) => {
      const key = keyOf({ principal, permission, resource });
      return gathered(decisions(key), key);
    },
    apiEnabled: (project) => gathered(apis(project), `the APIs of ${project}`),
    accountExists: (email) => gathered(accounts(email), `the account ${email}`),
    manifest: (image) => gathered(manifests(image), `the manifest of ${image}`),
  };
}
