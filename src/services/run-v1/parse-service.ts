/** A Knative Service as clients send it, parsed into what the deployments room stores. Nothing is ignored silently. */
import { DEFAULTS, type ServiceSpec, type Template } from '../../deployments/index.js';
import { badField, type JsonValue } from '../../google/index.js';
import { defaultComputeAccount, isEmail, isRevisionName } from '../../names/index.js';
import { type ContainerDialect, parseContainers } from '../run/container.js';
import type { Fields } from '../run/fields.js';
import { parseLabels } from '../run/labels.js';
import { parseTraffic } from '../run/traffic.js';
import { UNSUPPORTED } from '../run/unsupported.js';
import { MIN_SCALE, parseServiceAnnotations, parseTemplateAnnotations } from './annotations.js';
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
    const traffic = parseTraffic(spec, (target) => {
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
  const { cpu, ...annotated } = parseTemplateAnnotations(
    metadata?.map('annotations') ?? {},
    'spec.template.metadata.annotations',
  );
  metadata?.skip('namespace', 'creationTimestamp').done();
  const spec = fields.required('spec');
  fields.done();
  const containers = parseContainers(spec, service, dialect(cpu));
  const serviceAccount = spec.string('serviceAccountName');
  if (serviceAccount !== undefined && serviceAccount !== '' && !isEmail(serviceAccount)) {
    throw badField(
      'spec.template.spec.serviceAccountName',
      `'${serviceAccount}' is no service account's address.`,
    );
  }
  const concurrency = spec.integer('containerConcurrency', 0, 1000);
  const template: Template = {
    ...(revisionName === undefined ? {} : { revisionName }),
    labels,
    ...annotated,
    serviceAccount: serviceAccount || defaultComputeAccount(projectNumber),
    concurrency: concurrency === undefined || concurrency === 0 ? DEFAULTS.concurrency : concurrency,
    timeoutSeconds: spec.integer('timeoutSeconds', 1, 3600) ?? DEFAULTS.timeoutSeconds,
    containers,
    volumes: [],
    sessionAffinity: false,
    healthCheckDisabled: false,
  };
  spec.unsupported(...UNSUPPORTED.v1.template).done();
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

/** @param cpu what the template's annotations say of the container's CPU */
function dialect(cpu: ReturnType<ContainerDialect['cpu']>): ContainerDialect {
  return {
    secretSource: 'valueFrom',
    secret: (reference) => {
      const name = reference.string('name') ?? '';
      if (name === '') throw badField(reference.at('name'), 'This field is required.');
      const version = reference.string('key') ?? 'latest';
      reference.skip('optional');
      return { name, version };
    },
    cpu: () => cpu,
    unsupported: UNSUPPORTED.v1,
    meaningless: ['imagePullPolicy', 'terminationMessagePath', 'terminationMessagePolicy'],
  };
}
