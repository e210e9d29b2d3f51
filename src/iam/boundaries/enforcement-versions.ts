/**
 * Which permissions a principal access boundary policy can block, by its enforcement version
 * (https://cloud.google.com/iam/docs/pab-blocked-permissions), for the services that roles here know of. What is not
 * in its version a policy leaves alone, wherever the resource lies.
 */
import { permissionParts } from '../permission-name.js';
import { knownPermissions } from '../roles/index.js';

/** What a version adds for a service: `RESOURCE` and verbs, `*` for all of either; and what stays out of that. */
interface Blocked {
  readonly [resource: string]: string;
}
interface Addition {
  readonly service: string;
  readonly blocks: Blocked;
  readonly except?: Blocked;
}

const EVERYTHING: Blocked = { '*': '*' };
/** Boundaries never keep anybody from binding policies, or else they could not be undone. */
const BINDINGS: Blocked = {
  '*': 'createPolicyBinding deletePolicyBinding searchPolicyBindings updatePolicyBinding',
};
const TAGS = 'createTagBinding deleteTagBinding listEffectiveTags listTagBindings';

const VERSION_1: readonly Addition[] = [
  { service: 'binaryauthorization', blocks: EVERYTHING },
  { service: 'logging', blocks: { logEntries: 'create', logMetrics: '*' } },
  {
    service: 'run',
    blocks: {
      'authorizeddomains domainmappings executions revisions tasks': '*',
      'configurations routes': 'get list',
      services: 'create delete get list update',
      jobs: 'create delete get list run',
    },
  },
  {
    service: 'storage',
    blocks: {
      buckets: 'get getIamPolicy list setIamPolicy update',
      hmacKeys: 'update',
      objects: 'delete get setRetention',
    },
  },
];

const VERSION_2: readonly Addition[] = [
  { service: 'cloudasset', blocks: EVERYTHING },
  { service: 'cloudbuild', blocks: EVERYTHING },
  {
    service: 'monitoring',
    blocks: EVERYTHING,
    except: { metricsScopes: 'link', timeSeries: 'list' },
  },
  { service: 'resourcemanager', blocks: EVERYTHING, except: BINDINGS },
  {
    service: 'storage',
    blocks: { 'bucketOperations buckets folders hmacKeys managedFolders multipartUploads objects': '*' },
  },
];

const VERSION_3: readonly Addition[] = [
  { service: 'artifactregistry', blocks: EVERYTHING },
  { service: 'cloudfunctions', blocks: EVERYTHING },
  {
    service: 'cloudkms',
    blocks: {
      'autokeyConfigs ekmConfigs importJobs keyHandles keyRings': '*',
      cryptoKeyVersions:
        'create destroy get list restore update useToDecrypt useToEncrypt useToSign useToVerify viewPublicKey',
    },
    except: { importJobs: 'useToImport' },
  },
  {
    service: 'iam',
    blocks: { 'denypolicies roles serviceAccountKeys serviceAccounts': '*' },
    except: { serviceAccounts: `${TAGS} getCertificateAs` },
  },
  { service: 'orgpolicy', blocks: EVERYTHING },
];

const VERSION_4: readonly Addition[] = [
  { service: 'cloudkms', blocks: EVERYTHING, except: { locations: 'get list' } },
  {
    service: 'iam',
    blocks: {
      'oauthClientCredentials oauthClients workforcePoolProviderKeys workforcePoolProviders': '*',
      'workforcePoolSubjects workforcePools workloadIdentityPoolNamespaces': '*',
      'workloadIdentityPoolProviderKeys workloadIdentityPoolProviders workloadIdentityPools': '*',
    },
    except: BINDINGS,
  },
  { service: 'policysimulator', blocks: EVERYTHING },
  { service: 'secretmanager', blocks: EVERYTHING },
  { service: 'serviceusage', blocks: EVERYTHING },
  { service: 'vpcaccess', blocks: EVERYTHING },
];

/** Each version can block what those before it can. */
const VERSIONS = [VERSION_1, VERSION_2, VERSION_3, VERSION_4];

/** What `latest`, or none, stands for. */
export const DEFAULT_VERSION = String(VERSIONS.length);

/** True for a version that a policy may name: `1` to `4`, and `latest`. */
export function isEnforcementVersion(text: string): boolean {
  return text === 'latest' || VERSIONS.some((_, index) => text === String(index + 1));
}

const made = new Map<string, BlockablePermissions>();

/**
 * The permissions, as roles spell them, that a policy of this version can block.
 * @param version as a policy names it; `latest` is the default version
 */
export function blockablePermissions(version: string): Pick<ReadonlySet<string>, 'has'> {
  const number = version === 'latest' ? DEFAULT_VERSION : version;
  let blockable = made.get(number);
  if (blockable === undefined) {
    blockable = new BlockablePermissions(VERSIONS.slice(0, Number(number)).flat());
    made.set(number, blockable);
  }
  return blockable;
}

/** Patterns, remembered for the permissions that roles have: there is no end to those that callers make up. */
class BlockablePermissions {
  readonly #met = new Map<string, boolean>();

  constructor(private readonly additions: readonly Addition[]) {}

  has(permission: string): boolean {
    const known = this.#met.get(permission);
    if (known !== undefined) return known;
    const found = this.additions.some((addition) => adds(addition, permission));
    if (knownPermissions.has(permission)) this.#met.set(permission, found);
    return found;
  }
}

function adds({ service, blocks, except }: Addition, permission: string): boolean {
  const parts = permissionParts(permission);
  if (parts.service !== service) return false;
  return matches(blocks, parts) && !(except !== undefined && matches(except, parts));
}

function matches(
  patterns: Blocked,
  { resource, verb }: { readonly resource: string; readonly verb: string },
): boolean {
  return Object.entries(patterns).some(([resources, verbs]) => {
    if (resources !== '*' && !resources.split(' ').includes(resource)) return false;
    return verbs === '*' || verbs.split(' ').includes(verb);
  });
}
