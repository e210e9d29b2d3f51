/** `gcloud artifacts`, unmodified: repositories, cleanup policies, packages, versions, tags, images and files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltImage, buildImage, pushImage } from '../src/registry/index.js';
import { must, type Result, TestPlane } from './support/plane.js';
import { newProject, newRepository } from './support/policies.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { OWNER, REGION } from './support/world.js';

const P = 'artifacts-tests';
const HOST = `${REGION}-docker.pkg.dev`;
const REPOSITORIES = `artifactregistry.googleapis.com/v1/projects/${P}/locations/${REGION}/repositories`;
const PLACE = `--location=${REGION} --project=${P}`;

let plane: TestPlane;
let rest: Rest;
let directory: string;

beforeAll(async () => {
  plane = await TestPlane.start();
  rest = new Rest(plane);
  directory = await mkdtemp(path.join(tmpdir(), 'sekisho-artifacts-'));
  await newProject(plane, P, ['artifactregistry.googleapis.com']);
});
afterAll(async () => {
  await plane.dispose();
  await rm(directory, { recursive: true, force: true });
});

const gcloud = (line: string): Promise<Result> => plane.gcloud(OWNER, `artifacts ${line} --quiet`);
const ok = async (line: string): Promise<Result> => must(gcloud(line));
const json = async (line: string): Promise<unknown> => JSON.parse((await ok(`${line} --format=json`)).stdout);
const lines = async (line: string): Promise<string[]> =>
  (await ok(line)).stdout.split('\n').filter((each) => each !== '');

const images = new Map<string, Promise<BuiltImage>>();
/** An image of its own content, the same each time. */
function imageOf(content: string): Promise<BuiltImage> {
  const built = images.get(content) ?? buildImage({ files: [{ path: '/content', content }], config: {} });
  images.set(content, built);
  return built;
}

/** Pushes by HTTP, where the push is the scenery. */
async function push(repository: string, image: string, tag: string, content: string): Promise<string> {
  const token = await rest.token(OWNER);
  const name = `${HOST}/${P}/${repository}/${image}`;
  return pushImage({ registryUrl: plane.url, name, tag, token, image: await imageOf(content) });
}

describe.runIf(canRun('gcloud'))('gcloud artifacts repositories', () => {
  it('creates with what the docs name, shows, changes and deletes', async () => {
    const created = await ok(
      `repositories create whole ${PLACE} --repository-format=docker --description=mine --labels=team=web --immutable-tags --disable-vulnerability-scanning`,
    );
    expect(created.stderr).toContain('Created repository [whole].');
    const described = await json(`repositories describe whole ${PLACE}`);
    expect(described).toMatchObject({
      name: `projects/${P}/locations/${REGION}/repositories/whole`,
      format: 'DOCKER',
      mode: 'STANDARD_REPOSITORY',
      description: 'mine',
      labels: { team: 'web' },
      dockerConfig: { immutableTags: true },
      registryUri: `${HOST}/${P}/whole`,
      vulnerabilityScanningConfig: { enablementConfig: 'DISABLED', enablementState: 'SCANNING_DISABLED' },
    });
    await ok(
      `repositories update whole ${PLACE} --no-immutable-tags --update-labels=tier=1 --allow-vulnerability-scanning`,
    );
    expect(await rest.ok(OWNER, 'GET', `${REPOSITORIES}/whole`)).toMatchObject({
      description: 'mine',
      labels: { team: 'web', tier: '1' },
      vulnerabilityScanningConfig: { enablementConfig: 'INHERITED' },
    });
    const filter = `projects/${P}/locations/${REGION}/repositories/wh*`;
    const listed = `repositories list ${PLACE} --filter=name="${filter}" --format=value(name) --sort-by=~create_time`;
    expect(await lines(listed)).toEqual(['whole']);
    expect((await ok(`repositories delete whole ${PLACE}`)).stderr).toContain('Deleted repository [whole].');
    expect((await rest.call(OWNER, 'GET', `${REPOSITORIES}/whole`)).status).toBe(404);
  });

  it('names what is not there: other formats and modes, and keys of one’s own', async () => {
    const refused = async (flags: string) =>
      (await gcloud(`repositories create other ${PLACE} ${flags}`)).stderr;
    const [npm, remote] = await Promise.all([
      refused('--repository-format=npm'),
      refused('--repository-format=docker --mode=remote-repository --remote-docker-repo=DOCKER-HUB'),
    ]);
    expect(npm).toContain('Repositories of format NPM are not supported.');
    expect(remote).toContain('Repositories of mode REMOTE_REPOSITORY are not supported.');
  });

  it('sets, lists and deletes cleanup policies', async () => {
    await newRepository(plane, P, 'cleaned');
    const file = path.join(directory, 'policy.json');
    const old = {
      name: 'old',
      action: { type: 'Delete' },
      condition: { tagState: 'untagged', olderThan: '30d' },
    };
    const recent = { name: 'recent', action: { type: 'Keep' }, mostRecentVersions: { keepCount: 5 } };
    await writeFile(file, JSON.stringify([old, recent]));
    const set = await ok(
      `repositories set-cleanup-policies cleaned ${PLACE} --policy=${file} --dry-run --format=json`,
    );
    expect(set.stderr).toContain('Dry run is enabled.');
    expect(await json(`repositories list-cleanup-policies cleaned ${PLACE}`)).toEqual([
      {
        name: 'old',
        action: { type: 'DELETE' },
        condition: { tagState: 'UNTAGGED', olderThan: '2592000s' },
      },
      { name: 'recent', action: { type: 'KEEP' }, mostRecentVersions: { keepCount: 5 } },
    ]);
    const left = await ok(`repositories delete-cleanup-policies cleaned ${PLACE} --policynames=recent`);
    expect(left.stderr).toContain('Dry run is enabled.');
    expect(await json(`repositories list-cleanup-policies cleaned ${PLACE}`)).toMatchObject([
      { name: 'old' },
    ]);
  });
});

describe.runIf(canRun('gcloud'))('gcloud artifacts docker', () => {
  const IMAGE = `${HOST}/${P}/images/team/app`;
  let one: string;
  let two: string;

  beforeAll(async () => {
    await newRepository(plane, P, 'images');
    one = await push('images', 'team/app', 'v1', 'one');
    await push('images', 'team/app', 'latest', 'one');
    two = await push('images', 'team/app', 'v2', 'two');
  });

  it('lists and describes images', async () => {
    const all = await json(`docker images list ${HOST}/${P}/images --include-tags`);
    expect(all).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ package: IMAGE, version: one, tags: ['latest', 'v1'] }),
      ]),
    );
    const below = await lines(`docker images list ${HOST}/${P}/images/team --format=value(version)`);
    expect(below.sort()).toEqual([one, two].sort());
    const sorted = `docker images list ${IMAGE} --sort-by=~create_time --limit=1 --format=value(version)`;
    expect(await lines(sorted)).toEqual([two]);
    const described = await json(`docker images describe ${IMAGE}:v2`);
    expect(at(described, 'image_summary', 'digest')).toBe(two);
  });

  it('adds, moves, lists and deletes tags', async () => {
    await ok(`docker tags add ${IMAGE}:v1 ${IMAGE}:moving`);
    await ok(`docker tags add ${IMAGE}@${two} ${IMAGE}:moving`);
    const tags = await json(`docker tags list ${IMAGE}`);
    const moving = expect.objectContaining({
      tag: expect.stringMatching(/\/tags\/moving$/),
      version: expect.stringContaining(two),
    });
    expect(tags).toEqual(expect.arrayContaining([moving]));
    await ok(`docker tags delete ${IMAGE}:moving`);
  });

  it('deletes images, with their tags only when told so', async () => {
    const tagged = await gcloud(`docker images delete ${IMAGE}@${one}`);
    expect(tagged.stderr).toContain('because it is tagged');
    await ok(`docker images delete ${IMAGE}@${one} --delete-tags`);
    await ok(`docker images delete ${IMAGE}:v2`);
    expect(await rest.ok(OWNER, 'GET', `${REPOSITORIES}/images/dockerImages`)).toEqual({});
  });
});

describe.runIf(canRun('gcloud'))('gcloud artifacts packages, versions, tags and files', () => {
  const IN = `--repository=parts ${PLACE}`;
  let one: string;
  let two: string;
  let other: string;

  beforeAll(async () => {
    await newRepository(plane, P, 'parts');
    one = await push('parts', 'team/app', 'v1', 'one');
    two = await push('parts', 'team/app', 'v2', 'two');
    other = await push('parts', 'other', 'v1', 'other');
  });

  it('list what is there', async () => {
    const [packages, versions, tags, files, described] = await Promise.all([
      lines(`packages list ${IN} --format=value(name)`),
      lines(`versions list ${IN} --package=team/app --format=value(name.basename()) --sort-by=create_time`),
      lines(`tags list ${IN} --package=team/app --format=value(name.basename())`),
      lines(`files list ${IN} --package=team/app --tag=v1 --format=value(name.basename())`),
      json(`versions describe ${two} ${IN} --package=team/app`),
    ]);
    expect(packages.map(decodeURIComponent)).toEqual(['other', 'team/app']);
    expect(versions).toEqual([one, two]);
    expect(tags).toEqual(['v1', 'v2']);
    const { config, layers } = await imageOf('one');
    expect(files.sort()).toEqual([one, config.digest, ...layers.map(({ digest }) => digest)].sort());
    expect(described).toMatchObject({ metadata: { mediaType: expect.stringContaining('manifest') } });
  });

  it('create, move and delete', async () => {
    await ok(`tags create new ${IN} --package=other --version=${other}`);
    const another = await push('parts', 'other', 'v2', 'one');
    await ok(`tags update new ${IN} --package=other --version=${another}`);
    const refused = await gcloud(`versions delete ${one} ${IN} --package=team/app`);
    expect(refused.stderr).toContain(`FAILED_PRECONDITION: cannot delete image ${one} because it is tagged`);
    await Promise.all([
      ok(`tags delete v2 ${IN} --package=other`),
      ok(`versions delete ${one} ${IN} --package=team/app --delete-tags`),
    ]);
    const tags = await lines(`tags list ${IN} --package=other --format=value(name.basename())`);
    expect(tags).toEqual(['new', 'v1']);
    await ok(`packages delete team/app ${IN}`);
    expect(await lines(`packages list ${IN} --format=value(name)`)).toEqual(['other']);
  });
});

it.runIf(canRun('gcloud'))('the gcr.io hosts of a project lead to Artifact Registry', async () => {
  const { stdout } = await ok(`settings describe --project=${P} --format=value(legacyRedirectionState)`);
  expect(stdout.trim()).toBe('REDIRECTION_FROM_GCR_IO_ENABLED');
  const disabled = await gcloud(`settings disable-upgrade-redirection --project=${P}`);
  expect(disabled.stderr).toContain('Container Registry is shut down');
});

it.runIf(canRun('gcloud'))('a repository with immutable tags refuses what would change one', async () => {
  await newRepository(plane, P, 'fixed');
  await rest.ok(OWNER, 'PATCH', `${REPOSITORIES}/fixed?updateMask=docker_config.immutable_tags`, {
    dockerConfig: { immutableTags: true },
  });
  const digest = await push('fixed', 'app', 'v1', 'one');
  await expect(push('fixed', 'app', 'v1', 'two')).rejects.toThrow(
    'cannot update tag v1. The repository has enabled tag immutability',
  );
  const image = `${HOST}/${P}/fixed/app`;
  const refused = await Promise.all([
    gcloud(`docker tags delete ${image}:v1`),
    gcloud(`docker images delete ${image}@${digest} --delete-tags`),
    gcloud(`docker images delete ${image}`),
  ]);
  for (const { code, stderr } of refused) {
    expect(code).toBe(1);
    expect(stderr).toContain('the repository has enabled tag immutability');
  }
  expect(await lines(`docker tags list ${image} --format=value(tag.basename())`)).toEqual(['v1']);
});
