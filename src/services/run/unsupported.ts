/**
 * Fields of features that a plane does not run yet, by the message in which they stand and by API version. They are
 * fine while empty and refused by name otherwise.
 */
export const UNSUPPORTED = {
  v1: {
    template: ['volumes', 'nodeSelector', 'imagePullSecrets', 'runtimeClassName', 'enableServiceLinks'],
    container: ['volumeMounts', 'livenessProbe', 'readinessProbe', 'envFrom', 'securityContext', 'dependsOn'],
    resources: ['requests'],
  },
  v2: {
    service: ['binaryAuthorization', 'iapEnabled', 'multiRegionSettings', 'buildConfig'],
    scaling: ['minInstanceCount', 'maxInstanceCount', 'manualInstanceCount'],
    template: [
      'vpcAccess',
      'volumes',
      'encryptionKey',
      'serviceMesh',
      'encryptionKeyRevocationAction',
      'encryptionKeyShutdownDuration',
      'sessionAffinity',
      'healthCheckDisabled',
      'nodeSelector',
      'gpuZonalRedundancyDisabled',
    ],
    container: ['volumeMounts', 'livenessProbe', 'readinessProbe', 'dependsOn', 'baseImageUri', 'sourceCode'],
    resources: [],
  },
} as const;
