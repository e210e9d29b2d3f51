/** Volumes and where containers mount them, which v1 and v2 spell almost alike. */
import { parseMemory, type SecretItem, type Volume, type VolumeMount } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import type { Fields } from './fields.js';

/** What the versions spell differently. */
export interface VolumeDialect {
  /** A secret volume's secret, from its source. */
  readonly volumeSecret: (source: Fields) => string;
  /** The field in which an item names its version. */
  readonly itemVersion: 'key' | 'version';
  /** The values of an in-memory volume's medium. */
  readonly mediums: readonly string[];
  /** Fields of a volume's source that mean nothing on Cloud Run. */
  readonly meaninglessInSources: readonly string[];
  /** Sources that are not served. */
  readonly unsupported: { readonly volume: readonly string[] };
}

/** RFC 1123's label, which volumes and containers are named by. */
export const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** "defaulting to 0444" and between 0000 and 0777 (google.cloud.run.v2.SecretVolumeSource). */
const MOST_MODE = 0o777;

/**
 * A template's volumes.
 * @param fields the object whose `volumes` they are
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseVolumes(fields: Fields, dialect: VolumeDialect): readonly Volume[] {
  const seen = new Set<string>();
  return fields.objects('volumes').map((entry) => {
    const volume = parseVolume(entry, dialect);
    if (seen.has(volume.name))
      throw badField(entry.at('name'), `The volume '${volume.name}' is given more than once.`);
    seen.add(volume.name);
    return volume;
  });
}

function parseVolume(entry: Fields, dialect: VolumeDialect): Volume {
  const name = entry.string('name') ?? '';
  if (!DNS_LABEL.test(name)) {
    throw badField(
      entry.at('name'),
      `Invalid volume name '${name}': only lower-case letters, digits and dashes, at most 63.`,
    );
  }
  const secret = entry.child('secret');
  const memory = entry.child('emptyDir');
  entry.unsupported(...dialect.unsupported.volume).done();
  if (secret && memory) throw badField(entry.path, 'Only one volume source may be given.');
  if (secret) return secretVolume(name, secret, dialect);
  if (memory) return memoryVolume(name, memory, dialect);
  throw badField(entry.path, `The volume '${name}' needs a source: a secret or an empty directory.`);
}

function secretVolume(name: string, source: Fields, dialect: VolumeDialect): Volume {
  const secret = dialect.volumeSecret(source);
  const defaultMode = source.integer('defaultMode', 0, MOST_MODE);
  const seen = new Set<string>();
  const items = source.objects('items').map((entry) => {
    const item = parseItem(entry, dialect);
    if (seen.has(item.path))
      throw badField(entry.at('path'), `The path '${item.path}' is given more than once.`);
    seen.add(item.path);
    return item;
  });
  source.skip(...dialect.meaninglessInSources).done();
  return {
    kind: 'secret',
    name,
    secret,
    ...(defaultMode === undefined || defaultMode === 0 ? {} : { defaultMode }),
    items,
  };
}

function parseItem(entry: Fields, { itemVersion }: VolumeDialect): SecretItem {
  const path = entry.string('path') ?? '';
  if (path === '') throw badField(entry.at('path'), 'This field is required.');
  if (path.startsWith('/') || path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw badField(
      entry.at('path'),
      `Invalid path '${path}': it must be relative and must not contain '..'.`,
    );
  const version = entry.string(itemVersion) || 'latest';
  const mode = entry.integer('mode', 0, MOST_MODE);
  entry.done();
  return { path, version, ...(mode === undefined || mode === 0 ? {} : { mode }) };
}

function memoryVolume(name: string, source: Fields, { mediums }: VolumeDialect): Volume {
  const medium = source.string('medium') ?? '';
  if (medium !== '' && !mediums.includes(medium))
    throw badField(source.at('medium'), `Invalid value '${medium}': must be one of ${mediums.join(', ')}.`);
  const sizeLimit = source.string('sizeLimit') ?? '';
  source.done();
  if (sizeLimit === '') return { kind: 'memory', name };
  const bytes = parseMemory(sizeLimit);
  if (bytes === undefined || bytes <= 0)
    throw badField(source.at('sizeLimit'), `Invalid quantity '${sizeLimit}'.`);
  return { kind: 'memory', name, sizeLimit };
}

/** Where the container's own file systems are: nothing else may lie there. */
const SYSTEM_PATHS = ['/proc', '/sys', '/dev'];

/**
 * A container's mounts.
 * @param fields the container
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseMounts(fields: Fields, volumes: readonly Volume[]): readonly VolumeMount[] {
  const taken = new Set<string>();
  return fields.objects('volumeMounts').map((entry) => {
    const name = entry.string('name') ?? '';
    if (!volumes.some((volume) => volume.name === name))
      throw badField(entry.at('name'), `The volume '${name}' is not among the template's volumes.`);
    const mountPath = parseMountPath(entry);
    const place = plainPath(mountPath);
    if (taken.has(place))
      throw badField(entry.at('mountPath'), `The path '${mountPath}' is mounted more than once.`);
    taken.add(place);
    const subPath = entry.string('subPath') ?? '';
    if (subPath.startsWith('/') || subPath.split('/').includes('..'))
      throw badField(
        entry.at('subPath'),
        `Invalid path '${subPath}': it must be relative and must not contain '..'.`,
      );
    entry.unsupported('mountPropagation', 'subPathExpr').skip('readOnly').done();
    return { name, mountPath, ...(subPath === '' ? {} : { subPath }) };
  });
}

/** `//a//b/` is `/a/b`. */
const plainPath = (path: string) => path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');

/** "Must not contain ':'" (google.cloud.run.v2.VolumeMount). */
function parseMountPath(entry: Fields): string {
  const path = entry.string('mountPath') ?? '';
  const bad = (why: string) => badField(entry.at('mountPath'), `Invalid mount path '${path}': ${why}`);
  if (!path.startsWith('/')) throw bad('it must be absolute.');
  if (path.includes(':')) throw bad("it must not contain ':'.");
  if (path.split('/').includes('..')) throw bad("it must not contain '..'.");
  const plain = plainPath(path);
  if (plain === '/') throw bad('it must not be the root.');
  if (SYSTEM_PATHS.some((system) => plain === system || plain.startsWith(`${system}/`)))
    throw bad('it must not lie in /proc, /sys or /dev.');
  return path;
}
