/** Images that are pushed for real and must not run: hostile layers, layers that lie, and other platforms. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltLayer, buildImage } from '../src/registry/index.js';
import { layerOfTar, sha256, type TestEntry, tarOf } from '../src/runtime/testing-images.js';
import { appProject, deployed, pushDirect, revision, urlOf } from './support/deploys.js';
import { TestPlane } from './support/plane.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { files, held } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER } from './support/world.js';

const P = 'bad-images';
/** Where the layers try to write; named after this process, so that nobody else makes it. */
const ESCAPE = path.join(tmpdir(), `sekisho-escape-${process.pid}`);
/** From any directory of an unpacked layer to the root, and from there to the same place. */
const UPWARDS = `${'../'.repeat(12)}${ESCAPE.slice(1)}`;
const file = (name: string): TestEntry => ({ name, data: 'out' });
const link = (name: string, linkname: string): TestEntry => ({ name, type: '2', linkname });

describe.runIf(canRun('crun'))('an image', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  let url: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = await appProject(rest, P);
    const { service } = await deployed(rest, { project: P, name: 'web', image: `${image}:latest` });
    url = urlOf(service);
  });
  afterAll(async () => {
    await plane.dispose();
    await rm(ESCAPE, { recursive: true, force: true });
  });

  /** Pushes an image of one layer, deploys it, and gives what Cloud Run says, and how it looks on disk. */
  async function failing(layer: BuiltLayer, architecture = 'amd64') {
    const pushed = await buildImage({ base: [layer], config: { Cmd: ['/x'] }, architecture });
    await pushDirect(rest, OWNER, pushed, `${image}:bad`);
    const before = { held: held(plane), files: files(plane) };
    const failed = await deployed(rest, { project: P, name: 'web', image: `${image}:bad` });
    expect(failed.ready).toBe(false);
    expect({ held: held(plane), files: files(plane) }).toEqual(before);
    expect(existsSync(ESCAPE)).toBe(false);
    const token = await rest.idToken(OWNER, url);
    expect((await visit(plane, url, { token })).text).toMatch(/^Hello from web web-00001-/);
    const conditions = listAt(await revision(rest, P, failed.revision), 'status', 'conditions');
    const ready = conditions.find((condition) => at(condition, 'type') === 'Ready');
    return { message: failed.message, reason: at(ready, 'reason') };
  }

  it.each<[string, readonly TestEntry[], string]>([
    ['climbs out of its directory', [file(UPWARDS)], `${UPWARDS} has ".." in its name: ${UPWARDS}`],
    ['climbs and comes back', [file('a/../b')], 'a/../b has ".." in its name: a/../b'],
    ['writes to an absolute path', [file(ESCAPE)], `${ESCAPE} has an absolute name: ${ESCAPE}`],
    ['holds a disk', [{ name: 'dev/sda', type: '4' }], 'dev/sda is a block device'],
    ["holds the machine's memory", [{ name: 'dev/mem', type: '3' }], 'dev/mem is a character device'],
    ['holds a pipe', [{ name: 'pipe', type: '6' }], 'pipe is a FIFO'],
    [
      'writes through a link that leads out',
      [link('out', tmpdir()), file(`out/${path.basename(ESCAPE)}`)],
      `out/${path.basename(ESCAPE)} passes through the symbolic link out, which leads out`,
    ],
    [
      'writes through a relative link that leads out',
      [{ name: 'a/', type: '5' }, link('a/out', `../..`), file('a/out/escape')],
      'a/out/escape passes through a symbolic link that leads out',
    ],
    [
      'links hard to a file outside',
      [{ name: 'h', type: '1', linkname: '../../../../etc/passwd' }],
      'h has ".." in its link target: ../../../../etc/passwd',
    ],
    [
      'links hard to an absolute path',
      [{ name: 'h', type: '1', linkname: '/etc/passwd' }],
      'h has an absolute link target: /etc/passwd',
    ],
  ])('whose layer %s is not unpacked', async (_, entries, problem) => {
    const layer = layerOfTar(tarOf(entries));
    expect(await failing(layer)).toEqual({
      message: `Container import failed: layer ${layer.digest}: ${problem}`,
      reason: 'Internal',
    });
  });

  it('whose layer unpacks to something else than its config says is not run', async () => {
    const other = sha256(tarOf([file('other')]));
    const tar = tarOf([file('this')]);
    const layer = layerOfTar(tar, { diffId: other });
    expect((await failing(layer)).message).toBe(
      `Container import failed: layer ${layer.digest} unpacks to ${sha256(tar)}, but the image config says ${other}`,
    );
  });

  it('whose layer is no archive is not run', async () => {
    const blob = Buffer.from('neither gzip nor tar');
    const open = () => Readable.from([blob]);
    const layer = layerOfTar(Buffer.alloc(0), { digest: sha256(blob), size: blob.length, open });
    expect((await failing(layer)).message).toBe(
      `Container import failed: layer ${layer.digest} is not valid gzip: incorrect header check`,
    );
  });

  it('of another platform is not run', async () => {
    expect(await failing(layerOfTar(tarOf([file('x')])), 'arm64')).toEqual({
      message:
        "Container manifest type 'application/vnd.oci.image.manifest.v1+json' must support amd64/linux.",
      reason: 'ContainerMissing',
    });
  });

  it('that is not there is not found', async () => {
    for (const missing of [
      `${image}:nothing`,
      `${image}@sha256:${'0'.repeat(64)}`,
      `${image}s/none:latest`,
    ]) {
      const { ready, message } = await deployed(rest, { project: P, name: 'web', image: missing });
      expect({ ready, message }).toEqual({ ready: false, message: `Image '${missing}' not found.` });
    }
  });
});
