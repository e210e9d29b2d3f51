/**
 * The etags of v2, in Google's form: a quoted `TIMESTAMP/NAME`, where TIMESTAMP is the serialized
 * google.protobuf.Timestamp of the last update and NAME the resource's, both in base64. They change with what clients
 * write, not with what the service comes to, so that the one in an operation's response is still good afterwards.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { conflict } from '../../deployments/index.js';
import { GoogleError, invalidArgument } from '../../google/index.js';

/** What an etag is made from. */
export interface Versioned {
  /** The resource's full name. */
  readonly name: string;
  readonly updateTime: string;
  readonly generation: number;
}

/** Times are whole milliseconds; the generation goes below them, so that two writes within one differ. */
export function etagOf({ name, updateTime, generation }: Versioned): string {
  const time = Date.parse(updateTime);
  const below = (generation % 1000) * 1000 + (Math.floor(generation / 1000) % 1000);
  const timestamp = create(TimestampSchema, {
    seconds: BigInt(Math.floor(time / 1000)),
    nanos: (time % 1000) * 1_000_000 + below,
  });
  const encoded = Buffer.from(toBinary(TimestampSchema, timestamp)).toString('base64url');
  return `"${encoded}/${Buffer.from(name).toString('base64')}"`;
}

/**
 * Compares the etag that a client sends with the resource's.
 * @param given empty when the client does not ask for the comparison
 * @param shortName the resource, as the refusal names it
 * @throws ABORTED when the resource has changed, INVALID_ARGUMENT for what was never an etag
 */
export function matchEtag(given: string, current: Versioned, shortName: string): void {
  const expected = etagOf(current);
  if (given === '' || given === expected) return;
  throw conflict(shortName, microsecondsIn(given), microsecondsIn(expected));
}

/** The time in an etag, in microseconds since 1970: the version that refusals name. @throws INVALID_ARGUMENT */
function microsecondsIn(etag: string): string {
  const [, encoded] = /^"([\w-]+=*)\/[A-Za-z0-9+/]+=*"$/.exec(etag) ?? [];
  if (encoded === undefined) throw invalidArgument(`Invalid etag '${etag}'.`);
  try {
    const { seconds, nanos } = fromBinary(TimestampSchema, Buffer.from(encoded, 'base64url'));
    return String(seconds * 1_000_000n + BigInt(Math.floor(nanos / 1000)));
  } catch (cause) {
    throw new GoogleError('INVALID_ARGUMENT', `Invalid etag '${etag}'.`, { reason: 'badRequest', cause });
  }
}
