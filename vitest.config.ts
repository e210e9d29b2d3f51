import { defineConfig } from 'vitest/config';

/** These load, count or break what they share with others on the machine: each has it to itself. */
const ALONE = [
  'clock',
  'demo',
  'disk-full',
  'docker',
  'docker-executor',
  'docker-sandbox',
  'faults',
  'ingress',
  'isolated',
  'job-executions',
  'load',
  'memory',
  'metadata',
  'runtime-faults',
  'runtime-user',
  'scaling',
  'soak',
  'start',
].map((name) => `test/${name}.test.ts`);

const setupFiles = ['test/support/patience.ts'];
const endToEnd = { setupFiles, testTimeout: 120_000, hookTimeout: 120_000 };

/** Units live beside the code; `test/` drives a whole plane with real clients, most of it two files at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          setupFiles,
          // Nothing here waits for long; the time is for busy machines.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...endToEnd,
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...endToEnd,
          name: 'alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
