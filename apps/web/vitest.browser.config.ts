import { defineConfig } from 'vitest/config';

/** A real browser: one file after the other, since two cores serve browser and chain. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    fileParallelism: false,
    // Longer than the longest wait of a test, so that it says what it waited for.
    testTimeout: 240_000,
    hookTimeout: 180_000,
  },
});
