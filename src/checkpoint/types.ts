/** A deploy, what it requires, and the verdicts. */
import type { Decision, Verdict } from '../iam/index.js';
import type { ImageParse, Principal, ResourceName, RunKind } from '../names/index.js';

export type ImageReadCheck = 'enforce' | 'warn' | 'off';

/** One deploy, described once: everything that a requirement may ask about. */
export interface DeployPlan {
  /** Refusals spell resources as this version of the API does. */
  readonly apiVersion: 'v1' | 'v2';
  readonly target: {
    readonly kind: RunKind;
    readonly name: string;
    readonly project: string;
    /** Undefined when not known yet (a project that a Terraform plan creates). */
    readonly projectNumber?: string;
    readonly location: string;
  };
  /** True when the resource exists already: then the update permission on it decides. */
  readonly exists: boolean;
  /** True when the request makes a new revision or job template; images are read only then. */
  readonly templateChanged: boolean;
  readonly deployer: Principal;
  /** The runtime service account's address and project; the default compute account when the user named none. */
  readonly runtimeIdentity: { readonly email: string; readonly project: string };
  /** One per container, as parsed. */
  readonly images: readonly ImageParse[];
  /** Secrets read at start, as full resource names with the field that refers to them. */
  readonly secrets: readonly {
    readonly resource: ResourceName;
    readonly field: string;
    readonly version: string;
  }[];
  /** Public access was asked for (`--allow-unauthenticated`). */
  readonly publicAccess: boolean;
}

/** A fact that no source could give. `why` names what is missing. */
export interface Unknown {
  readonly unknown: true;
  readonly why: string;
}

/** Where verdicts come from: gathered before judging, so that judging is pure. */
export interface Facts {
  /** May the principal use the permission on the resource, over the whole hierarchy? */
  decide(principal: Principal, permission: string, resource: ResourceName): Decision;
  apiEnabled(project: string, api: string): boolean | Unknown;
  /** Does this account exist (and is not disabled)? */
  accountExists(email: string): boolean | Unknown;
  /** What a pull of the reference would find, permissions aside. */
  manifest(image: string): 'present' | 'missing' | { readonly wrongPlatform: string } | Unknown;
}

export type Moment = 'admission' | 'pull' | 'start' | 'after';
export type Effect = 'refuses' | 'fails' | 'warns';

/** One requirement, judged. Serialises as in the `sekisho.check/1` report. */
export interface JudgedRequirement {
  readonly id: string;
  readonly moment: Moment;
  readonly effect: Effect;
  /** The principal as a member; absent for requirements that concern nobody in particular. */
  readonly principal?: string;
  readonly permission?: string;
  readonly resource?: ResourceName;
  readonly verdict: Verdict;
  readonly decision?: Decision;
  /** What Google would say; present when denied. */
  readonly message?: string;
  /** The smallest predefined role that carries the permission; present where a grant mends it. */
  readonly smallestRole?: string;
  /** The canonical status of the refusal (admission) or of the operation's error (later moments). */
  readonly status?: import('./status.js').RefusalStatus;
  /** The image this one is about, when one per image. */
  readonly image?: string;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly requirements: readonly JudgedRequirement[];
  /** The first denied requirement that refuses the call. */
  readonly refusal?: JudgedRequirement;
  /** The first denied requirement that fails the deploy after it was accepted. */
  readonly failure?: JudgedRequirement;
  readonly warnings: readonly JudgedRequirement[];
}

/** One grant that mends denied requirements. */
export interface Fix {
  readonly member: string;
  readonly role: string;
  readonly resource: ResourceName;
  /** Runs as it stands, without shell quoting. */
  readonly gcloud: string;
  readonly terraform: string;
}
