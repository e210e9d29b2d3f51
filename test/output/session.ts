/** One session of gcloud against one plane, in which the files beside this one play a part each. */
import { expect } from 'vitest';
import { type Printed, printed, stable } from '../support/output.js';
import type { TestPlane } from '../support/plane.js';
import { A, OWNER, REGION } from '../support/world.js';

export const HELLO_IMAGE = 'us-docker.pkg.dev/cloudrun/container/hello';
export const REPOSITORY = `${REGION}-docker.pkg.dev/${A}/docker-repo`;
export const IN_RUN = `--project ${A} --region ${REGION}`;
export const QUIET = { code: 0, out: '', err: '' };

export interface Session {
  readonly plane: TestPlane;
  /** Project numbers, and what to read instead of them. */
  readonly numbers: Record<string, string>;
  /** Runs a command line, or words where one has blanks, and makes what it printed comparable. */
  readonly gcloud: (
    line: string | readonly string[],
    options?: { readonly as?: string; readonly input?: string },
  ) => Promise<Printed>;
}

/** @param plane the plane, once it runs */
export function openSession(plane: () => TestPlane): Session {
  const numbers: Record<string, string> = {};
  return {
    get plane() {
      return plane();
    },
    numbers,
    async gcloud(line, { as = OWNER, input = '' } = {}) {
      const result = printed(await plane().gcloud(as, line, { input }));
      expect(result.err).not.toMatch(/crashed|Traceback|WARNING/);
      return stable(result, numbers);
    },
  };
}
