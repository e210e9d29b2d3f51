/** What callers may say about a repository: read and refused here, trusted behind. */
import type { MessageShape } from '@bufbuild/protobuf';
import {
  Repository_Format,
  Repository_Mode,
  type RepositorySchema,
} from '../../google/gen/google/devtools/artifactregistry/v1/repository_pb.js';
import { invalidArgument, unimplemented } from '../../google/index.js';
import { isRepositoryId, locationOfRegistryHost } from '../../names/index.js';

type RepositoryMessage = MessageShape<typeof RepositorySchema>;

export interface RepositoryTexts {
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Checks a repository that is to be created. A mode left open is the standard one.
 * @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED naming what is not supported
 */
export function readNewRepository(
  location: string,
  id: string,
  message: RepositoryMessage | undefined,
): RepositoryTexts {
  requireRepositoryId(location, id);
  const format = message?.format ?? Repository_Format.FORMAT_UNSPECIFIED;
  if (format === Repository_Format.FORMAT_UNSPECIFIED)
    throw invalidArgument('The repository format is required.');
  if (format !== Repository_Format.DOCKER) {
    throw unimplemented(`Repositories of format ${nameIn(Repository_Format, format)} are not supported.`);
  }
  const mode = message?.mode ?? Repository_Mode.MODE_UNSPECIFIED;
  if (mode !== Repository_Mode.MODE_UNSPECIFIED && mode !== Repository_Mode.STANDARD_REPOSITORY) {
    throw unimplemented(`Repositories of mode ${nameIn(Repository_Mode, mode)} are not supported.`);
  }
  return readTexts(message);
}

/**
 * The changes that an update asks for.
 * @param paths the update mask; everything that can be changed when empty
 * @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED naming what is not supported
 */
export function readUpdate(
  message: RepositoryMessage | undefined,
  paths: readonly string[],
): Partial<RepositoryTexts> {
  const texts = readTexts(message);
  if (paths.length === 0 || paths.includes('*')) return texts;
  const change: { description?: string; labels?: Readonly<Record<string, string>> } = {};
  for (const path of paths) {
    if (path === 'description') change.description = texts.description;
    else if (path === 'labels') change.labels = texts.labels;
    else if (FIXED.includes(path)) throw invalidArgument(`The field ${path} cannot be changed.`);
    else if (UNSUPPORTED.includes(path.split('.')[0] ?? '')) throw unsupportedField(path);
    else throw invalidArgument(`Invalid update mask: repositories have no field ${path}.`);
  }
  return change;
}

const FIXED: readonly string[] = [
  'name',
  'format',
  'mode',
  'kms_key_name',
  'create_time',
  'update_time',
  'size_bytes',
];
const UNSUPPORTED: readonly string[] = [
  'maven_config',
  'docker_config',
  'virtual_repository_config',
  'remote_repository_config',
  'cleanup_policies',
  'cleanup_policy_dry_run',
  'vulnerability_scanning_config',
  'disallow_unspecified_mode',
];

const unsupportedField = (field: string) =>
  unimplemented(`The field ${field} of a repository is not supported.`);

/** Output-only fields are ignored, as Google's APIs do (https://google.aip.dev/203). */
function readTexts(message: RepositoryMessage | undefined): RepositoryTexts {
  if (!message) return { description: '', labels: {} };
  const { formatConfig, modeConfig } = message;
  if (message.kmsKeyName !== '') throw unsupportedField('kmsKeyName');
  if (formatConfig.case === 'mavenConfig') throw unsupportedField('mavenConfig');
  if (formatConfig.case === 'dockerConfig' && formatConfig.value.immutableTags) {
    throw unsupportedField('dockerConfig.immutableTags');
  }
  if (modeConfig.case !== undefined) throw unsupportedField(modeConfig.case);
  if (Object.keys(message.cleanupPolicies).length > 0) throw unsupportedField('cleanupPolicies');
  if (message.cleanupPolicyDryRun) throw unsupportedField('cleanupPolicyDryRun');
  if (message.disallowUnspecifiedMode) throw unsupportedField('disallowUnspecifiedMode');
  requireLabels(message.labels);
  return { description: message.description, labels: message.labels };
}

function requireRepositoryId(location: string, id: string): void {
  if (id === '') throw invalidArgument('repository_id is required.');
  // A repository may bear a gcr.io host's name, in the location that the host serves.
  const gcr = locationOfRegistryHost(id);
  if (isRepositoryId(id) && (gcr === undefined || gcr === location)) return;
  throw invalidArgument(
    `Invalid repository_id "${id}": must start with a lower-case letter, end with a letter or digit, and hold at most 63 lower-case letters, digits and hyphens.`,
  );
}

/** https://cloud.google.com/artifact-registry/docs/repositories/label-repos */
function requireLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > 64) throw invalidArgument('A repository can have at most 64 labels.');
  for (const [key, value] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key))
      throw invalidArgument(`Invalid label key "${key}".`);
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value))
      throw invalidArgument(`Invalid label value "${value}".`);
  }
}

function nameIn(values: Readonly<Record<number, string>>, value: number): string {
  return values[value] ?? String(value);
}
