import { defineConfig } from 'vitest/config';

/** A real browser: one file after the other, since two cores serve browser and chain. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
