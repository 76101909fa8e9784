// usage: node check.mjs SITE
//
// Fails where a page of the site links to a file or a heading that is not there, or has the browser fetch
// anything from elsewhere.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const site = resolve(process.argv[2]);
const files = readdirSync(site, { recursive: true }).map((name) => join(site, name));
const pages = files.filter((file) => file.endsWith('.html') && !relative(site, file).startsWith('api/'));
const text = new Map();
const read = (file) => {
  if (!text.has(file)) text.set(file, readFileSync(file, 'utf8'));
  return text.get(file);
};
const faults = [];
let links = 0;
for (const page of pages) {
  for (const [, tag, attributes] of read(page).matchAll(/<(a|link|script|img|iframe|source)\b([^>]*)>/g)) {
    const address = /\b(?:href|src)="([^"]*)"/.exec(attributes)?.[1]?.replaceAll('&amp;', '&');
    if (!address) continue;
    if (/^(https?:)?\/\//.test(address)) {
      if (tag !== 'a') faults.push(`${relative(site, page)}: fetches ${address}`);
      continue;
    }
    if (/^[a-z]+:/.test(address)) continue;
    links += 1;
    const [path, fragment] = address.split('#').map(decodeURIComponent);
    // The page of an unknown address stands anywhere.
    if (page.endsWith('/404.html') && !existsSync(join(site, path))) faults.push(`404.html: ${address}`);
    if (page.endsWith('/404.html')) continue;
    const target = path ? join(path.startsWith('/') ? site : dirname(page), path) : page;
    const file = existsSync(target) && statSync(target).isDirectory() ? join(target, 'index.html') : target;
    if (!existsSync(file)) faults.push(`${relative(site, page)}: ${address} is not there`);
    else if (fragment && file.endsWith('.html') && !read(file).includes(`id="${fragment}"`)) {
      faults.push(`${relative(site, page)}: ${address} has no such heading`);
    }
  }
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`${pages.length} pages, ${links} links lead somewhere, nothing is fetched from elsewhere`);
