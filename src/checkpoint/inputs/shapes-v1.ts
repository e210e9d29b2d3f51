/**
 * The fields of v1's resources, as `gcloud run … replace` reads them
 * (https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services#Service and its neighbours).
 */
import { type Fields, listOf, message, open, plain, type Shape } from './shape.js';

const METADATA = plain(`clusterName creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers
  generateName generation labels name namespace ownerReferences resourceVersion selfLink uid`);
const metadata = (of: 'resource' | 'template'): Shape =>
  message(METADATA, { annotations: { kind: 'annotations', of } });

const PROBE = message(
  plain('exec failureThreshold initialDelaySeconds periodSeconds successThreshold timeoutSeconds'),
  {
    grpc: message(plain('port service')),
    httpGet: message(plain('host httpHeaders path port scheme')),
    tcpSocket: message(plain('host port')),
  },
);

const ENV = listOf(plain('name value'), {
  valueFrom: message(open('kubernetes', 'configMapKeyRef'), {
    secretKeyRef: message(plain('key name optional'), open('kubernetes', 'localObjectReference')),
  }),
});

const CONTAINERS = listOf(
  plain('args command image imagePullPolicy name terminationMessagePath terminationMessagePolicy workingDir'),
  open('kubernetes', 'envFrom securityContext'),
  {
    env: ENV,
    livenessProbe: PROBE,
    readinessProbe: PROBE,
    startupProbe: PROBE,
    ports: listOf(plain('containerPort name protocol')),
    resources: message(plain('limits requests')),
    volumeMounts: listOf(plain('mountPath name readOnly subPath')),
  },
);

const VOLUMES = listOf(
  plain('name emptyDir'),
  open('kubernetes', 'configMap'),
  open('bucket', 'csi'),
  open('nfs', 'nfs'),
  { secret: message(plain('defaultMode optional secretName'), { items: listOf(plain('key mode path')) }) },
);

const INSTANCE: Fields = {
  ...plain('serviceAccountName timeoutSeconds nodeSelector'),
  containers: CONTAINERS,
  volumes: VOLUMES,
};

const REVISION_TEMPLATE = message({
  metadata: metadata('template'),
  spec: message(
    INSTANCE,
    plain('containerConcurrency'),
    open('kubernetes', 'enableServiceLinks imagePullSecrets runtimeClassName'),
  ),
});

const TASK_TEMPLATE = message({ spec: message(INSTANCE, plain('maxRetries')) });

const EXECUTION_TEMPLATE = message({
  metadata: metadata('template'),
  spec: message(plain('parallelism taskCount'), { template: TASK_TEMPLATE }),
});

/** The status is the server's: it is dropped, as gcloud drops it. */
const resource = (spec: Shape): Shape =>
  message(plain('apiVersion kind status'), { metadata: metadata('resource'), spec });

export const V1_SERVICE = resource(
  message({
    template: REVISION_TEMPLATE,
    traffic: listOf(plain('configurationName latestRevision percent revisionName tag url')),
  }),
);
export const V1_JOB = resource(
  message(open('execution', 'runExecutionToken startExecutionToken'), { template: EXECUTION_TEMPLATE }),
);
export const V1_WORKER_POOL = resource(
  message({
    template: REVISION_TEMPLATE,
    instanceSplits: listOf(plain('latestRevision percent revisionName')),
  }),
);
