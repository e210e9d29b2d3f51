/** The estate file's content once the schema has passed it. */

export interface BindingDocument {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: {
    readonly title: string;
    readonly description?: string;
    readonly expression: string;
  };
}

export interface AuditConfigDocument {
  readonly service: string;
  readonly auditLogConfigs: readonly {
    readonly logType: 'ADMIN_READ' | 'DATA_READ' | 'DATA_WRITE';
    readonly exemptedMembers?: readonly string[];
  }[];
}

type Iam = readonly BindingDocument[];
type Labels = Readonly<Record<string, string>>;
/** What is attached: a key's namespaced name, e.g. `123456789012/env`, and a value's short name. */
export type TagsDocument = Readonly<Record<string, string>>;

export interface TagValueDocument {
  /** The short name. */
  readonly id: string;
  readonly number?: string;
  readonly description?: string;
  readonly iam?: Iam;
}

export interface TagKeyDocument extends TagValueDocument {
  readonly values?: readonly TagValueDocument[];
}

export interface AccountTexts {
  readonly displayName?: string;
  readonly description?: string;
  readonly disabled?: boolean;
  readonly iam?: Iam;
  readonly tags?: TagsDocument;
}

export interface AccountDocument extends AccountTexts {
  readonly id: string;
}

/** A repository behind a virtual one. */
export interface UpstreamPolicyDocument {
  readonly id: string;
  readonly repository: string;
  readonly priority?: number;
}

export interface RepositoryDocument {
  readonly id: string;
  readonly location: string;
  readonly format?: 'DOCKER';
  readonly description?: string;
  readonly labels?: Labels;
  readonly immutableTags?: boolean;
  readonly upstreamPolicies?: readonly UpstreamPolicyDocument[];
  readonly iam?: Iam;
  readonly tags?: TagsDocument;
}

export interface SecretDocument {
  readonly id: string;
  readonly value?: string;
  readonly locations?: readonly string[];
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly iam?: Iam;
  readonly tags?: TagsDocument;
}

export interface ProviderDocument {
  readonly id: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly disabled?: boolean;
  readonly issuerUri: string;
  readonly allowedAudiences?: readonly string[];
  readonly jwksJson?: string;
  readonly attributeMapping: Labels;
  readonly attributeCondition?: string;
}

export interface PoolDocument {
  readonly id: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly disabled?: boolean;
  readonly providers?: readonly ProviderDocument[];
}

export interface CustomRoleDocument {
  readonly id: string;
  readonly title?: string;
  readonly description?: string;
  readonly stage?: 'ALPHA' | 'BETA' | 'GA' | 'DEPRECATED' | 'DISABLED' | 'EAP';
  readonly permissions: readonly string[];
}

/** A version of a secret as an environment variable, or as a file. */
export interface RunSecretDocument {
  /** By its id, or `projects/P/secrets/ID`. */
  readonly name: string;
  /** `latest` when left out. */
  readonly version?: string;
  readonly env?: string;
  /** The file's path. */
  readonly mount?: string;
}

/** What a Cloud Run resource runs. Without images it is not made: then only its policy and tags wait for it. */
export interface RunTemplateDocument {
  /** One per container; in a service, the first takes the requests. */
  readonly images?: readonly string[];
  /** The default compute service account when left out. */
  readonly serviceAccount?: string;
  readonly secrets?: readonly RunSecretDocument[];
}

/** A Cloud Run resource with its policy and its tags. */
export interface RunDocument extends RunTemplateDocument {
  readonly id: string;
  readonly location: string;
  readonly iam?: Iam;
  /** Of services and jobs alone. */
  readonly tags?: TagsDocument;
}

interface GovernanceTexts {
  readonly id: string;
  readonly displayName?: string;
  readonly annotations?: Labels;
}
interface ConditionDocument {
  readonly title?: string;
  readonly description?: string;
  readonly expression: string;
}

export interface DenyPolicyDocument extends GovernanceTexts {
  readonly rules: readonly {
    readonly description?: string;
    readonly deniedPrincipals: readonly string[];
    readonly exceptionPrincipals?: readonly string[];
    readonly deniedPermissions: readonly string[];
    readonly exceptionPermissions?: readonly string[];
    readonly denialCondition?: ConditionDocument;
  }[];
}

export interface PolicyBindingDocument extends GovernanceTexts {
  readonly target: string;
  readonly condition?: ConditionDocument;
}

/** A principal access boundary policy with what it is bound to. */
export interface BoundaryDocument extends GovernanceTexts {
  readonly rules: readonly { readonly description?: string; readonly resources: readonly string[] }[];
  readonly enforcementVersion?: string;
  readonly policyBindings?: readonly PolicyBindingDocument[];
}

export interface ProjectDocument {
  readonly id: string;
  readonly number?: string;
  readonly parent?: string;
  readonly name?: string;
  readonly labels?: Labels;
  readonly defaults?: boolean;
  readonly services?: readonly string[];
  readonly serviceAgents?: readonly string[];
  readonly iam?: Iam;
  readonly tags?: TagsDocument;
  readonly tagKeys?: readonly TagKeyDocument[];
  readonly auditConfigs?: readonly AuditConfigDocument[];
  readonly customRoles?: readonly CustomRoleDocument[];
  readonly defaultServiceAccount?: AccountTexts;
  readonly serviceAccounts?: readonly AccountDocument[];
  readonly repositories?: readonly RepositoryDocument[];
  readonly secrets?: readonly SecretDocument[];
  readonly workloadIdentityPools?: readonly PoolDocument[];
  readonly runServices?: readonly RunDocument[];
  readonly runJobs?: readonly RunDocument[];
  readonly runWorkerPools?: readonly RunDocument[];
  readonly denyPolicies?: readonly DenyPolicyDocument[];
}

export interface OrganizationDocument {
  readonly id: string;
  readonly domain?: string;
  readonly customerId?: string;
  readonly defaults?: boolean;
  readonly iam?: Iam;
  readonly tags?: TagsDocument;
  readonly tagKeys?: readonly TagKeyDocument[];
  readonly auditConfigs?: readonly AuditConfigDocument[];
  readonly customRoles?: readonly CustomRoleDocument[];
  readonly denyPolicies?: readonly DenyPolicyDocument[];
  readonly principalAccessBoundaryPolicies?: readonly BoundaryDocument[];
}

export interface FolderDocument {
  readonly id: string;
  readonly parent: string;
  readonly displayName?: string;
  readonly iam?: Iam;
  readonly tags?: TagsDocument;
  readonly auditConfigs?: readonly AuditConfigDocument[];
  readonly denyPolicies?: readonly DenyPolicyDocument[];
}

export interface EstateDocument {
  readonly organization?: OrganizationDocument;
  readonly folders?: readonly FolderDocument[];
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly projects?: readonly ProjectDocument[];
}
