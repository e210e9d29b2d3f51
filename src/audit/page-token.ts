/** Page tokens: where a page ended, and for which question. */
import { createHash } from 'node:crypto';
import { type GoogleError, invalidArgument, isJsonObject } from '../google/index.js';
import type { Place } from './merge.js';
import type { LogQuery } from './types.js';

type Question = Pick<LogQuery, 'projects' | 'filter' | 'order'>;

/** Ties a token to its question: going on with another one would give nonsense without saying so. */
function fingerprint({ projects, filter, order }: Question): string {
  const text = JSON.stringify([[...new Set(projects)].sort(), filter, order]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

export function makePageToken(question: Question, place: Place): string {
  const content = [fingerprint(question), place.position, place.project];
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** @throws GoogleError INVALID_ARGUMENT for a token that is none of ours, or that belongs to another question */
export function readPageToken(question: Question, token: string): Place {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw badToken('not a token of this API');
  }
  if (isJsonObject(content) || !Array.isArray(content)) throw badToken('not a token of this API');
  const [print, position, project]: unknown[] = content;
  if (typeof position !== 'string' || typeof project !== 'string' || !/^\d{4}-[^!]*!/.test(position)) {
    throw badToken('not a token of this API');
  }
  if (print !== fingerprint(question)) {
    throw badToken('resourceNames, filter and orderBy must be those of the call that gave the token');
  }
  return { position, project };
}

function badToken(why: string): GoogleError {
  return invalidArgument(`page_token is invalid: ${why}`);
}
