/**
 * The fields of v2's resources in their JSON form
 * (https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services#Service and its neighbours).
 */
import { type Fields, listOf, message, open, plain, type Shape } from './shape.js';

const PROBE = message(plain('failureThreshold initialDelaySeconds periodSeconds timeoutSeconds'), {
  grpc: message(plain('port service')),
  httpGet: message(plain('httpHeaders path port')),
  tcpSocket: message(plain('port')),
});

const CONTAINERS = listOf(
  plain('args command dependsOn image name workingDir'),
  open('base-image', 'baseImageUri'),
  open('build', 'buildInfo sourceCode'),
  {
    env: listOf(plain('name value'), {
      valueSource: message({ secretKeyRef: message(plain('secret version')) }),
    }),
    livenessProbe: PROBE,
    readinessProbe: PROBE,
    startupProbe: PROBE,
    ports: listOf(plain('containerPort name')),
    resources: message(plain('cpuIdle limits startupCpuBoost')),
    volumeMounts: listOf(plain('mountPath name subPath')),
  },
);

const VOLUMES = listOf(
  plain('name emptyDir'),
  open('cloud-sql', 'cloudSqlInstance'),
  open('bucket', 'gcs'),
  open('nfs', 'nfs'),
  { secret: message(plain('defaultMode secret'), { items: listOf(plain('mode path version')) }) },
);

/** Of a revision, a task or a worker pool. */
const INSTANCE: Fields = {
  ...plain('gpuZonalRedundancyDisabled nodeSelector serviceAccount'),
  ...open('key', 'encryptionKey'),
  containers: CONTAINERS,
  volumes: VOLUMES,
  vpcAccess: message(plain('egress'), open('network', 'connector networkInterfaces')),
};

const REVOCATION = open('key', 'encryptionKeyRevocationAction encryptionKeyShutdownDuration');

const DESCRIBED = plain('annotations client clientVersion labels');

/** What the server writes: files that were downloaded have it. */
const OUTPUT = plain(`conditions createTime creator deleteTime etag expireTime generation lastModifier
  observedGeneration reconciling satisfiesPzs terminalCondition uid updateTime`);

const TOP: Fields = {
  ...DESCRIBED,
  ...OUTPUT,
  ...plain('launchStage name'),
  binaryAuthorization: message(open('binary-authorization', 'breakglassJustification policy useDefault')),
};

const REVISIONED = plain('customAudiences description latestCreatedRevision latestReadyRevision');

export const V2_SERVICE = message(
  TOP,
  REVISIONED,
  plain(
    `defaultUriDisabled ingress invokerIamDisabled scaling threatDetectionEnabled trafficStatuses uri urls`,
  ),
  open('iap', 'iapEnabled'),
  open('build', 'buildConfig'),
  open('regions', 'multiRegionSettings'),
  {
    template: message(
      DESCRIBED,
      INSTANCE,
      REVOCATION,
      plain(`executionEnvironment healthCheckDisabled maxInstanceRequestConcurrency revision scaling
        sessionAffinity timeout`),
      { serviceMesh: message(open('mesh', 'mesh')) },
    ),
    traffic: listOf(plain('percent revision tag type')),
  },
);

export const V2_JOB = message(
  TOP,
  plain('executionCount latestCreatedExecution'),
  open('execution', 'runExecutionToken startExecutionToken'),
  {
    template: message(DESCRIBED, plain('parallelism taskCount'), {
      template: message(INSTANCE, plain('executionEnvironment maxRetries timeout')),
    }),
  },
);

export const V2_WORKER_POOL: Shape = message(
  TOP,
  REVISIONED,
  plain('instanceSplitStatuses scaling threatDetectionEnabled'),
  {
    instanceSplits: listOf(plain('percent revision type')),
    template: message(DESCRIBED, INSTANCE, REVOCATION, plain('revision'), {
      serviceMesh: message(open('mesh', 'mesh')),
    }),
  },
);
