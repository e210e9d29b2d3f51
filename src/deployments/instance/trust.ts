/**
 * What makes containers trust whoever answers for Google's APIs here: a file with certificates in a volume of its
 * own, and the environment variables by which programs find it.
 */
import type { ContainerSpec, Executor, SharedVolume } from '../../runtime/index.js';
import type { ContainerTrust, InstanceDependencies } from './types.js';

/** No volume of a template is called so: their names have no dots. */
const VOLUME = 'trust.';

/**
 * What the containers of this executor are given; undefined where they have no way to the plane. In Docker, they have
 * the way out of its bridge and none to the plane under Google's names, so they keep to the roots of their images.
 */
export async function trustFor(
  executor: Pick<Executor, 'name'>,
  { trust }: Pick<InstanceDependencies, 'trust'>,
): Promise<ContainerTrust | undefined> {
  return executor.name === 'oci' ? await trust?.() : undefined;
}

/** The volume with the certificates. */
export function trustVolumes(trust: ContainerTrust | undefined): SharedVolume[] {
  if (trust === undefined) return [];
  const contents = Buffer.from(trust.certificates);
  return [{ name: VOLUME, kind: 'files', files: [{ path: trust.file, mode: 0o444, contents }] }];
}

/**
 * Node.js reads the roots that it carries and those of NODE_EXTRA_CA_CERTS whenever it starts, which takes it twenty
 * milliseconds and more; by this option it reads SSL_CERT_FILE, when it first needs it.
 */
const NODE_OPTIONS = '--use-openssl-ca';

/** The container with the volume mounted, and the variables set that neither its image nor its template sets. */
export function trusting(spec: ContainerSpec, trust: ContainerTrust | undefined): ContainerSpec {
  if (trust === undefined) return spec;
  const { directory, file, variables } = trust;
  const own = new Set([
    ...(spec.config.Env ?? []).map((entry) => entry.split('=', 1)[0]),
    ...Object.keys(spec.env),
  ]);
  const byOption =
    variables.includes('SSL_CERT_FILE') && !own.has('NODE_OPTIONS') && !own.has('SSL_CERT_FILE');
  const missing = variables.filter((name) => !own.has(name) && !(byOption && name === 'NODE_EXTRA_CA_CERTS'));
  return {
    ...spec,
    mounts: [...spec.mounts, { volume: VOLUME, path: directory }],
    env: {
      ...Object.fromEntries(missing.map((name) => [name, `${directory}/${file}`])),
      ...(byOption ? { NODE_OPTIONS } : {}),
      ...spec.env,
    },
  };
}
