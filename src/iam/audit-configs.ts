/**
 * The audit configurations of allow policies: which calls leave entries in the data access log
 * (https://cloud.google.com/logging/docs/audit/configure-data-access).
 */
import { normalizeMember, type Principal, parseMember } from '../names/index.js';
import { memberKey } from './member-key.js';
import type { AuditConfig, AuditLogType, GroupDirectory, PolicyLevel, ProposedAuditConfig } from './types.js';

/** In the order of google.iam.v1.AuditLogConfig. */
const TYPES: readonly AuditLogType[] = ['ADMIN_READ', 'DATA_WRITE', 'DATA_READ'];

const ALL_SERVICES = 'allServices';

/**
 * Names before `.googleapis.com` of services whose data access logs can be configured
 * (https://cloud.google.com/logging/docs/audit/services).
 */
const SERVICES: ReadonlySet<string> = new Set(
  `accessapproval accesscontextmanager aiplatform alloydb apigateway apigee apikeys appengine artifactregistry
  assuredworkloads automl backupdr batch bigquery bigquerydatatransfer bigtable bigtableadmin billing
  binaryauthorization blockchainnodeengine certificatemanager cloudasset cloudbilling cloudbuild clouddeploy
  clouderrorreporting cloudfunctions cloudidentity cloudkms cloudprofiler cloudresourcemanager cloudscheduler
  cloudsearch cloudshell cloudsql cloudsupport cloudtasks cloudtrace composer compute config connectors
  contactcenterinsights container containeranalysis containersecurity datacatalog dataflow dataform datafusion
  datalabeling datalineage datamigration dataplex dataproc datastore datastream deploymentmanager dialogflow dlp dns
  documentai domains edgecontainer essentialcontacts eventarc file firebase firebaserules gameservices gkebackup
  gkeconnect gkehub gkemulticloud healthcare iam iamcredentials iap identitytoolkit ids integrations kmsinventory
  lifesciences livestream logging managedidentities memcache meshconfig metastore ml monitoring netapp networkconnectivity
  networkmanagement networksecurity networkservices notebooks ondemandscanning orgpolicy osconfig oslogin policysimulator
  policytroubleshooter privateca pubsub pubsublite recaptchaenterprise recommender redis retail run runtimeconfig
  secretmanager securetoken securitycenter servicebroker serviceconsumermanagement servicecontrol servicedirectory
  servicemanagement servicenetworking serviceusage sourcerepo spanner speakerid speech sqladmin storage
  storageinsights storagetransfer sts talent timeseriesinsights tpu transcoder translate videostitcher vision
  visualinspection vmmigration vmwareengine vpcaccess websecurityscanner workflowexecutions workflows workstations`.split(
    /\s+/,
  ),
);

/** @returns what is wrong with audit configurations, a sentence each */
export function auditConfigProblems(configs: readonly ProposedAuditConfig[]): string[] {
  return configs.flatMap(({ service, auditLogConfigs }) => [
    ...(isKnown(service)
      ? []
      : [
          `Service ${service} does not exist or does not support service level configuration of Google Cloud audit logging.`,
        ]),
    ...(auditLogConfigs.length > 0
      ? []
      : [`The audit config of ${service} must contain at least one audit log config.`]),
    ...auditLogConfigs.flatMap(({ logType, exemptedMembers }) => [
      ...(logType === undefined ? [`The audit log configs of ${service} must name a log type.`] : []),
      ...exemptedMembers.flatMap(exemptionProblems),
    ]),
  ]);
}

function isKnown(service: string): boolean {
  const [, name = ''] = /^([a-z0-9-]+)\.googleapis\.com$/.exec(service) ?? [];
  return service === ALL_SERVICES || SERVICES.has(name);
}

/** "Follows the same format of Binding.members" (google.iam.v1.AuditLogConfig); nobody can exempt everybody. */
function exemptionProblems(text: string): string[] {
  const kind = parseMember(text)?.kind;
  if (kind !== undefined && kind !== 'allUsers' && kind !== 'allAuthenticatedUsers') return [];
  return [`The member ${text} cannot be exempted from audit logging.`];
}

/** In the form in which they are kept: one for each service, one log config for each type, in order. */
export function mergeAuditConfigs(configs: readonly ProposedAuditConfig[]): readonly AuditConfig[] {
  const services = [...new Set(configs.map(({ service }) => service))].sort();
  return services.map((service) => {
    const own = configs.filter((config) => config.service === service).flatMap((c) => c.auditLogConfigs);
    return {
      service,
      auditLogConfigs: TYPES.filter((type) => own.some(({ logType }) => logType === type)).map((logType) => ({
        logType,
        exemptedMembers: [
          ...new Set(
            own
              .filter((config) => config.logType === logType)
              .flatMap(({ exemptedMembers }) => exemptedMembers.map(normalizeMember)),
          ),
        ].sort(),
      })),
    };
  });
}

/** Everybody whom the configurations exempt, once for each time: they count towards the members of a policy. */
export function exemptions(configs: readonly AuditConfig[]): readonly string[] {
  return configs.flatMap(({ auditLogConfigs }) =>
    auditLogConfigs.flatMap(({ exemptedMembers }) => exemptedMembers),
  );
}

export interface AuditQuestion {
  readonly principal: Principal;
  /** e.g. `run.googleapis.com` */
  readonly service: string;
  readonly type: AuditLogType;
  /** The hierarchy of what was called. */
  readonly levels: readonly PolicyLevel[];
  readonly groups: GroupDirectory;
}

/**
 * Does the call leave an entry in the data access log? Configurations add up, over the hierarchy and over `allServices`
 * and the service: each can enable a type of log, and exempt members from it; none can take away what another enables.
 */
export function isDataAccessLogged({ principal, service, type, levels, groups }: AuditQuestion): boolean {
  let enabled = false;
  const exempt: string[] = [];
  for (const { policy } of levels) {
    if (policy === 'unreadable') continue;
    for (const config of policy.source.auditConfigs ?? []) {
      if (config.service !== service && config.service !== ALL_SERVICES) continue;
      for (const { logType, exemptedMembers } of config.auditLogConfigs) {
        if (logType !== type) continue;
        enabled = true;
        exempt.push(...exemptedMembers);
      }
    }
  }
  if (!enabled || exempt.length === 0 || principal.kind === 'anonymous') return enabled;
  const member = memberKey(principal);
  const covering = [member, ...groups.groupsOf(member)];
  if (principal.kind === 'user') covering.push(`domain:${principal.email.split('@').at(-1)?.toLowerCase()}`);
  return !exempt.some((each) => covering.includes(each));
}
