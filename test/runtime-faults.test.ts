/** Runtimes that hang or fail, and planes killed in the midst of what they do with one: nothing leaks, others go on. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildImage, buildLayer } from '../src/registry/index.js';
import { leftovers, NOTHING } from '../src/runtime/testing-leftovers.js';
import { appImage } from './support/app.js';
import {
  appProject,
  type Deployed,
  deployed,
  onService,
  pushDirect,
  serviceBody,
  servicePath,
  settled,
  urlOf,
} from './support/deploys.js';
import { TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { held, SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER } from './support/world.js';

const P = 'runtimes';

/** Programs before the real ones on PATH, which do what they are told, and else what the real ones do. */
class Fakes {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'sekisho-fakes-'));
  readonly env = { PATH: `${this.directory}:${process.env.PATH}` };

  constructor() {
    for (const name of ['crun', 'tar']) {
      const real = `PATH=$\{PATH#*:} command -v ${name}`;
      const script = ['#!/bin/sh', `real=$(${real})`, `. "${this.told(name)}"`, 'exec "$real" "$@"', ''];
      writeFileSync(path.join(this.directory, name), script.join('\n'));
      chmodSync(path.join(this.directory, name), 0o755);
      this.tell(name, '');
    }
  }

  /** @param does in sh, with the real program as `$real`; `hang` says that it is there and goes no further */
  tell(name: 'crun' | 'tar' | string, does: string): void {
    rmSync(this.marker, { force: true });
    const hang = `hang() { : > "${this.marker}"; exec sleep 1000; }`;
    writeFileSync(this.told(name), `${hang}\n${does}\n`);
  }

  /** Resolves when one of them hangs. */
  async hangs(): Promise<void> {
    await vi.waitFor(() => expect(existsSync(this.marker)).toBe(true), SOON);
  }

  get marker(): string {
    return path.join(this.directory, 'hangs');
  }

  private told(name: string): string {
    return path.join(this.directory, `${name}.told`);
  }
}

const on = (command: string, does: string) => `case " $* " in *" ${command} "*) ${does} ;; esac`;

describe.runIf(canRun('crun') && process.geteuid?.() === 0)('with a runtime that', () => {
  const fakes = new Fakes();
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  let url: string;

  beforeAll(async () => {
    plane = await TestPlane.start({ env: fakes.env });
    rest = new Rest(plane);
    image = await appProject(rest, P);
    const { service } = await deployed(rest, wanted('web'));
    url = urlOf(service);
    await grant(plane, onService(P, 'web'), 'allUsers', 'roles/run.invoker');
  });
  afterEach(() => {
    for (const name of ['crun', 'tar']) fakes.tell(name, '');
  });
  afterAll(async () => {
    await plane.dispose();
    rmSync(fakes.directory, { recursive: true, force: true });
  });

  const wanted = (name: string, env: Record<string, string> = {}) => ({
    project: P,
    name,
    image: `${image}:latest`,
    env,
  });
  /** The ids of the instances of which anything exists, without what makes them unique. */
  const instances = (): string[] => {
    const { monitors, directories } = held(plane);
    const ids = [...monitors.map(({ id }) => id), ...directories.map((name) => name.replace(/^\w+\//, ''))];
    return [...new Set(ids.map((id) => id.replace(/-\d{5}-.*$/, '')))].sort();
  };
  const fails = async (name: string, outcome: Promise<Deployed>): Promise<void> => {
    const { ready, message, error } = await outcome;
    expect(ready).toBe(false);
    expect(message).toMatch(
      /^(Revision '\S+' is not ready and cannot serve traffic\. )?The user-provided container failed to start and listen on the port /,
    );
    expect(JSON.stringify([message, error])).not.toMatch(/crun/);
    await vi.waitFor(() => expect(instances()).not.toContain(name), SOON);
    await rest.ok(OWNER, 'DELETE', servicePath(P, name));
  };

  it('says nothing and ends, a deploy fails in Cloud Run’s words and the plane’s log names the program', async () => {
    fakes.tell('crun', on('run', 'exit 0'));
    await fails('mute', deployed(rest, wanted('mute')));
    const named = `crun \\S+ \\(${fakes.directory}/crun\\)`;
    expect(plane.stderr).toMatch(
      new RegExp(
        `^sekisho: container mute-\\S+: ${named} could not start the container: it exited with 0`,
        'm',
      ),
    );
  });

  it('hangs, a deploy fails after a while, and meanwhile the plane serves', async () => {
    fakes.tell('crun', on('run', 'hang'));
    const outcome = deployed(rest, wanted('hanging'));
    await fakes.hangs();
    expect((await visit(plane, url)).status).toBe(200);
    await fails('hanging', outcome);
    expect(plane.stderr).toMatch(/^sekisho: container hanging-\S+: crun .* had not started .* after 20 s/m);
    expect((await visit(plane, url)).status).toBe(200);
  });

  it('outlives its container and hangs when it is to delete, a stop of the plane ends', async () => {
    fakes.tell('crun', `${on('run', '"$real" "$@"; hang')}\n${on('delete', 'hang')}`);
    const { ready } = await deployed(rest, wanted('clinging'));
    expect(ready).toBe(true);
    expect(await plane.stop()).toBe(0);
    expect(leftovers(plane.data)).toEqual(NOTHING);
    fakes.tell('crun', '');
    await plane.restart({ env: fakes.env });
    await rest.ok(OWNER, 'DELETE', servicePath(P, 'clinging'));
  });

  describe('is in the midst of something when the plane is killed, the next start clears away', () => {
    let other: TestPlane;
    let otherRest: Rest;

    beforeAll(async () => {
      other = await TestPlane.start();
      otherRest = new Rest(other);
      const reference = await appProject(otherRest, 'other-project');
      await deployed(otherRest, { project: 'other-project', name: 'other', image: `${reference}:latest` });
    });
    afterAll(() => other.dispose());

    /** Kills the plane when a program hangs; the next one brings the deploy to its end. */
    async function killedWhile(program: 'crun' | 'tar', does: string, reference = `${image}:latest`) {
      const others = leftovers(other.data);
      expect(others.contained).toHaveLength(1);
      fakes.tell(program, does);
      const body = serviceBody({ ...wanted('cut'), image: reference });
      const written = await rest.ok(OWNER, 'POST', servicePath(P), body);
      await fakes.hangs();
      await plane.kill();
      fakes.tell(program, '');
      await plane.restart({ env: fakes.env });
      expect((await settled(rest, P, written)).ready).toBe(true);
      await rest.ok(OWNER, 'DELETE', servicePath(P, 'cut'));
      await vi.waitFor(() => expect(instances()).toEqual([]), SOON);
      const nothing = { monitors: [], contained: [], mounts: [] };
      await vi.waitFor(() => expect(held(plane)).toMatchObject(nothing), SOON);
      expect(leftovers(other.data)).toEqual(others);
    }

    it('a container that is not made yet', () => killedWhile('crun', on('run', 'hang')));

    it('a container that is made and not started', async () => {
      const create = '"$real" $(echo "$@" | sed "s/ run / create /") >/dev/null 2>&1';
      await killedWhile('crun', on('run', `${create}; hang`));
    });

    it('a layer that is half unpacked', async () => {
      const layer = await buildLayer([{ path: '/data', content: randomBytes(1 << 20) }]);
      const app = await appImage();
      const config = { Entrypoint: ['/usr/local/bin/node'], Cmd: ['/app/server.mjs'] };
      const fresh = await buildImage({ base: [...app.layers, layer], config });
      await pushDirect(rest, OWNER, fresh, `${image}:fresh`);
      await killedWhile('tar', '(head -c 100000; hang) | "$real" "$@"', `${image}:fresh`);
      const names = readdirSync(path.join(plane.data, 'runtime/layers/sha256'));
      expect(names).toContain(layer.diffId.replace('sha256:', ''));
      await vi.waitFor(() => {
        const left = readdirSync(path.join(plane.data, 'runtime/layers'), { recursive: true });
        expect(left.filter((name) => String(name).endsWith('.tmp'))).toEqual([]);
      }, SOON);
    });

    it('a container that does not want to end', async () => {
      await deployed(rest, wanted('stubborn', { MODE: 'stubborn' }));
      const ending = plane.stop();
      await vi.waitFor(() => expect(plane.stderr).toMatch(/SIGTERM: stopping/), SOON);
      expect(held(plane).monitors).toHaveLength(1);
      await plane.kill();
      await ending;
      await plane.restart({ env: fakes.env });
      await vi.waitFor(() => expect(instances()).toEqual([]), SOON);
      await rest.ok(OWNER, 'DELETE', servicePath(P, 'stubborn'));
    });
  });

  it('does not answer, the plane is ready without it and takes another', async () => {
    await plane.stop();
    fakes.tell('crun', on('--version', 'hang'));
    await plane.restart({ env: fakes.env });
    expect(plane.containers).toBeUndefined();
    expect(at(await rest.ok(OWNER, 'GET', servicePath(P, 'web')), 'kind')).toBe('Service');
    await vi.waitFor(
      () => expect(plane.containers).toMatch(/^runc \S+ as root \(auto: runc found, root\)$/),
      SOON,
    );
    expect((await visit(plane, url)).status).toBe(200);
    expect(await plane.stop()).toBe(0);
    expect(leftovers(plane.data)).toEqual(NOTHING);
  });
});
