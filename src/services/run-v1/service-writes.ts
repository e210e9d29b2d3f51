/** Create, replace and delete a service: the calls that the gate judges, and their audit entries. */
import type { Project } from '../../access/index.js';
import { conflict, type OperationRecord, type ServiceRecord, type Stored } from '../../deployments/index.js';
import {
  type AuditRule,
  badField,
  type Call,
  defineMethod,
  invalidArgument,
  isJsonObject,
} from '../../google/index.js';
import {
  API,
  judged,
  type MethodTable,
  type RunDependencies,
  runRefusal,
  serviceMonitored,
} from '../run/context.js';
import { type ParsedService, parseService } from './parse-service.js';
import { decodeTarget, locationOf, serviceCheck, type Target } from './requests.js';
import { keyOf, onService } from './rules.js';
import { bothPaths, SERVICES } from './services.js';
import { serviceView, versionOf } from './view.js';

export function serviceWriteMethods(deps: RunDependencies): MethodTable {
  const { access, deployments } = deps;
  const { projects } = access;
  const body = { query: ['dryRun'], body: true } as const;
  return {
    methods: [
      defineMethod({
        name: `${SERVICES}.CreateService`,
        bindings: bothPaths('POST', false, true),
        decode: decodeTarget(body),
        handle: (target: Target, call) => write(deps, 'create', target, call),
        encode: serviceView,
        audit: audit(deps, 'google.cloud.run.v1.CreateServiceRequest'),
      }),
      defineMethod({
        name: `${SERVICES}.ReplaceService`,
        bindings: bothPaths('PUT', true, true),
        decode: decodeTarget(body),
        handle: (target: Target, call) => write(deps, 'update', target, call),
        encode: serviceView,
        audit: audit(deps, 'google.cloud.run.v1.ReplaceServiceRequest'),
      }),
      defineMethod({
        name: `${SERVICES}.DeleteService`,
        bindings: bothPaths('DELETE', true, false),
        decode: decodeTarget(),
        handle: async (target: Target, call) =>
          deployments.removal.service(await keyOf(projects, target, call), call),
        encode: () => ({ apiVersion: 'v1', kind: 'Status', status: 'Success' }),
        audit: audit(deps, 'google.cloud.run.v1.DeleteServiceRequest'),
      }),
    ],
    access: {
      [`${SERVICES}.CreateService`]: judged,
      [`${SERVICES}.ReplaceService`]: judged,
      [`${SERVICES}.DeleteService`]: onService(projects, 'run.services.delete'),
    },
  };
}

async function write(
  { access: { projects }, deployments }: RunDependencies,
  kind: 'create' | 'update',
  target: Target,
  call: Call,
): Promise<Stored<ServiceRecord>> {
  const location = locationOf(target, call);
  const project = await projects.get(target.project);
  if (!project) {
    // A project that does not exist is refused in the words that a stranger's is.
    const permission = kind === 'create' ? 'run.services.create' : 'run.services.update';
    throw runRefusal(await serviceCheck(projects, permission, target, call, nameIn(target)));
  }
  const parsed = parseService(target.input.body, project.number);
  mustMatch(parsed, project, kind === 'update' ? target.name : parsed.name);
  if (kind === 'create' && parsed.resourceVersion !== undefined) {
    throw badField('metadata.resourceVersion', 'A service that is to be created has no resource version.');
  }
  const ifVersion = versionRead(parsed);
  return deployments.writer[kind](
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

/** Path and body must name the same service. @throws INVALID_ARGUMENT */
function mustMatch(
  { name, namespace }: ParsedService,
  { projectId, number }: Project,
  expected: string,
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
      `The name '${name}' does not match the service '${expected}' of the request.`,
    );
  }
}

/** The version that the client says it read. @throws INVALID_ARGUMENT when it was never one */
function versionRead({ resourceVersion }: ParsedService): number | undefined {
  if (resourceVersion === undefined) return undefined;
  const version = versionOf(resourceVersion);
  if (version === undefined)
    throw badField('metadata.resourceVersion', `'${resourceVersion}' is no resource version.`);
  return version;
}

function dryRun(target: Target): boolean {
  const value = target.input.query.get('dryRun') ?? '';
  if (value !== '' && value !== 'all')
    throw invalidArgument(`Invalid value '${value}' for dryRun: only 'all' is supported.`);
  return value === 'all';
}

/** The service's name, which a create has in its body only. */
function nameIn(target: Target): string {
  if (target.name !== '') return target.name;
  const { body } = target.input;
  const metadata = isJsonObject(body) ? body.metadata : undefined;
  const name = isJsonObject(metadata) ? metadata.name : undefined;
  return typeof name === 'string' ? name : '';
}

function audit({ access }: RunDependencies, type: string): AuditRule {
  const location = (target: Target, call: Call) => target.location ?? call.location ?? '';
  return {
    serviceName: API,
    resourceName: (target: Target) => `namespaces/${target.project}/services/${nameIn(target)}`,
    monitored: (target: Target, call) =>
      serviceMonitored(target.project, location(target, call), nameIn(target)),
    project: async (target: Target) =>
      (await access.projects.get(target.project))?.projectId ?? target.project,
    request: (target: Target, call) => ({
      '@type': `type.googleapis.com/${type}`,
      name: `projects/${target.project}/locations/${location(target, call)}/services/${nameIn(target)}`,
      region: location(target, call),
      ...(isJsonObject(target.input.body) ? { service: target.input.body } : {}),
    }),
    response: (answer: Stored<ServiceRecord> | OperationRecord) =>
      'version' in answer
        ? { '@type': 'type.googleapis.com/google.cloud.run.v1.Service', ...serviceView(answer) }
        : undefined,
  };
}
