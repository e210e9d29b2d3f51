import { describe, expect, it } from 'vitest';
import { parseImage, type RegistryImage } from '../../names/index.js';
import { googleSource } from './source.js';
import { type Answering, playGoogle, refused } from './testing-answers.js';

const BOB = { kind: 'user', email: 'bob@example.com' } as const;
const PLATFORM = 'group:platform@example.com';

/** A directory that answers no transitive question, as editions of Cloud Identity without it do. */
function directory(
  members: Readonly<Record<string, readonly [type: string, id: string][] | 'hidden'>>,
): Answering {
  return ({ url }) => {
    const { pathname, searchParams } = url;
    if (pathname.endsWith(':lookup')) {
      const [name = ''] = (searchParams.get('groupKey.id') ?? '').split('@');
      return { json: { name: `groups/${name}` } };
    }
    const [, group = ''] = /^\/v1\/groups\/([^/]+)\/memberships$/.exec(pathname) ?? [];
    const listed = members[group];
    if (listed === undefined || listed === 'hidden') return refused(403, 'Error(2028): Permission denied.');
    return { json: { memberships: listed.map(([type, id]) => ({ type, preferredMemberKey: { id } })) } };
  };
}

describe('groups, where only lists of members can be read', () => {
  const isIn = async (answer: Answering) => {
    const { reader } = playGoogle(answer);
    return (await googleSource({ reader }).memberships(BOB, [PLATFORM])).get(PLATFORM);
  };
  const nested: [string, string] = ['GROUP', 'deployers@example.com'];

  it('are searched through groups in groups, and circles end', async () => {
    const bob: [string, string] = ['USER', 'Bob@example.com'];
    expect(await isIn(directory({ platform: [nested], deployers: [bob] }))).toBe(true);
    const back: [string, string] = ['GROUP', 'platform@example.com'];
    expect(await isIn(directory({ platform: [nested], deployers: [back] }))).toBe(false);
  });

  it('are unknown when one that cannot be read might hold the principal', async () => {
    expect(await isIn(directory({ platform: [nested], deployers: 'hidden' }))).toEqual({
      unknown: true,
      why: expect.stringContaining('who is in group deployers@example.com cannot be read'),
    });
    expect(await isIn(directory({ platform: [['OTHER', 'x@example.com']] }))).toMatchObject({
      unknown: true,
    });
  });
});

describe('a policy that is not understood', () => {
  it.each([
    ['a binding without a role', { bindings: [{ members: [] }] }],
    ['members that are no texts', { bindings: [{ role: 'roles/viewer', members: [1] }] }],
    [
      'a condition without an expression',
      { bindings: [{ role: 'roles/viewer', members: [], condition: {} }] },
    ],
    ['bindings that are no list', { bindings: 'x' }],
  ])('is unknown, not empty: %s', async (_, json) => {
    const { reader } = playGoogle(() => ({ json }));
    const policy = await googleSource({ reader }).policy('//cloudresourcemanager.googleapis.com/projects/p');
    expect(policy).toMatchObject({ unknown: true });
  });
});

describe('a folder', () => {
  const folder = (id: string) => `//cloudresourcemanager.googleapis.com/folders/${id}` as const;
  const parents: Readonly<Record<string, string>> = {
    '7': 'folders/8',
    '8': 'organizations/9',
    '5': 'folders/6',
  };
  const google = () =>
    playGoogle(({ url }) => {
      const parent = parents[url.pathname.slice('/v3/folders/'.length)];
      return parent === undefined ? refused(403, 'no') : { json: { name: 'x', parent } };
    });
  const aboveOf = (container: `//${string}`) => googleSource({ reader: google().reader }).above(container);

  it('lies in what its parents lie in', async () => {
    const organization = '//cloudresourcemanager.googleapis.com/organizations/9';
    expect(await aboveOf(folder('7'))).toEqual([folder('8'), organization]);
    expect(await aboveOf(folder('8'))).toEqual([organization]);
    expect(await aboveOf(organization)).toEqual([]);
  });

  it('lies nobody knows where below one that cannot be seen', async () => {
    expect(await aboveOf(folder('5'))).toMatchObject({
      unknown: true,
      why: expect.stringContaining('resourcemanager.folders.get on folders/6'),
    });
  });
});

describe('the boundaries of an organization', () => {
  it('are asked for by its number alone', async () => {
    const { reader, sent } = playGoogle(() => ({ json: {} }));
    const facts = await googleSource({ reader }).boundaries('organizations/9');
    expect(facts).toEqual({ policies: [], bindings: [] });
    expect(sent).toEqual([
      expect.stringContaining('/organizations/9/locations/global/principalAccessBoundaryPolicies'),
    ]);
  });
});

describe('an image', () => {
  const HOST = 'us-docker.pkg.dev';
  const parsed = parseImage(`${HOST}/p/r/app:v1`);
  const image = (parsed.ok ? parsed.image : undefined) as RegistryImage;
  const CONFIG = `sha256:${'a'.repeat(64)}`;

  const found = async (mode: string, location: string) => {
    const google = playGoogle(({ url }) => {
      if (url.host === 'artifactregistry.googleapis.com') return { json: { mode } };
      if (url.pathname.includes('/manifests/')) return { json: { config: { digest: CONFIG } } };
      if (url.pathname.includes('/blobs/')) return { status: 302, headers: { location } };
      return { json: { os: 'linux', architecture: 'amd64' } };
    });
    const fact = await googleSource({ reader: google.reader }).manifest(image, 'linux/amd64');
    return { fact, sent: google.sent.slice(1) };
  };

  it('is looked at up to its config, which the registry keeps elsewhere on its host', async () => {
    const { fact, sent } = await found('STANDARD_REPOSITORY', '/artifacts-downloads/namespaces/p/x?y=1');
    expect(fact).toBe('present');
    expect(sent).toEqual([
      `GET https://${HOST}/v2/p/r/app/manifests/v1`,
      `GET https://${HOST}/v2/p/r/app/blobs/${CONFIG}`,
      `GET https://${HOST}/artifacts-downloads/namespaces/p/x?y=1`,
    ]);
  });

  it('is not followed to another host', async () => {
    const { fact, sent } = await found('STANDARD_REPOSITORY', 'https://storage.googleapis.com/x');
    expect(fact).toMatchObject({ unknown: true });
    expect(sent).toHaveLength(2);
  });

  it.each(['REMOTE_REPOSITORY', 'VIRTUAL_REPOSITORY'])(
    'of a %s is not asked for: the repository might fetch it',
    async (mode) => {
      const { fact, sent } = await found(mode, '');
      expect(fact).toMatchObject({ unknown: true });
      expect(sent).toEqual([]);
    },
  );
});

describe('a remote repository', () => {
  const REMOTE = '//artifactregistry.googleapis.com/projects/p/locations/us/repositories/r';
  const read = (remoteRepositoryConfig: object) => {
    const { reader } = playGoogle(({ url }) =>
      url.pathname === '/v3/projects/123'
        ? { json: { name: 'projects/123', projectId: 'keys', state: 'ACTIVE' } }
        : { json: { mode: 'REMOTE_REPOSITORY', remoteRepositoryConfig } },
    );
    return googleSource({ reader }).repository(REMOTE);
  };
  const UPSTREAM = 'projects/up/locations/us/repositories/images';
  const upstreams = [`//artifactregistry.googleapis.com/${UPSTREAM}`];

  it.each([
    ['a common one, by its name', { commonRepository: { uri: UPSTREAM } }],
    ['a common one, by its address', { commonRepository: { uri: 'https://us-docker.pkg.dev/up/images' } }],
    [
      'a custom one of Docker’s',
      { dockerRepository: { customRepository: { uri: 'https://us-docker.pkg.dev/up/images' } } },
    ],
    [
      'one of Artifact Registry’s',
      { dockerRepository: { artifactRegistryRepository: { repository: UPSTREAM } } },
    ],
  ])('reads its upstream: %s', async (_, config) => {
    expect(await read(config)).toEqual({ mode: 'remote', upstreams });
  });

  it('reads elsewhere with a password, whose secret it names', async () => {
    const config = {
      dockerRepository: { publicRepository: 'DOCKER_HUB' },
      upstreamCredentials: {
        usernamePasswordCredentials: {
          username: 'alice',
          passwordSecretVersion: 'projects/123/secrets/hub/versions/latest',
        },
      },
    };
    expect(await read(config)).toEqual({
      mode: 'remote',
      upstreams: [],
      credentials: '//secretmanager.googleapis.com/projects/keys/secrets/hub',
    });
  });

  it.each([
    ['an upstream that is no repository', { commonRepository: { uri: 'https://us-docker.pkg.dev/up' } }],
    [
      'a password that is no version of a secret',
      { upstreamCredentials: { usernamePasswordCredentials: { passwordSecretVersion: 'hub' } } },
    ],
  ])('is unknown with %s', async (_, config) => {
    expect(await read(config)).toMatchObject({ unknown: true });
  });
});
