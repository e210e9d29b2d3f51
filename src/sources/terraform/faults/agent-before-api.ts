/**
 * Grants to service agents that are not there yet: an agent comes with its API, and a binding to an account that does
 * not exist is refused (https://cloud.google.com/iam/docs/service-agents).
 */
import { type Fault, isUnknown, numberToCome } from '../../../checkpoint/index.js';
import { SERVICE_AGENTS, type ServiceAgent, serviceAgentOf } from '../../../names/index.js';
import type { ResourceChange } from '../document.js';
import { nodeOf } from '../graph.js';
import { isWritten, type TerraformPlan } from '../plan.js';
import { effectsOf } from '../planned-effects.js';
import { type FaultContext, fault } from './context.js';
import { block, dependsOn, label, quoted } from './mend.js';

interface NamedAgent {
  readonly agent: ServiceAgent;
  readonly project: string;
  readonly email: string;
}

export async function agentFaults(context: FaultContext): Promise<Fault[]> {
  const faults: Fault[] = [];
  const makers = makersIn(context.plan);
  const seen = new Set<string>();
  for (const { change, adds } of effectsOf(context.plan).edits) {
    for (const member of adds.flatMap(({ members }) => members)) {
      const named = typeof member === 'string' ? await agentNamed(member, context) : undefined;
      const key = `${change.address} ${named?.email}`;
      if (!named || seen.has(key)) continue;
      seen.add(key);
      const found = await faultWith(change, named, makers, context);
      if (found) faults.push(found);
    }
  }
  return faults;
}

async function agentNamed(member: string, { state, base }: FaultContext): Promise<NamedAgent | undefined> {
  const [, email] = /^serviceAccount:(.+)$/.exec(member) ?? [];
  if (email === undefined) return undefined;
  // Written for a project of which Terraform knows the id, whether it is there already or not.
  for (const agent of email.includes('number-of-') ? SERVICE_AGENTS : []) {
    const [before = '', after = ''] = agent.email('\0').split('\0');
    const stands = email.startsWith(`${before}number-of-`) && email.endsWith(after);
    if (!stands) continue;
    const project = email.slice(`${before}number-of-`.length, email.length - after.length);
    if (agent.email(numberToCome(project)) === email) return { agent, project, email };
  }
  const known = serviceAgentOf(email);
  if (!known) return undefined;
  const project = await base.project(known.projectNumber);
  if (isUnknown(project) || project === 'absent' || state.projects.get(project.projectId) === 'deleted')
    return undefined;
  return { agent: known.agent, project: project.projectId, email };
}

async function faultWith(
  change: ResourceChange,
  named: NamedAgent,
  allMakers: Makers,
  context: FaultContext,
): Promise<Fault | undefined> {
  const { agent, project } = named;
  const { base, planned, state, graph } = context;
  const makers = allMakers.get(makerKey(project, agent.api)) ?? [];
  const upstream = graph.upstreamOf(nodeOf(change)).nodes;
  const isNewProject = state.projects.has(project);
  const enabledBefore = isNewProject ? false : await base.apiEnabled(project, agent.api);
  if (enabledBefore !== false) return undefined;
  const who = `the ${agent.title} of project ${project}`;
  if (makers.length > 0) {
    if (makers.some((maker) => upstream.has(nodeOf(maker)))) return undefined;
    return fault(context, change, {
      id: 'agent-before-api',
      severity: 'error',
      message: `${change.address} grants to ${who}, which is there only after ${makers.map(({ address }) => address).join(', ')}, and nothing makes it wait for that`,
      mend: dependsOn(change, makers),
    });
  }
  if ((await planned.apiEnabled(project, agent.api)) !== false) return undefined;
  const name = label(project, agent.api.replace('.googleapis.com', ''));
  return fault(context, change, {
    id: 'agent-before-api',
    severity: 'error',
    message: `${change.address} grants to ${who}, but nothing enables ${agent.api} there: the account does not exist`,
    mend: [
      block('google_project_service', name, { project: quoted(project), service: quoted(agent.api) }),
      `resource "${change.type}" "${change.name}" {\n  # …\n  depends_on = [google_project_service.${name}]\n}`,
    ].join('\n\n'),
  });
}

/** The resources of the plan that enable an API in a project, or make its agent there. */
type Makers = ReadonlyMap<string, readonly ResourceChange[]>;

const makerKey = (project: string, api: string) => `${project} ${api}`;

function makersIn({ document, resolver }: TerraformPlan): Makers {
  const makers = new Map<string, ResourceChange[]>();
  for (const change of document.changes) {
    if (change.mode !== 'managed' || !isWritten(change) || !MAKERS.has(change.type)) continue;
    const key = makerKey(resolver.project(change) ?? '', resolver.text(change, ['service']) ?? '');
    makers.set(key, [...(makers.get(key) ?? []), change]);
  }
  return makers;
}

const MAKERS: ReadonlySet<string> = new Set(['google_project_service', 'google_project_service_identity']);
