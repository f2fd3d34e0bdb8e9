import { defineConfig } from 'vitest/config';
import { UNIT_TESTS } from './unitTests.mjs';

export default defineConfig({
  test: { ...UNIT_TESTS, environment: 'node', isolate: false, testTimeout: 60_000 },
});
