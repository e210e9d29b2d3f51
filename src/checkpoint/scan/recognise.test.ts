import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cloudRunAgent,
  parseImage,
  type RegistryImage,
  repositoryOfImage,
  splitResource,
} from '../../names/index.js';
import * as refusals from '../refusals.js';
import { recognise, SCAN_LITERALS, scanFilter } from './recognise.js';

const id = fc.stringMatching(/^[a-z][a-z0-9-]{4,20}[a-z0-9]$/);
const number = fc.stringMatching(/^[1-9][0-9]{5,11}$/);
const suffix = fc.oneof(fc.constant(''), fc.stringMatching(/^:[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/));
const image: fc.Arbitrary<RegistryImage> = fc
  .tuple(
    fc.constantFrom('us-docker.pkg.dev', 'asia-northeast1-docker.pkg.dev', 'eu.gcr.io'),
    id,
    id,
    id,
    suffix,
  )
  .map(([host, project, repository, name, tag]) =>
    parseImage(`${host}/${project}/${repository}/${name}${tag}`),
  )
  .filter((parsed) => parsed.ok)
  .map(({ image: each }) => each)
  .filter((each) => each.registry === 'artifact-registry');
const around = fc.constantFrom<readonly [string, string]>(
  ['', ''],
  ['Ready condition status changed to False for Service web with message: ', ''],
  ["Revision 'web-00001-abc' is not ready and cannot serve traffic. ", ''],
  ['ERROR: (gcloud.run.deploy) PERMISSION_DENIED: ', '\nAnd more.'],
);

/** Whatever stands around a refusal, it is recognised, and as a line of JSON it holds one of the literals. */
function recognised(message: string, expected: object): void {
  fc.assert(
    fc.property(around, ([before, after]) => {
      const text = `${before}${message}${after}`;
      expect(recognise(text)).toEqual(expected);
      const json = JSON.stringify({ text });
      expect(SCAN_LITERALS.some((literal) => json.includes(JSON.stringify(literal).slice(1, -1)))).toBe(true);
    }),
    { numRuns: 4 },
  );
}

describe('every refusal that a scan looks for is recognised with what it is about', () => {
  it('the user who cannot read the image', () => {
    fc.assert(
      fc.property(image, id, (read, project) => {
        recognised(refusals.userCannotReadImage({ image: read, project }), {
          says: 'user-must-read',
          image: read.text,
        });
        expect(recognise(refusals.userCannotReadImageWarning(read))).toEqual({
          says: 'user-warned',
          image: read.text,
        });
      }),
    );
  });

  it('the agent that cannot pull, by its address or without', () => {
    fc.assert(
      fc.property(image, id, number, (read, project, own) => {
        const agent = cloudRunAgent(own);
        const message = refusals.agentCannotPull({ image: read, project, agent });
        recognised(message, { says: 'agent-must-read', image: read.text, agent });
        recognised(message.replaceAll(` ${agent}`, ''), { says: 'agent-must-read', image: read.text });
      }),
    );
  });

  it('the agent that cannot mint tokens', () => {
    fc.assert(
      fc.property(id, id, number, (name, project, own) => {
        const account = `${name}@${project}.iam.gserviceaccount.com`;
        const agent = cloudRunAgent(own);
        recognised(refusals.agentCannotMint(account, agent), { says: 'agent-cannot-mint', account, agent });
      }),
    );
  });

  it('the registry’s own answer', () => {
    fc.assert(
      fc.property(image, (read) => {
        const [{ message }] = JSON.parse(refusals.registryRefusal(read).body).errors;
        const repository = splitResource(repositoryOfImage(read)).path;
        recognised(message, { says: 'registry-denied', repository });
      }),
    );
  });

  it.each([
    [
      'no permission of Cloud Run',
      refusals.runPermissionDenied('run.services.get', 'namespaces/p/services/s'),
    ],
    ['no actAs', refusals.actAsDenied('a@p.iam.gserviceaccount.com')],
    ['no image', refusals.imageNotFound('us-docker.pkg.dev/p/r/i')],
    ['an API that is off', refusals.apiDisabled('123')],
  ])('but not %s', (_, message) => {
    expect(recognise(message)).toBeUndefined();
  });

  it('in real messages whose wording has changed since', () => {
    expect(
      recognise(
        'Google Cloud Run Service Agent must have permission to read the image, gcr.io/other/app:v1. Ensure that the provided container image URL is correct.',
      ),
    ).toEqual({ says: 'agent-must-read', image: 'gcr.io/other/app:v1' });
  });
});

it('the query asks for all of them, of services, jobs and worker pools', () => {
  expect(scanFilter(new Date('2024-11-01T00:00:00Z'), 'resource.labels.location="us-central1"')).toBe(
    [
      'resource.type=("cloud_run_revision" OR "cloud_run_job" OR "cloud_run_worker_pool")',
      'severity>=ERROR',
      '("User does not have access to image" OR "must have permission to read the image," OR "Google Cloud Run Service Agent does not have permission to get access tokens for the service account" OR "Permission \\"artifactregistry.repositories.downloadArtifacts\\" denied on resource \\"")',
      'timestamp>="2024-11-01T00:00:00.000Z"',
      '(resource.labels.location="us-central1")',
    ].join('\n'),
  );
});
