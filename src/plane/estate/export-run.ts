/** The Cloud Run resources of a project as an estate file lists them. */
import {
  collections,
  type JobSpec,
  type PlacedSpec,
  type ServiceSpec,
  type WorkerPoolSpec,
  type WrittenRecord,
} from '../../deployments/index.js';
import type { RunDocument } from '../../estate-file/index.js';
import { type ResourceName, type RunKind, runResourceName, splitResource } from '../../names/index.js';
import { runTemplateOf } from './build-run.js';
import type { AccessOf, ProjectFacts } from './project-facts.js';
import type { Rooms } from './rooms.js';

const RUN =
  /^\/\/run\.googleapis\.com\/projects\/[^/]+\/locations\/([^/]+)\/(services|jobs|workerPools)\/([^/]+)$/;
const LISTED_ELSEWHERE =
  /^\/\/(?:cloudresourcemanager|iam|artifactregistry|secretmanager)\.googleapis\.com\//;

/** Those that are there, and the policies and tags that wait for others. */
export async function exportRun(
  { project: { projectId, number }, policies, tagged }: ProjectFacts,
  accessOf: AccessOf,
  { store }: Rooms,
  notes: string[],
) {
  const placed = await placedIn(projectId, store);
  const exported: Record<string, RunDocument[]> = { services: [], jobs: [], workerPools: [] };
  const named = new Set([...policies.keys(), ...tagged, ...placed.keys()]);
  for (const resource of [...named].sort()) {
    const [, location, collection = '', id] = RUN.exec(resource) ?? [];
    if (location !== undefined && id !== undefined) {
      const spec = placed.get(resource);
      const { template = {}, whole = true } = spec
        ? runTemplateOf(spec, { name: id, projectNumber: number })
        : {};
      if (!whole) {
        const { path } = splitResource(resource);
        notes.push(`${path}: of its template, images, service account and secrets alone are kept.`);
      }
      const own = { ...template, ...(await accessOf(resource)) };
      if (Object.keys(own).length > 0) exported[collection]?.push({ id, location, ...own });
    } else if (!LISTED_ELSEWHERE.test(resource) && policies.get(resource)?.length) {
      notes.push(`${resource}: its policy is left out.`);
    }
  }
  const { services = [], jobs = [], workerPools = [] } = exported;
  return {
    ...(services.length > 0 ? { runServices: services } : {}),
    ...(jobs.length > 0 ? { runJobs: jobs } : {}),
    ...(workerPools.length > 0 ? { runWorkerPools: workerPools } : {}),
  };
}

async function placedIn(
  project: string,
  store: Rooms['store'],
): Promise<ReadonlyMap<ResourceName, PlacedSpec>> {
  const rows = async <Spec>(kind: RunKind, of: { readonly in: (project: string) => string }) =>
    (await store.list<WrittenRecord<Spec>>(of.in(project))).map(
      ({ value: { location, name, spec } }) =>
        [runResourceName(kind, project, location, name), spec] as const,
    );
  const [services, jobs, workerPools] = await Promise.all([
    rows<ServiceSpec>('service', collections.services),
    rows<JobSpec>('job', collections.jobs),
    rows<WorkerPoolSpec>('workerPool', collections.workerPools),
  ]);
  return new Map<ResourceName, PlacedSpec>([
    ...services.map(([name, spec]) => [name, { kind: 'service', spec }] as const),
    ...jobs.map(([name, spec]) => [name, { kind: 'job', spec }] as const),
    ...workerPools.map(([name, spec]) => [name, { kind: 'workerPool', spec }] as const),
  ]);
}
