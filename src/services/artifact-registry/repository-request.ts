/** What callers may say about a repository: read and refused here, trusted behind. */
import type { MessageShape } from '@bufbuild/protobuf';
import {
  Repository_VulnerabilityScanningConfig_EnablementConfig as EnablementConfig,
  Repository_Format,
  Repository_Mode,
  type RepositorySchema,
  type VirtualRepositoryConfig,
} from '../../google/gen/google/devtools/artifactregistry/v1/repository_pb.js';
import { type GoogleError, invalidArgument, unimplemented } from '../../google/index.js';
import { isRepositoryId, locationOfRegistryHost } from '../../names/index.js';
import type {
  NewRepository,
  RepositoryId,
  RepositoryMode,
  RepositorySettings,
  UpstreamPolicy,
} from '../../registry/index.js';
import { readCleanupPolicies } from './cleanup-policy-request.js';

type RepositoryMessage = MessageShape<typeof RepositorySchema>;

/**
 * Checks a repository that is to be created. A mode left open is the standard one.
 * @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED naming what is not supported
 */
export function readNewRepository(
  location: string,
  id: string,
  message: RepositoryMessage | undefined,
): Omit<NewRepository, keyof RepositoryId> {
  requireRepositoryId(location, id);
  const format = message?.format ?? Repository_Format.FORMAT_UNSPECIFIED;
  if (format === Repository_Format.FORMAT_UNSPECIFIED)
    throw invalidArgument('The repository format is required.');
  if (format !== Repository_Format.DOCKER) {
    throw unimplemented(`Repositories of format ${nameIn(Repository_Format, format)} are not supported.`);
  }
  const mode = message?.mode ?? Repository_Mode.MODE_UNSPECIFIED;
  if (!(mode in MODES)) {
    throw unimplemented(`Repositories of mode ${nameIn(Repository_Mode, mode)} are not supported.`);
  }
  if (message?.disallowUnspecifiedMode && mode === Repository_Mode.MODE_UNSPECIFIED) {
    throw invalidArgument('The repository mode is required, as disallow_unspecified_mode is set.');
  }
  const settings = readSettings(message, location);
  if (mode === Repository_Mode.VIRTUAL_REPOSITORY) return { ...settings, mode: 'VIRTUAL_REPOSITORY' };
  if (settings.upstreamPolicies) throw onlyVirtual();
  return settings;
}

/** The modes that repositories can have here; what is left open is standard. */
const MODES: Readonly<Partial<Record<Repository_Mode, true>>> = {
  [Repository_Mode.MODE_UNSPECIFIED]: true,
  [Repository_Mode.STANDARD_REPOSITORY]: true,
  [Repository_Mode.VIRTUAL_REPOSITORY]: true,
};

const onlyVirtual = () =>
  invalidArgument('The field virtual_repository_config is for virtual repositories alone.');

/** What an update makes of a repository of this mode. @throws GoogleError INVALID_ARGUMENT */
export function changeFor(
  mode: RepositoryMode,
  { upstreamPolicies, ...change }: Partial<RepositorySettings>,
): Partial<RepositorySettings> {
  if (upstreamPolicies === undefined) return change;
  if (mode === 'VIRTUAL_REPOSITORY') return { ...change, upstreamPolicies };
  if (upstreamPolicies.length > 0) throw onlyVirtual();
  return change;
}

/**
 * The changes that an update asks for.
 * @param paths the update mask; everything that can be changed when empty
 * @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED naming what is not supported
 */
export function readUpdate(
  message: RepositoryMessage | undefined,
  paths: readonly string[],
): Partial<RepositorySettings> {
  const [, location] = /\/locations\/([^/]+)\//.exec(message?.name ?? '') ?? [];
  const settings = readSettings(message, location);
  if (paths.length === 0 || paths.includes('*')) return { ...DEFAULTS, ...settings };
  let change: Partial<RepositorySettings> = {};
  for (const path of paths) {
    const field = CHANGEABLE[path];
    if (field === undefined) throw unchangeable(path);
    change = { ...change, [field]: settings[field] ?? DEFAULTS[field] };
  }
  return change;
}

/** What a field is when it is left out. */
const DEFAULTS = {
  description: '',
  labels: {},
  immutableTags: false,
  cleanupPolicies: [],
  cleanupPolicyDryRun: false,
  scanning: 'INHERITED',
  upstreamPolicies: [],
} as const satisfies Required<RepositorySettings>;

/** The paths of an update mask, and what each changes. */
const CHANGEABLE: Readonly<Record<string, keyof RepositorySettings>> = {
  description: 'description',
  labels: 'labels',
  docker_config: 'immutableTags',
  'docker_config.immutable_tags': 'immutableTags',
  cleanup_policies: 'cleanupPolicies',
  cleanup_policy_dry_run: 'cleanupPolicyDryRun',
  vulnerability_scanning_config: 'scanning',
  'vulnerability_scanning_config.enablement_config': 'scanning',
  virtual_repository_config: 'upstreamPolicies',
  'virtual_repository_config.upstream_policies': 'upstreamPolicies',
};
const FIXED: readonly string[] = [
  'name',
  'format',
  'mode',
  'kms_key_name',
  'create_time',
  'update_time',
  'size_bytes',
  'satisfies_pzs',
  'satisfies_pzi',
  'registry_uri',
];
const UNSUPPORTED: readonly string[] = [
  'maven_config',
  'remote_repository_config',
  'disallow_unspecified_mode',
];

function unchangeable(path: string): GoogleError {
  if (FIXED.includes(path)) return invalidArgument(`The field ${path} cannot be changed.`);
  if (UNSUPPORTED.includes(path.split('.')[0] ?? '')) return unsupportedField(path);
  return invalidArgument(`Invalid update mask: repositories have no field ${path} that can be changed.`);
}

const unsupportedField = (field: string) =>
  unimplemented(`The field ${field} of a repository is not supported.`);

/** Output-only fields are ignored, as Google's APIs do (https://google.aip.dev/203). */
function readSettings(
  message: RepositoryMessage | undefined,
  location: string | undefined,
): RepositorySettings {
  if (!message) return { description: '', labels: {} };
  const { formatConfig, modeConfig, cleanupPolicies, cleanupPolicyDryRun } = message;
  if (message.kmsKeyName !== '') throw unsupportedField('kmsKeyName');
  if (formatConfig.case === 'mavenConfig') throw unsupportedField('mavenConfig');
  if (modeConfig.case === 'remoteRepositoryConfig') throw unsupportedField(modeConfig.case);
  requireLabels(message.labels);
  const policies = readCleanupPolicies(cleanupPolicies);
  const scanning = SCANNING[message.vulnerabilityScanningConfig?.enablementConfig ?? 0];
  return {
    description: message.description,
    labels: message.labels,
    ...(formatConfig.case === undefined ? {} : { immutableTags: formatConfig.value.immutableTags }),
    ...(policies.length === 0 ? {} : { cleanupPolicies: policies }),
    ...(cleanupPolicyDryRun ? { cleanupPolicyDryRun } : {}),
    ...(scanning === undefined ? {} : { scanning }),
    ...(modeConfig.case === undefined ? {} : { upstreamPolicies: readUpstreams(modeConfig.value, location) }),
  };
}

/** https://cloud.google.com/artifact-registry/docs/repositories/virtual-repo: they lie where the virtual one does. */
function readUpstreams(
  { upstreamPolicies }: VirtualRepositoryConfig,
  location: string | undefined,
): UpstreamPolicy[] {
  const ids = new Set<string>();
  return upstreamPolicies.map(({ id, repository, priority }): UpstreamPolicy => {
    const [, place] = /^projects\/[^/]+\/locations\/([^/]+)\/repositories\/[^/]+$/.exec(repository) ?? [];
    if (id === '' || ids.has(id)) throw invalidArgument(`Upstream policies need ids of their own: "${id}".`);
    ids.add(id);
    if (place === undefined) throw invalidArgument(`Invalid upstream repository "${repository}".`);
    if (location !== undefined && place !== location)
      throw invalidArgument(`The upstream repository "${repository}" does not lie in ${location}.`);
    return { id, repository, priority };
  });
}

const SCANNING = {
  [EnablementConfig.ENABLEMENT_CONFIG_UNSPECIFIED]: undefined,
  [EnablementConfig.INHERITED]: 'INHERITED',
  [EnablementConfig.DISABLED]: 'DISABLED',
} as const;

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
