/** Services that are not created: the message names the field, and nothing is stored. */
import { describe, expect, it } from 'vitest';
import { serviceBody } from './support/deploys.js';
import { badField, refusal } from './support/refusals.js';
import { at } from './support/rest.js';
import { type Change, IMAGE, P, SERVICES, useUntouchedPlane, WEB } from './support/untouched.js';
import { OWNER, REGION } from './support/world.js';

const CONTAINER = 'spec.template.spec.containers[0]';
const untouched = useUntouchedPlane();

describe('images', () => {
  const repository = `${REGION}-docker.pkg.dev/${P}/images`;

  it.each([
    'ghcr.io/x/y:latest',
    'quay.io/x/y',
    'mars-central1-docker.pkg.dev/x/y/z',
    `${REGION}-docker.pkg.dev/${P}`,
    repository,
    `${repository}/`,
    `${repository}/Upper`,
    `${repository}/app:bad tag`,
    `${repository}/app:-tag`,
    `${repository}/app:${'t'.repeat(129)}`,
    `${repository}/app@sha256:123`,
    `${repository}/app@md5:d41d8cd98f00b204e9800998ecf8427e`,
    `https://${repository}/app`,
  ])('%s is no image that Cloud Run runs', async (image) => {
    expect(await untouched.creating({ image })).toEqual(
      badField(
        `${CONTAINER}.image`,
        `Expected an image path like [host/]repo-path[:tag and/or @digest], where host is one of [region.]gcr.io, [region-]docker.pkg.dev or docker.io but obtained ${image}. To deploy container images from other public or private registries, set up an Artifact Registry remote repository. See https://cloud.google.com/artifact-registry/docs/repositories/remote-repo.`,
      ),
    );
  });

  it('must be named at all', async () => {
    expect(await untouched.creating({ image: '' })).toEqual(
      badField(`${CONTAINER}.image`, 'An image is required.'),
    );
  });
});

describe('a service', () => {
  it.each<[string, Change, string, string]>([
    [
      'reserved variables',
      { env: { PORT: '1', K_SERVICE: 'x', FINE: 'y' } },
      `${CONTAINER}.env`,
      'The following reserved env names were provided: PORT, K_SERVICE. These values are automatically set by the system.',
    ],
    [
      'a variable twice',
      {
        container: {
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        },
      },
      `${CONTAINER}.env`,
      "The environment variable 'A' is given more than once.",
    ],
    [
      'port 0',
      { container: { ports: [{ containerPort: 0 }] } },
      `${CONTAINER}.ports[0].containerPort`,
      'Invalid value 0: must be between 1 and 65535.',
    ],
    [
      'port 65536',
      { container: { ports: [{ containerPort: 65536 }] } },
      `${CONTAINER}.ports[0].containerPort`,
      'Invalid value 65536: must be between 1 and 65535.',
    ],
    [
      'half a port',
      { container: { ports: [{ containerPort: 80.5 }] } },
      `${CONTAINER}.ports[0].containerPort`,
      'Expected an integer.',
    ],
    [
      'two ports',
      { container: { ports: [{ containerPort: 1 }, { containerPort: 2 }] } },
      `${CONTAINER}.ports`,
      'ports should contain 0 or 1 port.',
    ],
    [
      'HTTP/3 end to end',
      { container: { ports: [{ name: 'h3', containerPort: 8080 }] } },
      `${CONTAINER}.ports[0].name`,
      "The port name 'h3' is not supported: it must be 'http1' or 'h2c'.",
    ],
    [
      'two containers without a port',
      {
        spec: {
          containers: [
            { image: IMAGE, name: 'app' },
            { image: IMAGE, name: 'sidecar' },
          ],
        },
      },
      'spec.template.spec.containers',
      'Revision template should contain exactly one container with an exposed port.',
    ],
    [
      'no container',
      { spec: { containers: [] } },
      'spec.template.spec.containers',
      'At least one container is required.',
    ],
    [
      'a bucket for a volume',
      { spec: { volumes: [{ name: 'v', csi: { driver: 'gcsfuse.run.googleapis.com' } }] } },
      'spec.template.spec.volumes[0].csi',
      'This field is not supported.',
    ],
    [
      'a mount of what is no volume',
      { container: { volumeMounts: [{ name: 'v', mountPath: '/v' }] } },
      `${CONTAINER}.volumeMounts[0].name`,
      "The volume 'v' is not among the template's volumes.",
    ],
    [
      'a GPU',
      { spec: { nodeSelector: { 'run.googleapis.com/accelerator': 'nvidia-l4' } } },
      'spec.template.spec.nodeSelector',
      'This field is not supported.',
    ],
    [
      'a liveness probe that runs a command',
      { container: { livenessProbe: { httpGet: { path: '/' }, exec: { command: ['true'] } } } },
      `${CONTAINER}.livenessProbe.exec`,
      'This field is not supported.',
    ],
    [
      'a VPC connector',
      { template: { annotations: { 'run.googleapis.com/vpc-access-connector': 'c' } } },
      'spec.template.metadata.annotations[run.googleapis.com/vpc-access-connector]',
      "The annotation 'run.googleapis.com/vpc-access-connector' is not supported on this template.",
    ],
    [
      'Binary Authorization',
      { metadata: { annotations: { 'run.googleapis.com/binary-authorization': 'default' } } },
      'metadata.annotations[run.googleapis.com/binary-authorization]',
      "The annotation 'run.googleapis.com/binary-authorization' is not supported on this service.",
    ],
    [
      'an unknown ingress',
      { metadata: { annotations: { 'run.googleapis.com/ingress': 'some' } } },
      'metadata.annotations[run.googleapis.com/ingress]',
      "Invalid value 'some': must be one of all, internal, internal-and-cloud-load-balancing.",
    ],
    [
      'audiences that are no list',
      { metadata: { annotations: { 'run.googleapis.com/custom-audiences': 'a' } } },
      'metadata.annotations[run.googleapis.com/custom-audiences]',
      'Expected a JSON array of strings.',
    ],
    [
      'more instances at least than at most',
      {
        template: {
          annotations: { 'autoscaling.knative.dev/minScale': '5', 'autoscaling.knative.dev/maxScale': '2' },
        },
      },
      'spec.template.metadata.annotations[autoscaling.knative.dev/minScale]',
      'minScale must not be greater than maxScale.',
    ],
    [
      'a label in capitals',
      { metadata: { labels: { team: 'Platform' } } },
      'metadata.labels[team]',
      "Invalid label value 'Platform': only lower-case letters, digits, dashes and underscores, at most 63.",
    ],
    [
      'no memory to speak of',
      { container: { resources: { limits: { memory: '1Mi' } } } },
      `${CONTAINER}.resources.limits.memory`,
      'Invalid value specified for memory. For 1.0 CPU, memory must be between 128Mi and 4Gi inclusive.',
    ],
    [
      'more processors than there are',
      { container: { resources: { limits: { cpu: '9' } } } },
      `${CONTAINER}.resources.limits.cpu`,
      "Invalid value specified for cpu: '9'. It must be an integer from 1 to 8, or less than 1 and at least 0.08.",
    ],
    [
      'a timeout of two hours',
      { spec: { timeoutSeconds: 7200 } },
      'spec.template.spec.timeoutSeconds',
      'Invalid value 7200: must be between 1 and 3600.',
    ],
    [
      'an identity that is no address',
      { spec: { serviceAccountName: 'somebody' } },
      'spec.template.spec.serviceAccountName',
      "'somebody' is no service account's address.",
    ],
    [
      'a probe of two kinds',
      { container: { startupProbe: { tcpSocket: {}, httpGet: { path: '/' } } } },
      `${CONTAINER}.startupProbe`,
      'Only one of tcpSocket, httpGet and grpc may be given.',
    ],
    [
      'traffic for a revision of nobody',
      { traffic: [{ revisionName: 'new-00009-abc', percent: 100 }] },
      'spec.traffic[0].revision_name',
      "Revision 'new-00009-abc' is not found in service 'new'.",
    ],
    [
      'half of its traffic',
      { traffic: [{ latestRevision: true, percent: 50 }] },
      'spec.traffic',
      'Traffic targets must add up to 100 percent, but add up to 50.',
    ],
    [
      'a misspelt field',
      { container: { imagee: IMAGE } },
      `${CONTAINER}.imagee`,
      'Invalid JSON payload received. Unknown name "imagee": Cannot find field.',
    ],
    [
      'a resource version of its own making',
      { metadata: { resourceVersion: 'mine' } },
      'metadata.resourceVersion',
      'A service that is to be created has no resource version.',
    ],
  ])('is not created with %s', async (_, change, field, description) => {
    expect(await untouched.creating(change)).toEqual(badField(field, description));
  });

  it('does not run as a service account that does not exist', async () => {
    const nobody = `nobody@${P}.iam.gserviceaccount.com`;
    expect(await untouched.creating({ spec: { serviceAccountName: nobody } })).toEqual(
      refusal(
        'PERMISSION_DENIED',
        `Permission 'iam.serviceaccounts.actAs' denied on service account ${nobody} (or it may not exist).`,
      ),
    );
  });

  it('is not replaced by who read an older version of it', async () => {
    const current = await untouched.rest.ok(OWNER, 'GET', WEB);
    const version = Buffer.from(
      String(at(current, 'metadata', 'resourceVersion')),
      'base64',
    ).readBigUInt64BE();
    const older = Buffer.alloc(8);
    older.writeBigUInt64BE(version - 1n);
    const stale = serviceBody({
      project: P,
      name: 'web',
      image: IMAGE,
      metadata: { resourceVersion: older.toString('base64').replace(/=+$/, '') },
    });
    expect(await untouched.tried('PUT', WEB, stale)).toEqual(
      refusal(
        'ABORTED',
        `Conflict for resource 'web': version '${version - 1n}' was specified but current version is '${version}'.`,
      ),
    );
  });

  it('is not created by a dry run, nor by half of one', async () => {
    const body = serviceBody({ project: P, name: 'new', image: IMAGE });
    expect((await untouched.rest.call(OWNER, 'POST', `${SERVICES}?dryRun=all`, body)).status).toBe(200);
    expect(await untouched.tried('POST', `${SERVICES}?dryRun=some`, body)).toEqual(
      refusal('INVALID_ARGUMENT', "Invalid value 'some' for dryRun: only 'all' is supported."),
    );
  });
});
