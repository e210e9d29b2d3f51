/** Rows out of their numbers. */
import { type ResourceName, runResourceParts } from '../../names/index.js';
import { NO_POINT, type PartRows, ROW, VERDICTS } from './part.js';
import type { AuditRow, AuditTarget } from './types.js';

/** By verdict, worst first; those of one verdict in the order of the resources' names. */
export function rowsOf({ targets, deployers, points, numbers }: PartRows): readonly (readonly AuditRow[])[] {
  const sorted = VERDICTS.map((): AuditRow[] => []);
  let about: AuditTarget | undefined;
  let last = -1;
  for (let at = 0; at < numbers.length; at += ROW) {
    const number = numbers[at] ?? 0;
    if (number !== last) about = targetOf(targets[number]);
    last = number;
    const verdict = VERDICTS[numbers[at + 2] ?? 0];
    if (about === undefined || verdict === undefined) throw new RangeError('a row of another part');
    const target = about;
    const deployer = deployers[numbers[at + 1] ?? 0] ?? '';
    const first = points[numbers[at + 3] ?? NO_POINT];
    const denied = numbers[at + 4] ?? 0;
    const unknown = numbers[at + 5] ?? 0;
    sorted[numbers[at + 2] ?? 0]?.push(
      first === undefined
        ? { target, deployer, verdict, denied, unknown }
        : { target, deployer, verdict, first, denied, unknown },
    );
  }
  return sorted;
}

/** @throws RangeError for the name of anything but a Cloud Run resource */
export function targetOf(resource: ResourceName | undefined): AuditTarget {
  const parts = resource && runResourceParts(resource);
  if (resource === undefined || parts === undefined)
    throw new RangeError(`${resource} is no Cloud Run resource`);
  return { resource, ...parts };
}
