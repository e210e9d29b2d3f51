import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestReference, parseImage, registryPath, repositoryOfImage } from './image.js';

const parsed = (text: string) => {
  const result = parseImage(text);
  if (!result.ok) throw new Error(`${text}: ${result.reason}`);
  return result.image;
};
const registryImage = (text: string) => {
  const image = parsed(text);
  if (image.registry !== 'artifact-registry') throw new Error(`${text} is on ${image.registry}`);
  return image;
};

describe('parseImage', () => {
  it('reads location, project, repository, image and tag of an Artifact Registry reference', () => {
    const image = registryImage('asia-northeast1-docker.pkg.dev/myproject-b/myrepo/team/app:v1');
    expect(image).toMatchObject({
      host: 'asia-northeast1-docker.pkg.dev',
      location: 'asia-northeast1',
      project: 'myproject-b',
      repository: 'myrepo',
      image: 'team/app',
      tag: 'v1',
    });
    expect(repositoryOfImage(image)).toBe(
      '//artifactregistry.googleapis.com/projects/myproject-b/locations/asia-northeast1/repositories/myrepo',
    );
    expect(registryPath(image)).toBe('myproject-b/myrepo/team/app');
  });

  it('serves multi-regions', () => {
    expect(registryImage('us-docker.pkg.dev/cloudrun/container/hello').location).toBe('us');
  });

  it('maps gcr.io hosts to the repository that bears their name', () => {
    expect(registryImage('eu.gcr.io/p-one/app:x')).toMatchObject({
      location: 'europe',
      project: 'p-one',
      repository: 'eu.gcr.io',
      image: 'app',
    });
  });

  it('reads a project of a domain from two segments', () => {
    const image = registryImage('us-docker.pkg.dev/example.com/proj/repo/app');
    expect(image).toMatchObject({ project: 'example.com:proj', repository: 'repo' });
    expect(registryPath(image)).toBe('example.com/proj/repo/app');
  });

  it('takes a reference without a host as Docker Hub’s', () => {
    expect(parsed('nginx')).toMatchObject({ registry: 'docker-hub', image: 'library/nginx' });
    expect(parsed('bitnami/redis:7')).toMatchObject({
      registry: 'docker-hub',
      image: 'bitnami/redis',
      tag: '7',
    });
  });

  it('prefers the digest, then the tag, then latest', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(manifestReference(parsed(`us-docker.pkg.dev/p/r/i:t@${digest}`))).toBe(digest);
    expect(manifestReference(parsed('us-docker.pkg.dev/p/r/i:t'))).toBe('t');
    expect(manifestReference(parsed('us-docker.pkg.dev/p/r/i'))).toBe('latest');
  });

  it.each([
    ['ghcr.io/x/y:latest', 'unsupported-host'],
    ['localhost:5000/x', 'unsupported-host'],
    ['nowhere1-docker.pkg.dev/p/r/i', 'unsupported-host'],
    ['us-docker.pkg.dev/p/r', 'malformed'],
    ['us-docker.pkg.dev/p/r/i@sha256:short', 'malformed'],
    ['us-docker.pkg.dev/p/r/I', 'malformed'],
    ['us-docker.pkg.dev/p/r/../x', 'malformed'],
    ['', 'malformed'],
  ])('refuses %s as %s', (text, reason) => {
    expect(parseImage(text)).toEqual({ ok: false, reason, text });
  });

  it('never throws, and keeps what the user wrote', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = parseImage(text);
        expect(result.ok ? result.image.text : result.text).toBe(text);
      }),
    );
  });
});
