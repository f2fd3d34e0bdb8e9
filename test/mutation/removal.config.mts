import { defineConfig } from 'vitest/config';

/** The removal protocol has no pure part: its tests work on real files. */
export default defineConfig({
  test: {
    include: ['test/integration/removal*.test.ts'],
    environment: 'node',
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
