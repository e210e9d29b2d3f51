/** Holds our tables of fields to Google's own client library, so that none is missing and none is made up. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fields, Shape } from './shape.js';
import { V1_JOB, V1_SERVICE, V1_WORKER_POOL } from './shapes-v1.js';
import { V2_JOB, V2_SERVICE, V2_WORKER_POOL } from './shapes-v2.js';

const apis = path.dirname(createRequire(import.meta.url).resolve('googleapis/build/src/apis/run/index.js'));
const schemas = {
  v1: readFileSync(path.join(apis, 'v1.d.ts'), 'utf8'),
  v2: readFileSync(path.join(apis, 'v2.d.ts'), 'utf8'),
};

/** The fields of a message, with the messages that they hold. */
function fieldsOf(version: 'v1' | 'v2', message: string): ReadonlyMap<string, string | undefined> {
  const body = new RegExp(`export interface Schema\\$${message} \\{([\\s\\S]*?)\\n    \\}`).exec(
    schemas[version],
  )?.[1];
  if (body === undefined) throw new Error(`no ${message}`);
  const fields = body.replace(/\/\*\*[\s\S]*?\*\//g, '').matchAll(/^\s+(\w+)\?: (?:Schema\$(\w+))?/gm);
  return new Map([...fields].map(([, name = '', type]) => [name, type]));
}

const inner = (shape: Shape): Fields | undefined =>
  shape.kind === 'fields' ? shape.fields : shape.kind === 'each' ? shape.of : undefined;

/** What differs, with the path to it. */
function differences(version: 'v1' | 'v2', message: string, shape: Shape, at = ''): string[] {
  const ours = inner(shape);
  if (!ours) return [];
  const theirs = fieldsOf(version, message);
  const missing = [...theirs.keys()].filter((name) => !Object.hasOwn(ours, name));
  const strange = Object.keys(ours).filter((name) => !theirs.has(name));
  return [
    ...missing.map((name) => `${at}${name} is missing`),
    ...strange.map((name) => `${at}${name} is none of theirs`),
    ...Object.entries(ours).flatMap(([name, next]) => {
      const type = theirs.get(name);
      return type === undefined ? [] : differences(version, type, next, `${at}${name}.`);
    }),
  ];
}

describe('the fields of', () => {
  it.each([
    ['v1', 'Service', V1_SERVICE],
    ['v1', 'Job', V1_JOB],
    ['v1', 'WorkerPool', V1_WORKER_POOL],
    ['v2', 'GoogleCloudRunV2Service', V2_SERVICE],
    ['v2', 'GoogleCloudRunV2Job', V2_JOB],
    ['v2', 'GoogleCloudRunV2WorkerPool', V2_WORKER_POOL],
  ] as const)('%s %s are those that Google has', (version, message, shape) => {
    expect(differences(version, message, shape)).toEqual([]);
  });
});
