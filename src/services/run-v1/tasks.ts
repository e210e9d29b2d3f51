/** Tasks: get, and list with the selectors gcloud sends. */
import { type Call, defineMethod } from '../../google/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import { ifFound, type TaskOf, taskAt, taskOrder, tasksWithin } from '../run/executions.js';
import { sortedBy } from '../run/order.js';
import { jobOf } from './executions.js';
import { EXECUTION_LABEL, JOB_LABEL, TASK, taskLabels, taskView } from './job-view.js';
import { type Owner, onOwned, onSelected } from './owned.js';
import { LIST_PARAMETERS, type Listed, listed } from './paging.js';
import { decodeTarget, projectOfCall, type Target } from './requests.js';
import { prefixOf, routes } from './resource-kind.js';
import { listedLocation, listView } from './resource-reads.js';
import { keyOf } from './rules.js';
import { parseSelector } from './selectors.js';

const PREFIX = prefixOf({ object: TASK });
const AT = { paths: ['/apis/run.googleapis.com/v1/namespaces/{project}/tasks'] };

export function taskMethods(deps: RunDependencies): MethodTable {
  const { access, deployments } = deps;
  const { projects } = access;
  return {
    methods: [
      defineMethod({
        name: `${PREFIX}.GetTask`,
        bindings: routes(AT, 'GET', '/{name}'),
        decode: decodeTarget(),
        handle: async (target: Target, call) => taskAt(deployments, await keyOf(projects, target, call)),
        encode: taskView,
      }),
      defineMethod({
        name: `${PREFIX}.ListTasks`,
        bindings: routes(AT, 'GET'),
        decode: decodeTarget({ query: LIST_PARAMETERS }),
        handle: (target: Target, call) => list(deps, target, call),
        encode: (page) => listView(TASK, page, taskView),
      }),
    ],
    access: {
      [`${PREFIX}.GetTask`]: onOwned(projects, 'ADMIN_READ', 'run.tasks.get', 'tasks', (target, call) =>
        jobOfTask(deps, target, call),
      ),
      [`${PREFIX}.ListTasks`]: onSelected(
        projects,
        'run.tasks.list',
        'tasks',
        async (selector, target, call) => {
          const execution = selector.valueOf(EXECUTION_LABEL);
          if (execution !== undefined) return jobOf(deps, target, call, execution);
          const job = selector.valueOf(JOB_LABEL);
          return job === undefined ? undefined : { kind: 'job', name: job };
        },
      ),
    },
  };
}

async function jobOfTask(
  { access: { projects }, deployments }: RunDependencies,
  target: Target,
  call: Call,
): Promise<Owner | undefined> {
  if ((await projects.get(target.project)) === undefined) return undefined;
  const task = await ifFound(deployments.jobs.tasks.get(await keyOf(projects, target, call)));
  return task === undefined ? undefined : { kind: 'job', name: task.value.job };
}

async function list(deps: RunDependencies, target: Target, call: Call): Promise<Listed<TaskOf>> {
  const { projectId } = await projectOfCall(deps.access.projects, target);
  const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
  const all = await tasksWithin(
    deps.deployments,
    projectId,
    listedLocation(target, call),
    selector.valueOf(EXECUTION_LABEL),
  );
  const selected = all.filter((task) => selector.matches(taskLabels(task)));
  return listed(sortedBy(selected, taskOrder), taskOrder, target);
}
