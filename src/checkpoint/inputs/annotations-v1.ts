/**
 * Google's annotations on v1's resources and templates
 * (https://cloud.google.com/run/docs/reference/rest/v1/ObjectMeta). Those of others are the client's own business.
 */
import { type Fields, open, plain } from './shape.js';

export const INVOKER_IAM_DISABLED = 'run.googleapis.com/invoker-iam-disabled';
export const SECRET_ALIASES = 'run.googleapis.com/secrets';

const run = (names: string) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `run.googleapis.com/${name}`)
    .join(' ');

const KNOWN_EVERYWHERE = plain(`${run(`client-name client-version creator lastModifier operation-id
  lastUpdatedTime satisfiesPzs supportsPzs`)} serving.knative.dev/creator serving.knative.dev/lastModifier
  client.knative.dev/nonce client.knative.dev/user-image`);

/** On the service, job or worker pool itself. */
export const annotationsOfResource: Fields = {
  ...KNOWN_EVERYWHERE,
  ...plain(
    run(`urls ingress ingress-status custom-audiences default-url-disabled description launch-stage minScale
        maxScale scalingMode manualInstanceCount max-surge max-unavailable overflow-scaling invoker-iam-disabled
        threat-detection`),
  ),
  ...open('binary-authorization', run('binary-authorization binary-authorization-breakglass')),
  ...open('iap', run('iap-enabled')),
  ...open('regions', run('regions')),
  ...open(
    'build',
    run(`build-base-image build-enable-automatic-updates build-environment-variables build-function-target build-id
        build-image-uri build-name build-service-account build-source-location build-worker-pool
        enable-automatic-updates function-target image-uri source-location`),
  ),
};

/** On the template of its revisions or executions. */
export const annotationsOfTemplate: Fields = {
  ...KNOWN_EVERYWHERE,
  ...plain('autoscaling.knative.dev/minScale autoscaling.knative.dev/maxScale'),
  ...plain(
    run(`cpu-throttling startup-cpu-boost execution-environment container-dependencies sessionAffinity
        health-check-disabled vpc-access-egress gpu-zonal-redundancy-disabled secrets max-surge max-unavailable`),
  ),
  ...open('network', run('vpc-access-connector network-interfaces')),
  ...open('cloud-sql', run('cloudsql-instances')),
  ...open('key', run('encryption-key encryption-key-shutdown-hours post-key-revocation-action-type')),
  ...open('mesh', run('mesh mesh-dataplane enable-workload-certificate identity')),
  ...open('base-image', run('base-images linux-base-image-update')),
  ...open('build', run('sources')),
};

/** Those that Google gives a meaning. */
export const GOOGLES = /^(?:run\.googleapis\.com|(?:autoscaling|serving|networking)\.knative\.dev)\//;
