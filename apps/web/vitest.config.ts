import { defineConfig } from 'vitest/config';

/** What needs no browser. */
export default defineConfig({ test: { include: ['test/unit/**/*.test.ts'] } });
