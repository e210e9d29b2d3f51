import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectOf } from '../../names/index.js';
import type { Asset } from './asset.js';
import { Folder } from './fold.js';
import { ProjectNames } from './names.js';
import { Postponed } from './postponed.js';
import { Unfolder } from './unfold.js';

/** Ids, of which one is the beginning of others, by what is less than a slash and what is more. */
const IDS = ['app', 'app-b', 'app0', 'example.com:app', 'zoo'];
const NUMBERS: ReadonlyMap<string, string> = new Map(IDS.map((id, index) => [id, String(index + 1)]));
const names = new ProjectNames({
  accountIds: new Map(),
  projects: new Map(IDS.slice(1).map((id) => [id, { id, number: NUMBERS.get(id) ?? '', active: true }])),
});

/** A service in a project by id or by number: each has a name of its own, but for its project. */
const service = fc.tuple(fc.constantFrom(...IDS), fc.boolean());
const given = fc.record({
  services: fc.array(service, { maxLength: 40 }),
  size: fc.integer({ min: 1, max: 7 }),
  folders: fc.integer({ min: 1, max: 3 }),
  of: fc.integer({ min: 1, max: 5 }),
});

interface Given {
  /** Each in a project by its id, or by its number. */
  readonly services: readonly (readonly [id: string, byNumber: boolean])[];
  /** Assets in a batch, and how many fold them in turn. */
  readonly size: number;
  readonly folders: number;
}

interface Made {
  readonly postponed: Postponed;
  /** Names of assets, and the projects that they name. */
  readonly assets: readonly { readonly name: string; readonly project: string }[];
}

function postpone({ services, size, folders }: Given): Made {
  const postponed = new Postponed();
  const assets = services.map(([id, byNumber], index) => {
    const project = byNumber ? (NUMBERS.get(id) ?? '') : id;
    return { project, name: `//run.googleapis.com/projects/${project}/locations/r/services/s${index}` };
  });
  const by = Array.from({ length: folders }, () => ({ folder: new Folder(), unfolder: new Unfolder() }));
  for (let at = 0, turn = 0; at < assets.length; at += size, turn++) {
    const { folder, unfolder } = by[turn % folders] ?? { folder: new Folder(), unfolder: new Unfolder() };
    for (const { name } of assets.slice(at, at + size)) folder.addAsset(assetOf(name));
    unfolder.unfold(folder.folded(), {
      add: (asset) => expect(asset).toBe('postponed'),
      later: {
        begin: (unfolder, numbers) => postponed.begin(unfolder, numbers),
        note: () => undefined,
        postpone: (home, isOfRun, at) => postponed.postpone(home, isOfRun, at),
      },
    });
  }
  return { postponed, assets };
}

const assetOf = (name: string): Asset => ({
  ...{ name, type: 'run.googleapis.com/Service', ancestors: ['projects/404'], updateTime: '' },
  data: { fields: () => ({}), template: () => undefined },
});

const shares = ({ postponed }: Made, of: number): string[][] =>
  Array.from({ length: of }, (_, index) => {
    const assets = postponed.byProject(names);
    return assets
      .share({ index, of })
      .flatMap((id) => Array.from([...assets.othersOf(id), ...assets.runsOf(id)], ({ name }) => name));
  });

describe('shares of what was postponed', () => {
  it('have each asset once, those of a project in the order in which they came', () => {
    fc.assert(
      fc.property(given, ({ of, ...told }) => {
        const made = postpone(told);
        const shared = shares(made, of);
        expect(shared.flat().sort()).toEqual(made.assets.map(({ name }) => name).sort());
        const order = new Map(made.assets.map(({ name }, index) => [name, index]));
        for (const share of shared) {
          const places = new Map<string, number[]>();
          for (const name of share) {
            const project = projectOf(names.resource(name)) ?? '';
            places.set(project, [...(places.get(project) ?? []), order.get(name) ?? -1]);
          }
          for (const came of places.values()) expect(came).toEqual([...came].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('have projects as wholes, by whichever name, one after the other in the order of resources', () => {
    fc.assert(
      fc.property(given, ({ of, ...told }) => {
        const shared = shares(postpone(told), of);
        const all = shared.flat().map((name) => `${projectOf(names.resource(name))}/`);
        expect(all).toEqual([...all].sort());
        const projects = shared.flatMap((share) => [
          ...new Set(share.map((name) => projectOf(names.resource(name)))),
        ]);
        expect(new Set(projects).size).toBe(projects.length);
      }),
    );
  });

  it('hold about as much', () => {
    const services = IDS.slice(1).flatMap((id): [string, boolean][] =>
      Array.from({ length: 10 }, (_, index) => [id, index % 2 === 0]),
    );
    const made = postpone({ services, size: 7, folders: 2 });
    expect(shares(made, 4).map(({ length }) => length)).toEqual([10, 10, 10, 10]);
    expect(shares(made, 2).map(({ length }) => length)).toEqual([20, 20]);
  });

  it('are empty where there is nothing', () => {
    const assets = new Postponed().byProject(names);
    expect([0, 1].map((index) => assets.share({ index, of: 2 }))).toEqual([[], []]);
    expect([...assets.runsOf('app'), ...assets.othersOf('app')]).toEqual([]);
  });

  it('tell what is of Cloud Run from what is not', () => {
    const folder = new Folder();
    const NAMES = [
      '//run.googleapis.com/projects/2/locations/r/services/s',
      '//artifactregistry.googleapis.com/projects/app-b/locations/us/repositories/r',
    ];
    for (const name of NAMES) folder.addAsset({ ...assetOf(name), type: 'any.googleapis.com/Thing' });
    const postponed = new Postponed();
    new Unfolder().unfold(folder.folded(), {
      add: (asset) => expect(asset).toBe('postponed'),
      later: {
        begin: (unfolder, numbers) => postponed.begin(unfolder, numbers),
        note: () => undefined,
        postpone: (home, isOfRun, at) => postponed.postpone(home, isOfRun, at),
      },
    });
    const assets = postponed.byProject(names);
    const named = (found: Iterable<Asset>) => Array.from(found, ({ name }) => name);
    expect([named(assets.runsOf('app-b')), named(assets.othersOf('app-b'))]).toEqual([
      NAMES.slice(0, 1),
      NAMES.slice(1),
    ]);
  });
});
