/** `sekisho/checkpoint`, for other people's programs: deploys judged before they are made, by any source of facts. */
export {
  BadCheckRequest,
  BadInput,
  type CheckReport,
  type CheckRequest,
  type ChecksReport,
  type Explanation,
  exitCode,
  explainText,
  type Fault,
  type Graph,
  type Holder,
  type Place,
  type ReportedFix,
  type ReportedRequirement,
  type SarifLog,
  type Source,
  type Unknown,
  UnresolvableDeploy,
  UsageError,
} from '../checkpoint/index.js';
export {
  githubAnnotations,
  graphOf,
  markdown,
  mermaid,
  sarif,
  svg,
  table,
} from '../checkpoint/reports/index.js';
export {
  AssetsProblem,
  assuming,
  GoogleSignInError,
  type GoogleSourceOptions,
  googleSource,
  PlaneError,
  TerraformPlanError,
  withGroups,
} from '../sources/index.js';
export * from './check.js';
export * from './deploys.js';
export * from './sources.js';
