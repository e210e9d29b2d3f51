import { expect, it } from 'vitest';
import { repositoryOfUpstream, secretOfVersion } from './upstream.js';

const REPOSITORY = '//artifactregistry.googleapis.com/projects/p/locations/us-central1/repositories/r';

it.each([
  ['projects/p/locations/us-central1/repositories/r', REPOSITORY],
  ['https://us-central1-docker.pkg.dev/p/r', REPOSITORY],
  ['https://us-central1-docker.pkg.dev/p/r/', REPOSITORY],
  ['HTTPS://US-CENTRAL1-docker.pkg.dev/p/r', REPOSITORY],
  [
    'https://us-docker.pkg.dev/example.com/p/r',
    '//artifactregistry.googleapis.com/projects/example.com:p/locations/us/repositories/r',
  ],
  ['https://us-central1-docker.pkg.dev', 'malformed'],
  ['https://us-central1-docker.pkg.dev/p', 'malformed'],
  ['https://us-central1-docker.pkg.dev/p/r/image/within', 'malformed'],
  ['https://registry-1.docker.io', undefined],
  ['https://us-central1-docker.pkg.dev.example.com/p/r', undefined],
  ['', undefined],
])('the upstream %s is the repository %s', (uri, repository) => {
  expect(repositoryOfUpstream(uri)).toBe(repository);
});

it('takes a version for its secret', () => {
  expect(secretOfVersion('projects/1/secrets/s/versions/latest')).toBe(
    '//secretmanager.googleapis.com/projects/1/secrets/s',
  );
  expect(secretOfVersion('projects/1/secrets/s')).toBeUndefined();
});
