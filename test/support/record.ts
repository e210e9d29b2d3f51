/**
 * What the tests had real clients do, written down as they do it: one line of JSON for each command or library call,
 * into the file that SEKISHO_CLIENT_CALLS names. docs/clients.md is made from it.
 */
import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';

export interface ClientCall {
  /** The file of the test, from the root of the project. */
  readonly file: string;
  /** The test's full name; null for what a file does before its tests. */
  readonly test: string | null;
  /** e.g. `gcloud`, or a package's name. */
  readonly client: string;
  /** The command's words, or a library's call. */
  readonly words: readonly string[];
}

/** Writes one call down; nothing happens where nobody asked for it. */
export function recordCall(client: string, words: readonly string[]): void {
  const file = process.env.SEKISHO_CLIENT_CALLS;
  if (file === undefined || file === '') return;
  const { testPath = '', currentTestName } = expect.getState();
  const call: ClientCall = {
    file: testPath.slice(testPath.lastIndexOf('/test/') + 1),
    test: currentTestName ?? null,
    client,
    words,
  };
  appendFileSync(file, `${JSON.stringify(call)}\n`);
}
