/** An estate file as it is written here: of what `sekisho apply` reads, the part that can be copied. */
import type { Binding, Condition, DenyRule } from '../../iam/index.js';

export type BindingCopy = Omit<Binding, 'condition'> & { readonly condition?: Condition };

export interface DenyPolicyCopy {
  readonly id: string;
  readonly rules: readonly DenyRule[];
}

export interface TagKeyCopy {
  readonly id: string;
  readonly number: string;
  readonly values: readonly { readonly id: string; readonly number: string }[];
}

export interface CustomRoleCopy {
  readonly id: string;
  readonly title: string;
  readonly stage: string;
  readonly permissions: readonly string[];
}

/** What projects, folders and organizations have. */
export interface ContainerCopy {
  readonly id: string;
  readonly iam?: readonly BindingCopy[];
  readonly denyPolicies?: readonly DenyPolicyCopy[];
}

export interface AccountCopy {
  readonly id: string;
  readonly disabled?: boolean;
  readonly iam?: readonly BindingCopy[];
}

export interface RunSecretCopy {
  readonly name: string;
  readonly version: string;
  readonly env?: string;
  readonly mount?: string;
}

export interface RunCopy {
  readonly id: string;
  readonly location: string;
  readonly images?: readonly string[];
  readonly serviceAccount?: string;
  readonly secrets?: readonly RunSecretCopy[];
  readonly iam?: readonly BindingCopy[];
}

export interface ProjectCopy extends ContainerCopy {
  readonly number?: string;
  readonly parent?: string;
  readonly defaults: false;
  readonly services?: readonly string[];
  readonly serviceAgents?: readonly string[];
  readonly customRoles?: readonly CustomRoleCopy[];
  readonly tagKeys?: readonly TagKeyCopy[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly defaultServiceAccount?: Omit<AccountCopy, 'id'>;
  readonly serviceAccounts?: readonly AccountCopy[];
  readonly repositories?: readonly {
    readonly id: string;
    readonly location: string;
    readonly immutableTags?: boolean;
    readonly upstreamPolicies?: readonly UpstreamPolicyCopy[];
    readonly iam?: readonly BindingCopy[];
  }[];
  readonly secrets?: readonly {
    readonly id: string;
    readonly value?: string;
    readonly iam?: readonly BindingCopy[];
  }[];
  readonly runServices?: readonly RunCopy[];
  readonly runJobs?: readonly RunCopy[];
  readonly runWorkerPools?: readonly RunCopy[];
}

export interface BoundaryCopy {
  readonly id: string;
  readonly rules: readonly { readonly description?: string; readonly resources: readonly string[] }[];
  readonly enforcementVersion: string;
  readonly policyBindings: readonly {
    readonly id: string;
    readonly target: string;
    readonly condition?: Condition;
  }[];
}

export interface EstateCopy {
  readonly organization?: ContainerCopy & {
    readonly defaults: false;
    readonly domain?: string;
    readonly customerId?: string;
    readonly customRoles?: readonly CustomRoleCopy[];
    readonly tagKeys?: readonly TagKeyCopy[];
    readonly principalAccessBoundaryPolicies?: readonly BoundaryCopy[];
  };
  readonly folders?: readonly (ContainerCopy & { readonly parent: string })[];
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly projects: readonly ProjectCopy[];
}

/** A repository behind a virtual one. */
export interface UpstreamPolicyCopy {
  readonly id: string;
  readonly repository: string;
  readonly priority: number;
}
