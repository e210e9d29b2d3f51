/** Tasks, under the executions that they belong to. */
import type { MessageShape } from '@bufbuild/protobuf';
import { type ListTasksRequestSchema, Tasks } from '../../google/gen/google/cloud/run/v2/task_pb.js';
import { protoMethods } from '../../google/index.js';
import { page } from '../paging.js';
import { type MethodTable, projectIdOf, type RunDependencies } from '../run/context.js';
import { taskAt, taskOrder, tasksWithin } from '../run/executions.js';
import { parseExecutionName, parseTaskName } from '../run/names.js';
import { PAGES } from '../run/order.js';
import { findExecution } from './executions.js';
import { taskMessage } from './job-view.js';
import { operationTypes } from './operations.js';
import { onOwned, onOwners } from './owned.js';

const NAME = Tasks.typeName;

type ListRequest = MessageShape<typeof ListTasksRequestSchema>;

export function taskMethods(deps: RunDependencies): MethodTable {
  const { projects } = deps.access;
  return {
    methods: protoMethods(
      Tasks,
      {
        getTask: async ({ name }) => {
          const { task, ...execution } = parseTaskName(name);
          const { key } = await findExecution(deps, execution);
          return taskMessage(await taskAt(deps.deployments, { ...key, name: task }));
        },
        listTasks: (request) => list(deps, request),
      },
      { registry: operationTypes },
    ),
    access: {
      [`${NAME}.GetTask`]: onOwned(projects, 'ADMIN_READ', 'run.tasks.get', (name) => {
        const { task, execution, ...job } = parseTaskName(name);
        return { ...job, below: `executions/${execution}/tasks/${task}` };
      }),
      [`${NAME}.ListTasks`]: onOwners(projects, 'run.tasks.list', (parent) => {
        const { execution, ...job } = parseExecutionName(parent);
        return { ...job, below: `executions/${execution}/tasks` };
      }),
    },
  };
}

/** "To list all Tasks across Executions of a Job, use "-" instead of Execution name. …across Jobs, use "-" instead of Job name." */
async function list(deps: RunDependencies, request: ListRequest) {
  const named = parseExecutionName(request.parent);
  const { location, name, execution } = named;
  const project = await projectIdOf(deps.access.projects, named.project);
  if (name !== '-' && execution !== '-') await findExecution(deps, named);
  const its = execution === '-' ? undefined : execution;
  const all = await tasksWithin(deps.deployments, project, location, its);
  const chosen = all.filter(({ task }) => name === '-' || task.job === name);
  const query = `tasks ${request.parent} ${request.showDeleted}`;
  const { items, nextPageToken } = page(chosen, taskOrder, { ...request, query }, PAGES);
  return { tasks: items.map(taskMessage), nextPageToken };
}
