/** The gate before every write of a service, job or worker pool: judged by the checkpoint, refused in Cloud Run's words. */
import { type DeployPlan, type JudgedRequirement, refusalAtTheGate, refusals } from '../checkpoint/index.js';
import type { Call } from '../google/index.js';
import type { RunKind } from '../names/index.js';
import type { Write } from '../store/index.js';
import { type AdmissionDependencies, admit, planOf } from './admission.js';
import { refused } from './errors.js';
import type { InstanceTemplate, ResourceKey } from './model.js';

/** What a write is about. */
export interface Intent {
  readonly kind: RunKind;
  readonly key: ResourceKey;
  readonly projectNumber: string;
  readonly apiVersion: 'v1' | 'v2';
}

/** What the resource is to become. */
export interface Wanted {
  readonly template: InstanceTemplate;
  /** False when the write makes the resource. */
  readonly exists: boolean;
  readonly templateChanged: boolean;
  readonly switchesInvokerCheck: boolean;
}

export interface Passed {
  /** Fail the transaction when a policy that decided has changed meanwhile. */
  readonly preconditions: readonly Write[];
  /** What let the deploy pass with a warning. */
  readonly warnings: readonly JudgedRequirement[];
  /** The resource as refusals and log entries of this API version spell it. */
  readonly label: string;
}

/** Judges a deploy. The first refusal is thrown; what only warns is handed back. */
export async function passGate(
  intent: Intent,
  { template, exists, templateChanged, switchesInvokerCheck }: Wanted,
  deps: AdmissionDependencies,
  call: Call,
): Promise<Passed> {
  const runtime = await deps.accounts.get(template.serviceAccount);
  const plan = planOf(intent.key, template, {
    ...about(intent),
    ...(runtime === undefined ? {} : { runtimeProject: runtime.project }),
    deployer: call.principal,
    exists,
    templateChanged,
    publicAccess: false,
    switchesInvokerCheck,
  });
  const { judgement, preconditions } = await admit(plan, deps, call.time);
  recordCheck(plan, judgement.requirements, call);
  const refusal = refusalAtTheGate(judgement);
  if (refusal) throw refused(refusal);
  return {
    preconditions,
    warnings: judgement.warnings.filter((warning) => warning.id === 'deployer-reads-image'),
    label: refusals.spellResource(plan),
  };
}

const about = ({ kind, apiVersion, projectNumber }: Intent) => ({ kind, apiVersion, projectNumber });

/** The requirements that ask for the resource alone, whatever is to become of it. */
const REACHING = ['api-enabled', 'deployer-reads-resource', 'deployer-deploys'];

/** What a resource needs that runs nothing. */
const NOTHING_TO_RUN = { serviceAccount: '', containers: [], volumes: [] };

/**
 * Whether the caller may update the resource at all: asked before it is said that there is none, or that a change
 * does not fit what is there, either of which would tell a stranger about it.
 * @throws PERMISSION_DENIED
 */
export async function mayUpdate(intent: Intent, deps: AdmissionDependencies, call: Call): Promise<void> {
  const plan = planOf(intent.key, NOTHING_TO_RUN, {
    ...about(intent),
    deployer: call.principal,
    exists: true,
    templateChanged: false,
    publicAccess: false,
  });
  const { judgement } = await admit(plan, deps, call.time);
  const reaching = judgement.requirements.filter(({ id }) => REACHING.includes(id));
  recordCheck(plan, reaching, call);
  const refusal = refusalAtTheGate({ ...judgement, requirements: reaching });
  if (refusal) throw refused(refusal);
}

/** The call's audit entry names the permission to deploy. A second attempt at the same call is not a second check. */
function recordCheck(plan: DeployPlan, requirements: readonly JudgedRequirement[], call: Call): void {
  const deploys = requirements.find((requirement) => requirement.id === 'deployer-deploys');
  if (deploys?.permission === undefined) return;
  call.authorizations.length = 0;
  call.authorizations.push({
    permission: deploys.permission,
    resource: refusals.spellResource(plan),
    granted: deploys.verdict === 'granted',
  });
}
