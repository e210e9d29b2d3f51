/** google.iam.admin.v1.IAM.LintPolicy: what IAM's linter says of a condition; and which services can be audited. */
import {
  LintResult_Level as Level,
  type LintPolicyRequest,
  type QueryAuditableServicesRequest,
  LintResult_Severity as Severity,
} from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { type AccessRule, badField, type Call, invalidArgument } from '../../google/index.js';
import { type LintFinding, lintCondition, policyResourceType } from '../../iam/index.js';
import { type ResourceName, splitResource } from '../../names/index.js';
import type { IamHandlers } from './handlers.js';

const SERVICE = 'google.iam.admin.v1.IAM';

export const lintAccess: Readonly<Record<string, AccessRule>> = {
  [`${SERVICE}.LintPolicy`]: {
    kind: 'authenticated',
    why: 'it looks at the condition in the request and at no policy',
  },
  [`${SERVICE}.QueryAuditableServices`]: {
    kind: 'authenticated',
    why: 'it names services, which are documented, and nothing of the resource',
  },
};

/**
 * The services that a plane serves and that write audit logs
 * (https://cloud.google.com/logging/docs/audit/services).
 */
const AUDITABLE = [
  'artifactregistry.googleapis.com',
  'cloudresourcemanager.googleapis.com',
  'iam.googleapis.com',
  'iamcredentials.googleapis.com',
  'logging.googleapis.com',
  'run.googleapis.com',
  'secretmanager.googleapis.com',
  'serviceusage.googleapis.com',
  'sts.googleapis.com',
];

export function lintHandlers(): IamHandlers {
  return {
    async lintPolicy({ fullResourceName, lintObject }: LintPolicyRequest, { time }: Call) {
      if (fullResourceName !== '') requireFullName(fullResourceName);
      if (lintObject.case !== 'condition') throw badField('condition', 'The condition to lint is required.');
      const { title, description, expression } = lintObject.value;
      return { lintResults: lintCondition({ title, description, expression }, time).map(resultOf) };
    },
    async queryAuditableServices({ fullResourceName }: QueryAuditableServicesRequest) {
      const type = policyResourceType(requireFullName(fullResourceName));
      if (type === 'project' || type === 'folder' || type === 'organization')
        return { services: AUDITABLE.map((name) => ({ name })) };
      // Audit configurations are of projects and what holds them alone.
      throw invalidArgument(
        `${splitResource(requireFullName(fullResourceName)).path} has no audit configuration.`,
      );
    },
  };
}

function resultOf({ unit, severity, field, offset, message }: LintFinding) {
  return {
    level: Level.CONDITION,
    validationUnitName: `LintValidationUnits/${unit}`,
    severity: Severity[severity],
    fieldName: field,
    locationOffset: offset ?? 0,
    debugMessage: message,
  };
}

/** @throws GoogleError INVALID_ARGUMENT when the text is no full resource name */
function requireFullName(text: string): ResourceName {
  if (!/^\/\/[a-z0-9.-]+\/\S+$/.test(text))
    throw badField('full_resource_name', `"${text}" is no full resource name.`);
  return `//${text.slice(2)}`;
}
