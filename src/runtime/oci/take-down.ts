/** Undoes what was built up, whatever may fail on the way. */

export type Undo = () => void | Promise<void>;

/**
 * Takes the steps in reverse order, each once; one that fails does not keep the others from happening.
 * @param what for the warning: e.g. `container abc`
 */
export async function takeDown(
  steps: Undo[],
  what: string,
  onWarning: (message: string) => void,
): Promise<void> {
  for (const step of steps.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      onWarning(`${what} was not cleaned up: ${error instanceof Error ? error.message : error}`);
    }
  }
}
