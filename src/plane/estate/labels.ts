export type Labels = Readonly<Record<string, string>>;

/** Are all of these among the others, with the same values? */
export const isSubset = (some: Labels, all: Labels): boolean =>
  Object.entries(some).every(([key, value]) => all[key] === value);
