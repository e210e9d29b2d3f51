/** Puts the Cloud Run resources of a project there, where there are none: the operator's act, which asks no gate. */
import path from 'node:path/posix';
import { isDeepStrictEqual } from 'node:util';
import type { Project } from '../../access/index.js';
import {
  collections,
  type InstanceTemplate,
  type PlacedSpec,
  placingWrites,
} from '../../deployments/index.js';
import type { RunSecretDocument, RunTemplateDocument } from '../../estate-file/index.js';
import { badField, type JsonObject } from '../../google/index.js';
import {
  callerName,
  defaultComputeAccount,
  isRegion,
  isServiceName,
  parsePrincipal,
} from '../../names/index.js';
import { parseRunResource } from '../../services/index.js';
import type { BuildOptions } from './build-options.js';
import type { RunEntry } from './estate.js';
import { within } from './problems.js';
import type { Rooms } from './rooms.js';

const AT = { service: collections.services, job: collections.jobs, workerPool: collections.workerPools };

/** What is refused is added to the problems. One that is there stays as it is: deploys change it, not files. */
export async function buildRun(
  entry: RunEntry,
  { projectId, number }: Project,
  { store }: Rooms,
  { owner, time, problems }: BuildOptions,
): Promise<void> {
  const { kind, id: name, location, place } = entry;
  if (entry.images === undefined) {
    for (const field of ['serviceAccount', 'secrets'] as const) {
      if (entry[field] !== undefined) problems.add(within(place, field), 'It is of use with images alone.');
    }
    return;
  }
  // What is wrong with these two is said where policies are set.
  if (!isServiceName(name) || !isRegion(location)) return;
  await problems.attempt(place, async () => {
    const placed = parseRunResource(kind, messageOf(entry), { name, projectNumber: number });
    const key = { project: projectId, location, name };
    if (await store.get(AT[kind].at(key))) return;
    const principal = parsePrincipal(owner);
    const creator = principal ? callerName(principal) : owner;
    await store.commit(await placingWrites(placed, { key, projectNumber: number, creator, time }, store));
  });
}

/** The entry as a client of v2 would send it, so that the API's own checks and defaults apply. */
function messageOf({ kind, images = [], serviceAccount, secrets = [] }: Omit<RunEntry, 'place'>): JsonObject {
  const [env, mounts] = [secrets.filter(isEnv), secrets.filter((secret) => !isEnv(secret))];
  const volumes = mounts.map((secret, index) => volumeOf(secret, index));
  const containers = images.map((image, index): JsonObject => {
    const named = images.length > 1 ? { name: `container-${index + 1}`, image } : { image };
    if (index > 0) return named;
    return {
      ...named,
      ...(kind === 'service' && images.length > 1 ? { ports: [{ containerPort: 8080 }] } : {}),
      env: env.map(({ env: name = '', name: secret, version = LATEST }) => ({
        name,
        valueSource: { secretKeyRef: { secret, version } },
      })),
      volumeMounts: volumes.map(({ name, mountPath }) => ({ name, mountPath })),
    };
  });
  const instance: JsonObject = {
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    containers,
    volumes: volumes.map(({ name, secret }) => ({ name, secret })),
  };
  return { template: kind === 'job' ? { template: instance } : instance };
}

const LATEST = 'latest';

/** @throws INVALID_ARGUMENT for a secret that is to be both, or neither */
function isEnv({ name, env, mount }: RunSecretDocument): boolean {
  if ((env === undefined) === (mount === undefined))
    throw badField(`secrets[${name}]`, 'either env or mount says where the secret goes.');
  return env !== undefined;
}

function volumeOf({ name: secret, version = LATEST, mount = '' }: RunSecretDocument, index: number) {
  return {
    name: `secret-${index + 1}`,
    mountPath: path.dirname(mount),
    secret: { secret, items: [{ path: path.basename(mount), version }] },
  };
}

/** What an entry would say of a resource, and whether there is more to the resource than that. */
export function runTemplateOf(
  placed: PlacedSpec,
  { name, projectNumber }: { readonly name: string; readonly projectNumber: string },
): { readonly template: RunTemplateDocument; readonly whole: boolean } {
  const instance = instanceOf(placed);
  const { serviceAccount } = instance;
  const secrets = secretsOf(instance);
  const template: RunTemplateDocument = {
    images: instance.containers.map(({ image }) => image),
    ...(serviceAccount === defaultComputeAccount(projectNumber) ? {} : { serviceAccount }),
    ...(secrets.length > 0 ? { secrets } : {}),
  };
  const { kind } = placed;
  const message = messageOf({ kind, ...template, id: name, location: '', iam: [], tags: [] });
  const again = parseRunResource(kind, message, { name, projectNumber });
  return { template, whole: isDeepStrictEqual(bare(again), bare(placed)) };
}

/** What does not come of an entry and makes no difference: who wrote it, what containers and volumes are called. */
function bare(placed: PlacedSpec) {
  const { client: _, template: __, ...rest } = placed.spec;
  const { containers, volumes: ___, ...instance } = instanceOf(placed);
  const { client: ____, revisionName: _____, ...kept } = { revisionName: '', client: {}, ...instance };
  return [rest, kept, containers.map(({ name, volumeMounts, ...container }) => container)];
}

function instanceOf({ kind, spec }: PlacedSpec): InstanceTemplate {
  return kind === 'job' ? spec.template.task : spec.template;
}

function secretsOf(instance: InstanceTemplate): RunSecretDocument[] {
  const env = instance.containers.flatMap((container) =>
    container.env.flatMap((entry): RunSecretDocument[] =>
      'secret' in entry ? [{ ...entry.secret, env: entry.name }] : [],
    ),
  );
  const mounts = instance.volumes.flatMap((volume): RunSecretDocument[] => {
    if (volume.kind !== 'secret') return [];
    const mount = instance.containers
      .flatMap(({ volumeMounts }) => volumeMounts)
      .find(({ name }) => name === volume.name)?.mountPath;
    if (mount === undefined) return [];
    const items = volume.items.length > 0 ? volume.items : [{ path: volume.secret, version: LATEST }];
    return items.map((item) => ({
      name: volume.secret,
      version: item.version,
      mount: path.join(mount, item.path),
    }));
  });
  return [...env, ...mounts];
}
