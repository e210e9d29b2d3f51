/** What Kubernetes' objects have in common, as clients send them: the kind, the metadata, the spec. */
import { badField, type JsonValue } from '../../google/index.js';
import { Fields } from '../run/fields.js';
import { parseLabels } from '../run/labels.js';

/** An object as parsed, before it is written. */
export interface Parsed<Spec> {
  readonly name: string;
  /** `metadata.namespace`: a project id or number; empty when left out. */
  readonly namespace: string;
  readonly resourceVersion: string | undefined;
  readonly spec: Spec;
}

/** What an object's parse finds beside its name. */
export interface ObjectParts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where the annotations stand, as refusals spell it. */
  readonly annotationsPath: string;
  readonly spec: Fields;
}

const SERVER_METADATA = [
  'uid',
  'generation',
  'selfLink',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'clusterName',
] as const;

/** Labels that the server adds to what it shows. */
export const SERVER_LABELS = [
  'cloud.googleapis.com/location',
  'run.googleapis.com/startupProbeType',
  'run.googleapis.com/lastUpdatedTime',
];

/**
 * @param body the request's JSON
 * @param parse reads the spec to its last field
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseObject<Spec>(
  body: JsonValue | undefined,
  expected: { readonly apiVersion: string; readonly kind: string },
  parse: (parts: ObjectParts) => Spec,
): Parsed<Spec> {
  const top = Fields.of(body, '');
  constant(top, 'apiVersion', expected.apiVersion);
  constant(top, 'kind', expected.kind);
  const metadata = top.required('metadata');
  const name = metadata.string('name') ?? '';
  const namespace = metadata.string('namespace') ?? '';
  const resourceVersion = metadata.string('resourceVersion');
  const labels = parseLabels(metadata, SERVER_LABELS);
  const annotations = metadata.map('annotations');
  const annotationsPath = metadata.at('annotations');
  metadata
    .skip(...SERVER_METADATA)
    .unsupported('finalizers', 'ownerReferences', 'generateName')
    .done();
  const spec = parse({ name, labels, annotations, annotationsPath, spec: top.required('spec') });
  top.skip('status').done();
  return { name, namespace, resourceVersion, spec };
}

function constant(fields: Fields, name: string, value: string): void {
  const found = fields.string(name);
  if (found !== value) throw badField(fields.at(name), `Expected '${value}' but obtained '${found ?? ''}'.`);
}
