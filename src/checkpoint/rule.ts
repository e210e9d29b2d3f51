/** What a requirement is made of, and how it becomes the demands of one particular deploy. */
import type { Verdict } from '../iam/index.js';
import { cloudRunAgent, type Principal, type ResourceName } from '../names/index.js';
import { agentToCome, isStandIn } from './stand-ins.js';
import type { RefusalStatus } from './status.js';
import type { Actor, DeployPlan, Effect, ErrorDetail, Facts, Finding, Moment, Unknown } from './types.js';

interface RuleBase<Subject> {
  readonly id: string;
  /** When Cloud Run asks. */
  readonly moment: Moment;
  /** What becomes of the deploy when the answer is no. */
  readonly effect: Effect;
  /** Which deploys need it; all of them when left out. */
  readonly when?: (deploy: DeployPlan) => boolean;
  readonly status: RefusalStatus;
  readonly refusal: (deploy: DeployPlan, subject: Subject) => string;
  /** The setting that may soften this requirement to a warning or drop it, and the text of the warning. */
  readonly softenedBy?: {
    readonly setting: 'imageReadCheck';
    readonly warning: (deploy: DeployPlan, subject: Subject) => string;
  };
  readonly violation?: (deploy: DeployPlan, subject: Subject) => { field: string; description: string };
  readonly details?: (deploy: DeployPlan) => readonly ErrorDetail[];
}

/** Somebody needs a permission on something. */
export interface PermissionRule<Subject> extends RuleBase<Subject> {
  readonly who: Actor;
  /** Who that is, where it depends on the subject. */
  readonly principal?: (deploy: DeployPlan, subject: Subject) => Principal | undefined;
  readonly permission: (deploy: DeployPlan, subject: Subject) => string;
  readonly on: (deploy: DeployPlan, subject: Subject) => ResourceName;
  readonly smallestRole: (deploy: DeployPlan, subject: Subject) => string;
  /** Where that role is granted; on the resource itself when left out. */
  readonly grantOn?: (deploy: DeployPlan) => ResourceName;
  /** An account that must exist: without it no policy helps, and the refusal is the same. */
  readonly account?: (deploy: DeployPlan) => string;
}

/** Something must be so. */
export interface FactRule<Subject> extends RuleBase<Subject> {
  readonly who?: Actor;
  readonly holds: (deploy: DeployPlan, subject: Subject, facts: Facts) => Answer;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly finding: Finding;
  /** The refusal, where its text depends on what was found. */
  readonly refusal?: string;
}

interface DemandBase {
  readonly id: string;
  readonly moment: Moment;
  readonly effect: Effect;
  readonly status: RefusalStatus;
  /** The setting that may soften or drop it. */
  readonly softenedBy: 'imageReadCheck' | undefined;
  readonly image: string | undefined;
  /** What is said when it is not granted: put together then, for most demands are. */
  says(): Said;
}

interface Said {
  readonly refusal: string;
  /** In place of the refusal, where the setting softens it. */
  readonly warning?: string;
  readonly violation?: { readonly field: string; readonly description: string };
  readonly details?: readonly ErrorDetail[];
}

/** One requirement of one deploy, about one thing. */
export type Demand =
  | (DemandBase & {
      readonly kind: 'permission';
      readonly actor: Actor;
      /** Undefined while the project has no number: then the agent has no address. */
      readonly principal: Principal | undefined;
      /** What stands for a principal without an address yet: what is granted to it is granted. */
      readonly standIn: Principal | undefined;
      readonly permission: string;
      readonly resource: ResourceName;
      readonly account: string | undefined;
      /** What mends it. */
      grant(): { readonly smallestRole: string; readonly grantOn: ResourceName };
    })
  | (DemandBase & {
      readonly kind: 'fact';
      readonly actor: Actor | undefined;
      readonly principal: Principal | undefined;
      answer(facts: Facts): Answer;
    });

export interface Requirement {
  readonly id: string;
  readonly moment: Moment;
  readonly effect: Effect;
  /** What this requirement demands of the deploy: nothing, one thing, or one per image or secret. */
  readonly demands: (deploy: DeployPlan) => readonly Demand[];
}

/** The service agent that acts for the deploy's project; undefined while the project has no number. */
export function serviceAgentOf(
  deploy: Pick<DeployPlan, 'target'>,
): { readonly kind: 'serviceAccount'; readonly email: string } | undefined {
  const number = deploy.target.projectNumber;
  return number === undefined ? undefined : { kind: 'serviceAccount', email: cloudRunAgent(number) };
}

function principalOf(deploy: DeployPlan, actor: Actor): Principal | undefined {
  switch (actor) {
    case 'deployer':
      return deploy.deployer;
    case 'service-agent':
      return serviceAgentOf(deploy);
    case 'registry-agent':
      // Which project's agent depends on the repository: its rules say.
      return undefined;
    case 'runtime-account': {
      const { email } = deploy.runtimeIdentity;
      return isStandIn(email) ? undefined : { kind: 'serviceAccount', email };
    }
  }
}

/** Stands for whoever plays a part but has no address yet. */
function standInOf(deploy: DeployPlan, actor: Actor): Principal | undefined {
  if (actor === 'service-agent') return agentToCome(deploy.target.project);
  return actor === 'runtime-account'
    ? { kind: 'serviceAccount', email: deploy.runtimeIdentity.email }
    : undefined;
}

export function isUnknown(fact: unknown): fact is Unknown {
  return typeof fact === 'object' && fact !== null && 'unknown' in fact;
}

/** What is certainly there; undefined for what is not, and for what nobody knows of. */
export function thereIs<T extends object>(fact: T | Unknown | 'absent'): T | undefined {
  return fact === 'absent' || isUnknown(fact) ? undefined : fact;
}

/** What both kinds of demands take from their rule. It is looked up: audits make many demands, and ask little of most. */
abstract class RuleDemand<Subject, Rule extends PermissionRule<Subject> | FactRule<Subject>> {
  protected readonly rule: Rule;
  protected readonly deploy: DeployPlan;
  protected readonly subject: Subject;
  readonly image: string | undefined;

  constructor(rule: Rule, deploy: DeployPlan, subject: Subject, image: string | undefined) {
    this.rule = rule;
    this.deploy = deploy;
    this.subject = subject;
    this.image = image;
  }

  get id(): string {
    return this.rule.id;
  }

  get moment(): Moment {
    return this.rule.moment;
  }

  get effect(): Effect {
    return this.rule.effect;
  }

  get status(): RefusalStatus {
    return this.rule.status;
  }

  get softenedBy(): 'imageReadCheck' | undefined {
    return this.rule.softenedBy?.setting;
  }

  says(): Said {
    return saidBy(this.rule, this.deploy, this.subject);
  }
}

class FactDemand<Subject> extends RuleDemand<Subject, FactRule<Subject>> {
  get kind(): 'fact' {
    return 'fact';
  }

  get actor(): Actor | undefined {
    return this.rule.who;
  }

  get principal(): Principal | undefined {
    return this.rule.who && principalOf(this.deploy, this.rule.who);
  }

  answer(facts: Facts): Answer {
    return this.rule.holds(this.deploy, this.subject, facts);
  }
}

class PermissionDemand<Subject> extends RuleDemand<Subject, PermissionRule<Subject>> {
  readonly principal: Principal | undefined;
  readonly permission: string;
  readonly resource: ResourceName;

  constructor(
    rule: PermissionRule<Subject>,
    deploy: DeployPlan,
    subject: Subject,
    image: string | undefined,
  ) {
    super(rule, deploy, subject, image);
    this.principal = rule.principal ? rule.principal(deploy, subject) : principalOf(deploy, rule.who);
    this.permission = rule.permission(deploy, subject);
    this.resource = rule.on(deploy, subject);
  }

  get kind(): 'permission' {
    return 'permission';
  }

  get actor(): Actor {
    return this.rule.who;
  }

  get standIn(): Principal | undefined {
    return this.principal ? undefined : standInOf(this.deploy, this.rule.who);
  }

  get account(): string | undefined {
    return this.rule.account?.(this.deploy);
  }

  grant(): { readonly smallestRole: string; readonly grantOn: ResourceName } {
    return {
      smallestRole: this.rule.smallestRole(this.deploy, this.subject),
      grantOn: this.rule.grantOn?.(this.deploy) ?? this.resource,
    };
  }
}

function demandOf<Subject>(
  rule: PermissionRule<Subject> | FactRule<Subject>,
  deploy: DeployPlan,
  subject: Subject,
  image: string | undefined,
): Demand {
  return 'holds' in rule
    ? new FactDemand(rule, deploy, subject, image)
    : new PermissionDemand(rule, deploy, subject, image);
}

function saidBy<Subject>(
  { refusal, softenedBy, violation, details }: RuleBase<Subject>,
  deploy: DeployPlan,
  subject: Subject,
): Said {
  return {
    refusal: refusal(deploy, subject),
    ...(softenedBy && { warning: softenedBy.warning(deploy, subject) }),
    ...(violation && { violation: violation(deploy, subject) }),
    ...(details && { details: details(deploy) }),
  };
}

/** A requirement for each of several things, e.g. each image. `image` names the image a demand is about. */
export function forEach<Subject>(
  subjects: (deploy: DeployPlan) => readonly Subject[],
  image: (subject: Subject) => string | undefined,
  rule: PermissionRule<Subject> | FactRule<Subject>,
): Requirement {
  return {
    id: rule.id,
    moment: rule.moment,
    effect: rule.effect,
    demands: (deploy) =>
      (rule.when?.(deploy) ?? true)
        ? subjects(deploy).map((subject) => demandOf(rule, deploy, subject, image(subject)))
        : [],
  };
}
