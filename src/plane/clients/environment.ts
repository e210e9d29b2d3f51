/** The environment itself: which variables are set, which inherited ones are taken away. Pure. */
import path from 'node:path';

/** What the variables point at. */
export interface ClientFiles {
  /** The plane's address, which is the proxy; e.g. `http://127.0.0.1:8750`. */
  readonly url: string;
  readonly dataDir: string;
  /** Certificates to trust: the system's and the plane's. */
  readonly caBundle: string;
  /** gcloud's configuration directory. */
  readonly gcloudConfig: string;
  /** Application default credentials. */
  readonly credentials: string;
  /** The auth file of skopeo, podman and buildah. */
  readonly registryAuth: string;
  /** docker's configuration directory. */
  readonly dockerConfig: string;
  /** The directory of the credential helper. */
  readonly bin: string;
}

/** For whom, and for which project and region where they are given. */
export interface ClientSettings {
  /** e.g. `user:alice@example.com` */
  readonly member: string;
  readonly project?: string;
  readonly region?: string;
}

/** The difference between a process's environment and the one that its children get. */
export interface EnvironmentChanges {
  readonly set: Readonly<Record<string, string>>;
  /** Inherited variables that would lead clients elsewhere, or make them somebody else. */
  readonly unset: readonly string[];
}

const PROXY = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'grpc_proxy'];
const NO_PROXY = ['NO_PROXY', 'no_proxy'];
/** Some machine images preset these, and then they win over what a client's own configuration says. */
export const CERTIFICATE_VARIABLES: readonly string[] = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
];

/**
 * gcloud takes any property from the environment before its files (https://cloud.google.com/sdk/docs/properties);
 * gRPC has a proxy exception of its own; Terraform's provider prefers its own credential variables.
 */
const DEFEATS =
  /^(?:CLOUDSDK_(?:AUTH_.*|CORE_ACCOUNT|ACTIVE_CONFIG_NAME|PROXY_.*|API_ENDPOINT_OVERRIDES_.*|CONTEXT_AWARE_.*)|no_grpc_proxy|GOOGLE_CREDENTIALS|GOOGLE_CLOUD_KEYFILE_JSON|GCLOUD_KEYFILE_JSON|GOOGLE_OAUTH_ACCESS_TOKEN|GOOGLE_IMPERSONATE_SERVICE_ACCOUNT)$/;

const all = (names: readonly string[], value: string) =>
  Object.fromEntries(names.map((name) => [name, value]));

/**
 * The changes that lead clients to a plane.
 * @param inherited the environment that they are made to
 */
export function environmentChanges(
  files: ClientFiles,
  { member, project, region }: ClientSettings,
  inherited: NodeJS.ProcessEnv,
): EnvironmentChanges {
  return {
    set: {
      ...all(PROXY, files.url),
      ...all(NO_PROXY, 'localhost,127.0.0.1,::1'),
      ...all(CERTIFICATE_VARIABLES, files.caBundle),
      CLOUDSDK_CONFIG: files.gcloudConfig,
      GOOGLE_APPLICATION_CREDENTIALS: files.credentials,
      REGISTRY_AUTH_FILE: files.registryAuth,
      DOCKER_CONFIG: files.dockerConfig,
      ...(project === undefined ? {} : { GOOGLE_CLOUD_PROJECT: project, CLOUDSDK_CORE_PROJECT: project }),
      ...(region === undefined ? {} : { CLOUDSDK_RUN_REGION: region, CLOUDSDK_ARTIFACTS_LOCATION: region }),
      SEKISHO_DATA: files.dataDir,
      SEKISHO_AS: member,
      PATH: pathWith(files.bin, inherited.PATH),
    },
    unset: Object.keys(inherited)
      .filter((name) => DEFEATS.test(name))
      .sort(),
  };
}

function pathWith(bin: string, inherited: string | undefined): string {
  const others = (inherited ?? '/usr/local/bin:/usr/bin:/bin').split(path.delimiter);
  return [bin, ...others.filter((dir) => dir !== bin)].join(path.delimiter);
}

/** The environment that results from the changes. */
export function applyChanges(inherited: NodeJS.ProcessEnv, changes: EnvironmentChanges): NodeJS.ProcessEnv {
  const kept = Object.entries(inherited).filter(([name]) => !changes.unset.includes(name));
  return { ...Object.fromEntries(kept), ...changes.set };
}
