/** Allow policies, roles, and the question and answer of an access decision. */
import type { Principal, RequestContext, ResourceName } from '../names/index.js';
import type { CompiledBoundaries } from './boundaries/types.js';
import type { CompiledCondition, Condition, ConditionResult, EffectiveTag } from './conditions/types.js';
import type { DenyLevel } from './deny/types.js';

export type * from './conditions/types.js';

export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

/** An allow policy. Version 3 when a binding has a condition, 1 otherwise. */
export interface Policy {
  readonly version: number;
  readonly etag: string;
  readonly bindings: readonly Binding[];
  /** Of projects, folders and organizations alone; left out where there is none. */
  readonly auditConfigs?: readonly AuditConfig[];
}

/** What may be logged beside writes of configuration, which always are. */
export type AuditLogType = 'ADMIN_READ' | 'DATA_READ' | 'DATA_WRITE';

/** Which calls of a service leave entries in the data access log. */
export interface AuditConfig {
  /** e.g. `run.googleapis.com`, or `allServices` */
  readonly service: string;
  readonly auditLogConfigs: readonly {
    readonly logType: AuditLogType;
    /** Whose calls are not logged. */
    readonly exemptedMembers: readonly string[];
  }[];
}

/** As a caller sends it: the type of log may be none. */
export interface ProposedAuditConfig {
  readonly service: string;
  readonly auditLogConfigs: readonly {
    readonly logType: AuditLogType | undefined;
    readonly exemptedMembers: readonly string[];
  }[];
}

export interface Role {
  /** e.g. `roles/run.developer` */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly stage: 'ALPHA' | 'BETA' | 'GA' | 'DEPRECATED' | 'DISABLED' | 'EAP';
  readonly permissions: ReadonlySet<string>;
}

/** Where roles are looked up: the predefined ones, and custom ones of projects and organizations. */
export interface RoleCatalogue {
  get(name: string): Role | undefined;
  list(): readonly Role[];
}

/** Who is in which group. Pure data behind a function; nested groups are already resolved. */
export interface GroupDirectory {
  /**
   * The groups (as members, `group:…`) that the member belongs to, directly or through other groups.
   * Takes and gives normalised members (normalizeMember).
   */
  groupsOf(member: string): readonly string[];
  /** False when the group's members could not be read: then a binding to it is neither yes nor no. */
  isReadable(group: string): boolean;
}

/** Where a principal belongs, for the sets that policies name. */
export interface PrincipalFacts {
  /**
   * What holds the principal, nearest first, projects by number: `projects/1`, `folders/2`, `organizations/3`. A
   * service account's or a workload identity pool's project and what is above it; a service agent's is the project
   * that it acts for; a user's, the organization of their customer. Empty for identities of workforce pools.
   */
  readonly containers: readonly string[];
  /** True for a service agent: sets of service accounts do not hold it, those of service agents do. */
  readonly isAgent: boolean;
  /** The Cloud Identity or Workspace customers that a user belongs to, e.g. `C01Abc35`. */
  readonly customers: readonly string[];
}

/** A role as one binding grants it. Shared by all members of the binding. */
export interface CompiledGrant {
  readonly role: string;
  /** Undefined when the role is in no catalogue: what it carries is not known. */
  readonly permissions: ReadonlySet<string> | undefined;
  readonly condition: { readonly source: Condition; readonly test: CompiledCondition } | undefined;
}

/** A policy prepared for fast decisions. Made once per policy version by compilePolicy(). */
export interface CompiledPolicy {
  readonly source: Policy;
  /** Normalised member → what it is granted, unconditional grants first. */
  readonly grants: ReadonlyMap<string, readonly CompiledGrant[]>;
  /** What each binding of the source grants, for explanations. */
  readonly ofBinding: ReadonlyMap<Binding, CompiledGrant>;
  /** The entries of allUsers and allAuthenticatedUsers, which every decision needs. */
  readonly everybody: readonly CompiledGrant[] | undefined;
  readonly signedIn: readonly CompiledGrant[] | undefined;
  /** The members of kind group. */
  readonly groups: readonly string[];
  /** Principal sets that may hold service accounts: whom they do hold only the principal's facts can tell. */
  readonly serviceAccountSets: readonly string[];
  /** Any member of kind principalSet. */
  readonly hasSets: boolean;
  readonly hasDomains: boolean;
}

/** One level of the hierarchy: the resource itself, its project, its folders, its organization. */
export interface PolicyLevel {
  readonly resource: ResourceName;
  readonly policy: CompiledPolicy | 'unreadable';
}

export interface Question {
  readonly principal: Principal;
  readonly permission: string;
  readonly resource: ResourceName;
  /** Nearest first; together they are the effective policy. */
  readonly levels: readonly PolicyLevel[];
  /** The levels with deny policies, nearest first; left out where there is none, which costs nothing then. */
  readonly deny?: readonly DenyLevel[];
  readonly groups: GroupDirectory;
  /** Undefined when it is not known where the principal belongs. */
  readonly facts?: PrincipalFacts;
  /** The principal access boundaries of all principals; left out where there is none. */
  readonly boundaries?: CompiledBoundaries | 'unreadable';
  readonly time: Date;
  /** The number of the resource's project where it is known; conditions name secrets by it. */
  readonly projectNumber?: string;
  /** The resource's own tags and those that it inherits; undefined when they are not known. */
  readonly tags?: readonly EffectiveTag[];
  readonly context?: RequestContext;
}

export type Verdict = 'granted' | 'denied' | 'unknown';

/** Why a verdict is what it is: each binding that was considered and each thing that could not be known. */
export type Reason =
  /** A deny rule that applies to the principal: no role helps against it. */
  | {
      readonly kind: 'deny-rule';
      /** Where its policy is attached. */
      readonly level: ResourceName;
      /** The policy's id. */
      readonly policy: string;
      /** Which of the policy's rules, counted from 1. */
      readonly rule: number;
      readonly description?: string;
      /** The denied principal that covers the caller, as the policy spells it. */
      readonly principal: string;
      /** False when it is not known whether the rule covers the caller. */
      readonly denies: boolean;
      /** The exception principal that would exempt the caller alone; nobody names callers without a credential. */
      readonly exempt?: string;
      readonly condition?: Condition & ConditionResult;
    }
  /** `why`, here and below, is what whoever gathered the facts says: e.g. the permission that they lack. */
  | { readonly kind: 'unreadable-deny-policies'; readonly level: ResourceName; readonly why?: string }
  /** Principal access boundaries cover the principal, and none of their rules makes the resource eligible. */
  | {
      readonly kind: 'boundary';
      /** The resource that was asked about. */
      readonly level: ResourceName;
      /** The bindings that cover the principal, by name. */
      readonly bindings: readonly string[];
      /** The policies that they bind, by name. */
      readonly policies: readonly string[];
      /** False when it is not known whether they cover the principal. */
      readonly blocks: boolean;
    }
  | { readonly kind: 'unreadable-boundaries'; readonly level: ResourceName; readonly why?: string }
  | {
      readonly kind: 'binding';
      readonly level: ResourceName;
      readonly role: string;
      /** The member of the binding that covers the principal, e.g. `group:platform@example.com`. */
      readonly member: string;
      /** True when this binding grants the permission; false when its condition keeps it from doing so. */
      readonly grants: boolean;
      readonly condition?: Condition & ConditionResult;
    }
  /** The principal has bindings here, but none of their roles carries the permission. */
  | {
      readonly kind: 'roles-lack-permission';
      readonly level: ResourceName;
      readonly roles: readonly string[];
    }
  | { readonly kind: 'no-binding'; readonly level: ResourceName }
  | { readonly kind: 'unreadable-policy'; readonly level: ResourceName; readonly why?: string }
  | {
      readonly kind: 'unreadable-group';
      readonly level: ResourceName;
      readonly role: string;
      readonly member: string;
      readonly why?: string;
    }
  | {
      readonly kind: 'unknown-role';
      readonly level: ResourceName;
      readonly role: string;
      readonly member: string;
      readonly why?: string;
    }
  /** A change of access that is on its way makes another verdict of this one. */
  | {
      readonly kind: 'propagating';
      /** The resource that was asked about. */
      readonly level: ResourceName;
      readonly becomes: Verdict;
      /** When, in RFC 3339. */
      readonly at: string;
    }
  | { readonly kind: 'anonymous' };

export interface Decision {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}
