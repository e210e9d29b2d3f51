import { describe, expect, it } from 'vitest';
import { GoogleSignInError } from './credentials.js';
import { ALICE, type Answering, playGoogle, refused } from './testing-answers.js';
import { NotReceived } from './transport.js';

const PROJECT = { project: 'my-project' };
const POLICY = 'POST https://cloudresourcemanager.googleapis.com/v3/projects/my-project:getIamPolicy';

const inTurn = (...answers: readonly ReturnType<Answering>[]): Answering => {
  const left = [...answers];
  return () => left.shift() ?? { status: 500 };
};

describe('an answer', () => {
  it('is asked for once, however often it is wanted', async () => {
    const google = playGoogle(() => ({ json: { bindings: [] } }));
    const read = () => google.reader.get('projectPolicy', PROJECT);
    expect(await Promise.all([read(), read()])).toEqual([{ bindings: [] }, { bindings: [] }]);
    await read();
    expect(google.sent).toEqual([POLICY]);
  });

  it('is absent where Google says 404', async () => {
    const google = playGoogle(() => refused(404, 'Requested entity was not found.'));
    expect(await google.reader.get('project', PROJECT)).toBe('absent');
  });

  it.each([
    ['no JSON', '<html>Sign in to the network</html>'],
    ['JSON that is no object', '[]'],
    ['half of one', '{"bindings":[{"role":'],
  ])('is unknown when its body is %s', async (_, body) => {
    const google = playGoogle(() => ({ body }));
    expect(await google.reader.get('projectPolicy', PROJECT)).toEqual({
      unknown: true,
      why: 'cloudresourcemanager.googleapis.com answered 200 with what is no JSON object',
    });
  });

  it('is unknown when Google sends the caller elsewhere: nobody follows', async () => {
    const google = playGoogle(() => ({
      status: 302,
      headers: { location: 'https://example.com/' },
      body: '',
    }));
    expect(await google.reader.get('project', PROJECT)).toMatchObject({ unknown: true });
    expect(google.sent).toHaveLength(1);
  });
});

describe('a list', () => {
  it('is read to its last page', async () => {
    const google = playGoogle(({ url }) =>
      url.searchParams.has('pageToken')
        ? { json: { accounts: [{ email: 'b' }] } }
        : { json: { accounts: [{ email: 'a' }], nextPageToken: 'x' } },
    );
    expect(await google.reader.list('accounts', PROJECT, 'accounts')).toEqual([
      { email: 'a' },
      { email: 'b' },
    ]);
  });

  it('of Cloud Run’s v1 goes on as Kubernetes’ lists do', async () => {
    const google = playGoogle(({ url }) =>
      url.searchParams.get('continue') === 'x'
        ? { json: { items: [{ kind: 'b' }], metadata: {} } }
        : { json: { items: [{ kind: 'a' }], metadata: { continue: 'x' } } },
    );
    expect(await google.reader.list('jobsEverywhere', PROJECT, 'items')).toHaveLength(2);
  });

  it('can be read a page at a time, without being kept', async () => {
    const google = playGoogle(({ url }) =>
      url.searchParams.has('pageToken') ? refused(403, 'no') : { json: { assets: [{}], nextPageToken: 'x' } },
    );
    const query = { assetTypes: ['a.com/A', 'b.com/B'] };
    for (let time = 0; time < 2; time++) {
      const pages: unknown[] = [];
      for await (const page of google.reader.pages('assetResources', { organization: '1' }, query))
        pages.push(page);
      expect(pages).toEqual([
        expect.objectContaining({ nextPageToken: 'x' }),
        { unknown: true, why: expect.stringContaining('cloudasset.assets.listResource on organizations/1') },
      ]);
    }
    const list =
      'GET https://cloudasset.googleapis.com/v1/organizations/1/assets?contentType=RESOURCE&pageSize=1000&assetTypes=a.com%2FA&assetTypes=b.com%2FB';
    expect(google.sent.filter((sent) => sent.includes('/assets'))).toEqual([
      list,
      `${list}&pageToken=x`,
      list,
      `${list}&pageToken=x`,
    ]);
  });

  it('is unknown as a whole when a page is', async () => {
    const google = playGoogle(({ url }) =>
      url.searchParams.has('pageToken') ? refused(403, 'no') : { json: { accounts: [], nextPageToken: 'x' } },
    );
    expect(await google.reader.list('accounts', PROJECT, 'accounts')).toMatchObject({ unknown: true });
  });
});

describe('a refusal', () => {
  const why = async (reply: ReturnType<Answering>) => {
    const found = await playGoogle(() => reply).reader.get('repositoryPolicy', {
      project: 'b',
      location: 'us',
      repository: 'r',
    });
    return typeof found === 'object' ? found.why : found;
  };

  it('names the permission of the method, where Google names none', async () => {
    expect(await why(refused(403, 'The caller does not have permission'))).toBe(
      'alice@example.com lacks artifactregistry.repositories.getIamPolicy on projects/b/locations/us/repositories/r (or it does not exist)',
    );
  });

  it('names the permission and the resource that Google names', async () => {
    const metadata = { permission: 'x.y.z', resource: '//artifactregistry.googleapis.com/projects/b' };
    expect(await why(refused(403, 'no', 'IAM_PERMISSION_DENIED', metadata))).toBe(
      'alice@example.com lacks x.y.z on projects/b (or it does not exist)',
    );
  });

  it('says which API to enable, and how', async () => {
    const metadata = { service: 'artifactregistry.googleapis.com', consumer: 'projects/123' };
    expect(await why(refused(403, 'has not been used', 'SERVICE_DISABLED', metadata))).toBe(
      'artifactregistry.googleapis.com is not enabled in project 123: gcloud services enable artifactregistry.googleapis.com --project=123',
    );
  });

  it('is given in Google’s words when it is of another kind', async () => {
    expect(await why(refused(400, 'Invalid value.\nMore.'))).toBe(
      'artifactregistry.googleapis.com answered 400: Invalid value.',
    );
    expect(await why(refused(403, 'Not your project.', 'USER_PROJECT_DENIED'))).toBe(
      'artifactregistry.googleapis.com answered 403: Not your project.',
    );
  });
});

describe('what passes', () => {
  it.each([429, 500, 502, 503, 504])('is asked again after a %d, later each time', async (status) => {
    const google = playGoogle(inTurn({ status }, { status }, { json: { name: 'projects/1' } }));
    expect(await google.reader.get('project', PROJECT)).toEqual({ name: 'projects/1' });
    expect(google.waits).toEqual([500, 1000]);
  });

  it('waits as long as it is told to', async () => {
    const google = playGoogle(inTurn({ status: 429, headers: { 'retry-after': '7' } }, { json: {} }));
    await google.reader.get('project', PROJECT);
    expect(google.waits).toEqual([7000]);
  });

  it('does not wait longer than its patience lasts', async () => {
    const google = playGoogle(() => ({ status: 503, headers: { 'retry-after': '3600' } }));
    expect(await google.reader.get('project', PROJECT)).toEqual({
      unknown: true,
      why: 'cloudresourcemanager.googleapis.com answered 503',
    });
    expect(google.waits).toEqual([]);
  });

  it('is asked again when the connection breaks', async () => {
    const google = playGoogle(inTurn(new NotReceived('reset'), { json: {} }));
    expect(await google.reader.get('project', PROJECT)).toEqual({});
  });

  it('is unknown in the end, with what was said and how often', async () => {
    const quota = refused(429, "Quota exceeded for quota metric 'Read requests'.");
    expect(await playGoogle(() => quota).reader.get('project', PROJECT)).toEqual({
      unknown: true,
      why: "cloudresourcemanager.googleapis.com answered 429: Quota exceeded for quota metric 'Read requests'. (4 times)",
    });
  });
});

describe('who asks', () => {
  it('gets a new token when Google refuses the one that there was', async () => {
    const google = playGoogle((_, token) => (token === 'token' ? refused(401, 'expired') : { json: {} }));
    expect(await google.reader.get('project', PROJECT)).toEqual({});
  });

  it('is told once how to sign in when Google refuses that too', async () => {
    const { reader } = playGoogle(() => refused(401, 'no'));
    const asked = reader.get('project', PROJECT);
    await expect(asked).rejects.toThrow(GoogleSignInError);
    await expect(asked).rejects.toThrow('gcloud auth application-default login');
  });

  it('is looked up where the credentials do not say', async () => {
    const credentials = { ...ALICE, email: async () => undefined };
    const answer: Answering = ({ url }) =>
      url.pathname === '/v1/userinfo' ? { json: { email: 'bob@example.com' } } : refused(403, 'no');
    const { reader } = playGoogle(answer, { credentials });
    expect(await reader.get('project', PROJECT)).toMatchObject({
      why: 'bob@example.com lacks resourcemanager.projects.get on projects/my-project (or it does not exist)',
    });
  });

  it('is nobody by name where Google does not say either', async () => {
    const credentials = { ...ALICE, email: async () => undefined };
    const { reader } = playGoogle(() => refused(403, 'no'), { credentials });
    expect(await reader.caller()).toBe('the caller');
  });
});

it('sends no more requests at a time than it may', async () => {
  let open = 0;
  let most = 0;
  const { reader } = playGoogle(() => ({}), {
    concurrency: 3,
    transport: async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return { status: 200, body: '{}', headers: {} };
    },
  });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => reader.get('project', { project: `p${index}` })),
  );
  expect(most).toBe(3);
});
