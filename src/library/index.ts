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
  githubAnnotations,
  graphOf,
  type Holder,
  markdown,
  mermaid,
  type Place,
  type ReportedFix,
  type ReportedRequirement,
  type SarifLog,
  type Source,
  sarif,
  svg,
  table,
  type Unknown,
  UnresolvableDeploy,
  UsageError,
} from '../checkpoint/index.js';
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
