/** Values of `resource.service` and `resource.type` that no resource has. */
import { callsIn, type Expr, offsetOf, type Positions, pathOf, textOf } from './expressions.js';
import type { ExpressionFinding } from './lint-finding.js';

/**
 * The services that provide resource attributes
 * (https://cloud.google.com/iam/docs/conditions-resource-attributes#resource_service_values).
 */
const SERVICES: ReadonlySet<string> = new Set(
  `apigee apihub backupdr bigquery bigqueryreservation bigtableadmin binaryauthorization ces clouddeploy cloudkms
   cloudresourcemanager compute connectors container dataform firestore iap integrations logging managedkafka
   networksecurity parametermanager pubsublite secretmanager spanner sqladmin storage`
    .split(/\s+/)
    .map((name) => `${name}.googleapis.com`),
);

const UNITS: Readonly<Record<string, string>> = {
  'resource.service': 'ResourceServiceLiteralCheck',
  'resource.type': 'ResourceTypeLiteralCheck',
};

/** Comparisons that are false whatever the resource. */
export function literalFindings(expr: Expr, positions: Positions): ExpressionFinding[] {
  return [...callsIn(expr)].flatMap(({ call }) => {
    if (call.function !== '_==_' && call.function !== '_!=_') return [];
    const [left, right] = call.args;
    if (left === undefined || right === undefined) return [];
    return [...literalFinding(left, right, positions), ...literalFinding(right, left, positions)];
  });
}

function literalFinding(attribute: Expr, literal: Expr, positions: Positions): ExpressionFinding[] {
  const path = pathOf(attribute) ?? '';
  const unit = Object.hasOwn(UNITS, path) ? UNITS[path] : undefined;
  const value = textOf(literal);
  if (unit === undefined || value === undefined || isSupported(path, value)) return [];
  const guide = `https://cloud.google.com/iam/docs/conditions-resource-attributes#${path.replace('.', '_')}_values`;
  const message = `${path} : ${value} is not supported. Using this value in condition may lead to unintended consequences. Check user guide at ${guide} for supported values for ${path}.`;
  return [{ unit, severity: 'WARNING', offset: offsetOf(literal, positions), message }];
}

/** Types are named after their services: `cloudresourcemanager.googleapis.com/Project`. */
function isSupported(path: string, value: string): boolean {
  if (path === 'resource.service') return SERVICES.has(value);
  const [service = '', type = '', ...more] = value.split('/');
  return SERVICES.has(service) && /^[A-Z]\w+$/.test(type) && more.length === 0;
}
