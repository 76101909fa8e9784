import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Names without hashes: the built page is kept in the repository, and `breakwater app` knows its files. */
export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    outDir: 'built',
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        entryFileNames: 'app.js',
        chunkFileNames: '[name].js',
        assetFileNames: '[name][extname]',
      },
    },
  },
});
