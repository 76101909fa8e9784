import { defineConfig } from 'vite';
import { asReact } from './vite.alias.ts';

/** Chunks by what is in them. */
const CHUNKS: Record<string, string> = { development: 'development.js', open: 'chain.js' };

/** Names without hashes: the built page is kept in the repository, and `breakwater app` knows its files. */
export default defineConfig({
  base: './',
  resolve: { alias: asReact },
  build: {
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        entryFileNames: 'app.js',
        chunkFileNames: ({ name }) => CHUNKS[name] ?? '[name].js',
        assetFileNames: ({ names }) => (names[0]?.endsWith('.css') === true ? 'app.css' : '[name][extname]'),
      },
    },
  },
});
