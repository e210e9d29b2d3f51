/** What the changes of policies and of bindings have in common. */
import type { Any } from '@bufbuild/protobuf/wkt';
import type { AccessControl, BoundaryChange } from '../../access/index.js';
import type { Operation } from '../../google/gen/google/longrunning/operations_pb.js';
import { type GoogleError, invalidArgument } from '../../google/index.js';
import type { Store } from '../../store/index.js';
import { type DoneOperation, doneOperation, type Verb } from './operations.js';

export interface BoundaryDeps {
  readonly store: Store;
  readonly access: Pick<AccessControl, 'boundaries' | 'projects'>;
}

/** "If unspecified, at most 50 … The maximum value is 1000" */
export const PAGES = { default: 50, max: 1000 };

/** Empty stands for one that was not sent. */
export const etagIn = (etag: string): string | undefined => (etag === '' ? undefined : etag);

export const badId = (field: string, id: string): GoogleError =>
  invalidArgument(
    `${field}: "${id}" is not valid. An ID must be 3 to 63 characters: lowercase letters, numbers, hyphens and dots, beginning with a letter.`,
  );

/** The name is the parent's and the id's: another one would be passed over. @throws GoogleError INVALID_ARGUMENT */
export function requireName(field: string, sent: string, name: string): void {
  if (sent === '' || sent === name) return;
  throw invalidArgument(`${field}.name: "${sent}" is not the name that was asked for.`);
}

/**
 * A change whose operation is written in its own transaction.
 * @param pack what the operation answers with
 * @param validateOnly "validate the request and preview it, but do not actually post it": nothing is kept
 */
export function started<T extends { readonly name: string }>(
  verb: Verb,
  pack: (changed: T) => Any,
  time: Date,
  validateOnly: boolean,
): { readonly change: BoundaryChange<T>; readonly operation: (changed: T) => Operation } {
  let done: DoneOperation | undefined;
  const finish = (changed: T) => doneOperation(changed.name, verb, pack(changed), time);
  return {
    change: validateOnly
      ? 'preview'
      : (changed) => {
          done = finish(changed);
          return [done.keep];
        },
    operation: (changed) => (done ?? finish(changed)).operation,
  };
}
