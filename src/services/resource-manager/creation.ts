/** projects.create, and the operation that it answers. */
import { randomInt } from 'node:crypto';
import type { Project } from '../../access/index.js';
import { type ApiMethod, defineMethod, type JsonObject } from '../../google/index.js';
import { memberOf } from '../../names/index.js';
import { createAudit, METHODS } from './access.js';
import { createProject, requireUserOrParent } from './create.js';
import { type CreateRequest, onlyParameters, parseProject, projectJson } from './project-json.js';
import { denied, type ResourceManagerDeps } from './projects.js';

/** An operation with the member who started it. */
interface KeptOperation {
  readonly startedBy: string;
  readonly operation: JsonObject;
}

const OPERATIONS = 'resource-manager/';

/** Create, and the reading of operations. */
export function createMethods(deps: ResourceManagerDeps): ApiMethod[] {
  const created = new WeakMap<CreateRequest, string>();
  const create = defineMethod<CreateRequest, JsonObject>({
    name: METHODS.create,
    bindings: [{ verb: 'POST', template: '/v1/projects', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      return { input: parseProject(input.body) };
    },
    handle: async (request, call) => {
      const { projectId = '', ...wanted } = request.input;
      requireUserOrParent(call.principal.kind === 'user', wanted.parent);
      const creator = memberOf(call.principal);
      if (creator === undefined) throw new Error('a project was created by nobody');
      const name = `operations/cp.${randomInt(1, 2 ** 47)}`;
      const project = await createProject(
        deps,
        { projectId, ...wanted, owners: [creator] },
        call.time,
        (made) => {
          const kept: KeptOperation = { startedBy: creator, operation: doneOperation(name, made) };
          return [{ op: 'put', key: OPERATIONS + name, value: kept }];
        },
      );
      created.set(request, project.projectId);
      return doneOperation(name, project);
    },
    encode: (operation) => operation,
    audit: createAudit((request) => created.get(request)),
  });
  return [create, getOperationMethod(deps)];
}

function getOperationMethod({ store }: ResourceManagerDeps): ApiMethod {
  return defineMethod<{ readonly name: string }, JsonObject>({
    name: METHODS.getOperation,
    bindings: [{ verb: 'GET', template: '/v1/{name=operations/*}' }],
    decode: (input) => {
      onlyParameters(input);
      return { name: input.path.name ?? '' };
    },
    handle: async ({ name }, call) => {
      const kept = (await store.get<KeptOperation>(OPERATIONS + name))?.value;
      if (!kept || kept.startedBy !== memberOf(call.principal)) throw denied(name);
      return kept.operation;
    },
    encode: (operation) => operation,
  });
}

/** Creating a project takes Google some seconds; here it is done when it is answered. */
function doneOperation(name: string, project: Project): JsonObject {
  return {
    name,
    metadata: {
      '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus',
      createTime: project.createTime,
      gettable: true,
      ready: true,
    },
    done: true,
    response: {
      '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.Project',
      ...projectJson(project),
    },
  };
}
