/** Create, replace and delete, for any kind of resource: the calls that the gate judges, and their audit entries. */
import type { Project } from '../../access/index.js';
import { refusals } from '../../checkpoint/index.js';
import {
  conflict,
  type Described,
  type OperationRecord,
  type Stored,
  type WrittenRecord,
} from '../../deployments/index.js';
import { badField, type Call, defineMethod } from '../../google/index.js';
import { RUN_COLLECTION } from '../../names/index.js';
import { judged, type MethodTable, type RunDependencies, runMonitored, runRefusal } from '../run/context.js';
import { auditOf, nameIn, typedResponse } from './audit.js';
import { DELETE_PARAMETERS, deleteOptions } from './deletes.js';
import type { Parsed } from './object.js';
import { decodeTarget, dryRun, locationOf, resourceCheck, type Target } from './requests.js';
import { prefixOf, type ResourceKind, routes } from './resource-kind.js';
import { keyOf, onResource } from './rules.js';
import { versionOf } from './view.js';

export function writeMethods<Spec extends Described, R extends WrittenRecord<Spec>>(
  deps: RunDependencies,
  kind: ResourceKind<Spec, R>,
): MethodTable {
  const { projects } = deps.access;
  const { object, resources, view } = kind;
  const body = { query: ['dryRun'], body: true } as const;
  const named = (verb: string) => `${verb}${object.kind}`;
  const full = (verb: string) => `${prefixOf(kind)}.${named(verb)}`;
  const audit = (verb: string) =>
    auditOf(deps, {
      request: `${named(verb)}Request`,
      collection: RUN_COLLECTION[kind.kind],
      body: kind.kind,
      monitored: (name) => runMonitored(kind.kind, name),
      response: (answer: Stored<R> | OperationRecord) =>
        'version' in answer ? typedResponse(object.kind, view(answer)) : undefined,
    });
  return {
    methods: [
      defineMethod({
        name: full('Create'),
        bindings: routes(kind, 'POST'),
        decode: decodeTarget(body),
        handle: (target: Target, call) => write(deps, kind, 'create', target, call),
        encode: view,
        audit: audit('Create'),
      }),
      defineMethod({
        name: full('Replace'),
        bindings: routes(kind, 'PUT', '/{name}'),
        decode: decodeTarget(body),
        handle: (target: Target, call) => write(deps, kind, 'update', target, call),
        encode: view,
        audit: audit('Replace'),
      }),
      defineMethod({
        name: full('Delete'),
        bindings: routes(kind, 'DELETE', '/{name}'),
        decode: decodeTarget({ query: [...DELETE_PARAMETERS, ...(kind.kind === 'job' ? ['force'] : [])] }),
        handle: async (target: Target, call) =>
          resources.remove(await keyOf(projects, target, call), call, deleteOptions(target, object)),
        encode: deletedView,
        audit: audit('Delete'),
      }),
    ],
    access: {
      [full('Create')]: judged,
      [full('Replace')]: judged,
      [full('Delete')]: onResource(
        kind.kind,
        projects,
        'ADMIN_WRITE',
        refusals.runPermission(kind.kind, 'delete'),
      ),
    },
  };
}

/** What a delete answers: a Kubernetes Status. */
export const deletedView = () => ({ apiVersion: 'v1', kind: 'Status', status: 'Success' });

async function write<Spec extends Described, R extends WrittenRecord<Spec>>(
  { access: { projects } }: RunDependencies,
  kind: ResourceKind<Spec, R>,
  verb: 'create' | 'update',
  target: Target,
  call: Call,
): Promise<Stored<R>> {
  const location = locationOf(target, call);
  const project = await projects.get(target.project);
  if (!project) {
    // A project that does not exist is refused in the words that a stranger's is.
    const permission = refusals.runPermission(kind.kind, verb);
    throw runRefusal(await resourceCheck(kind.kind, projects, permission, target, call, nameIn(target)));
  }
  const parsed = kind.parse(target.input.body, project.number);
  mustMatch(parsed, project, verb === 'update' ? target.name : parsed.name, kind.noun);
  if (verb === 'create' && parsed.resourceVersion !== undefined) {
    throw badField(
      'metadata.resourceVersion',
      `A ${kind.noun} that is to be created has no resource version.`,
    );
  }
  const ifVersion = versionRead(parsed);
  return kind.resources.writer[verb](
    {
      key: { project: project.projectId, location, name: parsed.name },
      projectNumber: project.number,
      apiVersion: 'v1',
      spec: () => parsed.spec,
      check: ({ version }) => {
        if (ifVersion !== undefined && ifVersion !== version) throw conflict(parsed.name, ifVersion, version);
      },
      dryRun: dryRun(target),
    },
    call,
  );
}

/** Path and body must name the same resource. @throws INVALID_ARGUMENT */
function mustMatch(
  { name, namespace }: Parsed<unknown>,
  { projectId, number }: Project,
  expected: string,
  noun: string,
): void {
  if (namespace !== '' && namespace !== projectId && namespace !== number) {
    throw badField(
      'metadata.namespace',
      `The namespace '${namespace}' does not match the project '${projectId}' of the request.`,
    );
  }
  if (name !== expected) {
    throw badField(
      'metadata.name',
      `The name '${name}' does not match the ${noun} '${expected}' of the request.`,
    );
  }
}

/** The version that the client says it read. @throws INVALID_ARGUMENT when it was never one */
function versionRead({ resourceVersion }: Parsed<unknown>): number | undefined {
  if (resourceVersion === undefined) return undefined;
  const version = versionOf(resourceVersion);
  if (version === undefined)
    throw badField('metadata.resourceVersion', `'${resourceVersion}' is no resource version.`);
  return version;
}
