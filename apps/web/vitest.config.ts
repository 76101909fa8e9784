import { defineConfig } from 'vitest/config';
import { asReact } from './vite.alias.ts';

/** What needs no browser. */
export default defineConfig({ resolve: { alias: asReact }, test: { include: ['test/unit/**/*.test.ts'] } });
