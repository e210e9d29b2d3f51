/** A deploy, what it requires, and the verdicts. */
import type { Decision, Question, Reason, Verdict } from '../iam/index.js';
import type { ImageParse, Principal, ResourceName, RunKind } from '../names/index.js';
import type { Holder } from './explain/holders.js';
import type { OpenTopic } from './open-topics.js';
import type { RefusalStatus } from './status.js';

export type ImageReadCheck = 'enforce' | 'warn' | 'off';

/** One secret that an instance reads when it starts. */
export interface SecretUse {
  readonly resource: ResourceName;
  /** The field that refers to it, as Cloud Run's messages spell it. */
  readonly field: string;
  readonly version: string;
}

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
  readonly secrets: readonly SecretUse[];
  /** Public access was asked for (`--allow-unauthenticated`). */
  readonly publicAccess: boolean;
  /** True when the request turns the check of invokers off, or on again (`--[no-]invoker-iam-check`). */
  readonly switchesInvokerCheck?: boolean;
  /** What stands behind the virtual and remote repositories of its images; nothing when left out. */
  readonly upstreams?: readonly UpstreamUse[];
  /** What of the deploy cannot be judged; nothing when left out. */
  readonly open?: readonly OpenPoint[];
}

/** What the Artifact Registry service agent has to read for an image in a virtual or remote repository. */
export interface UpstreamUse {
  /** The image, as written. */
  readonly image: string;
  /** The virtual or remote repository that the image is named in. */
  readonly through: ResourceName;
  /** The number of that repository's project: its agent reads. Undefined while it is not known. */
  readonly projectNumber?: string;
  /** A repository behind a virtual one, one behind a remote one, or the secret that a remote one signs in with. */
  readonly kind: 'virtual' | 'remote' | 'credentials';
  readonly resource: ResourceName;
}

/** Something about a deploy that no rule covers, or that is known only later: the verdict on it is unknown. */
export interface OpenPoint {
  /** The flag, field or attribute, e.g. `--network`, `spec.template.metadata.annotations`. */
  readonly field: string;
  readonly why: string;
  /** The usual reasons, which tables say in the reader's own language. */
  readonly topic?: OpenTopic;
}

/** A fact that no source could give. `why` names what is missing. */
export interface Unknown {
  readonly unknown: true;
  readonly why: string;
  /** The usual causes, which tables say in the reader's own language. */
  readonly cause?: UnknownCause;
}

export type UnknownCause = 'agent-cannot-read' | 'runtime-cannot-read' | 'number-not-known';

/** What a pull of a reference would find. `wrongPlatform` is the manifest's media type. */
export type ManifestFact = 'present' | 'missing' | { readonly wrongPlatform: string } | Unknown;

/** What reading a version of a secret would find: `missing` when there is none, or it is disabled or destroyed. */
export type SecretFact = 'present' | 'missing' | Unknown;

/** Where verdicts come from: gathered before judging, so that judging is pure. */
export interface Facts {
  /** May the principal use the permission on the resource, over the whole hierarchy? */
  decide(principal: Principal, permission: string, resource: ResourceName): Decision;
  /** What that decision was made of, for whoever explains it; left out where nobody does. */
  question?(principal: Principal, permission: string, resource: ResourceName): Question | undefined;
  apiEnabled(project: string, api: string): boolean | Unknown;
  /** Does this account exist (and is not disabled)? */
  accountExists(email: string): boolean | Unknown;
  /** What a pull of the reference would find, permissions aside. */
  manifest(image: string): ManifestFact;
  secret(resource: ResourceName, version: string): SecretFact;
}

export type Moment = 'admission' | 'pull' | 'start' | 'after';
export type Effect = 'refuses' | 'fails' | 'warns';

/** The part that somebody plays in a deploy. */
export type Actor = 'deployer' | 'service-agent' | 'registry-agent' | 'runtime-account';

/** What was found where no allow policy decides, or why nothing could be found. */
export type Finding =
  | { readonly kind: 'api'; readonly api: string; readonly project: string; readonly enabled: boolean }
  | { readonly kind: 'account'; readonly email: string; readonly exists: boolean }
  | {
      readonly kind: 'image-host';
      readonly image: string;
      readonly problem: 'none' | 'unsupported-host' | 'malformed';
    }
  /** `containerRegistry`: the reference names Container Registry's host, which Artifact Registry serves now. */
  | {
      readonly kind: 'image';
      readonly image: string;
      readonly present: boolean;
      readonly containerRegistry: boolean;
    }
  | { readonly kind: 'platform'; readonly image: string; readonly wrongMediaType?: string }
  /** `secret` is the version's name, `projects/P/secrets/S/versions/V`. */
  | { readonly kind: 'secret'; readonly secret: string; readonly present: boolean }
  | { readonly kind: 'no-manifest'; readonly image: string }
  | { readonly kind: 'open'; readonly field: string; readonly why: string; readonly topic?: OpenTopic }
  | { readonly kind: 'unknown'; readonly why: string; readonly cause?: UnknownCause };

/** Why a verdict is what it is: what policies said, and what was found beside them. */
export type Evidence = Reason | Finding;

/** One of the details of a refusal (google/rpc/error_details.proto). */
export type ErrorDetail =
  | {
      readonly '@type': 'type.googleapis.com/google.rpc.ErrorInfo';
      readonly reason: string;
      readonly domain: string;
      readonly metadata: Readonly<Record<string, string>>;
    }
  | {
      readonly '@type': 'type.googleapis.com/google.rpc.LocalizedMessage';
      readonly locale: string;
      readonly message: string;
    }
  | {
      readonly '@type': 'type.googleapis.com/google.rpc.Help';
      readonly links: readonly { readonly description: string; readonly url: string }[];
    };

/** One requirement, judged. Serialises as in the `sekisho.check/1` report. */
export interface JudgedRequirement {
  readonly id: string;
  readonly moment: Moment;
  readonly effect: Effect;
  readonly actor?: Actor;
  /** The principal as a member; absent for requirements that concern nobody in particular. */
  readonly principal?: string;
  readonly permission?: string;
  readonly resource?: ResourceName;
  readonly verdict: Verdict;
  readonly decision?: Decision;
  /** Who has it instead, when denied: by the same policies. */
  readonly holders?: readonly Holder[];
  /** What was found beside, or in place of, an access decision. */
  readonly finding?: Finding;
  /** What Google would say; present when denied, and when unknown in case it is denied. */
  readonly message?: string;
  /** The field and the text of a 400: together they are the message (google.rpc.BadRequest). */
  readonly violation?: { readonly field: string; readonly description: string };
  /** What goes into the refusal's `details`. */
  readonly details?: readonly ErrorDetail[];
  /** The smallest predefined role that carries the permission; present where a grant mends it. */
  readonly smallestRole?: string;
  /** The narrowest resource on which that role can be granted. */
  readonly grantOn?: ResourceName;
  /** The canonical status of the refusal (admission) or of the operation's error (later moments). */
  readonly status?: RefusalStatus;
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
export interface GrantStep {
  readonly kind: 'grant';
  readonly member: string;
  readonly role: string;
  readonly resource: ResourceName;
  /** The permissions for which it is granted. */
  readonly permissions: readonly string[];
  /** The requirements that it mends, by id. */
  readonly mends: readonly string[];
}

/** An API to enable, or the service agent of one to create: what no grant can mend. */
export interface ApiStep {
  readonly kind: 'enable-api' | 'create-agent';
  readonly project: string;
  readonly api: string;
}

/** A service account that is missing. */
export interface AccountStep {
  readonly kind: 'create-account';
  readonly project: string;
  readonly email: string;
}

/** A custom role with exactly what is missing. */
export interface RoleStep {
  readonly kind: 'create-role';
  readonly project: string;
  /** `projects/P/roles/ID` */
  readonly role: string;
  readonly permissions: readonly string[];
}

/** One thing to do for a deploy to go through. */
export type Step = GrantStep | ApiStep | AccountStep | RoleStep;

/** How a step is done. */
export interface Ways {
  /** Runs as it stands, without shell quoting. */
  readonly gcloud: string;
  readonly terraform: string;
}

export type GrantFix = GrantStep & Ways;
export type ApiFix = ApiStep & Ways;
export type Fix = Step & Ways;
