/** How the versions spell states: v1 and v2alpha1 in one way, v3 and its previews in another. */
import type {
  AllowState,
  BoundaryState,
  ConditionResult,
  DenyState,
  Inclusion,
  Match,
  Membership,
  OverallState,
  Relevance,
} from '../../iam/index.js';

export interface AllowSpelling {
  readonly access: Readonly<Record<AllowState, string>>;
  readonly role: Readonly<Record<Inclusion, string>>;
  readonly membership: Readonly<Record<Membership, string>>;
  readonly relevance: Readonly<Record<Relevance, string>>;
}

/** google.cloud.policytroubleshooter.v1 */
export const V1: AllowSpelling = {
  access: {
    granted: 'GRANTED',
    'not-granted': 'NOT_GRANTED',
    'unknown-conditional': 'UNKNOWN_CONDITIONAL',
    'unknown-info': 'UNKNOWN_INFO_DENIED',
  },
  role: {
    included: 'ROLE_PERMISSION_INCLUDED',
    'not-included': 'ROLE_PERMISSION_NOT_INCLUDED',
    'unknown-info': 'ROLE_PERMISSION_UNKNOWN_INFO_DENIED',
  },
  membership: {
    matched: 'MEMBERSHIP_INCLUDED',
    'not-matched': 'MEMBERSHIP_NOT_INCLUDED',
    'unknown-info': 'MEMBERSHIP_UNKNOWN_INFO_DENIED',
  },
  relevance: { high: 'HIGH', normal: 'NORMAL' },
};

/** google.cloud.policytroubleshooter.iam.v3 */
export const V3: AllowSpelling = {
  access: {
    granted: 'ALLOW_ACCESS_STATE_GRANTED',
    'not-granted': 'ALLOW_ACCESS_STATE_NOT_GRANTED',
    'unknown-conditional': 'ALLOW_ACCESS_STATE_UNKNOWN_CONDITIONAL',
    'unknown-info': 'ALLOW_ACCESS_STATE_UNKNOWN_INFO',
  },
  role: {
    included: 'ROLE_PERMISSION_INCLUDED',
    'not-included': 'ROLE_PERMISSION_NOT_INCLUDED',
    'unknown-info': 'ROLE_PERMISSION_UNKNOWN_INFO',
  },
  membership: {
    matched: 'MEMBERSHIP_MATCHED',
    'not-matched': 'MEMBERSHIP_NOT_MATCHED',
    'unknown-info': 'MEMBERSHIP_UNKNOWN_INFO',
  },
  relevance: { high: 'HEURISTIC_RELEVANCE_HIGH', normal: 'HEURISTIC_RELEVANCE_NORMAL' },
};

export const OVERALL: Readonly<Record<OverallState, string>> = {
  'can-access': 'CAN_ACCESS',
  'cannot-access': 'CANNOT_ACCESS',
  'unknown-info': 'UNKNOWN_INFO',
  'unknown-conditional': 'UNKNOWN_CONDITIONAL',
};

export const DENY: Readonly<Record<DenyState, string>> = {
  denied: 'DENY_ACCESS_STATE_DENIED',
  'not-denied': 'DENY_ACCESS_STATE_NOT_DENIED',
  'unknown-conditional': 'DENY_ACCESS_STATE_UNKNOWN_CONDITIONAL',
  'unknown-info': 'DENY_ACCESS_STATE_UNKNOWN_INFO',
};

export const PERMISSION: Readonly<Record<Match, string>> = {
  matched: 'PERMISSION_PATTERN_MATCHED',
  'not-matched': 'PERMISSION_PATTERN_NOT_MATCHED',
};

export const BOUNDARY: Readonly<Record<BoundaryState, string>> = {
  allowed: 'PAB_ACCESS_STATE_ALLOWED',
  'not-allowed': 'PAB_ACCESS_STATE_NOT_ALLOWED',
  'not-enforced': 'PAB_ACCESS_STATE_NOT_ENFORCED',
  'unknown-info': 'PAB_ACCESS_STATE_UNKNOWN_INFO',
};

export const RESOURCE: Readonly<Record<Inclusion, string>> = {
  included: 'RESOURCE_INCLUSION_STATE_INCLUDED',
  'not-included': 'RESOURCE_INCLUSION_STATE_NOT_INCLUDED',
  'unknown-info': 'RESOURCE_INCLUSION_STATE_UNKNOWN_INFO',
};

/** "The value can be `true`, `false`, or `null`" (ConditionExplanation). */
export const VALUE: Readonly<Record<ConditionResult['value'], boolean | null>> = {
  true: true,
  false: false,
  error: null,
  unknown: null,
};
