/**
 * What Cloud Run says of executions and tasks: the messages of their conditions and results, read off executions that
 * `gcloud run jobs executions describe` shows and off the entries of cloudaudit.googleapis.com/system_event.
 */

/** Milliseconds as conditions spell them, cut to hundredths: `38.22s`, `2m49.01s`, `1h0m3.6s`. */
export function elapsed(ms: number): string {
  const hundredths = Math.floor(Math.max(0, ms) / 10);
  const hours = Math.floor(hundredths / 360_000);
  const minutes = Math.floor(hundredths / 6000) % 60;
  const seconds = String((hundredths % 6000) / 100);
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

export const IMPORTED = 'Imported container image.';
export const PROVISIONED = 'Provisioned imported containers.';
export const WAITING_TO_START = 'Waiting for execution to start.';
export const WAITING_TO_COMPLETE = 'Waiting for execution to complete.';
export const WAITING_TO_BE_CANCELLED = 'Waiting for execution to be cancelled.';
export const CANCELLED = 'Cancelled by user.';
export const POLLING = 'System will retry after 30:00 from lastTransitionTime for polling interval';
export const RETRIED = 'System will retry after 0:00:00 from lastTransitionTime for attempt 0.';

export const startedIn = (ms: number) => `Started deployed execution in ${elapsed(ms)}.`;
export const completedIn = (ms: number) => `Execution completed successfully in ${elapsed(ms)}.`;

export const EXITED = 'The container exited with an error.';
export const TIMED_OUT = 'The configured timeout was reached.';
export const OUT_OF_MEMORY = 'The configured memory limit was reached.';

/** Why an execution failed. The exit code is 0 where the container did not come to one of its own. */
export const taskFailed = (task: string, exitCode: number | undefined, message: string) =>
  `Task ${task} failed with exit code: ${exitCode ?? 0} and message: ${message}`;

export const executionSucceeded = (execution: string) => `Execution ${execution} has completed successfully.`;
export const executionFailed = (execution: string, succeeded: number, tasks: number) =>
  `Execution ${execution} has failed to complete, ${succeeded}/${tasks} tasks were a success.`;
export const executionCancelled = (execution: string) => `Execution ${execution} was cancelled.`;
