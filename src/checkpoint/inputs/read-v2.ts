/** Services, jobs and worker pools in v2's JSON form, as the REST API takes and gives them. */
import type { RunKind } from '../../names/index.js';
import type { Cursor } from './cursor.js';
import type { Shape } from './shape.js';
import { V2_JOB, V2_SERVICE, V2_WORKER_POOL } from './shapes-v2.js';
import { type InstanceSpelling, type ReadResource, readInstance, secretNamed } from './written.js';

const SHAPES: Readonly<Record<RunKind, Shape>> = {
  service: V2_SERVICE,
  job: V2_JOB,
  workerPool: V2_WORKER_POOL,
};

const COLLECTIONS: Readonly<Record<string, RunKind>> = {
  services: 'service',
  jobs: 'job',
  workerPools: 'workerPool',
};

/** `projects/P/locations/L/services/S`. */
const FULL_NAME = /^projects\/([^/]+)\/locations\/([^/]+)\/(services|jobs|workerPools)\/([^/]+)$/;

/** True when the name alone says that it is a resource of Cloud Run's. */
export function hasFullName(at: Cursor): boolean {
  const name = at.child('name')?.value;
  return typeof name === 'string' && FULL_NAME.test(name);
}

/** By its full name, else by the fields that only one kind has. @throws BadInput where neither tells */
export function v2Kind(at: Cursor): { readonly kind: RunKind; readonly shape: Shape } {
  const [, , , collection = ''] = FULL_NAME.exec(at.text('name') ?? '') ?? [];
  const named = COLLECTIONS[collection];
  const kind = named ?? kindByFields(at);
  return { kind, shape: SHAPES[kind] };
}

function kindByFields(at: Cursor): RunKind {
  const template = at.required('template');
  if (template.child('template')) return 'job';
  const knows = (shape: Shape, cursor: Cursor) =>
    shape.kind === 'fields' && cursor.entries().every(([key]) => Object.hasOwn(shape.fields, key));
  const fits = (shape: Shape) => {
    const inner = shape.kind === 'fields' ? shape.fields.template : undefined;
    return knows(shape, at) && inner !== undefined && knows(inner, template);
  };
  // What fits neither has a stranger among its fields, which is to be named.
  if (!fits(V2_WORKER_POOL)) return 'service';
  if (!fits(V2_SERVICE)) return 'workerPool';
  return at.fail(
    'This may be a service or a worker pool: write its name in full, projects/PROJECT/locations/REGION/services/NAME or …/workerPools/NAME.',
  );
}

/** @throws BadInput for what is missing or of another kind */
export function readV2(at: Cursor, kind: RunKind): ReadResource {
  const written = at.required('name');
  const [, project, region, , short] = FULL_NAME.exec(written.ownText()) ?? [];
  const template = at.required('template');
  const instance = kind === 'job' ? template.required('template') : template;
  return {
    kind,
    apiVersion: 'v2',
    name: { value: short ?? written.ownText(), place: written.place },
    project,
    region,
    invokerIamDisabled: at.boolean('invokerIamDisabled') ?? false,
    ...readInstance(instance, spellingOf(kind)),
  };
}

const spellingOf = (kind: RunKind): InstanceSpelling => ({
  kind,
  account: 'serviceAccount',
  source: 'valueSource',
  secret: 'secret',
  version: 'version',
  volumeSecret: 'secret',
  itemVersion: 'version',
  resolve: secretNamed,
});
