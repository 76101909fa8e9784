/**
 * The page is written for React and runs on Preact, which is a tenth of its size: a fifth of what the whole page
 * weighs. Types are React's.
 */
export const asReact = [
  { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
  { find: /^react\/jsx-(dev-)?runtime$/, replacement: 'preact/jsx-runtime' },
  { find: /^react$/, replacement: 'preact/compat' },
];
