import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          // Pure rules leave nothing behind: a process of its own for each file would cost most of the time.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          // They share one table of processes and one of locks with all that runs beside them; what is wrong fails twice.
          retry: 1,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'window',
          include: ['test/ui/**/*.test.ts'],
          environment: 'node',
          // A starved machine can lose a hover or a click on a row that moves at that moment; what is wrong fails thrice.
          retry: 2,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
