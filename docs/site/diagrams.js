// Draws the pages' diagrams: mermaid, from a file of this site.
(() => {
  const blocks = document.querySelectorAll('code.language-mermaid');
  if (blocks.length === 0) return;
  for (const block of blocks) {
    const drawn = document.createElement('pre');
    drawn.className = 'mermaid';
    drawn.textContent = block.textContent;
    block.parentElement.replaceWith(drawn);
  }
  const dark = ['navy', 'coal', 'ayu'].some((theme) => document.documentElement.classList.contains(theme));
  mermaid.initialize({ startOnLoad: false, theme: dark ? 'dark' : 'neutral', securityLevel: 'strict', flowchart: { wrappingWidth: 360 } });
  mermaid.run({ querySelector: 'pre.mermaid' });
})();
