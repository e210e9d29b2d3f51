/** What one run does otherwise than its job says (run.v2 RunJobRequest.Overrides). */
import { badField } from '../../google/index.js';
import type { Container, ExecutionTemplate } from '../model.js';
import type { ContainerOverride, RunOverrides } from './types.js';

/**
 * The template of an execution: the job's with the overrides, and with as many tasks at a time as 0 stands for.
 * @throws INVALID_ARGUMENT for a container that the job does not have
 */
export function overridden(
  template: ExecutionTemplate,
  overrides: RunOverrides = { containerOverrides: [] },
): ExecutionTemplate {
  const { taskCount = template.taskCount, timeoutSeconds = template.task.timeoutSeconds } = overrides;
  const containers = [...template.task.containers];
  for (const [index, override] of overrides.containerOverrides.entries()) {
    const at = targetOf(containers, override.name);
    const container = containers[at];
    if (container === undefined) {
      throw badField(
        `overrides.container_overrides[${index}].name`,
        `The job has no container '${override.name ?? ''}'.`,
      );
    }
    containers[at] = withOverride(container, override);
  }
  return {
    ...template,
    taskCount,
    parallelism: template.parallelism > 0 ? template.parallelism : taskCount,
    task: { ...template.task, timeoutSeconds, containers },
  };
}

/** A job's only container is meant whatever the override calls it: containers have names only where there are several. */
function targetOf(containers: readonly Container[], name: string | undefined): number {
  return containers.length === 1 ? 0 : containers.findIndex((container) => container.name === name);
}

function withOverride(container: Container, { args, env, clearArgs }: ContainerOverride): Container {
  const added = new Map(env?.map((entry) => [entry.name, entry]));
  const kept = container.env.filter(({ name }) => !added.has(name));
  return {
    ...container,
    ...(clearArgs === true ? { args: [] } : {}),
    ...(args !== undefined && args.length > 0 ? { args } : {}),
    env: [...kept, ...added.values()],
  };
}
