/** A template's containers and volumes, as executors take them. */
import type { ContainerSpec, ImageConfig, Layer, SharedVolume } from '../../runtime/index.js';
import type { Container, ImportedImage, InstanceTemplate, Volume } from '../model.js';
import { parseCpu, parseMemory } from '../quantity.js';
import type { SecretPayloads } from '../read-secrets.js';
import { secretParts } from '../secrets.js';
import { DEFAULTS } from '../template.js';
import { InstanceFailure } from './failure.js';
import { trusting, trustVolumes } from './trust.js';
import type { ContainerTrust, InstanceDependencies, InstanceRequest } from './types.js';

/** What files of a secret volume may be, where neither the volume nor the item says it (run.v2 SecretVolumeSource). */
const SECRET_MODE = 0o444;

/** The layers of one image, with the way to their bytes. */
export function layersOf(image: ImportedImage, openBlob: InstanceDependencies['openBlob']): Layer[] {
  return image.layers.map((layer) => ({ ...layer, open: openBlob(layer.digest) }));
}

/** The container's own image. */
export function imageOf({ imported }: Pick<InstanceRequest, 'imported'>, { name }: Container): ImportedImage {
  const image = imported[name];
  if (!image) throw new Error(`no image was imported for container ${name}`);
  return image;
}

function imageConfig(imported: ImportedImage): ImageConfig {
  const config = imported.config.config;
  return typeof config === 'object' && config !== null && !Array.isArray(config)
    ? (config as ImageConfig)
    : {};
}

/**
 * The environment: the template's, then what Cloud Run sets itself.
 * @throws InstanceFailure for a secret that no environment can hold
 */
function environmentOf(
  container: Container,
  own: Readonly<Record<string, string>>,
  payloads: SecretPayloads,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of container.env)
    env[entry.name] = 'value' in entry ? entry.value : textOf(payloads.get(entry.secret), entry.name);
  return { ...env, ...own };
}

function textOf(payload: Uint8Array, variable: string): string {
  const text = Buffer.from(payload).toString('utf8');
  if (!text.includes('\0')) return text;
  throw new InstanceFailure(
    `The secret of environment variable ${variable} contains a NUL byte, which no environment can hold. Mount it as a volume.`,
    { cause: 'start' },
  );
}

/** A secret's files, or a tmpfs. */
function volumeOf(volume: Volume, payloads: SecretPayloads): SharedVolume {
  if (volume.kind === 'memory') {
    const { name, sizeLimit } = volume;
    const sizeBytes = sizeLimit === undefined ? undefined : parseMemory(sizeLimit);
    return { name, kind: 'memory', ...(sizeBytes === undefined ? {} : { sizeBytes }) };
  }
  const { name, secret, items, defaultMode = SECRET_MODE } = volume;
  const files =
    items.length > 0 ? items : [{ path: secretParts(secret).secret, version: 'latest', mode: defaultMode }];
  return {
    name,
    kind: 'files',
    files: files.map(({ path, version, mode = defaultMode }) => ({
      path,
      mode,
      contents: payloads.get({ name: secret, version }),
    })),
  };
}

/** What an instance is given from outside. */
export interface Given {
  readonly payloads: SecretPayloads;
  readonly trust: ContainerTrust | undefined;
}

/** All volumes of the instance. */
export const volumesOf = ({ volumes }: InstanceTemplate, { payloads, trust }: Given): SharedVolume[] => [
  ...volumes.map((volume) => volumeOf(volume, payloads)),
  ...trustVolumes(trust),
];

/** Every port that requests or probes go to. */
export function portsOf({ containers }: InstanceTemplate): number[] {
  const ports = containers.flatMap(({ port, startupProbe, livenessProbe, readinessProbe }) => [
    ...(port === undefined ? [] : [port.number]),
    ...[startupProbe, livenessProbe, readinessProbe].flatMap((probe) =>
      probe === undefined ? [] : [probe.check.port],
    ),
  ]);
  return [...new Set(ports)];
}

/** @throws InstanceFailure for a secret that no environment can hold */
export function containerSpec(
  container: Container,
  request: InstanceRequest,
  { payloads, trust }: Given,
  deps: InstanceDependencies,
): ContainerSpec {
  const { owner, id, template } = request;
  const image = imageOf(request, container);
  const { command, args, workingDir } = container;
  const named = template.containers.length > 1 ? container.name : undefined;
  const spec: ContainerSpec = {
    name: container.name,
    layers: layersOf(image, deps.openBlob),
    config: imageConfig(image),
    ...(command.length > 0 ? { command } : {}),
    ...(args.length > 0 || command.length > 0 ? { args } : {}),
    ...(workingDir === undefined ? {} : { workingDir }),
    env: environmentOf(container, request.environment(container), payloads),
    cpu: parseCpu(container.cpu) ?? 1,
    memoryBytes: parseMemory(container.memory) ?? parseMemory(DEFAULTS.memory) ?? 0,
    mounts: container.volumeMounts.map(({ name, mountPath, subPath }) => ({
      volume: name,
      path: mountPath,
      ...(subPath === undefined ? {} : { subPath }),
    })),
    onOutput: (stream, line) => deps.events.output(owner, id, named, stream, line),
  };
  return trusting(spec, trust);
}
