// usage: node stage.mjs REPOSITORY FOLDER
//
// Lays the pages of SUMMARY.md out for mdBook in FOLDER, as they lie in the repository. Links to other pages
// stay. Links to a documented crate lead to its API documentation where $BREAKWATER_API is set; those to other files to
// $BREAKWATER_SOURCE_URL, an address of the sources, and without one they become plain text.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

const [repository, folder] = process.argv.slice(2);
const here = dirname(new URL(import.meta.url).pathname);
const sources = process.env.BREAKWATER_SOURCE_URL?.replace(/\/$/, '');
const documented = {
  'crates/protocol': 'breakwater_protocol',
  'crates/interface': 'breakwater_interface',
  'crates/client': 'breakwater_client',
};

const summary = readFileSync(join(here, 'SUMMARY.md'), 'utf8');
const pages = new Set([...summary.matchAll(/\]\(([^)]+)\)/g)].map((link) => link[1]));

// mdBook calls a README index.
const named = (page) => page.replace(/README\.md$/, 'index.md');

/** The link of `page`, as it must be on the site; undefined for none. */
function moved(page, link) {
  const [path, fragment] = link.split('#');
  // A link within the documentation of a crate.
  if (path.includes('::')) return undefined;
  if (path === '' || /^[a-z]+:/.test(path)) return link;
  const target = posix.join(posix.dirname(page), path).replace(/\/$/, '');
  if (!existsSync(join(repository, target))) throw new Error(`${page}: ${link} leads nowhere`);
  const relative = (to) => posix.relative(posix.dirname(page), to);
  const anchor = fragment ? `#${fragment}` : '';
  if (pages.has(target)) return (relative(named(target)) || posix.basename(named(target))) + anchor;
  if (target.startsWith('docs/pictures/')) return link;
  if (process.env.BREAKWATER_API && documented[target]) return relative(`api/${documented[target]}/index.html`);
  return sources && `${sources}/${target}${anchor}`;
}

for (const page of pages) {
  // Code is left as it is.
  const parts = readFileSync(join(repository, page), 'utf8').split(/(^```[\s\S]*?^```)/m);
  const text = parts.map((part, index) => index % 2 ? part : part.replace(
    /(!?)\[((?:[^\[\]]|!?\[[^\]]*\](?:\([^)]*\))?)*)\]\(([^)\s]+)\)/g,
    (_, picture, words, link) => {
      const to = moved(page, link);
      return to ? `${picture}[${words}](${to})` : words;
    },
  )).join('');
  mkdirSync(dirname(join(folder, 'src', page)), { recursive: true });
  writeFileSync(join(folder, 'src', page), text);
}
writeFileSync(join(folder, 'src/SUMMARY.md'), summary);
cpSync(join(repository, 'docs/pictures'), join(folder, 'src/docs/pictures'), { recursive: true });
for (const file of ['book.toml', 'site.css', 'diagrams.js']) cpSync(join(here, file), join(folder, file));
cpSync(join(here, 'node_modules/mermaid/dist/mermaid.min.js'), join(folder, 'mermaid.min.js'));
console.log(`${pages.size} pages`);
