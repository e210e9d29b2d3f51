/**
 * Fields of features that a plane does not run, by the message in which they stand and by API version. They are fine
 * while empty and refused by name otherwise.
 */
export const UNSUPPORTED = {
  v1: {
    job: ['startExecutionToken', 'runExecutionToken'],
    template: ['nodeSelector', 'imagePullSecrets', 'runtimeClassName', 'enableServiceLinks'],
    container: ['envFrom', 'securityContext', 'dependsOn', 'lifecycle'],
    resources: ['requests'],
    volume: ['csi', 'nfs', 'configMap', 'cloudSqlInstance'],
  },
  v2: {
    job: ['binaryAuthorization', 'startExecutionToken', 'runExecutionToken'],
    service: ['binaryAuthorization', 'iapEnabled', 'multiRegionSettings', 'buildConfig'],
    workerPool: ['binaryAuthorization'],
    template: [
      'vpcAccess',
      'encryptionKey',
      'serviceMesh',
      'encryptionKeyRevocationAction',
      'encryptionKeyShutdownDuration',
      'nodeSelector',
      'gpuZonalRedundancyDisabled',
    ],
    container: ['baseImageUri', 'sourceCode'],
    resources: [],
    volume: ['cloudSqlInstance', 'nfs', 'gcs'],
  },
} as const;
