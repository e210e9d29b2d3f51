/** Applies estate files: builds them on a copy of the plane, then commits what changed in one transaction. */
import { aborted } from '../../google/index.js';
import type { Policy, RoleCatalogue } from '../../iam/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';
import { automaticOf } from './automatic.js';
import { buildEstate } from './build.js';
import type { BuildOptions } from './build-options.js';
import { pruneCompanions } from './companions.js';
import type { Estate } from './estate.js';
import { mergeEstates } from './merge.js';
import { setPolicies } from './policies.js';
import { Problems } from './problems.js';
import { customRoleNames, prune } from './prune.js';
import { type EstateFile, readEstate } from './read.js';
import { applyReport } from './report.js';
import { tagNames } from './report-tags.js';
import type { ApplyReport } from './report-types.js';
import { estateResources } from './resources.js';
import { openRooms, type Rooms } from './rooms.js';
import { CONTENT_PREFIXES, ESTATE_PREFIXES, keysBelowProject, PREFIX, RUN_PREFIXES } from './rows.js';
import { openScratch, type RowChange, type Scratch, writesOf } from './scratch.js';

export interface EstateDeps {
  readonly store: Store;
  readonly clock: () => Date;
  /** The member that owns what is created. */
  readonly owner: string;
  /** The predefined roles; the built-in ones when left out. */
  readonly predefined?: RoleCatalogue;
}

export interface ApplyRequest {
  readonly files: readonly EstateFile[];
  /** True takes away what the files do not name. */
  readonly exact: boolean;
  /** True tells what would happen and changes nothing. */
  readonly dryRun: boolean;
}

/** So often it is all built anew when somebody else has changed the plane meanwhile. */
const ATTEMPTS = 5;

/**
 * Applies the files, all or nothing. What is there already stays as it is.
 * @throws EstateError naming everything that is wrong with the files; GoogleError ABORTED when the plane is changed
 *   by others all the time. Nothing has changed then.
 */
export async function applyEstate(deps: EstateDeps, request: ApplyRequest): Promise<ApplyReport> {
  const estate = await readEstates(request.files);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const report = await tryToApply(estate, deps, request);
    if (report) return report;
  }
  throw aborted('The plane is being changed by others. Please retry.');
}

/** @throws EstateError */
async function readEstates(files: readonly EstateFile[]): Promise<Estate> {
  const problems = new Problems();
  const read = await Promise.all(files.map((file) => readEstate(file, problems)));
  problems.throwIfAny();
  const estate = mergeEstates(
    read.flatMap((file) => (file ? [file] : [])),
    problems,
  );
  problems.throwIfAny();
  return estate;
}

/** @returns undefined when others have changed the plane meanwhile, and nothing was written */
async function tryToApply(
  estate: Estate,
  deps: EstateDeps,
  request: ApplyRequest,
): Promise<ApplyReport | undefined> {
  const prefixes = [...ESTATE_PREFIXES, ...(request.exact ? CONTENT_PREFIXES : [])];
  let stale = false;
  const unwatch = prefixes.map((prefix) =>
    deps.store.watch(prefix, () => {
      stale = true;
    }),
  );
  const scratch = await openScratch(deps.store, [...prefixes, ...RUN_PREFIXES]);
  try {
    const { changes, report } = await build(estate, scratch, deps, request);
    if (request.dryRun) return report;
    if (stale) return undefined;
    if (changes.length > 0) await deps.store.commit(changes);
    return report;
  } catch (error) {
    if (error instanceof VersionConflict) return undefined;
    throw error;
  } finally {
    for (const stop of unwatch) stop();
    await scratch.close();
  }
}

async function build(
  estate: Estate,
  scratch: Scratch,
  deps: EstateDeps,
  { exact }: ApplyRequest,
): Promise<{ readonly changes: readonly Write[]; readonly report: ApplyReport }> {
  const { owner, clock, predefined } = deps;
  const time = clock();
  const problems = new Problems();
  const rooms = openRooms(scratch.store, clock, predefined);
  const options: BuildOptions = { owner, time, exact, problems };
  const removed = exact ? await prune(estate, rooms) : [];
  await buildEstate(estate, rooms, options);
  problems.throwIfAny();
  const automatic = exact ? await automaticOf(await withNumbers(estate, rooms), owner, time) : undefined;
  if (automatic) await pruneCompanions(estate, automatic, rooms);
  await setPolicies(estate, rooms, {
    exact,
    time,
    problems,
    before: (resource) =>
      (scratch.original(PREFIX.policies + resource) as Policy | undefined)?.bindings ?? [],
    automatic: (resource) => automatic?.bindings(resource) ?? [],
  });
  problems.throwIfAny();
  const changes = await scratch.changes();
  const gone = await goneWith(removed, deps.store);
  return {
    changes: [...writesOf(changes), ...gone.map(({ key }): Write => ({ op: 'delete', key }))],
    report: applyReport(
      [...changes, ...gone],
      await reported(estate, rooms),
      await tagNames([deps.store, scratch.store]),
    ),
  };
}

/** What the copy does not hold and goes with a project. */
async function goneWith(projects: readonly string[], store: Store): Promise<RowChange[]> {
  const copied = [...ESTATE_PREFIXES, ...CONTENT_PREFIXES, ...RUN_PREFIXES];
  const keys = await Promise.all(projects.map((project) => keysBelowProject(store, project)));
  return keys
    .flat()
    .filter((key) => !copied.some((prefix) => key.startsWith(prefix)))
    .map((key) => ({ key, before: {}, after: undefined, version: 0 }));
}

/** Everything that the files name, for the report. */
async function reported(estate: Estate, rooms: Rooms) {
  const groups = estate.groups.map(({ email }) => ({
    key: PREFIX.groups + email,
    resource: `//groups/${email}` as const,
  }));
  const roles = customRoleNames(estate).map((name) => ({
    key: PREFIX.customRoles + name,
    resource: `//iam.googleapis.com/${name}` as const,
  }));
  return [...(await estateResources(estate, rooms, new Problems())), ...groups, ...roles];
}

/** Service agents and default accounts are called by their project's number. */
async function withNumbers(estate: Estate, { access }: Rooms): Promise<Estate> {
  const projects = estate.projects.map(async (project) => {
    const number = (await access.projects.get(project.id))?.number;
    return number === undefined ? project : { ...project, number };
  });
  return { ...estate, projects: await Promise.all(projects) };
}
