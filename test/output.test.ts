/**
 * gcloud's own output against a plane: every command that a plane serves, as it looks on Google Cloud. The parts are
 * played in this order, since each builds on what those before it have made.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { artifacts } from './output/artifacts.js';
import { config } from './output/config.js';
import { iam } from './output/iam.js';
import { logging } from './output/logging.js';
import { projects } from './output/projects.js';
import { run } from './output/run.js';
import { runWithFlags } from './output/run-with-flags.js';
import { services } from './output/services.js';
import { openSession } from './output/session.js';
import { TestPlane } from './support/plane.js';
import { canRun } from './support/tools.js';

describe.runIf(canRun('gcloud', 'skopeo', 'crun', 'curl'))('gcloud', () => {
  let plane: TestPlane;
  beforeAll(async () => {
    plane = await TestPlane.start();
  });
  afterAll(() => plane?.dispose());

  const session = openSession(() => plane);
  projects(session);
  services(session);
  iam(session);
  artifacts(session);
  run(session);
  runWithFlags(session);
  logging(session);
  config(session);
});
