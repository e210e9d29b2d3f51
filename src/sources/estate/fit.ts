/** Leaves out of an estate what a plane does not take, with the plane's own reasons. */

/** Where in a document a problem lies, as estate problems spell it: `projects[0].iam[3].members[2]`. */
type Step = string | number;

export interface Fitted {
  readonly estate: unknown;
  /** What was left out and why, one sentence each. */
  readonly leftOut: readonly string[];
}

/** So often it is tried: what comes out once something is gone is left out in turn. */
const ATTEMPTS = 8;

/**
 * @param attempt gives the problems with an estate, each `FILE:LINE:COLUMN: PLACE: SENTENCE`; none when it is taken
 * @throws Error when something is wrong that cannot be left out
 */
export async function fitEstate(
  estate: unknown,
  attempt: (estate: unknown) => Promise<readonly string[]>,
): Promise<Fitted> {
  const leftOut: string[] = [];
  let now = structuredClone(estate);
  for (let tried = 0; tried < ATTEMPTS; tried++) {
    const problems = await attempt(now);
    if (problems.length === 0) return { estate: now, leftOut };
    const places = problems.map(placeOf);
    leftOut.push(
      ...problems.map((problem, index) => `${described(now, places[index])}${sentenceOf(problem)}`),
    );
    now = without(now, places);
  }
  throw new Error(`The copy is not taken by a plane: ${leftOut.slice(-3).join(' ')}`);
}

const PROBLEM = /^[^:]*:\d+:\d+: (\S+?): ([\s\S]*)$/;

function sentenceOf(problem: string): string {
  return PROBLEM.exec(problem)?.[2] ?? problem;
}

/** The innermost item of a list that the problem is about. @throws Error when it is about no item */
function placeOf(problem: string): readonly Step[] {
  const path = stepsOf(PROBLEM.exec(problem)?.[1] ?? '');
  const end = path.findLastIndex((step) => typeof step === 'number');
  // A whole project, or what is not in a list, cannot go.
  if (end < 0 || (path[0] === 'projects' && end <= 1)) throw new Error(problem);
  return path.slice(0, end + 1);
}

function stepsOf(text: string): Step[] {
  return [...text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([A-Za-z_]\w*)/g)].map(
    ([, index, quoted, word]) => (index === undefined ? (quoted ?? word ?? '') : Number(index)),
  );
}

function at(value: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>(
    (found, step) => (typeof found === 'object' && found !== null ? Reflect.get(found, step) : undefined),
    value,
  );
}

/** What is left out, for people: whose, and its role or id. */
function described(estate: unknown, place: readonly Step[] = []): string {
  const item = at(estate, place);
  const names = place.flatMap((step, index) => {
    if (typeof step !== 'number') return [];
    const each = at(estate, place.slice(0, index + 1));
    const name = typeof each === 'string' ? each : (at(each, ['id']) ?? at(each, ['role']));
    return typeof name === 'string' ? [name] : [];
  });
  return `${names.length > 0 ? names.join(' ') : JSON.stringify(item)}: `;
}

/** Later items first, so that earlier ones keep their places. Bindings that have lost all members go at the end. */
function without(estate: unknown, places: readonly (readonly Step[])[]): unknown {
  const next = structuredClone(estate);
  const unique = [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
  for (const place of unique.sort(laterFirst)) {
    const list = at(next, place.slice(0, -1));
    const index = place.at(-1);
    if (!Array.isArray(list) || typeof index !== 'number') continue;
    list.splice(index, 1);
  }
  return withoutEmpty(next);
}

function laterFirst(one: readonly Step[], other: readonly Step[]): number {
  for (const [index, step] of one.entries()) {
    const against = other[index];
    if (step === against) continue;
    if (typeof step === 'number' && typeof against === 'number') return against - step;
    return String(step) < String(against) ? -1 : 1;
  }
  // What lies within another goes before it.
  return other.length - one.length;
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isEmptyBinding(item)).map(withoutEmpty);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, withoutEmpty(own)]));
}

function isEmptyBinding(item: unknown): boolean {
  const members = at(item, ['members']);
  return Array.isArray(members) && members.length === 0 && at(item, ['role']) !== undefined;
}
