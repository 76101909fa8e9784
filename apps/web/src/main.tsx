import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { openSource } from './open';
import { begin } from './state/app';
import { take } from './state/store';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/pages.css';

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

openSource().then(begin, (why: unknown) => {
  take({ kind: 'trouble', trouble: { kind: 'broken', why: why instanceof Error ? why.message : String(why) } });
});
