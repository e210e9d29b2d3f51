/** The estate that several files describe together: each thing once, with the place that speaks of it. */

import type {
  BindingDocument,
  BoundaryDocument,
  CustomRoleDocument,
  DenyPolicyDocument,
  PolicyBindingDocument,
  PoolDocument,
  ProviderDocument,
  RunTemplateDocument,
  UpstreamPolicyDocument,
} from '../../estate-file/index.js';
import type { ProposedAuditConfig } from '../../iam/index.js';
import type { RunKind } from '../../names/index.js';
import type { Place } from './problems.js';

/** A value with the place where it is written. */
export interface Placed<T> {
  readonly value: T;
  readonly place: Place;
}

/** The audit configurations of a policy, with members in IAM's spelling. */
export type AuditConfigs = readonly Placed<ProposedAuditConfig>[];

/** Bindings with members in IAM's spelling. */
export type Iam = readonly Placed<BindingDocument>[];

/** A value that is attached. */
export interface AttachedTag {
  /** The key's namespaced name, e.g. `123456789012/env`. */
  readonly key: string;
  /** The value's short name. */
  readonly value: string;
}

export type Tags = readonly Placed<AttachedTag>[];

export interface TagValueEntry {
  /** The short name. */
  readonly id: string;
  readonly place: Place;
  /** Undefined: that of the value that is there, or a new one. */
  readonly number?: string;
  readonly description?: string;
  readonly iam: Iam;
}

export interface TagKeyEntry extends TagValueEntry {
  readonly values: readonly TagValueEntry[];
}

export interface CustomRoleEntry extends CustomRoleDocument {
  readonly place: Place;
}

export interface DenyPolicyEntry extends DenyPolicyDocument {
  readonly place: Place;
}

export interface PolicyBindingEntry extends PolicyBindingDocument {
  readonly place: Place;
}

export interface BoundaryEntry extends Omit<BoundaryDocument, 'policyBindings'> {
  readonly place: Place;
  readonly policyBindings: readonly PolicyBindingEntry[];
}

export interface OrganizationEntry {
  readonly id: string;
  readonly place: Place;
  readonly domain?: string;
  readonly customerId?: string;
  readonly defaults: boolean;
  readonly iam: Iam;
  readonly tags: Tags;
  readonly tagKeys: readonly TagKeyEntry[];
  readonly auditConfigs: AuditConfigs;
  readonly customRoles: readonly CustomRoleEntry[];
  readonly denyPolicies: readonly DenyPolicyEntry[];
  /** Principal access boundary policies. */
  readonly boundaries: readonly BoundaryEntry[];
}

export interface FolderEntry {
  readonly id: string;
  readonly place: Place;
  readonly parent: string;
  readonly displayName?: string;
  readonly iam: Iam;
  readonly tags: Tags;
  readonly auditConfigs: AuditConfigs;
  readonly denyPolicies: readonly DenyPolicyEntry[];
}

export interface GroupEntry {
  /** In lower case. */
  readonly email: string;
  readonly place: Place;
  /** In IAM's spelling, sorted, each once. */
  readonly members: readonly string[];
}

export interface AccountEntry {
  /** The part before the `@`; undefined for the default compute account. */
  readonly id: string | undefined;
  readonly place: Place;
  readonly displayName?: string;
  readonly description?: string;
  readonly disabled?: boolean;
  readonly iam: Iam;
  readonly tags: Tags;
}

export interface RepositoryEntry {
  readonly id: string;
  readonly location: string;
  readonly place: Place;
  readonly description?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly immutableTags?: boolean;
  /** It is virtual, and these are behind it. */
  readonly upstreamPolicies?: readonly UpstreamPolicyDocument[];
  readonly iam: Iam;
  readonly tags: Tags;
}

export interface SecretEntry {
  readonly id: string;
  readonly place: Place;
  /** Undefined: whatever it holds. */
  readonly value?: string;
  /** Undefined: replication is automatic. */
  readonly locations?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly iam: Iam;
  readonly tags: Tags;
}

/** An OpenID Connect provider of a pool. */
export interface ProviderEntry extends Omit<ProviderDocument, 'id'> {
  readonly id: string;
  readonly place: Place;
}

/** A workload identity pool. */
export interface PoolEntry extends Omit<PoolDocument, 'id' | 'providers'> {
  readonly id: string;
  readonly place: Place;
  readonly providers: readonly ProviderEntry[];
}

/** A Cloud Run resource with its policy and its tags; without images, these alone. */
export interface RunEntry extends RunTemplateDocument {
  readonly kind: RunKind;
  readonly id: string;
  readonly location: string;
  readonly place: Place;
  readonly iam: Iam;
  readonly tags: Tags;
}

export interface ProjectEntry {
  readonly id: string;
  readonly place: Place;
  readonly number?: string;
  readonly parent?: string;
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False: nothing comes by itself. */
  readonly defaults: boolean;
  readonly services: readonly Placed<string>[];
  readonly serviceAgents: readonly Placed<string>[];
  readonly iam: Iam;
  readonly tags: Tags;
  readonly tagKeys: readonly TagKeyEntry[];
  readonly auditConfigs: AuditConfigs;
  readonly customRoles: readonly CustomRoleEntry[];
  readonly defaultAccount?: AccountEntry;
  readonly accounts: readonly AccountEntry[];
  readonly repositories: readonly RepositoryEntry[];
  readonly secrets: readonly SecretEntry[];
  readonly pools: readonly PoolEntry[];
  /** Of services, jobs and worker pools. */
  readonly run: readonly RunEntry[];
  readonly denyPolicies: readonly DenyPolicyEntry[];
}

export interface Estate {
  readonly organization?: OrganizationEntry;
  readonly folders: readonly FolderEntry[];
  readonly groups: readonly GroupEntry[];
  readonly projects: readonly ProjectEntry[];
}
