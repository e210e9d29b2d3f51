/**
 * A service's URLs: the deterministic one (`NAME-NUMBER.REGION.run.app`) and the hashed one
 * (`NAME-HASH-RC.a.run.app`), both with an optional `TAG---` in front
 * (https://cloud.google.com/run/docs/triggering/https-request#urls).
 */
import { createHash } from 'node:crypto';
import { regionCode, regionOfCode } from '../names/index.js';
import type { ServiceRecord } from './model.js';

/** Ten lower-case characters, constant per project: as in Google's hashed URLs, of our own making. */
export function projectHash(projectNumber: string): string {
  const digest = createHash('sha256').update(`run.app/${projectNumber}`).digest();
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(digest.subarray(0, 10), (byte) => alphabet[byte % 32]).join('');
}

/** The URLs of a service, or of one of its traffic tags: the deterministic form first. */
export function serviceUrls(
  service: Pick<ServiceRecord, 'name' | 'projectNumber' | 'location'>,
  tag?: string,
): { deterministic: string; hashed: string } {
  const label = tag === undefined ? service.name : `${tag}---${service.name}`;
  const code = regionCode(service.location) ?? service.location;
  return {
    deterministic: `https://${label}-${service.projectNumber}.${service.location}.run.app`,
    hashed: `https://${label}-${projectHash(service.projectNumber)}-${code}.a.run.app`,
  };
}

/** A host under run.app, taken apart. */
export interface ServiceHost {
  readonly name: string;
  readonly location: string;
  readonly tag?: string;
  readonly project: { readonly number: string } | { readonly hash: string };
}

/** Reads a run.app host name; undefined when it names no service. */
export function servesHost(host: string): ServiceHost | undefined {
  const hashed = /^(?:([a-z][a-z0-9-]*?)---)?([a-z][a-z0-9-]*)-([a-z2-7]{10})-([a-z]{2})\.a\.run\.app$/.exec(
    host,
  );
  if (hashed) {
    const [, tag, name, hash, code] = hashed;
    const location = code === undefined ? undefined : regionOfCode(code);
    if (name === undefined || hash === undefined || location === undefined) return undefined;
    return { name, location, project: { hash }, ...(tag === undefined ? {} : { tag }) };
  }
  const plain = /^(?:([a-z][a-z0-9-]*?)---)?([a-z][a-z0-9-]*)-(\d+)\.([a-z0-9-]+)\.run\.app$/.exec(host);
  if (!plain) return undefined;
  const [, tag, name, number, location] = plain;
  if (name === undefined || number === undefined || location === undefined) return undefined;
  return { name, location, project: { number }, ...(tag === undefined ? {} : { tag }) };
}
