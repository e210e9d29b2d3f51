/**
 * The flags of `gcloud run deploy`, `gcloud run jobs deploy` and `gcloud beta run worker-pools deploy`, read as gcloud
 * reads them, for the question before the deploy (https://cloud.google.com/sdk/gcloud/reference/run/deploy and its
 * neighbours). Every flag is in one of the lists
 * below: unknown ones are an error; those that change who needs what in a way that no rule covers become open points.
 */
import type { RunKind } from '../names/index.js';
import type { CheckRequest, RequestedSecret } from './check-request.js';
import { OPEN_TOPICS, type OpenTopic } from './open-topics.js';
import type { OpenPoint } from './types.js';

/** What the command line says besides, or the environment: used when no flag does. */
export interface FlagDefaults {
  readonly project?: string;
  readonly region?: string;
  /** Who deploys, as a member. */
  readonly as: string;
}

/** A command line that cannot be read; exit status 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The commands that deploy, with the flags that only they have and that decide nothing about permissions. */
const DEPLOYS: Readonly<
  Record<RunKind, { readonly command: string; readonly withValue: string; readonly withoutValue: string }>
> = {
  service: {
    command: 'gcloud run deploy',
    withValue: `--add-custom-audiences --concurrency --description --execution-environment --gpu --gpu-type
      --ingress --liveness-probe --max --max-instances --min --min-instances --port --readiness-probe
      --remove-custom-audiences --remove-labels --revision-suffix --scaling --set-custom-audiences
      --startup-probe --tag --timeout --update-labels`,
    withoutValue: `--clear-custom-audiences --clear-labels --clear-vpc-connector --cpu-boost --cpu-throttling
      --default-url --deploy-health-check --gpu-zonal-redundancy --session-affinity --traffic --use-http2`,
  },
  job: {
    command: 'gcloud run jobs deploy',
    withValue: '--max-retries --parallelism --task-timeout --tasks',
    withoutValue: '--wait',
  },
  workerPool: {
    command: 'gcloud beta run worker-pools deploy',
    withValue: '--description --gpu --gpu-type --remove-labels --revision-suffix --scaling --update-labels',
    withoutValue: '--clear-labels --gpu-zonal-redundancy --promote',
  },
};

/** Flags with a value that decide nothing about permissions, in every command. */
const IGNORED_WITH_VALUE = words(
  `--args --command --cpu --depends-on --env-vars-file --labels --memory --network-tags --remove-containers
   --remove-env-vars --remove-secrets --remove-volume --remove-volume-mount --add-volume-mount --set-env-vars
   --remove-cloudsql-instances --update-env-vars --verbosity --vpc-egress --format --flatten --trace-token`,
);

/** Flags without a value that decide nothing about permissions; those with a `--no-` form have it too. */
const IGNORED_WITHOUT_VALUE = words(
  `--async --clear-cloudsql-instances --clear-volumes --clear-volume-mounts --clear-env-vars --clear-secrets
   --clear-base-image --clear-binary-authorization --clear-encryption-key-shutdown-hours --clear-key --clear-network
   --clear-network-tags --clear-post-key-revocation-action-type --user-output-enabled --log-http --quiet
   --allow-unencrypted-build`,
);

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

const FROM_SOURCE = 'a deploy that builds its image is not judged; name a built image by --image';
const ON_A_CLUSTER = 'only Cloud Run on Google Cloud is judged, not Knative on a cluster';

/** Flags after which nothing of the deploy could be judged, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...words(
        `--source --function --build-env-vars-file --set-build-env-vars --update-build-env-vars
         --remove-build-env-vars --clear-build-env-vars --build-service-account --clear-build-service-account
         --build-worker-pool --clear-build-worker-pool`,
      ),
    ].map((flag) => [flag, FROM_SOURCE]),
  ),
  '--impersonate-service-account': 'say who deploys by --as',
  '--account': 'say who deploys by --as',
  '--namespace': ON_A_CLUSTER,
  '--cluster': ON_A_CLUSTER,
  '--flags-file': 'write the flags out',
  '--configuration': 'write the flags out',
};

/** Flags that change who needs what in a way that no rule covers: the verdict on them stays open. */
const OPEN_WITH_VALUE: Readonly<Record<string, OpenTopic>> = {
  '--network': 'network',
  '--subnet': 'network',
  '--vpc-connector': 'network',
  '--key': 'key',
  '--encryption-key-shutdown-hours': 'key',
  '--post-key-revocation-action-type': 'key',
  '--binary-authorization': 'binary-authorization',
  '--breakglass': 'binary-authorization',
  '--mesh': 'mesh',
  '--base-image': 'base-image',
  '--add-cloudsql-instances': 'cloud-sql',
  '--set-cloudsql-instances': 'cloud-sql',
  '--billing-project': 'quota',
};

const OPEN_WITHOUT_VALUE: Readonly<Record<string, OpenTopic>> = {
  '--automatic-updates': 'base-image',
  '--iap': 'iap',
  '--execute-now': 'execution',
};

/** Of which kinds of resource gcloud knows the flags that stay open, where not of all. */
const ONLY_OF: Readonly<Record<string, readonly RunKind[]>> = {
  '--base-image': ['service'],
  '--automatic-updates': ['service'],
  '--iap': ['service'],
  '--execute-now': ['job'],
  '--mesh': ['service', 'workerPool'],
};

/** The topics of volumes, by their type. */
const VOLUMES: Readonly<Record<string, OpenTopic>> = {
  'cloud-storage': 'bucket',
  nfs: 'nfs',
};

interface Flags {
  names: string[];
  project?: string;
  region?: string;
  serviceAccount?: string;
  allowUnauthenticated?: boolean;
  invokerIamDisabled?: boolean;
  open: OpenPoint[];
  containers: { image?: string; secrets: Map<string, RequestedSecret> }[];
  /** Of secret volumes, by the volume's name. */
  volumes: Map<string, RequestedSecret>;
}

/** `^DELIMITER^a…b…` or `a,b`: gcloud's lists (`gcloud topic escaping`). */
function splitList(text: string): string[] {
  const escaped = /^\^([^^]+)\^(.*)$/s.exec(text);
  const [, delimiter = ',', list = text] = escaped ?? [];
  return list.split(delimiter).filter((item) => item !== '');
}

/** `SECRET` by its id, or `projects/P/secrets/SECRET`. */
const SECRET = /^(?:projects\/[^/]+\/secrets\/)?[A-Za-z0-9_-]+$/;

/** `ENV=SECRET:VERSION`, or `/path/of/file=SECRET:VERSION`. */
function parseSecrets(flag: string, text: string): RequestedSecret[] {
  return splitList(text).map((item) => {
    const equals = item.indexOf('=');
    const target = item.slice(0, equals);
    const [name, version, ...more] = item.slice(equals + 1).split(':');
    if (equals < 1 || !name || !version || more.length > 0 || !SECRET.test(name)) {
      throw new UsageError(
        `${flag}: '${item}' is not of the form ENV=SECRET:VERSION or /PATH=SECRET:VERSION.`,
      );
    }
    return target.startsWith('/') ? { mount: target, name, version } : { env: target, name, version };
  });
}

/** Volumes that need nothing of anybody: what is kept in memory. */
const NEEDS_NOTHING = ['in-memory'];

/** `name=NAME,type=secret,secret=S,version=V`, and volumes in memory. */
function addVolume(flags: Flags, value: string, flag: string): void {
  const settings = new Map(
    splitList(value).map((item): [string, string] => {
      const equals = item.indexOf('=');
      return [item.slice(0, Math.max(equals, 0)), item.slice(equals + 1)];
    }),
  );
  const type = settings.get('type') ?? '';
  if (NEEDS_NOTHING.includes(type)) return;
  const topic = Object.hasOwn(VOLUMES, type) ? VOLUMES[type] : undefined;
  if (topic) {
    flags.open.push({ field: `${flag} ${value}`, why: OPEN_TOPICS[topic], topic });
    return;
  }
  if (type !== 'secret') throw new UsageError(`${flag}: '${type}' is no type of volume.`);
  const name = settings.get('secret') ?? '';
  if (!SECRET.test(name)) throw new UsageError(`${flag}: '${value}' names no secret.`);
  const volume = settings.get('name') ?? name;
  flags.volumes.set(volume, { mount: volume, name, version: settings.get('version') ?? 'latest' });
}

function container(flags: Flags): Flags['containers'][number] {
  const last = flags.containers.at(-1);
  if (last) return last;
  const first = { secrets: new Map<string, RequestedSecret>() };
  flags.containers.push(first);
  return first;
}

type Setter = (flags: Flags, value: string, flag: string) => void;

/** The flags with a value that matter, each with what it sets. */
const WITH_VALUE: Readonly<Record<string, Setter>> = {
  '--project': (flags, value) => {
    flags.project = value;
  },
  '--region': (flags, value) => {
    flags.region = value;
  },
  '--service-account': (flags, value) => {
    flags.serviceAccount = value;
  },
  '--image': (flags, value) => {
    container(flags).image = value;
  },
  '--container': (flags) => {
    flags.containers.push({ secrets: new Map() });
  },
  '--add-volume': addVolume,
  '--set-secrets': addSecrets,
  '--update-secrets': addSecrets,
  '--platform': (_, value, flag) => {
    if (value !== 'managed') throw new UsageError(`${flag}: only 'managed' is judged, not '${value}'.`);
  },
};

function addSecrets(flags: Flags, value: string, flag: string): void {
  for (const secret of parseSecrets(flag, value)) {
    container(flags).secrets.set('env' in secret ? secret.env : secret.mount, secret);
  }
}

const SHORT: Readonly<Record<string, string>> = { '-q': '--quiet' };

/** A flag without a value; undefined when it is none. `--no-x` is the other half of `--x`. */
function takeSwitch(flags: Flags, flag: string, kind: RunKind): boolean {
  const positive = flag.replace(/^--no-/, '--');
  if (positive === '--allow-unauthenticated' && kind === 'service') {
    flags.allowUnauthenticated = positive === flag;
    return true;
  }
  if (positive === '--invoker-iam-check' && kind === 'service') {
    flags.invokerIamDisabled = positive !== flag;
    return true;
  }
  const topic = topicOf(OPEN_WITHOUT_VALUE, positive, kind);
  if (topic) {
    if (positive === flag) flags.open.push({ field: flag, why: OPEN_TOPICS[topic], topic });
    return true;
  }
  return IGNORED_WITHOUT_VALUE.has(positive) || words(DEPLOYS[kind].withoutValue).has(positive);
}

function topicOf(
  topics: Readonly<Record<string, OpenTopic>>,
  flag: string,
  kind: RunKind,
): OpenTopic | undefined {
  if (!Object.hasOwn(topics, flag) || ONLY_OF[flag]?.includes(kind) === false) return undefined;
  return topics[flag];
}

/** What a flag with a value does; undefined when there is no such flag. */
function setterOf(flag: string, kind: RunKind): Setter | undefined {
  if (Object.hasOwn(WITH_VALUE, flag)) return WITH_VALUE[flag];
  const topic = topicOf(OPEN_WITH_VALUE, flag, kind);
  if (topic) return (flags) => flags.open.push({ field: flag, why: OPEN_TOPICS[topic], topic });
  const ignored = IGNORED_WITH_VALUE.has(flag) || words(DEPLOYS[kind].withValue).has(flag);
  return ignored ? () => {} : undefined;
}

function read(args: readonly string[], kind: RunKind): Flags {
  const flags: Flags = { names: [], open: [], containers: [], volumes: new Map() };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-')) {
      flags.names.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const written = equals < 0 ? word : word.slice(0, equals);
    const flag = SHORT[written] ?? written;
    const why = REFUSED[flag] ?? REFUSED[flag.replace(/^--no-/, '--')];
    if (why !== undefined) throw new UsageError(`${flag}: ${why}.`);
    if (takeSwitch(flags, flag, kind)) {
      if (equals >= 0) throw new UsageError(`${flag}: takes no value.`);
      continue;
    }
    const set = setterOf(flag, kind);
    if (!set) throw new UsageError(`${written}: ${DEPLOYS[kind].command} has no such flag.`);
    const value = equals < 0 ? rest.shift() : word.slice(equals + 1);
    if (value === undefined || (equals < 0 && value.startsWith('--')))
      throw new UsageError(`${flag}: needs a value.`);
    set(flags, value, flag);
  }
  return flags;
}

/** What refusals call a kind. */
const CALLED: Readonly<Record<RunKind, string>> = {
  service: 'service',
  job: 'job',
  workerPool: 'worker pool',
};

/**
 * Reads the arguments of `gcloud run deploy NAME …`, `gcloud run jobs deploy` or `gcloud beta run worker-pools deploy`.
 * @param args what follows the name of the command, with the name of the resource in any place
 * @throws UsageError naming the flag that is unknown, not judged, incomplete or missing
 */
export function parseDeployFlags(
  args: readonly string[],
  defaults: FlagDefaults,
  kind: RunKind = 'service',
): CheckRequest {
  const flags = read(args, kind);
  const [name, ...more] = flags.names;
  if (name === undefined) throw new UsageError(`The name of the ${CALLED[kind]} is missing.`);
  if (more.length > 0) throw new UsageError(`${more[0]}: one ${CALLED[kind]} at a time.`);
  const project = flags.project ?? defaults.project;
  if (project === undefined) throw new UsageError('--project is missing.');
  const region = flags.region ?? defaults.region;
  if (region === undefined) throw new UsageError('--region is missing.');
  const images = flags.containers.flatMap(({ image }) => image ?? []);
  if (images.length === 0) throw new UsageError('--image is missing.');
  if (images.length < flags.containers.length)
    throw new UsageError('--container: each one needs an --image.');
  const { serviceAccount, allowUnauthenticated, invokerIamDisabled, open } = flags;
  if (serviceAccount !== undefined && !serviceAccount.includes('@')) {
    throw new UsageError(`--service-account: '${serviceAccount}' is not the address of an account.`);
  }
  return {
    kind,
    // Worker pools are deployed by v2 (gcloud's own choice), and refusals spell resources as it does.
    apiVersion: kind === 'workerPool' ? 'v2' : 'v1',
    name,
    project,
    region,
    as: defaults.as,
    images,
    ...(serviceAccount !== undefined && { serviceAccount }),
    ...(allowUnauthenticated !== undefined && { allowUnauthenticated }),
    secrets: [...flags.containers.flatMap(({ secrets }) => [...secrets.values()]), ...flags.volumes.values()],
    ...(invokerIamDisabled !== undefined && { invokerIamDisabled }),
    ...(open.length > 0 && { open }),
  };
}
