import { defineConfig } from 'vitest/config';

/** Units live beside the code; `test/` drives a whole plane with real clients, one file at a time. */
export default defineConfig({
  test: {
    projects: [
      // Nothing here waits for long; the time is for busy machines.
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          setupFiles: ['test/support/patience.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          setupFiles: ['test/support/patience.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
