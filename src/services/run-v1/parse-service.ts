/** A Knative Service as clients send it, parsed into what the deployments room stores. Nothing is ignored silently. */
import { DEFAULTS, type ServiceSpec, type Template } from '../../deployments/index.js';
import { badField, type JsonValue } from '../../google/index.js';
import { isRevisionName } from '../../names/index.js';
import type { Fields } from '../run/fields.js';
import { parseInstance } from '../run/instance.js';
import { parseLabels } from '../run/labels.js';
import { checkTotals, defaultConcurrency } from '../run/resources.js';
import { parseTraffic } from '../run/traffic.js';
import { MIN_SCALE, parseServiceAnnotations, parseTemplateAnnotations } from './annotations.js';
import { v1Dialect } from './dialect.js';
import { type Parsed, parseObject, SERVER_LABELS } from './object.js';

export type ParsedService = Parsed<ServiceSpec>;

/** Services, as their objects say of themselves. */
export const SERVICE = { apiVersion: 'serving.knative.dev/v1', kind: 'Service' } as const;

/**
 * @param body the request's JSON
 * @param projectNumber names the default runtime identity
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseService(body: JsonValue | undefined, projectNumber: string): ParsedService {
  return parseObject(body, SERVICE, ({ name, labels, annotations, annotationsPath, spec }) => {
    const annotated = parseServiceAnnotations(annotations, annotationsPath);
    const template = parseTemplate(spec.required('template'), name, projectNumber);
    const traffic = parseTraffic(spec, name, (target) => {
      const latest = target.boolean('latestRevision') ?? false;
      const revision = target.string('revisionName') ?? '';
      target.skip('url');
      if (latest === (revision !== ''))
        throw badField(target.path, 'Exactly one of latestRevision and revisionName must be given.');
      return latest ? { latest: true } : { name: revision };
    });
    spec.done();
    return { labels, ...annotated, template, traffic };
  });
}

function parseTemplate(fields: Fields, service: string, projectNumber: string): Template {
  const metadata = fields.child('metadata');
  const revisionName = parseRevisionName(metadata, service);
  const labels = metadata ? parseLabels(metadata, SERVER_LABELS) : {};
  const annotated = parseTemplateAnnotations(
    metadata?.map('annotations') ?? {},
    'spec.template.metadata.annotations',
  );
  metadata?.skip('namespace', 'creationTimestamp').done();
  const spec = fields.required('spec');
  fields.done();
  const owner = { kind: 'service', name: service, projectNumber } as const;
  const instance = parseInstance(spec, owner, v1Dialect(annotated.instances));
  const { containers, executionEnvironment } = instance;
  const concurrency = spec.integer('containerConcurrency', 0, 1000) || defaultConcurrency(containers);
  checkTotals(spec, containers, executionEnvironment, concurrency);
  const template: Template = {
    ...(revisionName === undefined ? {} : { revisionName }),
    labels,
    ...annotated.template,
    ...instance,
    concurrency,
    timeoutSeconds: spec.integer('timeoutSeconds', 1, 3600) ?? DEFAULTS.timeoutSeconds,
  };
  spec.done();
  if (template.minInstances > template.maxInstances) {
    throw badField(
      `spec.template.metadata.annotations[${MIN_SCALE}]`,
      'minScale must not be greater than maxScale.',
    );
  }
  return template;
}

function parseRevisionName(metadata: Fields | undefined, service: string): string | undefined {
  const name = metadata?.string('name') ?? '';
  if (name === '') return undefined;
  if (isRevisionName(name, service)) return name;
  throw badField(
    'spec.template.metadata.name',
    `Invalid revision name '${name}': must start with '${service}-', hold only lower-case letters, digits and dashes, and be at most 63 characters.`,
  );
}
