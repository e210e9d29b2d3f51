/** For tests of what holds of every kind of resource: where the kinds lie in each version, the least one can say of them, and refusals. */
import { expect } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { IMAGE, LOCATION, PROJECT, type RunFixture } from './test-fixture.js';

const containers = [{ image: IMAGE }];

/** A kind as v2 has it. */
export interface Kind {
  /** The message's name. */
  readonly type: string;
  readonly collection: string;
  /** As messages' fields are named after it. */
  readonly field: string;
  readonly body: JsonObject;
}

export const SERVICE: Kind = {
  type: 'Service',
  collection: 'services',
  field: 'service',
  body: { template: { containers } },
};
export const JOB: Kind = {
  type: 'Job',
  collection: 'jobs',
  field: 'job',
  body: { template: { template: { containers } } },
};
export const WORKER_POOL: Kind = {
  type: 'WorkerPool',
  collection: 'workerPools',
  field: 'worker_pool',
  body: { template: { containers } },
};
export const KINDS: readonly Kind[] = [SERVICE, JOB, WORKER_POOL];

/** The collection's URL, or that of one in it. */
export const at = ({ collection }: Kind, name?: string): string =>
  `/v2/${LOCATION}/${collection}${name === undefined ? '' : `/${name}`}`;

/** Where a POST creates one. */
export const creating = (kind: Kind, name: string, more = ''): string =>
  `${at(kind)}?${kind.field.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())}Id=${name}${more}`;

/** A kind that v1 writes too. */
export interface KindOfV1 {
  readonly type: string;
  /** The collection's URL. */
  readonly url: string;
  readonly object: (name: string, metadata?: JsonObject) => JsonObject;
}

function kindOfV1(type: string, apiVersion: string, spec: JsonObject): KindOfV1 {
  return {
    type,
    url: `/apis/${apiVersion}/namespaces/${PROJECT}/${type.toLowerCase()}s`,
    object: (name, metadata = {}) => ({
      apiVersion,
      kind: type,
      metadata: { name, namespace: PROJECT, ...metadata },
      spec,
    }),
  };
}

const task = { template: { spec: { containers } } };
export const KINDS_OF_V1: readonly KindOfV1[] = [
  kindOfV1('Service', 'serving.knative.dev/v1', task),
  kindOfV1('Job', 'run.googleapis.com/v1', { template: { spec: task } }),
];

/** A GoogleError, as expected. */
export const refused = (status: string, message: string | RegExp) =>
  expect.objectContaining({
    status,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });

/** Does what leaves everything stored as it was. @returns the answer, or what it is refused with */
export async function withoutTrace(
  { store }: Pick<RunFixture, 'store'>,
  act: () => Promise<unknown>,
): Promise<unknown> {
  const before = await store.list('');
  const outcome = await act().catch((error: unknown) => error);
  expect(await store.list('')).toEqual(before);
  return outcome;
}
