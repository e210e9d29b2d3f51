// What a script of client calls did, as one line of JSON on stdout: each call with its answer or its error.

const steps = [];

/** Makes one call of a library; the script goes on when it fails. */
export async function step(library, call, make) {
  try {
    steps.push({ library, call, answer: (await make()) ?? null });
  } catch (error) {
    const { code, message, details } = error;
    steps.push({ library, call, error: { code, message, ...(details === undefined ? {} : { details }) } });
  }
}

/** Prints the steps. Numbers too large for JSON become text. */
export function report() {
  process.stdout.write(
    `${JSON.stringify(steps, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))}\n`,
  );
}
